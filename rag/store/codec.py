"""Frozen values ↔ JSON, by their type hints: a value becomes the list of its fields, and reading gives an equal one.

The last fields are left out where they are at their defaults; what was stored before a type got them has them so too.

JSON and not pickle: reading an index must never run what somebody else put in it.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from rag.types import Document, Passage

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

T = TypeVar("T")


def dumps(value: Any) -> str:  # noqa: ANN401
    """A frozen value, or a tuple of them, as JSON."""
    kind = value.__class__
    return _write([_taker(item.__class__)(item) for item in value] if kind is tuple else _taker(kind)(value))


def loads(text: str, kind: type[T]) -> T:
    """The value of type ``kind`` that ``dumps`` was given."""
    value: T = _reader(kind)(json.loads(text))  # type: ignore[arg-type]  # a class is hashable
    return value


def fields_of(texts: Iterable[str]) -> list[list[Any]]:
    """The fields of values that ``dumps`` was given, as plain JSON: to be looked at, and changed, before ``made``."""
    found: list[list[Any]] = json.loads(f"[{','.join(texts)}]")
    return found


def place(kind: Any, name: str) -> int:  # noqa: ANN401 - a data class
    """Where a field is among those of ``fields_of``."""
    return _names(kind).index(name)


def made(fields: list[Any], kind: type[T]) -> T:
    """The value of type ``kind`` that has these fields, which cannot be used again."""
    value: T = _reader(kind)(fields)  # type: ignore[arg-type]  # a class is hashable
    return value


def stored_passage(value: Passage, body: str) -> str:
    """A passage as JSON, its text left out where it equals ``body``, which is stored beside it."""
    return _write(_without_text(value) if value.text == body else _taker(Passage)(value))


def passage(stored: str, body: str) -> Passage:
    """A stored passage, whose text is left out where it equals ``body``."""
    found = loads(stored, Passage)
    return found if found.text else dataclasses.replace(found, text=body)


def stored_document(value: Document) -> bytes:
    """A document without its text, packed; the text is stored beside it."""
    return pack(_write(_without_text(value)))


def document(stored: bytes, text: str) -> Document:
    """A stored document with its text. Raises zlib.error when it is damaged."""
    return dataclasses.replace(loads(unpack(stored), Document), text=text)


def _without_text(value: Passage | Document) -> list[Any]:
    kind: Any = value.__class__
    values = list(_taker(kind)(value))
    values[_names(kind).index("text")] = ""
    return values


def pack(text: str) -> bytes:
    """JSON made small; for texts there is ``packing``. Lone surrogates survive: a file name may hold them."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def unpack(packed: bytes) -> str:
    """What ``pack`` was given. Raises zlib.error when it is damaged."""
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")


@cache
def _taker(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    """The function that makes plain JSON of a value of type ``kind``, which JSON writes as fast as it can."""
    if _is_plain(kind):
        return _same
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _dataclass_taker(kind)
    item = _taker(next(a for a in typing.get_args(kind) if a is not types.NoneType))
    if typing.get_origin(kind) is tuple:
        return lambda values: [item(value) for value in values]
    return lambda value: None if value is None else item(value)


def _dataclass_taker(kind: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    names = _names(kind)
    defaults = [field.default for field in dataclasses.fields(kind)]  # equal to nothing where there is none
    get = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
    nested = [(place, _taker(hints[name])) for place, name in enumerate(names) if not _is_plain(hints[name])]

    def take(value: Any) -> list[Any]:  # noqa: ANN401
        values = list(get(value))
        while values and values[-1] == defaults[len(values) - 1]:
            values.pop()
        for place, inner in nested:
            if place < len(values):
                values[place] = inner(values[place])
        return values

    return take


@cache
def _is_plain(kind: Any) -> bool:  # noqa: ANN401
    """Whether JSON can write values of this type as they are: no data class in it."""
    return not dataclasses.is_dataclass(kind) and all(map(_is_plain, typing.get_args(kind)))


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
        if item is _same:
            return tuple
        return lambda values: tuple([item(value) for value in values]) if values else ()
    if origin in (typing.Union, types.UnionType):
        inner = _reader(next(a for a in arguments if a is not types.NoneType))
        return lambda value: None if value is None else inner(value)
    return _same


def _dataclass_reader(kind: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    readers = [_reader(hints[name]) for name in _names(kind)]
    most = len(readers)
    made = [(place, reader) for place, reader in enumerate(readers) if reader is not _same]
    first = made[0][0] if made else most  # a shorter list has nothing that is to be made

    def read(values: list[Any]) -> Any:  # noqa: ANN401
        size = len(values)
        if size > first:
            if size > most:
                raise ValueError(f"{kind.__name__} has {most} fields, not {size}")
            for place, reader in made:
                if place >= size:
                    break
                values[place] = reader(values[place])
        return kind(*values)

    return read


def _same(value: Any) -> Any:  # noqa: ANN401
    return value
