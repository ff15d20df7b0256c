"""Rows → nearest units by cosine. Knows no texts and no models: numbers only.

Rows are kept as 8-bit whole numbers with a scale for each row, in the order in which they came; the units they belong
to are kept sorted, with the place of each one's row. Up to ``EXACT`` rows a search looks at all of them; above that
FAISS finds candidates in 4-bit product codes (Jégou, Douze and Schmid 2011, "Product quantization for nearest neighbor
search"; André, Kermarrec and Le Scouarnec 2017 for the fast scan; ``rag/native/codes.c`` does the same in less time),
and the kept rows decide among these. Above ``MANY`` rows a code has half as many bytes and gives more candidates: that
finds as much in half the time. Looking only in the parts of an inverted file near a question finds too little
(eval/LOG.md). Scores are sums of whole numbers, so the same rows give the same order ``(-score, unit)`` on every
machine. Figures for recall and time are printed by ``eval/bench.py`` and ``eval/bench_large.py``.

    vectors/rows-0.bin, rows-1.bin …  the rows; what is added later is a file of its own, and the others are shared
    vectors/scales.npy, arrived.npy   of each row its scale and its unit
    vectors/units.npy, places.npy     the units, sorted, and the row of each
    vectors/codes.faiss               the codes of all rows, in their order
    vectors/meta.json                 rows in each file, length of a row, rows at the time of training
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import native
from rag.beside import later

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Units = NDArray[np.int64]
    Codes = NDArray[np.int8]
    Floats = NDArray[np.float32]
    Scores = NDArray[np.float64]

EXACT = 20_000  # rows
MANY = 200_000  # rows
CANDIDATES = 400  # of which the kept rows choose, when k is small
MORE_CANDIDATES = 3_000  # the same, with many rows
TRAINING_ROWS = 4096  # 256 for each of the 16 values of a code
GROWN = 4  # times the rows that codes were trained on: then they are made anew
FILES = 8  # of rows: with more they are put together
FEW = 1_000  # candidates that are compared in full at once
BLOCK = 16_384  # rows at a time
QUESTION_SCALE = 32_000  # the question as whole numbers


def quantize(rows: Floats) -> tuple[Codes, Floats]:
    """Float rows ``(n, dim)`` → 8-bit rows ``(n, dim)`` and the scale ``(n,)`` that leads back."""
    largest = np.abs(rows).max(axis=1, initial=0.0)
    scales = (largest / 127).astype(np.float32)
    codes = np.rint(rows / np.maximum(scales, 1e-30)[:, None])
    return codes.astype(np.int8), scales


def write_vectors(folder: Path, units: Units, codes: Codes, scales: Floats) -> None:
    """Write an index of ``n`` quantized rows; ``units`` are distinct and say whose row each is."""
    writer = VectorWriter(folder)
    writer.add(units, codes, scales)
    writer.close(codes.shape[1])


class VectorWriter:
    """Puts rows behind those of ``base``, of which only those of the units ``stays`` (sorted; None: all) are kept."""

    def __init__(self, folder: Path, base: VectorIndex | None = None, stays: Units | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._before = base
        self._sizes: list[int] = []
        self._units: list[Units] = []
        self._scales: list[Floats] = []
        shared = self._before and stays is None and len(self._before.sizes) < FILES
        if self._before and shared:
            for number, size in enumerate(self._before.sizes):
                link_or_copy(self._before.folder / _rows_name(number), folder / _rows_name(number))
                self._sizes.append(size)
            self._units.append(self._before.arrived)
            self._scales.append(self._before.scales)
        self._kept = bool(shared)
        self._added = 0
        self._rows = (folder / _rows_name(len(self._sizes))).open("wb")
        if self._before and not shared:
            kept = self._before.arrived if stays is None else self._before.arrived[np.isin(self._before.arrived, stays)]
            for begin in range(0, len(kept), BLOCK):
                self.add(kept[begin : begin + BLOCK], *self._before.rows(kept[begin : begin + BLOCK]))

    def add(self, units: Units, codes: Codes, scales: Floats) -> None:
        """Add rows."""
        self._rows.write(np.ascontiguousarray(codes).tobytes())
        self._units.append(np.asarray(units, np.int64))
        self._scales.append(scales)
        self._added += len(units)

    def abandon(self) -> None:
        """Close what is open; what was written is of no use."""
        self._rows.close()

    def close(self, dim: int, coded: bool = True) -> None:
        """Write everything, the codes only when ``coded``. ``dim`` is the length of a row, for an index without any."""
        self._rows.close()
        sizes = [*self._sizes, self._added]
        arrived = np.concatenate([np.zeros(0, np.int64), *self._units])
        scales = np.concatenate([np.zeros(0, np.float32), *self._scales])
        units, places = self._sorted(arrived)
        for name, values in (("arrived", arrived), ("scales", scales), ("places", places), ("units", units)):
            np.save(self._folder / f"{name}.npy", values)
        rows = _Rows([self._folder / _rows_name(number) for number in range(len(sizes))], sizes, dim)
        trained = self._write_codes(rows, scales, places) if coded else 0
        meta = {"sizes": sizes, "dim": dim, "trained": trained}
        (self._folder / "meta.json").write_text(json.dumps(meta), encoding="ascii")

    def _sorted(self, arrived: Units) -> tuple[Units, NDArray[np.int32]]:
        """The units, sorted, and the row of each: those of the base are so already."""
        before = self._before if self._kept else None
        units = before.units if before else np.zeros(0, np.int64)
        places = before.places if before else np.zeros(0, np.int32)
        new = arrived[len(units) :]
        order = np.argsort(new, kind="stable")
        at = units.searchsorted(new[order])
        rows = (order + len(units)).astype(np.int32)
        return np.insert(units, at, new[order]), np.insert(places, at, rows)

    def _write_codes(self, rows: _Rows, scales: Floats, places: NDArray[np.int32]) -> int:
        """Write the codes of all rows, where there are many; gives on how many rows they were trained."""
        n = len(scales)
        if n <= EXACT:
            return 0
        import faiss

        before = self._before
        index, done, trained = None, 0, n
        if before and self._kept and before.trained and _alike(before.trained, n):
            index, done, trained = before.hand_over_codes(), len(before), before.trained
        if index is None:
            index = _trained(rows, scales, places)
        for begin in range(done, n, BLOCK):
            index.add(_floats(rows, scales, np.arange(begin, min(begin + BLOCK, n))))
        faiss.write_index(index, str(self._folder / "codes.faiss"))
        return trained


def link_or_copy(source: Path, target: Path) -> None:
    """The same file under another name, without copying where the disk allows it. For files that never change."""
    import shutil

    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _rows_name(number: int) -> str:
    return f"rows-{number}.bin"


def _alike(trained: int, n: int) -> bool:
    """Whether codes that were trained on so many rows serve for ``n``."""
    return n <= GROWN * trained and (trained > MANY) == (n > MANY)


def _floats(rows: _Rows, scales: Floats, chosen: NDArray[Any]) -> Floats:
    found: Floats = rows.take(chosen) * scales[chosen, None]
    return found


def _trained(rows: _Rows, scales: Floats, places: NDArray[np.int32]) -> Any:  # noqa: ANN401
    """Empty codes, trained on a fixed choice of rows: the same rows give the same codes, in whatever order they came.

    Every piece of a code is trained by itself, so that parts of the row can be at the same time: the same to the bit.
    """
    import faiss

    n, dim = len(scales), rows.dim
    pieces = dim // (4 if n > MANY else 2)
    index = faiss.IndexPQFastScan(dim, pieces, 4, faiss.METRIC_INNER_PRODUCT)
    chosen = np.random.default_rng(0).choice(n, min(n, TRAINING_ROWS), replace=False)
    chosen.sort()
    parts = next(parts for parts in (4, 2, 1) if pieces % parts == 0)
    samples = np.split(_floats(rows, scales, places[chosen]), parts, axis=1)
    with ThreadPoolExecutor(min(parts, os.cpu_count() or 1)) as beside:
        centroids = list(beside.map(_centroids, samples, [pieces // parts] * parts))
    faiss.copy_array_to_vector(np.concatenate(centroids), index.pq.centroids)
    index.is_trained = True
    return index


def _centroids(sample: Floats, pieces: int) -> Floats:
    """The values that the pieces of codes of these (parts of) rows stand for.

    On this thread alone: these are thousands of tiny steps, and threads that wait for each other cost more than those.
    """
    import faiss

    faiss.omp_set_num_threads(1)  # of the thread that asks it
    codes = faiss.ProductQuantizer(sample.shape[1], pieces, 4)
    codes.train(np.ascontiguousarray(sample))
    found: Floats = faiss.vector_to_array(codes.centroids)
    return found


class _Rows:
    """Rows in one or more files, mapped into memory."""

    def __init__(self, files: Sequence[Path], sizes: Sequence[int], dim: int) -> None:
        """Raises ValueError or OSError when a file is not there or not of its size."""
        self.dim = dim
        self._ends = np.cumsum(sizes)
        self.parts = [_mapped(file, size, dim) for file, size in zip(files, sizes, strict=True)]

    def take(self, rows: NDArray[Any]) -> Codes:
        """These rows ``(n, dim)``."""
        if len(self.parts) == 1:
            only: Codes = self.parts[0].take(rows, axis=0)
            return only
        found = np.empty((len(rows), self.dim), np.int8)
        parts = np.searchsorted(self._ends, rows, side="right")
        for number, (begin, _) in enumerate(pairwise([0, *self._ends.tolist()])):
            chosen = np.flatnonzero(parts == number)
            found[chosen] = self.parts[number][rows[chosen] - begin]
        return found


def _mapped(file: Path, size: int, dim: int) -> Codes:
    if file.stat().st_size != size * dim:
        raise ValueError(f"{file} is not of the size that belongs to it")
    return np.asarray(np.memmap(file, np.int8, "r", shape=(size, dim))) if size else np.zeros((0, dim), np.int8)


class VectorIndex:
    """A finished index, for searching; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError when the folder holds no index of ours."""
        self.folder = folder
        meta = json.loads((folder / "meta.json").read_text(encoding="ascii"))
        self.sizes: list[int] = meta["sizes"]  # rows in each file
        self.dim: int = meta["dim"]  # length of a row
        self.trained: int = meta["trained"]  # how many rows there were when the codes were trained; 0: no codes
        self.units: Units = np.load(folder / "units.npy")  # sorted
        self.arrived: Units = np.load(folder / "arrived.npy", mmap_mode="r")  # the unit of each row
        self.scales: Floats = np.load(folder / "scales.npy")  # of each row
        self.places: NDArray[np.int32] = np.load(folder / "places.npy")  # beside units: the row of each
        if len({len(self.units), len(self.arrived), len(self.scales), len(self.places), sum(self.sizes)}) > 1:
            raise ValueError(f"{folder} holds rows that do not belong together")
        self._rows = _Rows([folder / _rows_name(number) for number in range(len(self.sizes))], self.sizes, self.dim)
        self.known = native.Rows.of(self._rows.parts, self.scales, self.arrived)
        self._all: Floats | None = None  # all rows as floats, when there are few
        self.coarse: Any = None
        self._codes: native.Codes | None = None  # those of ``coarse``, for the kernel
        if self.trained:
            import faiss

            self.coarse = faiss.read_index(str(folder / "codes.faiss"))
            if self.coarse.ntotal != len(self.units):
                raise ValueError(f"{folder} holds codes of other rows")
            if native.available():
                native.keep_in_large_pages(int(self.coarse.codes.get()), self.coarse.codes.size())
                self._codes = native.Codes.of(self.coarse, faiss.vector_to_array(self.coarse.pq.centroids))

    def __len__(self) -> int:
        return len(self.units)

    def search(self, row: Floats, k: int, allowed: Units | None = None) -> list[tuple[int, float]]:
        """The ``k`` units nearest to ``row (dim,)`` as ``(unit, cosine)``, best first, of ``allowed`` (sorted) only."""
        units, scores = self.best(row, k, allowed)
        return list(zip(units.tolist(), scores.tolist(), strict=True))

    def scores(self, row: Floats, units: Iterable[int]) -> dict[int, float]:
        """The cosine of each of these units with ``row``: the same as ``search`` gives; 0 for units without a row."""
        wanted = np.fromiter(units, np.int64)
        return dict(zip(wanted.tolist(), self.scores_of(row, wanted).tolist(), strict=True))

    def best(self, row: Floats, k: int, allowed: Units | None = None) -> tuple[Units, Scores]:
        """What ``search`` gives, as arrays."""
        candidates: NDArray[Any]
        rows = None if allowed is None else self._rows_of(allowed)[0]
        size = len(self) if rows is None else len(rows)
        if k < 1 or not size:
            return np.zeros(0, np.int64), np.zeros(0)
        if rows is None and self.coarse is None:
            with np.errstate(invalid="ignore"):  # see rag/cross_encoder.py
                candidates = self._best(self._all_rows() @ row, k)
        elif rows is not None and (self.coarse is None or size <= EXACT):
            candidates = rows
        else:
            candidates = self._from_codes(row, k, rows)
        found = self.known.best(candidates, row, QUESTION_SCALE, k) if native.available() else None
        if found is None:
            if len(candidates) > FEW:
                candidates = candidates[self._best((self._rows.take(candidates) @ row) * self.scales[candidates], k)]
            units, scores = self.arrived[candidates], self._cosines(row, candidates)
            best = np.lexsort((units, -scores))[:k]
            found = units[best], scores[best]
        return found

    def begin(self, row: Floats, k: int, allowed: Units | None = None) -> Callable[[], tuple[Units, Scores]]:
        """Begin ``best`` beside what the caller does, where that pays; what this gives, gives what that gives."""
        if allowed is None and k > 0 and self._codes and native.available():
            begun = self._codes.begin(self.known, row, self._wanted(k, 1.0), QUESTION_SCALE, k)
            return lambda: begun.end() or self.best(row, k)
        search = partial(self.best, row, k, allowed)
        return later(search) if len(self) > MANY else search

    def scores_of(self, row: Floats, units: Units) -> Scores:
        """The cosines of these units: ``scores`` as an array."""
        rows, there = self._rows_of(units)
        found = np.zeros(len(units))
        known = self.known.best(rows, row, QUESTION_SCALE) if native.available() else None
        found[there] = known[1] if known else self._cosines(row, rows)
        return found

    def rows(self, units: Units) -> tuple[Codes, Floats]:
        """The quantized rows and scales of these units, which must all be there."""
        rows = self.rows_of(units)
        return self._rows.take(rows), self.scales[rows]

    def rows_of(self, units: Units) -> Units:
        """The rows of these units, which must all be there."""
        return self.places[np.searchsorted(self.units, units)].astype(np.int64)

    def hand_over_codes(self) -> Any:  # noqa: ANN401
        """The codes, to add rows to. From here on this index looks at all its rows, as if it had none."""
        codes, self.coarse, self._codes = self.coarse, None, None
        return codes

    def _rows_of(self, units: Units) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """The rows of these units, in their order; and which of them have one."""
        if not len(self.units):
            return np.zeros(0, np.int32), np.zeros(len(units), bool)
        places: NDArray[np.intp] = np.minimum(self.units.searchsorted(units), len(self.units) - 1)
        there = self.units[places] == units
        found: NDArray[np.int32] = self.places[places[there]]
        return found, there

    def _all_rows(self) -> Floats:
        if self._all is None:
            self._all = _floats(self._rows, self.scales, np.arange(len(self)))
        return self._all

    def _best(self, scores: Floats, k: int) -> NDArray[np.intp]:
        """Places of everything that may be among the best ``k`` once scores are exact."""
        if len(scores) <= k:
            return np.arange(len(scores))
        edge = np.partition(scores, len(scores) - k)[len(scores) - k]
        return np.flatnonzero(scores >= edge - 1e-3)

    def _from_codes(self, row: Floats, k: int, rows: NDArray[np.int32] | None) -> NDArray[np.intp]:
        """Candidates by their 4-bit codes.

        FAISS's fast scan takes no selector, so more are asked for the fewer are allowed.
        """
        wanted = self._wanted(k, 1.0 if rows is None else len(rows) / len(self))
        candidates: NDArray[Any]
        if self._codes and native.available():
            candidates = self._codes.best(row, wanted)
        else:
            _, found = self.coarse.search(row[None], wanted)
            candidates = found[0][found[0] >= 0]
        return candidates if rows is None else np.intersect1d(candidates, rows, assume_unique=True)

    def _wanted(self, k: int, share: float) -> int:
        """How many candidates there must be for the best ``k`` among a share of all rows."""
        usual = MORE_CANDIDATES if self.trained > MANY else CANDIDATES
        return min(int(max(usual, 4 * k) / share), len(self))

    def _cosines(self, row: Floats, rows: NDArray[Any]) -> NDArray[np.float64]:
        """The cosine of each of these rows with ``row``, from sums of whole numbers, which floats of 64 bits hold."""
        question = np.rint(row * QUESTION_SCALE).astype(np.float64)  # (dim,)
        sums = self._rows.take(rows).astype(np.float64) @ question  # (rows,)
        cosines: NDArray[np.float64] = np.round(sums * (self.scales[rows].astype(np.float64) / QUESTION_SCALE), 7)
        return cosines
