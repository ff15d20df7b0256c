"""Compiled twins of the few functions that a search spends its time in, for where a C compiler was.

``matching.c`` and ``ranking.c`` do in one pass what ``rag/features.py``, ``rag/ranking.py`` and ``rag/trees.py`` do
with hundreds of small numpy calls, ``search.c`` what ``rag/vectors.py`` and ``rag/store/reader.py`` do between indexes,
``codes.c`` what FAISS does, and ``beside.c`` has that done on a thread of its own. Those are the reference, and what
runs where nothing was compiled: whoever calls a function of this package asks ``available`` first.

``library`` loads what ``build`` made, ``structures`` says what C sees, ``searching`` has what ``search.c`` and
``codes.c`` do; other C stands beside it, with a module of its own that takes its functions from ``library.kernel``.
Every array is checked here, once: C gets addresses and sizes.
"""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.native.library import kernel
from rag.native.searching import Codes, Forward, Index, Rows, keep_in_large_pages, ordered, windows
from rag.native.structures import (
    LANES,
    CAsked,
    CColumns,
    CMatch,
    CRanking,
    CStored,
    CTable,
    CTexts,
    CTrees,
    CVocabulary,
    address,
    check,
    column,
    functions,
)

__all__ = [
    "Codes", "Columns", "Forward", "Index", "Question", "Ranking", "Rows", "Stored", "Table", "Trees", "available",
    "columns", "columns_of_match", "keep_in_large_pages", "match", "ordered", "windows",
]  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from rag.features import Asked, Match, Texts
    from rag.words import Vocabulary

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Array = NDArray[Any]


def available() -> bool:
    """Whether the functions of this package can be called."""
    return kernel() is not None


# --- reading texts as they are stored


@dataclass(frozen=True, slots=True)
class Stored:
    """The arrays of ``rag.store.matching.StoredMatching``."""

    passages: Array  # (passages + 1,): segment, word, rare
    known: CStored
    words: CVocabulary
    kept: tuple[object, ...]  # what ``known`` and ``words`` point at

    @classmethod
    def of(cls, arrays: Mapping[str, Array], vocabulary: Vocabulary, mark: int) -> Stored:
        """For arrays as ``rag.store.matching.KINDS`` says; ``mark`` stands among the common words for a rare one."""
        passages, segments, common, rare = (arrays[name] for name in ("passages", "segments", "common", "rare"))
        offers = segments["offers"]
        known = CStored(
            *(column(passages[name]) for name in ("segment", "word", "rare")),
            *(column(segments["norm"], ("<f4",)), column(segments["words"])),
            *(offers.ctypes.data, segments.itemsize, len(segments), len(common), len(rare), mark),
            *(address(common, np.dtype("<u2")), address(rare, np.dtype("<u4"))),
        )
        return cls(passages, known, _words(vocabulary), (segments, common, rare, vocabulary))

    def texts(self, places: Ints) -> tuple[Ints, Ints, Floats, NDArray[np.uint8], Ints]:
        """The fields of ``rag.features.Texts`` of the passages at these places, all of which are there."""
        first, after = self.passages[places], self.passages[places + 1]
        words, segments = (
            int(after[name].sum(dtype=np.int64) - first[name].sum(dtype=np.int64)) for name in ("word", "segment")
        )
        ids, starts, norms = np.empty(words, np.int64), np.empty(segments, np.int64), np.empty(segments, np.float32)
        offers, bounds = np.empty(segments, np.uint8), np.empty(len(places) + 1, np.int64)
        done = functions().texts_gather(
            *(byref(self.known), address(places, np.int64), len(places), words, segments),
            *(address(array, array.dtype) for array in (ids, starts, norms, offers, bounds)),
        )
        check(done)
        return ids, starts, norms, offers, bounds


# --- matching


