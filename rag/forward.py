"""The search terms of every unit as numbers: a forward index, beside the inverted one of ``rag/lexical.py``.

From it the scores of a few units are worked out without searching for them, and the words of units that stay are read
when others leave the index. Units are rows here, in the order in which they came: those of ``rag/vectors.py``. A term's
number is its place in order of appearance, so that the usual terms have small numbers: those that fit 16 bits are
stored so, the others apart.

    terms/forms                the terms, as lines
    terms/keys.npy, of.npy     their keys and numbers, see ``rag/keyed.py``
    terms/common, rare         the numbers of all units' terms, one after another
    terms/rows                 where those of each unit begin
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import native
from rag.keyed import KEYS, OF, Keyed
from rag.numbering import split
from rag.words import key, ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]

FOLDER = "terms"
K1, B, HALF = np.float32(1.2), np.float32(0.75), np.float32(0.5)  # as Tantivy has them
RARE = 0xFFFF  # stands for a number that does not fit
TOGETHER = 4_096  # units whose terms are given numbers at once
KINDS: dict[str, Any] = {
    "rows": np.dtype([("word", "<u4"), ("rare", "<u4")]),  # where a unit's terms and rare terms begin
    "common": np.dtype("<u2"),
    "rare": np.dtype("<u4"),
}
Arrays = dict[str, "NDArray[Any]"]


def _kept_lengths() -> Ints:
    """The lengths that Tantivy tells apart, in one byte: exact to 40, then in steps that grow (Lucene's SmallFloat)."""
    found = list(range(24))
    for code in range(232):
        bits, shift = code & 7, (code >> 3) - 1
        found.append(24 + (bits if shift < 0 else (bits | 8) << shift))
    return np.array(found, np.int64)


KEPT_LENGTHS = _kept_lengths()


class ForwardWriter:
    """Puts units behind those of ``base``, of which only those in ``stays`` (rows, rising; None: all) are kept."""

    def __init__(self, folder: Path, base: Path | None = None, stays: Ints | None = None) -> None:
        folder.mkdir()
        self._folder = folder
        self._numbers = Keyed(base if stays is None else None)
        self._waiting: list[str] = []
        if base and stays is None:
            for name in (*KINDS, "forms"):
                shutil.copyfile(base / name, folder / name)
        self._open = ExitStack()
        self._files = {name: self._open.enter_context((folder / name).open("ab")) for name in KINDS}
        self._sizes = {name: file.tell() // KINDS[name].itemsize for name, file in self._files.items()}
        if base and stays is not None:  # of what left, nothing may stay behind: no term either
            for terms in ForwardIndex(base).texts(stays):
                self.add([terms])

    def add(self, terms: Iterable[str]) -> None:
        """Add units with their terms, joined by spaces; some have none."""
        self._waiting += terms
        if len(self._waiting) >= TOGETHER:
            self._write_waiting()

    def abandon(self) -> None:
        """Close what is open; what was written is of no use."""
        self._open.close()

    def close(self) -> None:
        """Write everything."""
        self._write_waiting()
        self._open.close()
        with (self._folder / "forms").open("a", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
            file.write(self._numbers.new())
        self._numbers.save(self._folder)

    def _write_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        sizes = np.fromiter((terms.count(" ") + 1 if terms else 0 for terms in waiting), np.int64, len(waiting))
        lines = "".join([f"{terms}\n" for terms in waiting if terms]).replace(" ", "\n")
        self._append(self._numbers.of(lines), sizes)

    def _append(self, found: Ints, sizes: Ints) -> None:
        """Write units that have so many of these numbers each."""
        rare = found >= RARE
        rows = np.zeros(len(sizes), KINDS["rows"])
        before = np.concatenate([[0], np.cumsum(rare)])
        begins = np.cumsum(sizes) - sizes
        rows["word"], rows["rare"] = self._sizes["common"] + begins, self._sizes["rare"] + before[begins]
        for name, values in (("rows", rows), ("common", np.where(rare, RARE, found)), ("rare", found[rare])):
            self._files[name].write(values.astype(KINDS[name], copy=False).tobytes())
            self._sizes[name] += len(values)


class ForwardIndex:
    """What is on disk, for searching; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError or ValueError when a part is not there or not whole."""
        self._folder = folder
        arrays = {name: _mapped(folder / name, kind) for name, kind in KINDS.items()}
        last = np.array([(len(arrays["common"]), len(arrays["rare"]))], KINDS["rows"])
        self._common, self._rare = arrays["common"], arrays["rare"]
        self._rows = np.concatenate([arrays["rows"], last])
        self._keys: Ints = np.asarray(np.load(folder / KEYS, mmap_mode="r"))  # sorted; a plain array: see _mapped
        self._of: NDArray[np.int32] = np.asarray(np.load(folder / OF, mmap_mode="r"))  # beside keys: numbers
        if len(self._keys) != len(self._of):
            raise ValueError(f"{folder} holds terms that do not belong together")
        begins = self._rows["word"].astype(np.int64)
        with_terms = int(np.count_nonzero(np.diff(begins)))
        average = np.float32(max(begins[-1], 1)) / np.float32(max(with_terms, 1))
        self._dampings = K1 * (1 - B + B * KEPT_LENGTHS.astype(np.float32) / average)  # of each kept length
        self.known = native.Forward.of((self._rows, self._common, self._rare), RARE, KEPT_LENGTHS, self._dampings)

    def __len__(self) -> int:
        return len(self._rows) - 1

    def numbers(self, rows: Ints) -> tuple[Ints, Ints]:
        """The terms of these units as numbers, one unit after another; and where each begins and ends."""
        first, after = self._rows[rows], self._rows[rows + 1]
        words, bounds = ranges(first["word"], after["word"])
        found = self._common[words].astype(np.int64)
        rare = np.flatnonzero(found == RARE)
        if len(rare):
            found[rare] = self._rare[ranges(first["rare"], after["rare"])[0]]
        return found, bounds

    def texts(self, rows: Ints) -> Iterator[str]:
        """The terms of these units, joined by spaces."""
        for begin in range(0, len(rows), TOGETHER):
            found, bounds = self.numbers(rows[begin : begin + TOGETHER])
            words = iter(self._forms[found])
            yield from (" ".join(islice(words, size)) for size in np.diff(bounds).tolist())

    @cached_property
    def _forms(self) -> NDArray[np.object_]:
        """All terms."""
        return np.array(split(_read(self._folder / "forms")), object)

    def scores(self, terms: Sequence[str], weights: Floats, rows: Ints) -> Floats:
        """The BM25 scores of these units for terms with these ``weights``, see there; without rounding.

        Added in the order of the terms, as 32-bit floats.
        """
        numbers, there = self.numbers_of(terms)
        asked = weights[there]
        if native.available():
            return self.known.scores(rows, numbers, asked)
        found, bounds = self.numbers(rows)
        sizes = np.diff(bounds)
        damping = self._dampings[np.searchsorted(KEPT_LENGTHS, sizes, side="right") - 1]  # (rows,)
        of_row = np.repeat(np.arange(len(rows)), sizes)
        total = np.zeros(len(rows), np.float32)
        for number, weight in zip(numbers.tolist(), asked, strict=True):
            counts = np.bincount(of_row[found == number], minlength=len(rows)).astype(np.float32)
            total += weight * (counts / (counts + damping))
        return total

    def numbers_of(self, terms: Sequence[str]) -> tuple[Ints, NDArray[np.bool_]]:
        """The numbers of those terms that occur, in their order; and which these are."""
        wanted = np.fromiter(map(key, terms), np.int64, len(terms))
        if not len(self._keys):
            return np.zeros(0, np.int64), np.zeros(len(terms), bool)
        at = np.minimum(self._keys.searchsorted(wanted), len(self._keys) - 1)
        there = self._keys[at] == wanted
        return self._of[at[there]].astype(np.int64), there


def weights(units: Sequence[int], among: int, boosts: Sequence[float]) -> Floats:
    """The weights of terms that occur in so many ``units`` of ``among`` and count for so much, as Tantivy has them."""
    return weighed(rarities(units, among), boosts)


def rarities(units: Sequence[int], among: int) -> Floats:
    """How rare terms are that occur in so many ``units`` of ``among``."""
    occurs = np.array(units, np.int64)
    rarity = 1 + ((among - occurs).astype(np.float32) + HALF) / (occurs.astype(np.float32) + HALF)
    return np.array(list(map(math.log, rarity.tolist())), np.float32)  # to the bit the same on every machine


def weighed(rarity: Floats, boosts: Sequence[float]) -> Floats:
    """What terms so rare weigh that count for so much."""
    found: Floats = rarity * (1 + K1) * np.array(boosts, np.float32)
    return found


def _mapped(file: Path, kind: Any) -> NDArray[Any]:  # noqa: ANN401 - a numpy type
    """A file as a plain array: of a ``memmap`` every small operation takes several times as long."""
    return np.asarray(np.memmap(file, kind, "r")) if file.stat().st_size else np.zeros(0, kind)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="surrogatepass")
