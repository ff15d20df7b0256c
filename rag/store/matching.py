"""The sentences of all passages as numbers of words, on disk: what ranking would else work out at every question.

Raw arrays that a search maps into memory, one after another in the order in which documents came in. A word's number is
its place among the words of the index in order of appearance, so that the usual words have small numbers: those that
fit 16 bits are stored so, the others apart. Word 0 is no word. Which word a number stands for is kept as a key only:
see ``rag/keyed.py``, where numbers are one less.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rag import native
from rag.features import Texts
from rag.keyed import Keyed, keys_in_order, write_keys
from rag.words import NO_START, Ragged, Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

FOLDER = "matching"
ENCODER = "encoder"
RARE = 0xFFFF  # stands for a number that does not fit
MOST_WORDS = 0xFFFF  # of a segment; more are left out
KINDS: dict[str, Any] = {
    # where the segments, the words and the rare words of a passage begin, after those of the one before
    "passages": np.dtype([("number", "<i8"), ("segment", "<u4"), ("word", "<u4"), ("rare", "<u4")]),
    "segments": np.dtype([("norm", "<f4"), ("words", "<u2"), ("offers", "u1")]),
    "common": np.dtype("<u2"),
    "rare": np.dtype("<u4"),
    # where the terms and the pieces of a word begin
    "words": np.dtype([("beginning", "<i8"), ("norm", "<f4"), ("term", "<u4"), ("piece", "<u4")]),
    "terms": np.dtype("<i8"),
    "pieces": np.dtype("<u2"),
}
Arrays = dict[str, "NDArray[Any]"]


class Table(NamedTuple):
    """Words with what is known of them; word n is the n-th of ``forms``."""

    encoder: str  # fingerprint of the one whose pieces and norms these are
    forms: str  # as lines, see rag/numbering.py
    vocabulary: Vocabulary


class Matching(NamedTuple):
    """The segments of a document's passages: the title and every sentence. See ``rag.features.Analysis``."""

    table: Table  # shared by documents that were read together
    ids: NDArray[np.int32]  # (words,): places in the table
    sizes: NDArray[np.int64]  # (segments,): words of each
    norms: NDArray[np.float32]  # (segments,)
    offers: NDArray[np.uint8]  # (segments,)
    segments: NDArray[np.int64]  # (passages,): segments of each


