"""``Draft``: the next generation of an index while it is being made. Used by one process, which holds the lock."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag import spelling
from rag.errors import IndexDamaged, IndexMissing, IndexOutdated
from rag.lexical import LexicalWriter
from rag.passages import SearchText
from rag.store import codec, duplicates, folder
from rag.store.schema import TABLES, WINDOW_BITS, connect
from rag.types import DocumentInfo
from rag.vectors import VectorIndex, quantize, write_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREFIX = 13  # hex digits of a passage id that its units begin with: 52 bits


@dataclass(frozen=True, slots=True)
class File:
    """A file on disk as the index knows it."""

    path: str  # in the index
    location: str  # on this machine, absolute
    size: int  # bytes
    modified: int  # nanoseconds
    fingerprint: str = ""  # of its bytes; empty: not read yet
    copy: int = 0  # 1: another document has the same bytes and comes first


@dataclass(frozen=True, slots=True)
class Prepared:
    """A passage ready to be stored: ``terms`` of each window joined by spaces, ``texts`` to embed for each window."""

    passage_id: str
    kind: str
    start: int
    stored: str  # the passage as JSON, see codec.passage
    searched: SearchText
    terms: tuple[str, ...]
    texts: tuple[str, ...]
    minhash: bytes


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document ready to be stored."""

    info: DocumentInfo
    fingerprint: str
    text: bytes  # packed
    body: bytes  # packed
    passages: tuple[Prepared, ...]
    abbreviations: tuple[tuple[str, str], ...]
    words: tuple[str, ...]  # distinct; see rag/spelling.py


@dataclass(frozen=True, slots=True)
class Known:
    """What the last good index holds: files by location, and why others could not be read."""

    files: dict[str, File]
    failures: dict[str, tuple[File, str]]
    passages: int
    usable: bool  # made by this program with this embedder: what did not change can be kept


def known(where: Path, made: folder.Made) -> Known:
    """What the index in a folder holds; nothing when there is none or it cannot be read."""
    try:
        generation = folder.current(where)
        with closing(connect(generation)) as database:
            query = "SELECT path, location, size, modified, fingerprint, copy FROM documents"
            files = [File(*row) for row in database.execute(query)]
            rows = database.execute("SELECT path, location, size, modified, reason FROM failures").fetchall()
            passages = int(database.execute("SELECT count(*) FROM passages").fetchone()[0])
    except (IndexMissing, IndexDamaged, sqlite3.Error):
        return Known({}, {}, 0, usable=False)
    failures = {row[1]: (File(*row[:4]), row[4]) for row in rows}
    return Known({file.location: file for file in files}, failures, passages, _usable(where, generation, made))


def _usable(where: Path, generation: Path, made: folder.Made) -> bool:
    try:
        folder.check(where, generation, made)
    except (IndexDamaged, IndexOutdated):
        return False
    return True


