"""Which passages of different documents say the same: minhash (Broder 1997) finds pairs, their letters decide.

Pairs are found by runs of three words. Two passages are duplicates when their signatures of ``rag/passages.py``
(letters and digits only, so that layout does not count) share ``ALIKE`` of their runs of characters and hold the same
numbers: an answer that was corrected in one figure is not the same answer.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag import dutch
from rag.passages import resemblance, shingles

if TYPE_CHECKING:
    from numpy.typing import NDArray

HASHES = 32
BAND = 2  # hashes that must agree for two passages to be compared: 0.6 alike is found with 1 - (1 - 0.6²)^16 > 0.999
RUN = 3  # words
SHORTEST = 12  # words; a shorter passage ("Ja.") is nobody's duplicate
ALIKE = 0.75  # Jaccard
REMEMBERED = 2_000  # texts cut in runs, while pairs are compared
REMEMBERED_WORDS = 400_000

_RANDOM = np.random.default_rng(0)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = _RANDOM.integers(1, 1 << 63, HASHES, dtype=np.uint64)[:, None] | np.uint64(1)  # (HASHES, 1), odd


def minhash(text: str) -> bytes:
    """The minhashes of a text as 32-bit numbers; empty when it is too short to compare."""
    words = dutch.tokens(text)
    if len(words) < SHORTEST:
        return b""
    hashes = np.fromiter(map(_WORDS.__getitem__, words), np.uint64, len(words))
    runs = hashes[: 1 - RUN].copy()
    for place in range(1, RUN):
        runs = runs * _STEP + hashes[place : len(hashes) - RUN + 1 + place]
    mixed = runs * _FACTORS  # (HASHES, runs), modulo 2^64
    return bytes((mixed >> np.uint64(32)).min(axis=1).astype("<u4").tobytes())


class _WordHashes(dict[str, int]):
    """Word → a 32-bit number that is the same on every machine."""

    def __missing__(self, word: str) -> int:
        if len(self) > REMEMBERED_WORDS:
            self.clear()
        self[word] = found = zlib.crc32(word.encode("utf-8", "surrogatepass"))
        return found


_WORDS = _WordHashes()


def clusters(hashes: Sequence[bytes], documents: Sequence[int], signature_of: Callable[[int], str]) -> list[list[int]]:
    """Groups of places in ``hashes`` that are duplicates over documents, each sorted, in order of their first."""
    places = [place for place, value in enumerate(hashes) if value]
    if len(places) < 2:
        return []
    table = np.frombuffer(b"".join(hashes[place] for place in places), "<u4").reshape(len(places), HASHES)
    joined, contents = _Joined(), _Contents(signature_of)
    for first, second in _pairs(table):
        one, other = places[first], places[second]
        if documents[one] != documents[other] and not joined.same(one, other) and contents.alike(one, other):
            joined.join(one, other)
    return joined.groups(places)


def _pairs(table: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Pairs of rows that agree in a band: each row with the next that has the same, and with the first that has it."""
    seen: set[tuple[int, int]] = set()
    for begin in range(0, HASHES, BAND):
        keys = (table[:, begin].astype(np.uint64) << np.uint64(32)) | table[:, begin + 1]
        order = np.argsort(keys, kind="stable")
        first, previous = -1, -2
        for at in np.flatnonzero(keys[order][1:] == keys[order][:-1]).tolist():
            first = first if at == previous + 1 else at
            previous = at
            for pair in ((int(order[at]), int(order[at + 1])), (int(order[first]), int(order[at + 1]))):
                if pair not in seen:
                    seen.add(pair)
                    yield pair


class _Contents:
    """Runs of characters and numbers of signatures, worked out when they are first compared."""

    def __init__(self, signature_of: Callable[[int], str]) -> None:
        self._signature_of = signature_of
        self._known: dict[int, tuple[NDArray[np.uint64], list[str]]] = {}

    def alike(self, one: int, other: int) -> bool:
        """Whether two passages say the same."""
        (runs, numbers), (other_runs, other_numbers) = self._of(one), self._of(other)
        return numbers == other_numbers and resemblance(runs, other_runs) >= ALIKE

    def _of(self, place: int) -> tuple[NDArray[np.uint64], list[str]]:
        if place not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            signature = self._signature_of(place)
            self._known[place] = shingles(signature), sorted(set(re.findall(r"\d{2,}", signature)))
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
