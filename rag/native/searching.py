"""Compiled twins of what search does between its indexes and after them, and of FAISS: ``search.c``, ``codes.c``."""

from __future__ import annotations

import atexit
import os
from collections import deque
from contextlib import suppress
from ctypes import byref, c_uint8
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.native.structures import (
    HIT,
    PASSAGE,
    TOO_LARGE,
    CCodes,
    CForward,
    CFound,
    CIndex,
    CRows,
    CSought,
    address,
    check,
    column,
    functions,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Array = NDArray[Any]


READ = 5  # bytes of codes in a nanosecond, about: nobody waits for another longer than it would take himself
ROWS_OF_BLOCK = 32  # as codes.c reads them
IN_BLOCK = np.argsort(np.arange(ROWS_OF_BLOCK // 2) % 2 * 8 + np.arange(ROWS_OF_BLOCK // 2) // 2)  # of a row: its byte


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of 8-bit numbers, in one or more files that are mapped into memory."""

    known: CRows
    kept: tuple[Array, ...]  # what ``known`` points at

    @classmethod
    def of(cls, parts: Sequence[NDArray[np.int8]], scales: Floats, arrived: Ints) -> Rows:
        """For rows that are in the parts one after another; ``arrived`` is the unit of each."""
        files = np.array([address(part, np.int8) for part in parts], np.uintp)
        ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        pointers = (address(files, np.uintp), address(ends, np.int64), len(scales), parts[0].shape[1])
        known = CRows(*pointers, address(scales, np.float32), address(arrived, np.int64))
        return cls(known, (*parts, files, ends, scales, arrived))

    def best(self, rows: Array, question: Floats, scale: float, most: int = -1) -> tuple[Ints, Doubles] | None:
        """The best ``most`` of these rows by their cosine with ``question (dim,)``: units and cosines, best first.

        Without ``most`` all, in the order of the rows. None for a question that does not fit 16 bits when it is made
        whole numbers, ``scale`` times as large. Raises IndexError for rows that are not there.
        """
        question = np.ascontiguousarray(question, np.float32)
        dim = self.known.dim
        if question.shape != (dim,):
            raise ValueError(f"a row of {question.shape} numbers cannot be compared with those of {dim}")
        hits, whole = np.empty(len(rows) if most < 0 else min(most, len(rows)), HIT), np.empty(dim, np.int16)
        found = functions().vectors_best(
            *(byref(self.known), byref(column(rows)), len(rows), address(question, np.float32), scale),
            *(address(whole, np.int16), most, address(hits, HIT)),
        )
        if found == -TOO_LARGE:
            return None
        check(-min(found, 0))
        return hits["unit"], hits["score"]


@dataclass(frozen=True, slots=True)
class Codes:
    """The 4-bit product codes of rows, as FAISS keeps them."""

    known: CCodes
    kept: tuple[object, ...]  # what ``known`` points at

    @classmethod
    def of(cls, index: Any, centroids: Floats) -> Codes | None:  # noqa: ANN401 - FAISS has no types
        """For an ``IndexPQFastScan`` that stays as it is, with its centroids; None where the kernel cannot read it.

        So that a FAISS that lays its codes down otherwise is only slower, the first block is compared with FAISS.
        """
        pieces, even = index.M, index.M % 2 == 0 and index.bbs == ROWS_OF_BLOCK
        if not even or not functions().codes_can_be_read() or not _lie_as_known(index, centroids):
            return None
        pointers = int(index.codes.get()), address(centroids, np.float32)
        return cls(CCodes(*pointers, index.ntotal, pieces, index.d // pieces), (index, centroids))

    def best(self, question: Floats, wanted: int) -> Ints:
        """The ``wanted`` rows (one at least) that FAISS finds for ``question (dim,)``, in order."""
        question, dim = np.ascontiguousarray(question, np.float32), self.known.pieces * self.known.width
        if question.shape != (dim,):
            raise ValueError(f"a row of {question.shape} numbers cannot be compared with those of {dim}")
        rows = np.empty(min(wanted, self.known.count), np.int64)
        found = functions().codes_best(
            *(byref(self.known), address(question, np.float32), len(rows), address(rows, np.int64))
        )
        check(-min(found, 0))
        return rows[:found]

    def begin(self, rows: Rows, question: Floats, wanted: int, scale: float, most: int) -> Begun:
        """Begin ``best``, and of what it finds ``rows.best``: ``Begun.end`` gives what these give."""
        question, dim = np.ascontiguousarray(question, np.float32), rows.known.dim
        if question.shape != (dim,) or self.known.pieces * self.known.width != dim:
            raise ValueError(f"a row of {question.shape} numbers cannot be compared with those of {dim}")
        wanted = min(wanted, self.known.count)
        most = min(most, wanted)
        search = functions().search_begin(
            *(byref(self.known), byref(rows.known), address(question, np.float32), wanted, scale, most)
        )
        if not search:
            raise MemoryError
        return Begun(search, (self, rows), most, self.known.count * self.known.pieces // 2 // READ)


class Begun:
    """A search that goes on beside its caller, as far as there is a thread that has time."""

    def __init__(self, search: int, kept: tuple[Codes, Rows], most: int, patience: int) -> None:
        """``kept`` is what it reads, ``most`` how many hits it may give, ``patience`` how long to wait, in ns."""
        self._search: int | None = search
        self._kept = kept
        self._most = most
        self._patience = patience

    def end(self) -> tuple[Ints, Doubles] | None:
        """Units and cosines, best first. To be asked for once.

        None as for ``Rows.best``, and when the other thread got no time: the caller had better do it himself.
        """
        search, self._search = self._search, None
        assert search is not None
        if not functions().search_end(search, self._patience):
            _UNDER_WAY.append((search, self._kept, np.empty(self._most, HIT)))
            return None
        _forget_what_is_done()
        hits = np.empty(self._most, HIT)
        found = functions().search_take(search, address(hits, HIT))
        if found == -TOO_LARGE:
            return None
        check(-min(found, 0))
        return hits["unit"][:found], hits["score"][:found]

    def __del__(self) -> None:
        """What nobody asked for any more still reads the memory that this keeps; nobody wants its errors either."""
        if self._search:
            with suppress(IndexError):
                self.end()


_UNDER_WAY: deque[tuple[int, object, Array]] = deque()  # searches nobody waited for, what they read, and room for them


def _forget_what_is_done() -> None:
    for _ in range(len(_UNDER_WAY)):
        with suppress(IndexError):  # another thread forgot it
            begun = _UNDER_WAY.popleft()
            if functions().search_is_done(begun[0]):
                functions().search_take(begun[0], address(begun[2], HIT))
            else:
                _UNDER_WAY.append(begun)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_UNDER_WAY.clear)  # in a child nobody does them


@atexit.register
def _wait() -> None:
    """What is read stays until nobody reads it any more."""
    while _UNDER_WAY:
        _forget_what_is_done()


def _lie_as_known(index: Any, centroids: Floats) -> bool:  # noqa: ANN401
    """Whether the first rows, read as codes.c reads them, are what FAISS makes of their codes."""
    count, pieces = min(index.ntotal, ROWS_OF_BLOCK), index.M
    size = pieces * ROWS_OF_BLOCK // 2
    if not count or index.codes.size() < size:
        return False
    block = np.ctypeslib.as_array((c_uint8 * size).from_address(int(index.codes.get()))).reshape(pieces, -1)
    codes = np.concatenate([(block & 15)[:, IN_BLOCK], (block >> 4)[:, IN_BLOCK]], axis=1)[:, :count]
    rows = centroids.reshape(pieces, 16, -1)[np.arange(pieces)[:, None], codes]  # (pieces, rows, width)
    return bool(np.array_equal(rows.transpose(1, 0, 2).reshape(count, -1), index.reconstruct_n(0, count)))


@dataclass(frozen=True, slots=True)
class Forward:
    """The arrays of ``rag.forward.ForwardIndex``."""

    known: CForward
    kept: tuple[Array, ...]  # what ``known`` points at

    @classmethod
    def of(cls, arrays: tuple[Array, Array, Array], mark: int, lengths: Ints, dampings: Floats) -> Forward:
        """For rows, common and rare, as ``rag.forward.KINDS`` says; ``dampings`` are of units of these ``lengths``."""
        rows, common, rare = arrays
        known = CForward(
            *(column(rows[name]) for name in ("word", "rare")),
            *(len(rows) - 1, len(common), len(rare), mark, len(lengths)),
            *(address(common, np.dtype("<u2")), address(rare, np.dtype("<u4"))),
            *(address(lengths, np.int64), address(dampings, np.float32)),
        )
        return cls(known, (rows, common, rare, lengths, dampings))

    def scores(self, rows: Ints, asked: Ints, weights: Floats) -> Floats:
        """The scores of units by the terms with these numbers and weights. Raises IndexError for what is not there."""
        scores, counts = np.empty(len(rows), np.float32), np.empty(len(asked), np.int32)
        done = functions().forward_scores(
            *(byref(self.known), address(rows, np.int64), len(rows)),
            *(address(asked, np.int64), address(weights, np.float32), len(asked)),
            *(address(counts, np.int32), address(scores, np.float32)),
        )
        check(done)
        return scores


def keep_in_large_pages(first: int, size: int) -> None:
    """Ask the system to keep so many bytes of memory, read from end to end again and again, in large pages."""
    functions().keep_in_large_pages(first, size)


def ordered(units: Ints, scores: Doubles, rounding: float) -> tuple[Ints, Doubles]:
    """Sorted by ``(-score, unit)``, where a run of positive scores that rounding alone keeps apart has one score."""
    hits = np.empty(len(units), HIT)
    hits["unit"], hits["score"] = units, scores
    functions().hits_order(address(hits, HIT), len(hits), rounding)
    return hits["unit"], hits["score"]


def windows(known: Ints, units: Ints, bits: int) -> tuple[Ints, Ints]:
    """Of each passage that one of these units is of: where its units begin among the ``known``, and how many there are.

    In order of passage. A unit is its passage's number, shifted by ``bits``, and that of a window.
    """
    units = np.array(units, np.int64)  # a copy, which is sorted
    first, sizes = np.empty(len(units), np.int64), np.empty(len(units), np.int64)
    count = functions().windows_of(
        *(address(known, np.int64), len(known), bits, address(units, np.int64), len(units)),
        *(address(first, np.int64), address(sizes, np.int64)),
    )
    return first[:count], sizes[:count]


@dataclass(frozen=True, slots=True)
class Index:
    """All units with their rows and terms, so that what lies between searching and ranking is one call."""

    known: CIndex
    kept: tuple[object, ...]  # what ``known`` points at

    @classmethod
    def of(cls, units: Ints, rows: NDArray[np.int32], bits: int, vectors: Rows, forward: Forward) -> Index:
        """For units, which rise, and the row of each."""
        pointers = address(units, np.int64), address(rows, np.int32), len(units), bits
        return cls(CIndex(*pointers, vectors.known, forward.known), (units, rows, vectors, forward))

    def found(
        self,
        asked: tuple[Ints, Floats, Floats],
        settings: tuple[float, float, float],
        words: tuple[Ints, Doubles],
        meaning: tuple[Ints, Doubles],
    ) -> Array | None:
        """The passages that were found, as ``PASSAGE``, best fused first.

        ``asked`` are the numbers of terms, their weights and a row; ``settings`` how many times as large the row is as
        whole numbers, which scores of words are equal, and how much these count beside meaning. None as for ``Rows``.
        """
        numbers, weights, row = asked
        found, whole = np.empty(len(words[0]) + len(meaning[0]), PASSAGE), np.empty(len(row), np.int16)
        if len(row) != self.known.vectors.dim:
            raise ValueError(f"a row of {len(row)} numbers cannot be compared with those of {self.known.vectors.dim}")
        sought = CSought(
            *(address(numbers, np.int64), address(weights, np.float32), address(row, np.float32)),
            *(address(whole, np.int16), len(numbers), *settings),
        )
        kept = [(np.ascontiguousarray(units), np.ascontiguousarray(scores)) for units, scores in (words, meaning)]
        both = [CFound(address(units, np.int64), address(scores, np.float64), len(units)) for units, scores in kept]
        count = functions().passages_found(byref(self.known), byref(sought), *map(byref, both), address(found, PASSAGE))
        if count == -TOO_LARGE:
            return None
        check(-min(count, 0))
        return found[:count]
