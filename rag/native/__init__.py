"""Compiled twins of the few functions that a search spends its time in, for where a C compiler was.

``ranking.c`` does in one pass what ``rag/features.py``, ``rag/ranking.py`` and ``rag/trees.py`` do with hundreds of
small numpy calls. Those are the reference, and what runs where nothing was compiled: whoever calls a function of this
package asks ``available`` first. ``library`` loads what ``build`` made; other C can stand beside it, with a module of
its own here that takes its functions from ``library.kernel``. Every array is checked here, once; C sees addresses and
sizes.
"""

from __future__ import annotations

from ctypes import CDLL, c_double, c_int64, c_void_p
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.native.library import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Ints = NDArray[np.int64]

_ARGUMENTS: dict[str, list[Any]] = {
    "trees_predict": [
        *(c_void_p, c_int64, c_int64, c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int64, c_void_p),
        *(c_double, c_void_p, c_void_p, c_void_p),
    ],
}


def available() -> bool:
    """Whether the functions of this package can be called."""
    return kernel() is not None


@lru_cache(1)
def _prepared(library: CDLL) -> CDLL:
    for name, arguments in _ARGUMENTS.items():
        getattr(library, name).argtypes = arguments
        getattr(library, name).restype = None
    return library


def _kernel() -> CDLL:
    library = kernel()
    if library is None:
        raise RuntimeError("there is no native kernel: ask available() first")
    return _prepared(library)


def _at(array: NDArray[Any], kind: Any) -> int:  # noqa: ANN401 - a numpy type
    """The address of a contiguous array of this type. Raises TypeError for any other."""
    if array.dtype != kind or not array.flags.c_contiguous:
        raise TypeError(f"the kernel wants contiguous {np.dtype(kind)}, not {array.dtype} with steps {array.strides}")
    address: int = array.__array_interface__["data"][0]
    return address


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees as flat arrays, nodes before their children; see ``rag.trees.Forest``."""

    splits: NDArray[np.uint64]  # (splits,), rising: feature in the upper half, sortable threshold in the lower
    bounds: Ints  # (features + 1,): where the splits of each feature begin
    split: NDArray[np.int32]  # (nodes,)
    children: NDArray[np.int32]  # (nodes, 2): left and right; -1 - i is leaf i
    roots: int  # the first so many nodes
    values: Doubles  # (leaves,)
    constant: float

    def predict(self, rows: Floats) -> Doubles:
        """The sum of the leaves of each row: ``(n, features)`` → ``(n,)``."""
        rows = np.ascontiguousarray(rows, np.float32)
        if rows.shape[1] != len(self.bounds) - 1:
            raise ValueError(f"{rows.shape[1]} features instead of {len(self.bounds) - 1}")
        sums, left, here = (
            np.empty(len(rows)),
            np.empty(len(self.splits), np.uint64),
            np.empty(len(self.split), np.uint64),
        )
        _kernel().trees_predict(
            *(_at(rows, np.float32), *rows.shape, _at(self.splits, np.uint64), _at(self.bounds, np.int64)),
            *(_at(self.split, np.int32), _at(self.children, np.int32), len(self.split), self.roots),
            *(_at(self.values, np.float64), self.constant),
            *(_at(left, np.uint64), _at(here, np.uint64), _at(sums, np.float64)),
        )
        return sums
