"""Which passages of different documents say the same: minhash (Broder 1997) finds pairs, their letters decide.

Pairs are found by runs of three words. Two passages are duplicates when they share ``ALIKE`` of their runs of
characters (letters and digits only, so that layout does not count, see ``rag/passages.py``) and name the same numbers:
an answer that was corrected in one figure is not the same answer.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag import native
from rag.similarity import normalised, resemblance, shingles

if TYPE_CHECKING:
    from numpy.typing import NDArray

HASHES = 32
BAND = 2  # hashes that must agree for two passages to be compared: 0.6 alike is found with 1 - (1 - 0.6²)^16 > 0.999
RUN = 3  # words
SHORTEST = 12  # words; a shorter passage ("Ja.") is nobody's duplicate
ALIKE = 0.75  # of runs of characters, Jaccard
AGREEING = 12  # hashes, of 32, from which the texts themselves are compared
REMEMBERED = 2_000  # texts cut in runs, while pairs are compared

_RANDOM = np.random.default_rng(0)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = _RANDOM.integers(1, 1 << 32, HASHES, dtype=np.uint32) | np.uint32(1)  # (HASHES,), odd


def minhashes(hashes: NDArray[np.uint32], sizes: NDArray[np.int64], numbers: Sequence[str]) -> list[bytes]:
    """For each text its minhashes and a hash of the numbers that it names, each of 32 bits; empty for a short text.

    Args:
        hashes: of the raw words (``word_hash``) of all texts, one after another.
        sizes: how many are of each text, ``(texts,)``.
        numbers: the distinct numbers of more than one figure in each text, sorted, joined by spaces.
    """
    found = [b""] * len(sizes)
    long = np.flatnonzero(sizes >= SHORTEST)
    if not len(long):
        return found
    least = _least(hashes, sizes, long).astype("<u4", copy=False)
    for row, place in enumerate(long.tolist()):
        found[place] = least[row].tobytes() + _packed(numbers[place])
    return found


def _least(hashes: NDArray[np.uint32], sizes: NDArray[np.int64], long: NDArray[np.intp]) -> NDArray[np.uint32]:
    """The least of every hash over the runs of words of the texts at ``long``: ``(long, HASHES)``."""
    if native.available():
        from rag.native.indexing import minhashes as least_here

        return least_here(hashes, sizes, SHORTEST, _FACTORS)
    ends = np.cumsum(sizes)
    runs = hashes[: 1 - RUN].astype(np.uint64)
    for place in range(1, RUN):
        runs *= _STEP
        runs += hashes[place : len(hashes) - RUN + 1 + place]
    mixed = (runs >> np.uint64(32)).astype(np.uint32)  # (runs,): over two texts too, which are left out
    bounds = np.stack([ends[long] - sizes[long], ends[long] + 1 - RUN], 1).ravel()
    bounds = bounds[:-1] if bounds[-1] >= len(mixed) else bounds
    # The products are modulo 2^32.
    return np.stack([np.minimum.reduceat(mixed * factor, bounds)[::2] for factor in _FACTORS], 1)


def minhash(words: Sequence[str]) -> bytes:
    """``minhashes`` of one text, of which these are the raw words (see ``rag/dutch.py``)."""
    hashes = np.array([word_hash(word) for word in words], np.uint32)
    numbers = sorted({word for word in words if word < ":" and len(word) > 1})  # digits come before ":"
    return minhashes(hashes, np.array([len(words)]), [" ".join(numbers)])[0]


def word_hash(word: str) -> int:
    """A number of 32 bits that is the same on every machine."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def _packed(word: str) -> bytes:
    return struct.pack("<I", word_hash(word))


def clusters(hashes: Sequence[bytes], documents: Sequence[int], text_of: Callable[[int], str]) -> list[list[int]]:
    """Groups of places in ``hashes`` that are duplicates over documents, each sorted, in order of their first."""
    places = [place for place, value in enumerate(hashes) if value]
    if len(places) < 2:
        return []
    table = np.frombuffer(b"".join(hashes[place] for place in places), "<u4").reshape(len(places), HASHES + 1)
    found = pairs(table, np.array([documents[place] for place in places]))
    return grouped([(places[first], places[second]) for first, second in found], text_of)


def grouped(candidates: Iterable[Sequence[int]], text_of: Callable[[int], str]) -> list[list[int]]:
    """Groups that pairs of duplicates make, each sorted, in order of their first; their texts decide which are."""
    joined, contents = _Joined(), _Contents(text_of)
    numbers: dict[int, None] = {}
    for one, other in candidates:
        if not joined.same(one, other) and contents.alike(one, other):
            joined.join(one, other)
            numbers |= {one: None, other: None}
    return joined.groups(sorted(numbers))


