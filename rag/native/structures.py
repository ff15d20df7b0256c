"""What C sees of our arrays: its structures, the types of its functions, and the addresses of arrays it may read.

The structures are those of ``kernel.h``, ``matching.h``, ``ranking.c``, ``search.c`` and ``codes.c``, field by field.
"""

from __future__ import annotations

from ctypes import CDLL, POINTER, Structure, addressof, c_char, c_double, c_float, c_int, c_int64, c_void_p
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.native.library import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

LANES = 8  # rows of matches are a whole number of vectors of so many floats


class CColumn(Structure):
    """A row of numbers at equal distances in memory."""

    _fields_ = (("first", c_void_p), ("step", c_int64), ("width", c_int64))


class CStored(Structure):
    """The arrays of ``rag.store.matching.StoredMatching``."""

    _fields_ = (
        *((name, CColumn) for name in ("first_segment", "first_word", "first_rare", "norms", "segment_words")),
        *(("offers", c_void_p), ("offers_step", c_int64)),
        *((name, c_int64) for name in ("segments", "commons", "rares", "mark")),
        *(("common", c_void_p), ("rare", c_void_p)),
    )


class CVocabulary(Structure):
    """``rag.words.Vocabulary``."""

    _fields_ = (
        *((name, CColumn) for name in ("terms", "term_starts", "beginnings", "pieces", "piece_starts", "norms")),
        *((name, c_int64) for name in ("words", "all_terms", "all_pieces")),
    )


class CTexts(Structure):
    """``rag.features.Texts``."""

    _fields_ = (
        *((name, c_int64) for name in ("words", "segments", "texts")),
        *((name, c_void_p) for name in ("ids", "starts", "bounds", "norms", "offers")),
    )


class CAsked(Structure):
    """``rag.features.Asked``."""

    _fields_ = (
        *((name, c_int64) for name in ("words", "lanes", "others")),
        *((name, c_void_p) for name in ("keys", "key_starts", "beginnings", "other_keys", "likeness")),
        *((name, c_void_p) for name in ("weights", "idf", "numbers", "towards")),
        *(("wanted", c_int64), ("told_count", c_int64), ("told", c_void_p)),
    )


class CMatch(Structure):
    """``rag.features.Match``."""

    _fields_ = (
        *((name, c_int64) for name in ("texts", "lanes")),
        *((name, c_void_p) for name in ("bounds", "lengths", "hard", "soft", "cosine", "offers", "pairs", "frequency")),
    )


class CColumns(Structure):
    """Which columns of ranking are set beside the best, and which are ranked."""

    _fields_ = (
        *((name, c_int64) for name in ("relative_count", "ranked_count")),
        *((name, c_void_p) for name in ("relative", "ranked")),
    )


class CTrees(Structure):
    """``rag.trees.Forest``, flat."""

    _fields_ = (
        *((name, c_int64) for name in ("features", "nodes", "leaves", "roots")),
        *((name, c_void_p) for name in ("splits", "bounds", "split", "children", "values")),
        ("constant", c_double),
    )


class CTable(Structure):
    """The rows that an encoder has for pieces: whole numbers with a weight for each row, or floats."""

    _fields_ = (("codes", c_void_p), ("reals", c_void_p), ("pieces", c_int64), ("dim", c_int64))


class CRanking(Structure):
    """All that ranking is made of."""

    _fields_ = (("table", CTable), ("columns", CColumns), ("trees", CTrees))


class CRows(Structure):
    """The rows of ``rag.vectors.VectorIndex``."""

    _fields_ = (
        *(("files", c_void_p), ("ends", c_void_p), ("count", c_int64), ("dim", c_int64)),
        *(("scales", c_void_p), ("arrived", c_void_p)),
    )


class CCodes(Structure):
    """The 4-bit product codes of rows, as FAISS keeps them."""

    _fields_ = (
        *(("codes", c_void_p), ("centroids", c_void_p)),
        *((name, c_int64) for name in ("count", "pieces", "width")),
    )


class CForward(Structure):
    """The arrays of ``rag.forward.ForwardIndex``."""

    _fields_ = (
        *((name, CColumn) for name in ("first_word", "first_rare")),
        *((name, c_int64) for name in ("units", "commons", "rares", "mark", "lengths")),
        *((name, c_void_p) for name in ("common", "rare", "kept", "dampings")),
    )


class CIndex(Structure):
    """The units of an index with their rows and terms."""

    _fields_ = (
        *(("units", c_void_p), ("rows", c_void_p), ("count", c_int64), ("bits", c_int64)),
        *(("vectors", CRows), ("forward", CForward)),
    )