class Draft:
    """Takes documents out and puts documents in; ``finish`` makes the folder complete. Works in ``target``."""

    def __init__(self, target: Path, base: Path | None) -> None:
        """``base`` is the generation to go on from, or None to start with nothing."""
        self._target = target
        self._base = base
        if base:
            shutil.copyfile(base / "documents.sqlite", target / "documents.sqlite")
        self._database = sqlite3.connect(target / "documents.sqlite", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        if not base:
            self._database.executescript(TABLES)
        self._database.execute("BEGIN")
        self._next_passage = int(self._database.execute("SELECT coalesce(max(id), 0) + 1 FROM passages").fetchone()[0])
        self._lexical: LexicalWriter | None = None
        self._units: list[int] = []
        self._codes: list[NDArray[np.int8]] = []
        self._scales: list[NDArray[np.float32]] = []
        self._words: Counter[str] = Counter()  # how many more documents hold a word than in the base
        self.passages = 0  # after ``finish``: how many there are
        self._removed = False

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def remove(self, locations: Iterable[str]) -> None:
        """Take documents out. Must come before the first ``add``."""
        for location in locations:
            row = self._database.execute("SELECT id FROM documents WHERE location = ?", (location,)).fetchone()
            if row is None:
                continue
            self._removed = True
            packed = self._database.execute("SELECT text FROM contents WHERE document = ?", row).fetchone()[0]
            self._words.subtract(spelling.vocabulary(codec.unpack(packed)))
            self._database.execute(
                "DELETE FROM units WHERE passage IN (SELECT id FROM passages WHERE document = ?)", row
            )
            for table in ("passages", "contents", "people", "abbreviations"):
                self._database.execute(f"DELETE FROM {table} WHERE document = ?", row)  # noqa: S608
            self._database.execute("DELETE FROM documents WHERE id = ?", row)

    def touch(self, location: str, file: File) -> None:
        """Note a new date or place of a file whose content did not change. Must come before the first ``add``."""
        query = "UPDATE OR IGNORE documents SET location = ?, size = ?, modified = ? WHERE location = ?"
        self._database.execute(query, (file.location, file.size, file.modified, location))

    def add(self, file: File, document: PreparedDocument, rows: NDArray[np.float32]) -> None:
        """Put a document in; ``rows`` (windows, dim) are the embedded ``texts`` of all its passages in order."""
        writer = self._writer()  # before anything is stored: it may have to write what is stored anew
        number = self._document(file, document)
        stored = self._passages(number, document.passages)
        terms = codec.pack(json.dumps(stored, ensure_ascii=False))
        self._database.execute(
            "INSERT INTO contents VALUES (?, ?, ?, ?)", (number, document.text, document.body, terms)
        )
        self._words.update(document.words)
        codes, scales = quantize(rows)
        self._codes.append(codes)
        self._scales.append(scales)
        for unit, joined in stored:
            self._units.append(unit)
            writer.add(unit, joined)

    def fail(self, failures: Iterable[tuple[File, str]]) -> None:
        """Note the files that could not be read, with the reason; these replace what was noted before."""
        self._database.execute("DELETE FROM failures")
        rows = [(f.location, f.path, reason, f.size, f.modified) for f, reason in failures]
        self._database.executemany("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)", rows)

    def finish(self, dim: int) -> None:
        """Write the search indexes and close everything. ``dim`` is the length of a row, for an index without any."""
        self._fold()
        self._database.executemany(
            "INSERT INTO words VALUES (?, ?) ON CONFLICT DO UPDATE SET documents = documents + excluded.documents",
            sorted(self._words.items()),
        )
        self._database.execute("DELETE FROM words WHERE documents < 1")
        self.passages = int(self._database.execute("SELECT count(*) FROM passages").fetchone()[0])
        self._database.execute("COMMIT")
        if self._removed:
            self._database.execute("VACUUM")  # what was taken out must not stay behind in free pages
        self._vectors(dim)
        self._writer().close()

    # --- inside

    def _document(self, file: File, document: PreparedDocument) -> int:
        info = document.info
        values = (
            info.path, file.location, file.fingerprint, file.size, file.modified, file.copy, info.title, info.kind,
            info.date or info.date_asked, codec.dumps(info),
        )  # fmt: skip
        query = (
            "INSERT INTO documents (path, location, fingerprint, size, modified, copy, title, kind, date, info) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        number = int(self._database.execute(query, values).lastrowid or 0)
        people = [("asker", p) for p in info.askers] + [("answered", p) for p in info.answered_by]
        rows = [(number, role, person.name, person.party) for role, person in people]
        self._database.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
        pairs = [(number, short, long) for short, long in document.abbreviations]
        self._database.executemany("INSERT INTO abbreviations VALUES (?, ?, ?)", pairs)
        return number

    def _passages(self, document: int, passages: Sequence[Prepared]) -> list[tuple[int, str]]:
        """Store passages and give their units with the terms of each."""
        rows, units = [], []
        for number, (first, prepared) in enumerate(
            zip(self._first_units(passages), passages, strict=True), self._next_passage
        ):
            searched = prepared.searched
            rows.append((
                number, prepared.passage_id, document, prepared.kind, prepared.start, searched.question, searched.body,
                searched.notes, prepared.stored, prepared.minhash,
            ))  # fmt: skip
            units += [(first + window, number, terms) for window, terms in enumerate(prepared.terms)]
        self._next_passage += len(rows)
        self._database.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._database.executemany("INSERT INTO units VALUES (?, ?)", [unit[:2] for unit in units])
        return [(unit, terms) for unit, _, terms in units]

    def _first_units(self, passages: Sequence[Prepared]) -> list[int]:
        """The unit that each passage begins with.

        Two of the 2^52 beginnings are the same in one of 9,000 indexes of a million passages; the later then moves up.
        """
        found: list[int] = []
        for prepared in passages:
            first = int(prepared.passage_id[:PREFIX], 16) << WINDOW_BITS
            while first in found or self._database.execute("SELECT 1 FROM units WHERE unit = ?", (first,)).fetchone():
                first = (first + (1 << WINDOW_BITS)) % (1 << 63)
            found.append(first)
        return found

    def _writer(self) -> LexicalWriter:
        """The lexical index: the base's with what is new or, when something left, all that stays written anew.

        What is deleted from a Tantivy index keeps counting in how rare a term is.
        """
        if self._lexical is None:
            if self._base and not self._removed:
                folder.link_or_copy(self._base / "lexical", self._target / "lexical")
            self._lexical = LexicalWriter(self._target / "lexical")
            if self._base and self._removed:
                for (packed,) in self._database.execute("SELECT terms FROM contents ORDER BY document"):
                    for unit, terms in json.loads(codec.unpack(packed)):
                        self._lexical.add(unit, terms)
        return self._lexical

    def _vectors(self, dim: int) -> None:
        units = np.array(self._units, np.int64)
        codes = np.concatenate([np.zeros((0, dim), np.int8), *self._codes])
        scales = np.concatenate([np.zeros(0, np.float32), *self._scales])
        if self._base:
            before = VectorIndex(self._base / "vectors")
            stays = np.array([u for (u,) in self._database.execute("SELECT unit FROM units ORDER BY unit")], np.int64)
            kept = np.setdiff1d(stays, units, assume_unique=True)
            old_codes, old_scales = before.rows(kept)
            units = np.concatenate([kept, units])
            codes, scales = np.concatenate([old_codes, codes]), np.concatenate([old_scales, scales])
        write_vectors(self._target / "vectors", units, codes, scales)
        query = "SELECT p.id, p.passage_id FROM units u JOIN passages p ON p.id = u.passage ORDER BY unit"
        pairs = self._database.execute(query).fetchall()
        np.save(self._target / "vectors" / "passages.npy", np.array([number for number, _ in pairs], np.int64))
        np.save(self._target / "vectors" / "ids.npy", np.array([passage_id for _, passage_id in pairs], "S"))

    def _fold(self) -> None:
        """Find the duplicates among all passages and note them, the one with the most metadata first."""
        query = "SELECT p.id, p.document, p.minhash, p.passage_id FROM passages p ORDER BY p.passage_id"
        rows = self._database.execute(query).fetchall()
        groups = duplicates.clusters([r[2] for r in rows], [r[1] for r in rows], lambda at: self._said(rows[at][0]))
        self._database.execute("DELETE FROM duplicates")
        for group in groups:
            members = sorted((self._standing(rows[at][1]), rows[at][3]) for at in group)
            placed = [(passage, members[0][1], place) for place, (_, passage) in enumerate(members)]
            self._database.executemany("INSERT INTO duplicates VALUES (?, ?, ?)", placed)

    def _said(self, passage: int) -> str:
        question, body = self._database.execute(
            "SELECT question, body FROM passages WHERE id = ?", (passage,)
        ).fetchone()
        return f"{question} {body}"

    def _standing(self, document: int) -> tuple[bool, bool, int, str]:
        """Documents sort by this: first those that say when and by whom it was asked, and the most of it."""
        query = "SELECT info FROM documents WHERE id = ?"
        info = codec.loads(self._database.execute(query, (document,)).fetchone()[0], DocumentInfo)
        told = len(info.askers) + len(info.answered_by) + len(info.sources) + bool(info.date) + len(info.references)
        return (info.date_asked is None, not info.askers, -told, info.path)
