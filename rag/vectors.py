"""Rows → nearest units by cosine. Knows no texts and no models: numbers only.

Rows are kept as 8-bit whole numbers with a scale for each row, sorted by unit. Up to ``EXACT`` rows a search looks at
all of them; above that FAISS finds candidates in 4-bit product codes (Jégou, Douze and Schmid 2011, "Product
quantization for nearest neighbor search"; André, Kermarrec and Le Scouarnec 2017 for the fast scan), and the kept rows
decide among these. Scores are sums of whole numbers, so the same rows give the same order ``(-score, unit)`` on every
machine. Figures for recall and time are printed by ``eval/bench.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Units = NDArray[np.int64]

EXACT = 20_000  # rows
CANDIDATES = 400  # of which the kept rows choose, when k is small
TRAINING_ROWS = 4096  # 256 for each of the 16 values of a code
QUESTION_SCALE = 32_000  # the question as whole numbers; 127 * 32,000 * sqrt(dim) fits 32 bits for unit rows


def quantize(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Float rows ``(n, dim)`` → 8-bit rows ``(n, dim)`` and the scale ``(n,)`` that leads back."""
    largest = np.abs(rows).max(axis=1, initial=0.0)
    scales = (largest / 127).astype(np.float32)
    codes = np.rint(rows / np.maximum(scales, 1e-30)[:, None])
    return codes.astype(np.int8), scales


def write_vectors(folder: Path, units: Units, codes: NDArray[np.int8], scales: NDArray[np.float32]) -> None:
    """Write an index of ``n`` quantized rows; ``units`` are distinct and say whose row each is."""
    folder.mkdir(parents=True, exist_ok=True)
    order = np.argsort(units, kind="stable")
    units, codes, scales = units[order], codes[order], scales[order]
    np.save(folder / "units.npy", units)
    np.save(folder / "rows.npy", codes)
    np.save(folder / "scales.npy", scales)
    if len(units) > EXACT:
        import faiss

        faiss.write_index(_coarse(codes, scales), str(folder / "codes.faiss"))


def _coarse(codes: NDArray[np.int8], scales: NDArray[np.float32]) -> Any:  # noqa: ANN401
    """The 4-bit codes of all rows, trained on a fixed choice of them, so that the same rows give the same codes."""
    import faiss

    n, dim = codes.shape
    index = faiss.IndexPQFastScan(dim, dim // 2, 4, faiss.METRIC_INNER_PRODUCT)
    chosen = np.random.default_rng(0).choice(n, min(n, TRAINING_ROWS), replace=False)
    chosen.sort()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # thousands of tiny steps: threads that wait for each other cost more than they do
    try:
        index.train(codes[chosen] * scales[chosen, None])
    finally:
        faiss.omp_set_num_threads(threads)
    for begin in range(0, n, 16_384):
        index.add(codes[begin : begin + 16_384] * scales[begin : begin + 16_384, None])
    return index


class VectorIndex:
    """A finished index, for searching; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError when the folder holds no index of ours."""
        self.units: Units = np.load(folder / "units.npy")
        self._codes = np.load(folder / "rows.npy", mmap_mode="r")  # (n, dim) int8
        self._scales = np.load(folder / "scales.npy")  # (n,)
        if self._codes.ndim != 2 or not len(self.units) == len(self._codes) == len(self._scales):
            raise ValueError(f"{folder} holds rows that do not belong together")
        self._rows: NDArray[np.float32] | None = None  # all rows as floats, when there are few
        self._coarse: Any = None
        if len(self.units) > EXACT:
            import faiss

            self._coarse = faiss.read_index(str(folder / "codes.faiss"))
            if self._coarse.ntotal != len(self.units):
                raise ValueError(f"{folder} holds codes of other rows")

    def __len__(self) -> int:
        return len(self.units)

    @property
    def dim(self) -> int:
        """Length of a row."""
        return int(self._codes.shape[1])

    def search(self, row: NDArray[np.float32], k: int, allowed: Units | None = None) -> list[tuple[int, float]]:
        """The ``k`` units nearest to ``row (dim,)`` as ``(unit, cosine)``, best first, of ``allowed`` (sorted) only."""
        places = None if allowed is None else self._places(allowed)
        size = len(self) if places is None else len(places)
        if k < 1 or not size:
            return []
        if places is None and self._coarse is None:
            candidates = self._best(self._all_rows() @ row, k)
        elif places is not None and (self._coarse is None or size <= EXACT):
            candidates = places[self._best((self._codes[places] @ row) * self._scales[places], k)]
        else:
            candidates = self._from_codes(row, k, places)
        return self._ordered(row, candidates)[:k]

    def scores(self, row: NDArray[np.float32], units: Iterable[int]) -> dict[int, float]:
        """The cosine of each of these units with ``row``: the same as ``search`` gives; 0 for units without a row."""
        wanted = np.unique(np.fromiter(units, np.int64))
        found = dict.fromkeys(wanted.tolist(), 0.0)
        found.update(self._ordered(row, self._places(wanted)))
        return found

    def rows(self, units: Units) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """The quantized rows and scales of these units, which must all be there."""
        places = np.searchsorted(self.units, units)
        return self._codes[places], self._scales[places]

    def _places(self, units: Units) -> NDArray[np.intp]:
        """Where these units (sorted) lie among the rows; those without a row are left out."""
        if not len(self.units):
            return np.zeros(0, np.intp)
        places: NDArray[np.intp] = np.minimum(np.searchsorted(self.units, units), len(self.units) - 1)
        found: NDArray[np.intp] = places[self.units[places] == units]
        return found

    def _all_rows(self) -> NDArray[np.float32]:
        if self._rows is None:
            self._rows = self._codes * self._scales[:, None]
        return self._rows

    def _best(self, scores: NDArray[np.float32], k: int) -> NDArray[np.intp]:
        """Places of everything that may be among the best ``k`` once scores are exact."""
        if len(scores) <= k:
            return np.arange(len(scores))
        edge = np.partition(scores, len(scores) - k)[len(scores) - k]
        return np.flatnonzero(scores >= edge - 1e-3)

    def _from_codes(self, row: NDArray[np.float32], k: int, places: NDArray[np.intp] | None) -> NDArray[np.intp]:
        """Candidates by their 4-bit codes.

        FAISS's fast scan takes no selector, so more are asked for the fewer are allowed.
        """
        share = 1.0 if places is None else len(places) / len(self)
        wanted = min(int(max(CANDIDATES, 4 * k) / share), len(self))
        _, found = self._coarse.search(row[None], wanted)
        candidates = np.unique(found[0][found[0] >= 0])
        return candidates if places is None else np.intersect1d(candidates, places, assume_unique=True)

    def _ordered(self, row: NDArray[np.float32], candidates: NDArray[np.intp]) -> list[tuple[int, float]]:
        question = np.rint(row * QUESTION_SCALE).astype(np.int32)  # (dim,)
        sums = self._codes[candidates].astype(np.int32) @ question  # (candidates,)
        scores = sums * (self._scales[candidates].astype(np.float64) / QUESTION_SCALE)
        pairs = zip(self.units[candidates].tolist(), np.round(scores, 7).tolist(), strict=True)
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