@dataclass(frozen=True, slots=True)
class Question:
    """What the kernel asks of a question."""

    known: CAsked
    kept: tuple[Array, ...]  # what ``known`` points at

    @classmethod
    def of(cls, asked: Asked, wanted: int) -> Question:
        """For a question and what suits it (``rag.asking.wanted``)."""
        words, dim = asked.rows.shape
        towards = np.zeros((dim, (words // LANES + 1) * LANES), np.float32)  # the rows of its words, its own, and zeros
        towards[:, :words], towards[:, words] = asked.rows.T, asked.row
        ends = [0, *accumulate(map(len, asked.keys))]
        whole = np.array([*chain.from_iterable(asked.keys), *ends], np.int64)
        kept: tuple[Array, ...] = (
            whole,
            asked.beginnings,
            asked.other_keys,
            asked.likeness,
            asked.weights,
            asked.idf,
            asked.numbers,
        )
        keys, *pointers = map(address, kept, (*[np.int64] * 3, *[np.float32] * 3, np.bool_))
        starts = keys + whole.itemsize * ends[-1]  # behind the keys
        last = address(towards, np.float32), wanted, len(asked.told), address(asked.told, np.float32)
        known = CAsked(words, towards.shape[1], len(asked.other_keys), keys, starts, *pointers, *last)
        return cls(known, (*kept, towards, asked.told))


def _words(vocabulary: Vocabulary) -> CVocabulary:
    """A vocabulary as C sees it, as long as there is one."""
    return CVocabulary(
        *(column(vocabulary.terms.values), column(vocabulary.terms.starts), column(vocabulary.beginnings)),
        *(column(vocabulary.pieces.values), column(vocabulary.pieces.starts), column(vocabulary.norms, ("<f4",))),
        *(len(vocabulary), len(vocabulary.terms.values), len(vocabulary.pieces.values)),
    )


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that an encoder has for pieces."""

    known: CTable
    kept: tuple[Array, ...]  # what ``known`` points at

    @classmethod
    def of(cls, rows: Array, weights: Floats) -> Table:
        """For rows (pieces, dim) times their weights (pieces,).

        Rows of 8-bit numbers stay so: a quarter of the memory to wait for.
        """
        coded = rows.dtype == np.int8
        reals = weights if coded else rows * weights[:, None]
        return cls(
            CTable(address(rows, np.int8) if coded else None, address(reals, np.float32), *rows.shape), (rows, reals)
        )


def match(
    asked: Question, texts: Texts, vocabulary: Vocabulary, table: Table
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """``hard``, ``soft``, ``cosine``, ``pairs`` and ``frequency`` of a ``rag.features.Match``.

    ``table`` is the encoder's.
    """
    words, lanes, segments, count = asked.known.words, asked.known.lanes, len(texts.starts), len(texts.bounds) - 1
    hard, soft = np.zeros((2, segments, lanes), np.float32)
    cosine, pairs = np.empty(segments, np.float32), np.empty(count, np.float32)
    frequency = np.empty((count, lanes), np.float32)
    flat = CTexts(
        *(len(texts.ids), segments, count),
        *(address(texts.ids, np.int64), address(texts.starts, np.int64), address(texts.bounds, np.int64)),
        *(address(texts.norms, np.float32), address(texts.offers, np.uint8)),
    )
    done = functions().match_texts(
        *(byref(asked.known), byref(flat), byref(_words(vocabulary)), byref(table.known)),
        *(address(array, np.float32) for array in (hard, soft, cosine, pairs, frequency)),
    )
    check(done)
    return hard[:, :words].T, soft[:, :words].T, cosine, pairs, frequency[:, :words].T


# --- ranking


def columns_of_match() -> int:
    """How many columns ``columns`` works out by itself: the first so many of ``rag.ranking.NAMES``."""
    found: int = functions().ranking_columns_of_match()
    return found


@dataclass(frozen=True, slots=True)
class Columns:
    """Of which columns there is also how far they are below the best, and of which the rank."""

    known: CColumns
    kept: tuple[Ints, Ints]  # what ``known`` points at

    @classmethod
    def of(cls, relative: Sequence[int], ranked: Sequence[int]) -> Columns:
        """For places in ``rag.ranking.NAMES``."""
        kept = np.array(relative, np.int64), np.array(ranked, np.int64)
        return cls(CColumns(len(relative), len(ranked), *(address(places, np.int64) for places in kept)), kept)


def columns(asked: Question, match: Match, scores: Sequence[Floats], chosen: Columns) -> Floats:
    """The rows of ``rag.ranking.features_of``: (texts, names)."""
    texts, lanes = len(match.bounds) - 1, asked.known.lanes
    width = columns_of_match() + asked.known.told_count + sum(map(len, chosen.kept))
    rows, found = np.empty((texts, width), np.float32), np.stack(scores, dtype=np.float32)  # found: (3, texts)
    wide = [_lanes(matches, lanes) for matches in (match.hard, match.soft, match.frequency)]
    known = CMatch(
        *(texts, lanes, address(match.bounds, np.int64), address(match.lengths, np.int64)),
        *(wide[0][0], wide[1][0], address(match.cosine, np.float32), address(match.offers, np.uint8)),
        *(address(match.pairs, np.float32), wide[2][0]),
    )
    done = functions().ranking_columns(
        *(byref(asked.known), byref(known), address(found, np.float32), byref(chosen.known), address(rows, np.float32))
    )
    check(done)
    return rows


def _lanes(matches: Floats, lanes: int) -> tuple[int, Floats]:
    """The address of matches (words, n) as rows of ``lanes`` (n, lanes), as ``match`` made them; else of a copy."""
    size = matches.itemsize
    if matches.dtype != np.float32 or matches.strides != (size, lanes * size):
        wide = np.zeros((matches.shape[1], lanes), np.float32)
        wide[:, : len(matches)] = matches.T
        matches = wide
    return matches.ctypes.data, matches


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees as flat arrays, nodes before their children; see ``rag.trees.Forest``."""

    known: CTrees
    kept: tuple[Array, ...]  # what ``known`` points at

    @classmethod
    def of(
        cls, splits: tuple[NDArray[np.uint64], Ints], nodes: tuple[Array, Array, int], values: Doubles, constant: float
    ) -> Trees:
        """For trees as arrays.

        ``splits`` are these (rising: feature in the upper half, sortable threshold in the lower) and where those of
        each feature begin, ``nodes`` the split of each ``(nodes,)``, the children ``(nodes, 2)``, left and right,
        where nodes + i is leaf i, and how many are roots; ``values`` are of the leaves.
        """
        split, children, roots = nodes
        kept: tuple[Array, ...] = (*splits, split.astype(np.int32), np.ascontiguousarray(children, np.int32), values)
        kinds: tuple[Any, ...] = (np.uint64, np.int64, np.int32, np.int32, np.float64)
        pointers = map(address, kept, kinds)
        return cls(CTrees(len(splits[1]) - 1, len(split), len(values), roots, *pointers, constant), kept)

    def predict(self, rows: Floats) -> Doubles:
        """The sum of the leaves of each row: ``(n, features)`` → ``(n,)``."""
        rows, sums = np.ascontiguousarray(rows, np.float32), np.empty(len(rows))
        if rows.shape[1] != self.known.features:
            raise ValueError(f"{rows.shape[1]} features instead of {self.known.features}")
        check(
            functions().trees_predict(
                byref(self.known), address(rows, np.float32), len(rows), address(sums, np.float64)
            )
        )
        return sums


@dataclass(frozen=True, slots=True)
class Ranking:
    """All that ranking is made of, so that it is one call."""

    known: CRanking
    kept: tuple[object, ...]  # what ``known`` points at

    @classmethod
    def of(cls, table: Table, columns: Columns, trees: Trees) -> Ranking:
        """For the encoder's table, and trees over these columns."""
        return cls(CRanking(table.known, columns.known, trees.known), (table, columns, trees))

    def odds(self, asked: Question, stored: Stored, places: Ints, scores: Sequence[Array]) -> Doubles:
        """What the trees make of the passages at these places: (passages,). ``scores`` are lexical, dense and fused.

        The same as ``Stored.texts``, ``match``, ``columns`` and ``Trees.predict``, one after another.
        """
        found, sums = np.array(scores, np.float32), np.empty(len(places))  # found: (3, passages)
        done = functions().rank_passages(
            *(byref(self.known), byref(asked.known), byref(stored.known), byref(stored.words)),
            *(address(places, np.int64), len(places), address(found, np.float32), address(sums, np.float64)),
        )
        check(done)
        return sums
