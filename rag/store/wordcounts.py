"""In how many documents each word occurs: counted while documents come in, by number. See rag/spelling.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag.numbering import joined, numbers, split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Held(NamedTuple):
    """The words of a document: places, each once, in a table that documents which were read together share."""

    table: str  # as lines, see rag/numbering.py
    places: NDArray[np.int32]


class WordCounts:
    """How many more documents hold a word than before, and how many more closed ones."""

    def __init__(self) -> None:
        self._numbers = numbers()
        self._counts: Ints = np.zeros((2, 1024), np.int64)  # documents, closed ones
        self._table = ""
        self._number_of: Ints = np.zeros(0, np.int64)  # place in the table → number

    def add(self, held: Held, closed: int) -> None:
        """Count the words of a new document."""
        if held.table is not self._table:
            self._table, self._number_of = held.table, self._numbered(held.table)
        self._count(self._number_of[held.places], 1, closed)

    def change(self, words: Iterable[str], documents: int, closed: int) -> None:
        """Count distinct words so many times more, and so many times as those of a closed document."""
        self._count(self._numbered(joined(words)), documents, closed)

    def rows(self) -> list[tuple[str, int, int]]:
        """Every word that was counted, sorted: (word, documents, closed ones)."""
        words = split(self._numbers.lines(np.arange(len(self._numbers))))
        documents, closed = self._counts[:, : len(words)].tolist()
        return sorted(zip(words, documents, closed, strict=True))

    def _numbered(self, lines: str) -> Ints:
        found = self._numbers.of(lines)
        if len(self._numbers) > self._counts.shape[1]:
            room = np.zeros((2, 2 * len(self._numbers)), np.int64)
            room[:, : self._counts.shape[1]] = self._counts
            self._counts = room
        return found

    def _count(self, numbers: Ints, documents: int, closed: int) -> None:
        self._counts[0, numbers] += documents
        self._counts[1, numbers] += closed