class MatchingWriter:
    """Puts passages behind those of ``base``, of which only those in ``stays`` (sorted numbers; None: all) are kept."""

    def __init__(self, target: Path, base: Path | None, stays: Ints | None) -> None:
        self._folder = target / FOLDER
        self._folder.mkdir()
        before = base / FOLDER if base and (base / FOLDER).is_dir() else None
        self.complete = before is not None or base is None  # whether every passage is there
        self._encoder = ""
        if before and stays is None:
            for name in (*KINDS, ENCODER):
                shutil.copyfile(before / name, self._folder / name)
        elif before and stays is not None:
            _write_kept(before, self._folder, stays)
            before = self._folder
        self._numbers = Keyed(before)  # of the words, from word 1
        self._encoder = _read(self._folder / ENCODER)
        self._open = ExitStack()
        self._files = {name: self._open.enter_context((self._folder / name).open("ab")) for name in KINDS}
        self._sizes = {name: file.tell() // KINDS[name].itemsize for name, file in self._files.items()}
        if not self._sizes["words"]:
            self._append("words", np.array([(NO_START, np.inf, 0, 0)], KINDS["words"]))  # word 0
            self._append("terms", np.zeros(1))
            self._append("pieces", np.zeros(1))
        self._waiting: list[tuple[Sequence[int], Matching]] = []
        self._table: Table | None = None
        self._number_of: Ints = np.zeros(0, np.int64)  # place in the table → number

    def add(self, numbers: Sequence[int], matching: Matching | None) -> None:
        """Add the passages of a document; without what they match by, the index will have none of it."""
        if matching is None or (self._encoder and matching.table.encoder != self._encoder):
            self.complete = False
            return
        if matching.table is not self._table:
            self._write_waiting()
            self._take(matching.table)
        self._waiting.append((numbers, matching))

    def _write_waiting(self) -> None:
        """Write the documents that share a table, all at once."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        numbers = np.concatenate([np.asarray(numbers, np.int64) for numbers, _ in waiting])
        found = [matching for _, matching in waiting]
        sizes = np.concatenate([m.sizes for m in found])
        ids = self._number_of[np.concatenate([m.ids for m in found])]
        most = np.minimum(sizes, MOST_WORDS)
        if most.sum() < len(ids):
            within = np.arange(len(ids)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            ids, sizes = ids[within < MOST_WORDS], most
        rare = ids >= RARE
        segment_ends = np.cumsum(np.concatenate([m.segments for m in found]))
        word_ends = np.cumsum(sizes)[segment_ends - 1]
        rare_ends = np.cumsum(rare)[word_ends - 1]
        passages = np.zeros(len(numbers), KINDS["passages"])
        passages["number"] = numbers
        for field, ends, name in (
            ("segment", segment_ends, "segments"), ("word", word_ends, "common"), ("rare", rare_ends, "rare")
        ):  # fmt: skip
            passages[field] = self._sizes[name] + np.concatenate([[0], ends[:-1]])
        segments = np.zeros(len(sizes), KINDS["segments"])
        segments["norm"], segments["words"] = np.concatenate([m.norms for m in found]), sizes
        segments["offers"] = np.concatenate([m.offers for m in found])
        self._append("passages", passages)
        self._append("segments", segments)
        self._append("common", np.where(rare, RARE, ids))
        self._append("rare", ids[rare])

    def abandon(self) -> None:
        """Close what is open; what was written is of no use."""
        self._open.close()

    def close(self) -> None:
        """Write everything; leave nothing behind when some passage has nothing to match by."""
        self._write_waiting()
        self._open.close()
        if not self.complete:
            for file in sorted(self._folder.iterdir()):
                file.unlink()
            self._folder.rmdir()
            return
        self._numbers.save(self._folder)
        (self._folder / ENCODER).write_text(self._encoder, encoding="ascii")

    def _take(self, table: Table) -> None:
        """Make the words of a table known."""
        self._encoder = table.encoder
        known = len(self._numbers)
        self._number_of = np.append(0, self._numbers.of(table.forms) + 1)
        new = np.flatnonzero(self._number_of > known)
        self._table = table
        self._append_words(table.vocabulary, new)

    def _append_words(self, vocabulary: Vocabulary, places: Ints) -> None:
        terms, pieces = vocabulary.terms.take(places), vocabulary.pieces.take(places)
        words = np.zeros(len(places), KINDS["words"])
        words["beginning"], words["norm"] = vocabulary.beginnings[places], vocabulary.norms[places]
        words["term"], words["piece"] = (
            self._sizes["terms"] + terms.starts[:-1],
            self._sizes["pieces"] + pieces.starts[:-1],
        )
        self._append("words", words)
        self._append("terms", terms.values)
        self._append("pieces", pieces.values)

    def _append(self, name: str, values: NDArray[Any]) -> None:
        self._files[name].write(values.astype(KINDS[name], copy=False).tobytes())
        self._sizes[name] += len(values)


class StoredMatching:
    """What is on disk, for searching; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError or ValueError when a part is not there or not whole."""
        arrays = _arrays(folder)
        self.encoder = _read(folder / ENCODER)
        self._passages, self._segments = arrays["passages"], arrays["segments"]
        self._common, self._rare = arrays["common"], arrays["rare"]
        self._numbers = np.ascontiguousarray(self._passages["number"][:-1])
        ends = self._numbers[[0, -1]].tolist() if len(self._numbers) else [0, 0]
        self._first = ends[0] if ends[1] - ends[0] == len(self._numbers) - 1 else None  # where no number is left out
        self.vocabulary = _vocabulary(arrays)
        self.known = native.Stored.of(arrays, self.vocabulary, RARE)

    def __len__(self) -> int:
        return len(self._numbers)

    def places(self, numbers: Ints) -> Ints:
        """Where passages are, by their numbers. Raises KeyError when one is not there."""
        places: Ints
        if self._first is not None:
            places = numbers - self._first
            if (places.view(np.uint64) < len(self)).all():  # one below 0 is a large one
                return places
        places = np.minimum(np.searchsorted(self._numbers, numbers), len(self) - 1)
        if not (self._numbers[places] == numbers).all():
            raise KeyError(int(numbers[self._numbers[places] != numbers][0]))
        return places

    def texts(self, numbers: Ints) -> Texts:
        """The segments of passages, by the passages' numbers. Raises KeyError when one is not there."""
        places = self.places(numbers)
        if native.available():
            return Texts(*self.known.texts(places))
        first, after = self._passages[places], self._passages[places + 1]
        segments, bounds = _ranges(first["segment"], after["segment"])
        words, _ = _ranges(first["word"], after["word"])
        ids = self._common[words].astype(np.int64)
        rare = np.flatnonzero(ids == RARE)
        if len(rare):
            ids[rare] = self._rare[_ranges(first["rare"], after["rare"])[0]]
        found = self._segments[segments]
        sizes = found["words"].astype(np.int64)
        norms, offers = np.ascontiguousarray(found["norm"]), np.ascontiguousarray(found["offers"])
        return Texts(ids, np.cumsum(sizes) - sizes, norms, offers, bounds)


def _ranges(first: NDArray[Any], after: NDArray[Any]) -> tuple[Ints, Ints]:
    """All places from each first up to its end, one range behind another; and where each range begins and ends."""
    first = first.astype(np.int64)
    sizes = after.astype(np.int64) - first
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    return np.arange(bounds[-1]) + np.repeat(first - bounds[:-1], sizes), bounds


def _vocabulary(arrays: Arrays) -> Vocabulary:
    words = arrays["words"]
    terms, pieces = (Ragged(arrays[name], words[field]) for name, field in (("terms", "term"), ("pieces", "piece")))
    return Vocabulary(terms, words["beginning"][:-1], pieces, words["norm"][:-1])


def _arrays(folder: Path) -> Arrays:
    """The files of a folder, with one more passage and word at the end, where what would come next begins."""
    found = {
        name: np.asarray(np.memmap(folder / name, kind, "r")) if (folder / name).stat().st_size else np.zeros(0, kind)
        for name, kind in KINDS.items()
    }
    for name, ends in (
        ("passages", {"segment": "segments", "word": "common", "rare": "rare"}),
        ("words", {"term": "terms", "piece": "pieces"}),
    ):
        last = np.zeros(1, KINDS[name])
        for field, other in ends.items():
            last[field] = len(found[other])
        found[name] = np.concatenate([found[name], last])
    return found


def _write_kept(before: Path, target: Path, stays: Ints) -> None:
    """Write only these passages, and only the words that they have: of what left, nothing may stay behind."""
    arrays = _arrays(before)
    passages = arrays["passages"]
    places = np.flatnonzero(np.isin(passages["number"][:-1], stays))
    first, after = passages[places], passages[places + 1]
    words, word_bounds = _ranges(first["word"], after["word"])
    ids = arrays["common"][words].astype(np.int64)
    ids[ids == RARE] = arrays["rare"][_ranges(first["rare"], after["rare"])[0]]
    used = np.zeros(len(arrays["words"]) - 1, bool)
    used[ids] = used[0] = True
    ids = (np.cumsum(used) - 1)[ids]
    rare = ids >= RARE
    segments, segment_bounds = _ranges(first["segment"], after["segment"])
    kept = np.zeros(len(places), KINDS["passages"])
    kept["number"], kept["segment"], kept["word"] = first["number"], segment_bounds[:-1], word_bounds[:-1]
    kept["rare"] = np.concatenate([[0], np.cumsum(rare)])[word_bounds[:-1]]
    vocabulary = _vocabulary(arrays)
    chosen = np.flatnonzero(used)
    terms, pieces = vocabulary.terms.take(chosen), vocabulary.pieces.take(chosen)
    left = arrays["words"][chosen]
    left["term"], left["piece"] = terms.starts[:-1], pieces.starts[:-1]
    written = {
        "passages": kept, "segments": arrays["segments"][segments], "common": np.where(rare, RARE, ids),
        "rare": ids[rare], "words": left, "terms": terms.values, "pieces": pieces.values,
    }  # fmt: skip
    for name, values in written.items():
        (target / name).write_bytes(values.astype(KINDS[name], copy=False).tobytes())
    write_keys(target, keys_in_order(before)[chosen[1:] - 1])
    shutil.copyfile(before / ENCODER, target / ENCODER)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="surrogatepass") if file.is_file() else ""