class Bands:
    """What some rows agree in, so that all others can be looked through, a few at a time."""

    def __init__(self, table: NDArray[np.uint32]) -> None:
        numbers = _numbers(table)
        begins = range(0, HASHES, BAND)
        self._bands = [(begin, np.unique(_keys(table, begin, numbers))) for begin in begins]
        self._seen = np.zeros((HASHES, 1 << 16), bool)  # a first look at 16 bits spares most of the rows
        for begin in begins:
            self._seen[begin, _hint(table, begin)] = True

    def near(self, table: NDArray[np.uint32]) -> NDArray[np.intp]:
        """The rows of another table that agree with one of these in a band, sorted."""
        found = [np.zeros(0, np.intp)]
        for begin, known in self._bands:
            perhaps = self._seen[begin, _hint(table, begin)].nonzero()[0]
            some = table[perhaps]
            keys = _keys(some, begin, _numbers(some))
            at = np.minimum(known.searchsorted(keys), len(known) - 1)
            found.append(perhaps[known[at] == keys])
        return np.unique(np.concatenate(found))


def _numbers(table: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """What the numbers that rows name do to their keys."""
    found: NDArray[np.uint64] = table[:, HASHES].astype(np.uint64) * _STEP
    return found


def _hint(table: NDArray[np.uint32], begin: int) -> NDArray[np.uint16]:
    """Of each row some bits of its two hashes in the band that begins at a column."""
    return (table[:, begin] ^ table[:, begin + 1]).astype(np.uint16)


def _keys(table: NDArray[np.uint32], begin: int, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """What rows must agree in, for the band that begins at a column: two hashes, and the numbers that are named."""
    keys: NDArray[np.uint64] = table[:, begin].astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= table[:, begin + 1]
    keys ^= numbers
    return keys


def pairs(table: NDArray[np.uint32], documents: NDArray[np.int64]) -> list[list[int]]:
    """Pairs of rows to compare: with the same numbers, of different documents, alike by their hashes.

    Of the rows that agree in a band, each is paired with the next and with the first of them.
    """
    found = [np.zeros((0, 2), np.int64)]
    numbers = _numbers(table)
    for begin in range(0, HASHES, BAND):
        keys = _keys(table, begin, numbers)
        order = np.argsort(keys, kind="stable")
        equal = keys[order][1:] == keys[order][:-1]
        starts = np.where(np.append(False, equal), 0, np.arange(len(order)))
        first = order[np.maximum.accumulate(starts)]  # the first row with the same key
        at = np.flatnonzero(equal)
        found += [np.stack([order[at], order[at + 1]], 1), np.stack([first[at + 1], order[at + 1]], 1)]
    both = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)  # (pairs, 2)
    both = both[documents[both[:, 0]] != documents[both[:, 1]]]
    agreeing = np.zeros(len(both), np.int64)
    for column in range(HASHES):
        agreeing += table[both[:, 0], column] == table[both[:, 1], column]
    chosen: list[list[int]] = both[agreeing >= AGREEING].tolist()
    return chosen


class _Contents:
    """Runs of characters of texts, worked out when they are first compared."""

    def __init__(self, text_of: Callable[[int], str]) -> None:
        self._text_of = text_of
        self._known: dict[int, NDArray[np.uint64]] = {}

    def alike(self, one: int, other: int) -> bool:
        """Whether two passages say the same."""
        return resemblance(self._of(one), self._of(other)) >= ALIKE

    def _of(self, place: int) -> NDArray[np.uint64]:
        if place not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[place] = shingles(normalised(self._text_of(place)))
        return self._known[place]


class _Joined:
    """Disjoint sets of numbers, each known by its lowest."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def _root(self, number: int) -> int:
        while number in self._above:
            number = self._above[number]
        return number

    def same(self, one: int, other: int) -> bool:
        """Whether two numbers are in one set."""
        return self._root(one) == self._root(other)

    def join(self, one: int, other: int) -> None:
        """Make one set of theirs."""
        low, high = sorted((self._root(one), self._root(other)))
        self._above[high] = low

    def groups(self, numbers: Sequence[int]) -> list[list[int]]:
        """The sets of more than one."""
        found: dict[int, list[int]] = defaultdict(list)
        for number in numbers:
            found[self._root(number)].append(number)
        return [sorted(group) for _, group in sorted(found.items()) if len(group) > 1]
