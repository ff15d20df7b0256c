"""In how many documents each word occurs: counted while documents come in, by number. See rag/spelling.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Held(NamedTuple):
    """The words of a document: places, each once, in a table that documents which were read together share."""

    table: tuple[str, ...]
    places: NDArray[np.int32]


class WordCounts:
    """How many more documents hold a word than before, and how many more closed ones."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._counts: Ints = np.zeros((2, 1024), np.int64)  # documents, closed ones
        self._table: tuple[str, ...] = ()
        self._number_of: Ints = np.zeros(0, np.int64)  # place in the table → number

    def add(self, held: Held, closed: int) -> None:
        """Count the words of a new document."""
        if held.table is not self._table:
            self._table, self._number_of = held.table, self._numbered(held.table)
        self._count(self._number_of[held.places], 1, closed)

    def change(self, words: Iterable[str], documents: int, closed: int) -> None:
        """Count distinct words so many times more, and so many times as those of a closed document."""
        self._count(self._numbered(words), documents, closed)

    def rows(self) -> list[tuple[str, int, int]]:
        """Every word that was counted, sorted: (word, documents, closed ones)."""
        documents, closed = self._counts.tolist()
        return [(word, documents[number], closed[number]) for word, number in sorted(self._numbers.items())]

    def _numbered(self, words: Iterable[str]) -> Ints:
        numbers = self._numbers
        found = np.array([numbers.setdefault(word, len(numbers)) for word in words], np.int64)
        if len(numbers) > self._counts.shape[1]:
            room = np.zeros((2, 2 * len(numbers)), np.int64)
            room[:, : self._counts.shape[1]] = self._counts
            self._counts = room
        return found

    def _count(self, numbers: Ints, documents: int, closed: int) -> None:
        self._counts[0, numbers] += documents
        self._counts[1, numbers] += closed