class CSought(Structure):
    """What is searched for: terms with their weights, and a row."""

    _fields_ = (
        *((name, c_void_p) for name in ("terms", "weights", "row", "whole")),
        *(("count", c_int64), ("scale", c_float), ("rounding", c_double), ("fusion", c_double)),
    )


class CFound(Structure):
    """Units with their scores."""

    _fields_ = (("units", c_void_p), ("scores", c_void_p), ("count", c_int64))


DONE, NO_MEMORY, OUT_OF_BOUNDS, TOO_LARGE = range(4)
HIT = np.dtype([("score", np.float64), ("unit", np.int64)])
PASSAGE = np.dtype([*((name, np.float64) for name in ("lexical", "dense", "fused")), ("place", np.int64)])
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {  # what each gives, and what it takes
    "texts_gather": (c_int, [POINTER(CStored), c_void_p, *[c_int64] * 3, *[c_void_p] * 5]),
    "match_texts": (c_int, [*map(POINTER, (CAsked, CTexts, CVocabulary, CTable)), *[c_void_p] * 5]),
    "ranking_columns_of_match": (c_int64, []),
    "ranking_columns": (c_int, [POINTER(CAsked), POINTER(CMatch), c_void_p, POINTER(CColumns), c_void_p]),
    "trees_predict": (c_int, [POINTER(CTrees), c_void_p, c_int64, c_void_p]),
    "rank_passages": (
        c_int,
        [*map(POINTER, (CRanking, CAsked, CStored, CVocabulary)), c_void_p, c_int64, c_void_p, c_void_p],
    ),
    "vectors_best": (
        c_int64,
        [POINTER(CRows), POINTER(CColumn), c_int64, c_void_p, c_float, c_void_p, c_int64, c_void_p],
    ),
    "codes_can_be_read": (c_int, []),
    "codes_best": (c_int64, [POINTER(CCodes), c_void_p, c_int64, c_void_p]),
    "search_begin": (c_void_p, [POINTER(CCodes), POINTER(CRows), c_void_p, c_int64, c_float, c_int64]),
    "search_end": (c_int, [c_void_p, c_int64]),
    "search_is_done": (c_int, [c_void_p]),
    "search_take": (c_int64, [c_void_p, c_void_p]),
    "forward_scores": (
        c_int,
        [POINTER(CForward), c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_void_p, c_void_p],
    ),
    "keep_in_large_pages": (None, [c_void_p, c_int64]),
    "hits_order": (None, [c_void_p, c_int64, c_double]),
    "passages_found": (c_int64, [*map(POINTER, (CIndex, CSought, CFound, CFound)), c_void_p]),
    "windows_of": (c_int64, [c_void_p, c_int64, c_int64, c_void_p, c_int64, c_void_p, c_void_p]),
}


@lru_cache(1)
def _prepared(library: CDLL) -> CDLL:
    for name, (gives, takes) in _FUNCTIONS.items():
        getattr(library, name).restype, getattr(library, name).argtypes = gives, takes
    return library


def functions() -> CDLL:
    """The functions of the C that ``_FUNCTIONS`` names. Raises RuntimeError when there are none."""
    library = kernel()
    if library is None:
        raise RuntimeError("there is no native kernel: ask available() first")
    return _prepared(library)


def check(done: int) -> None:
    """Raises MemoryError, or IndexError when numbers in an index point outside it."""
    if done != DONE:
        raise MemoryError if done == NO_MEMORY else IndexError("the index points outside itself")


def address(array: Array, kind: Any) -> int:  # noqa: ANN401 - a numpy type
    """The address of a contiguous array of this type. Raises TypeError for any other."""
    if array.dtype != kind or not array.flags.c_contiguous:
        raise TypeError(f"the kernel wants contiguous {np.dtype(kind)}, not {array.dtype} with steps {array.strides}")
    return begin(array)


def begin(array: Array) -> int:
    """The address of an array; one that is whole and may be written tells it in a quarter of the time."""
    if array.flags.carray and array.size:
        return addressof(c_char.from_buffer(array))  # type: ignore[arg-type]  # an array is a buffer
    found: int = array.__array_interface__["data"][0]
    return found


def column(values: Array, kinds: tuple[str, ...] = ("<u2", "<u4", "<i4", "<i8")) -> CColumn:
    """A row of numbers at whatever distance from each other; those of less than 8 bytes are not below 0."""
    if values.ndim != 1 or values.dtype.str not in kinds:
        raise TypeError(f"the kernel wants one row of {kinds}, not {values.dtype} of {values.ndim} dimensions")
    return CColumn(begin(values), values.strides[0], values.itemsize)
