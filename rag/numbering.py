"""Strings → numbers from 0, in order of appearance; and strings that are joined by number. Compiled where that can be.

Strings go and come as lines, a line end after each: one text is moved many times as fast as many.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag import native

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Numbers(Protocol):
    """Gives every string one number."""

    def __len__(self) -> int:
        """How many strings have a number."""

    def of(self, lines: str) -> Ints:
        """The numbers of strings; new ones get the next."""

    def lines(self, numbers: Ints) -> str:
        """The strings with these numbers."""


def numbers() -> Numbers:
    """Numbers that no string has yet."""
    if native.available():
        from rag.native.indexing import Numbers as Compiled

        return Compiled()
    return PlainNumbers()


class PlainNumbers:
    """Numbers in Python."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._strings: list[str] = []

    def __len__(self) -> int:
        """See ``Numbers``."""
        return len(self._strings)

    def of(self, lines: str) -> Ints:
        """See ``Numbers``."""
        known = self._numbers
        found = np.array([known.setdefault(string, len(known)) for string in split(lines)], np.int64)
        self._strings += islice(known, len(self._strings), None)
        return found

    def lines(self, numbers: Ints) -> str:
        """See ``Numbers``."""
        return joined(map(self._strings.__getitem__, numbers.tolist()))


def joined(strings: Iterable[str]) -> str:
    """Strings as lines."""
    return "".join([f"{string}\n" for string in strings])


def split(lines: str) -> list[str]:
    """Lines as strings."""
    return lines.split("\n")[:-1]


class Strings:
    """Strings by number that are put together again and again."""

    def __init__(self) -> None:
        from rag.words import Rows

        self._strings: list[str] = []
        self._bytes = Rows(np.uint8) if native.available() else None

    def extend(self, strings: list[str]) -> None:
        """Add strings."""
        if self._bytes is None:
            self._strings += strings
            return
        encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
        sizes = np.fromiter(map(len, encoded), np.int64, len(encoded))
        self._bytes.extend_flat(np.frombuffer(b"".join(encoded), np.uint8), sizes)

    def texts(self, numbers: Ints, begins: Ints, ends: Ints, sizes: Ints) -> list[str]:
        """Strings joined by spaces, without the empty ones.

        Of each text those of ``numbers`` in its stretches: the first ``sizes[0]`` of ``begins`` and ``ends`` and so on.
        """
        if self._bytes is not None:
            from rag.native.indexing import joined as joined_here

            return joined_here(self._bytes.ragged, numbers.astype(np.int64, copy=False), begins, ends, sizes)
        strings = list(map(self._strings.__getitem__, numbers.tolist()))
        stretches = [strings[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        bounds = np.append(0, np.cumsum(sizes)).tolist()
        return [" ".join(filter(None, chain(*stretches[first:last]))) for first, last in pairwise(bounds)]
