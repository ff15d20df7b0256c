"""Frozen values ↔ JSON, by their type hints: a value becomes the list of its fields, and reading gives an equal one.

What was stored before a type got its last fields has them at their defaults.

JSON and not pickle: reading an index must never run what somebody else put in it.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
import zlib
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from rag.types import Passage

_PLAIN = frozenset({str, int, float, bool, type(None)})
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

T = TypeVar("T")


def dumps(value: Any) -> str:  # noqa: ANN401
    """A frozen value, or a tuple of them, as JSON."""
    return _write(_plain(value))


def loads(text: str, kind: type[T]) -> T:
    """The value of type ``kind`` that ``dumps`` was given."""
    value: T = _reader(kind)(json.loads(text))  # type: ignore[arg-type]  # a class is hashable
    return value


def passage(stored: str, body: str) -> Passage:
    """A stored passage, whose text is left out where it equals ``body``."""
    found = loads(stored, Passage)
    return found if found.text else dataclasses.replace(found, text=body)


def pack(text: str) -> bytes:
    """Text made small. Lone surrogates survive: a file name or a text may hold them."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def unpack(packed: bytes) -> str:
    """What ``pack`` was given. Raises zlib.error when it is damaged."""
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:  # noqa: ANN401
    kind = value.__class__
    if kind in _PLAIN:
        return value
    if kind is tuple:
        return value if value and value[0].__class__ in _PLAIN else [_plain(item) for item in value]
    return [_plain(field) for field in _fields(kind)(value)]


@cache
def _fields(kind: Any) -> Callable[[Any], tuple[Any, ...]]:  # noqa: ANN401
    """The function that takes a value of this dataclass apart."""
    get = attrgetter(*_names(kind))
    return get if len(_names(kind)) > 1 else lambda value: (get(value),)


@cache
def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    """The function that makes a value of type ``kind`` from plain JSON."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _dataclass_reader(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        item = _reader(arguments[0])
        return tuple if item is _same else lambda values: tuple(map(item, values))
    if origin in (typing.Union, types.UnionType):
        inner = _reader(next(a for a in arguments if a is not types.NoneType))
        return lambda value: None if value is None else inner(value)
    return _same


def _dataclass_reader(kind: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    readers = [_reader(hints[name]) for name in _names(kind)]

    def read(values: list[Any]) -> Any:  # noqa: ANN401
        if len(values) > len(readers):
            raise ValueError(f"{kind.__name__} has {len(readers)} fields, not {len(values)}")
        return kind(*(reader(value) for reader, value in zip(readers, values, strict=False)))

    return read


def _same(value: Any) -> Any:  # noqa: ANN401
    return value
