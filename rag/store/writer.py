"""``Draft``: the next generation of an index while it is being made. Used by one process, which holds the lock."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag import spelling
from rag.forward import FOLDER as FORWARD
from rag.forward import ForwardIndex, ForwardWriter
from rag.lexical import LexicalWriter
from rag.store import codec, folder, folding, packing
from rag.store.known import FILE, File, Skipped
from rag.store.links import number_rows
from rag.store.matching import Matching, MatchingWriter
from rag.store.schema import PASSAGE_IDS, TABLES, WINDOW_BITS
from rag.store.tables import TABLES_FILE, Tables, is_small
from rag.store.wordcounts import Held, WordCounts
from rag.types import DocumentInfo, Passage
from rag.vectors import VectorIndex, VectorWriter

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN = 1 << 62  # bytes
ASIDE = "\0"  # begins a name that no file has
ID = 20  # characters of a passage id
PREFIX = 13  # hex digits of a passage id that its units begin with: 52 bits


class Prepared(NamedTuple):
    """A passage ready to be stored: ``terms`` of each window joined by spaces.

    These values go from process to process by the thousand: plain tuples do so many times as fast as data classes.
    """

    passage_id: str
    kind: str
    start: int
    question: str  # see SearchText
    body: str | None
    notes: str
    stored: str  # the passage as JSON, see codec.passage
    minhash: bytes
    terms: tuple[str, ...]


class PreparedDocument(NamedTuple):
    """A document ready to be stored. Either ``texts`` are still to be embedded, or ``codes`` and ``scales`` are there.

    See ``rag/vectors.py`` for these; there is one for each window of each passage, in order.
    """

    info: DocumentInfo
    fingerprint: str
    text: bytes  # packed, see packing.py
    body: bytes  # packed
    passages: tuple[Prepared, ...]
    abbreviations: tuple[tuple[str, str], ...]
    words: Held  # that a typing error may stand for, see rag/spelling.py
    texts: tuple[str, ...]
    codes: NDArray[np.int8] | None = None  # (windows, dim)
    scales: NDArray[np.float32] | None = None  # (windows,)
    matching: Matching | None = None  # None: there is nothing to match by, see rag/store/matching.py


class Draft:
    """Takes documents out and puts documents in; ``finish`` makes the folder complete. Works in ``target``."""

    def __init__(self, target: Path, base: Path | None, coming: int = UNKNOWN) -> None:
        """``base`` is the generation to go on from, or None to start with nothing.

        ``coming``: about how many bytes of text will be added, when that is known.
        """
        self._target = target
        self._base = base
        self._finished = False
        self._open(logged=base is not None and is_small(base, coming))
        self._next_passage = int(self._database.execute("SELECT coalesce(max(id), 0) + 1 FROM passages").fetchone()[0])
        self._first_passage = self._next_passage
        self._before = VectorIndex(base / "vectors") if base else None
        self._lexical: LexicalWriter | None = None
        self._forward: ForwardWriter | None = None
        self._matching: MatchingWriter | None = None
        self._vectors: VectorWriter | None = None
        self._first: set[int] = set()  # units that new passages begin with
        self._units = array("q")  # that are new
        self._numbers = array("q")  # of the passage of each
        self._ids = bytearray()  # of the passage of each
        self._words = WordCounts()
        self.passages = 0  # after ``finish``: how many there are
        self._removed = self._touched = False

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_: object) -> None:
        self._tables.close(self._finished)
        if not self._finished:
            for part in (self._vectors, self._matching, self._forward):
                if part:
                    part.abandon()

    def _open(self, logged: bool) -> None:
        self._tables = Tables(self._target, self._base, logged)
        self._database = self._tables.database
        if not self._base:
            self._database.executescript(TABLES)
        self._database.execute("BEGIN")

    def _make_whole(self) -> None:
        """Go on with tables of our own: what leaves must not stay behind in the base's."""
        if self._tables.logged:
            self._tables.close(finished=False)
            for file in self._target.glob(f"{TABLES_FILE}*"):
                file.unlink()
            self._open(logged=False)

    def remove(self, locations: Iterable[str]) -> None:
        """Take documents out. Must come before the first ``add``."""
        for location in locations:
            query = "SELECT id, closed FROM documents WHERE location = ?"
            found = self._database.execute(query, (location,)).fetchone()
            if found is None:
                continue
            self._make_whole()
            self._removed = True
            row, closed = found[:1], found[1]
            self._count_words(row, -1, -closed)
            for table in ("passages", "hashes", "contents", "people", "numbers", "abbreviations"):
                self._database.execute(f"DELETE FROM {table} WHERE document = ?", row)  # noqa: S608
            self._database.execute("DELETE FROM documents WHERE id = ?", row)

    def leave_nothing(self) -> None:
        """Write everything anew, so that no name or text that leaves stays in a corner. Must come before the rest."""
        self._make_whole()
        self._removed = True

    def touch(self, pairs: Sequence[tuple[str, File]]) -> None:
        """Note new dates, places, names and collections of files whose content did not change, by their old location.

        Must come before the first ``add``.
        """
        self._touched = self._touched or bool(pairs)
        query = "SELECT id, closed, info FROM documents WHERE location = ?"
        found = [(file, *self._database.execute(query, (location,)).fetchone()) for location, file in pairs]
        for _, number, _, _ in found:  # names may go round among them
            aside = f"{ASIDE}{number}"
            self._database.execute("UPDATE documents SET path = ?, location = ? WHERE id = ?", (aside, aside, number))
        for file, number, closed, stored in found:
            info = codec.loads(stored, DocumentInfo)
            if info.path != file.path:
                self._rename(number, file.path)
            if closed != file.closed:
                self._count_words((number,), 0, file.closed - closed)
            values = (
                *(file.path, file.location, file.size, file.modified, file.collection, file.closed),
                *(codec.dumps(replace(info, path=file.path, collection=file.collection)), number),
            )
            query = (
                "UPDATE documents SET path = ?, location = ?, size = ?, modified = ?, collection = ?, closed = ?, "
                "info = ? WHERE id = ?"
            )
            self._database.execute(query, values)

    def _rename(self, document: int, path: str) -> None:
        """Give a document and its passages another path, in what is stored of them."""
        row = self._database.execute("SELECT body FROM contents WHERE document = ?", (document,)).fetchone()
        body = codec.stored_document(replace(codec.document(row[0], ""), path=path))
        self._database.execute("UPDATE contents SET body = ? WHERE document = ?", (body, document))
        rows = self._database.execute("SELECT passage, id FROM passages WHERE document = ?", (document,)).fetchall()
        renamed = [(codec.dumps(replace(codec.loads(stored, Passage), document=path)), at) for stored, at in rows]
        self._database.executemany("UPDATE passages SET passage = ? WHERE id = ?", renamed)

    def _count_words(self, document: tuple[int], more: int, closed: int) -> None:
        """Count the words of a stored document ``more`` times more, ``closed`` times more as those of a closed one."""
        packed = self._database.execute("SELECT text FROM contents WHERE document = ?", document).fetchone()[0]
        self._words.change(spelling.vocabulary(packing.unpack_text(packed)), more, closed)

    def add(self, file: File, document: PreparedDocument) -> None:
        """Put an embedded document in."""
        if document.codes is None or document.scales is None:
            raise ValueError(f"{file.path} is not embedded yet")
        writer = self._writer()  # before anything is stored: it may have to write what is stored anew
        number = self._document(file, document)
        self._matched().add(range(self._next_passage, self._next_passage + len(document.passages)), document.matching)
        stored = self._passages(number, document.passages)
        self._database.execute("INSERT INTO contents VALUES (?, ?, ?)", (number, document.text, document.body))
        self._words.add(document.words, file.closed)
        units = array("q", [unit for unit, _ in stored])
        self._units.extend(units)
        self._rows().add(np.array(units), document.codes, document.scales)
        self._terms().add(joined for _, joined in stored)
        for unit, joined in stored:
            writer.add(unit, joined)

    def fail(self, failures: Iterable[tuple[File, str]]) -> None:
        """Note the files that could not be read, with the reason; these replace what was noted before."""
        self._database.execute("DELETE FROM failures")
        rows = [(f.location, f.path, reason, f.size, f.modified, f.closed) for f, reason in failures]
        self._database.executemany("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?)", rows)

    def skip(self, files: Iterable[Skipped]) -> None:
        """Note the files that are not for reading; these replace what was noted before."""
        self._database.execute("DELETE FROM skipped")
        rows = [(file.path, file.reason, file.closed) for file in files]
        self._database.executemany("INSERT INTO skipped VALUES (?, ?, ?)", rows)

    def finish(self, dim: int, over: bool = True) -> None:
        """Write the search indexes and close everything. ``dim`` is the length of a row, for an index without any.

        When it is not ``over`` yet, what only a search needs is left to the draft that goes on from this one.
        """
        rows = self._rows()
        with ThreadPoolExecutor(1) as beside:
            coded = beside.submit(rows.close, dim, coded=over)  # needs none of the rest, and a core is free
            self._finish_tables(over)
            self._write_owners()
            self._writer().close()
            self._terms().close()
            self._matched().close()
            coded.result()
        self._finished = True

    # --- inside

    def _finish_tables(self, over: bool) -> None:
        if over:
            self._database.execute(PASSAGE_IDS)
        self._fold(over)
        self._database.executemany(
            "INSERT INTO words VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
            "SET documents = documents + excluded.documents, closed = closed + excluded.closed",
            self._words.rows(),
        )
        if self._removed:
            self._database.execute("DELETE FROM words WHERE documents < 1")
        self.passages = int(self._database.execute("SELECT count(*) FROM passages").fetchone()[0])
        self._database.execute("COMMIT")
        if self._removed:
            self._database.execute("VACUUM")  # what was taken out must not stay behind in free pages

    def _fold(self, over: bool) -> None:
        """Note who says the same as whom; ``user_version`` remembers that this was left for later."""
        left = self._database.execute("PRAGMA user_version").fetchone()[0] or self._removed or self._touched
        if over:
            folding.fold(self._database, None if left else self._first_passage)
        self._database.execute(f"PRAGMA user_version = {int(not over)}")

    def _document(self, file: File, document: PreparedDocument) -> int:
        info = document.info
        if (info.path, info.collection) != (file.path, file.collection):
            info = replace(info, path=file.path, collection=file.collection)
        values = (*file, info.title, info.kind, info.date or info.date_asked, codec.dumps(info))
        columns = (*FILE, "title", "kind", "date", "info")
        marks = ", ".join("?" * len(columns))
        query = f"INSERT INTO documents ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
        number = int(self._database.execute(query, values).lastrowid or 0)
        people = [("asker", p) for p in info.askers] + [("answered", p) for p in info.answered_by]
        people += [("spoke", p) for p in info.speakers]
        rows = [(number, role, person.name, person.party) for role, person in people]
        self._database.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
        self._database.executemany("INSERT INTO numbers VALUES (?, ?, ?, ?)", number_rows(number, info))
        pairs = [(number, short, long) for short, long in document.abbreviations]
        self._database.executemany("INSERT INTO abbreviations VALUES (?, ?, ?)", pairs)
        return number

    def _passages(self, document: int, passages: Sequence[Prepared]) -> list[tuple[int, str]]:
        """Store passages and give their units with the terms of each."""
        rows, units, hashes = [], [], []
        for number, (first, prepared) in enumerate(
            zip(self._first_units(passages), passages, strict=True), self._next_passage
        ):
            rows.append((
                number, prepared.passage_id, document, prepared.kind, prepared.start, prepared.question, prepared.body,
                prepared.notes, prepared.stored,
            ))  # fmt: skip
            windows = len(prepared.terms)
            units += [(first + window, terms) for window, terms in enumerate(prepared.terms)]
            hashes.append((number, first, prepared.minhash))
            self._numbers.extend([number] * windows)
            self._ids += prepared.passage_id.encode("ascii") * windows
        self._next_passage += len(rows)
        self._database.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._database.execute("INSERT INTO hashes VALUES (?, ?, ?)", (document, *folding.stored(hashes)))
        return units

    def _first_units(self, passages: Sequence[Prepared]) -> list[int]:
        """The unit that each passage begins with.

        Two of the 2^52 beginnings are the same in one of 9,000 indexes of a million passages; the later then moves up.
        """
        found: list[int] = []
        for prepared in passages:
            first = int(prepared.passage_id[:PREFIX], 16) << WINDOW_BITS
            while first in self._first or (self._before and self._is_taken(first)):
                first = (first + (1 << WINDOW_BITS)) % (1 << 63)
            self._first.add(first)
            found.append(first)
        return found

    def _is_taken(self, unit: int) -> bool:
        """Whether a unit is of a passage of the base that stays."""
        place = int(np.searchsorted(self._kept, unit))
        return place < len(self._kept) and int(self._kept[place]) == unit

    @cached_property
    def _kept(self) -> NDArray[np.int64]:
        """The units of the base that stay, sorted; settled once nothing more is taken out."""
        if not self._before:
            return np.zeros(0, np.int64)
        return self._before.units[self._stay()] if self._removed else self._before.units

    def _writer(self) -> LexicalWriter:
        """The lexical index: the base's with what is new or, when something left, all that stays written anew.

        What is deleted from a Tantivy index keeps counting in how rare a term is.
        """
        if self._lexical is None:
            if self._base and not self._removed:
                folder.link_or_copy(self._base / "lexical", self._target / "lexical")
            self._lexical = LexicalWriter(self._target / "lexical")
            if self._base and self._before and self._removed:
                units = self._before.arrived[self._rows_kept].tolist()
                for unit, terms in zip(units, ForwardIndex(self._base / FORWARD).texts(self._rows_kept), strict=True):
                    self._lexical.add(unit, terms)
        return self._lexical

    def _terms(self) -> ForwardWriter:
        """The terms of all units: the base's with what is new, without what left."""
        if self._forward is None:
            base = self._base / FORWARD if self._base else None
            self._forward = ForwardWriter(self._target / FORWARD, base, self._rows_kept if self._removed else None)
        return self._forward

    @cached_property
    def _rows_kept(self) -> NDArray[np.int64]:
        """The rows of the base that stay, see ``_kept``."""
        if not self._before:
            return np.zeros(0, np.int64)
        return np.flatnonzero(np.isin(self._before.arrived, self._kept))

    def _matched(self) -> MatchingWriter:
        """What ranking matches by: the base's with what is new, without what left. Opened after ``remove``."""
        if self._matching is None:
            rows = (
                self._database.execute("SELECT id FROM passages ORDER BY id") if self._base and self._removed else None
            )
            stays = None if rows is None else np.array([number for (number,) in rows], np.int64)
            self._matching = MatchingWriter(self._target, self._base, stays)
        return self._matching

    def _rows(self) -> VectorWriter:
        """The rows: the base's with what is new, without what left."""
        if self._vectors is None:
            self._vectors = VectorWriter(self._target / "vectors", self._before, self._kept if self._removed else None)
        return self._vectors

    def _stay(self) -> NDArray[np.bool_]:
        """Which units of the base are still those of a passage."""
        numbers = np.load(self._base / "vectors" / "passages.npy")  # type: ignore[operator]
        rows = self._database.execute("SELECT id FROM passages WHERE id < ?", (self._first_passage,))
        stays: NDArray[np.bool_] = np.isin(numbers, np.array([number for (number,) in rows], np.int64))
        return stays

    def _write_owners(self) -> None:
        """Write, beside the sorted units, the number and the id of the passage that each is a window of."""
        names = ("units", "passages", "ids")
        new = [np.array(self._units), np.array(self._numbers), np.frombuffer(bytes(self._ids), f"S{ID}")]
        old = [values[:0] for values in new]
        if self._base and self._before:
            old = [np.load(self._base / "vectors" / f"{name}.npy", mmap_mode="r") for name in names]
            if self._removed:
                stays = self._stay()
                old = [values[stays] for values in old]
        order = np.argsort(new[0], kind="stable")
        at = old[0].searchsorted(new[0][order])
        for name, ours, more in zip(names[1:], old[1:], new[1:], strict=True):
            np.save(self._target / "vectors" / f"{name}.npy", np.insert(ours, at, more[order]))
