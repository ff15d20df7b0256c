"""What the index knows of files: those that were read, those that could not be, and those that are not for reading."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rag.errors import IndexDamaged, IndexMissing, IndexOutdated
from rag.store import folder
from rag.store.tables import connect


class File(NamedTuple):
    """A file on disk as the index knows it. A large index has many, and they are made at every build: plain tuples."""

    path: str  # in the index
    location: str  # on this machine, absolute
    size: int  # bytes
    modified: int  # nanoseconds
    fingerprint: str = ""  # of its bytes; empty: not read yet
    copy: int = 0  # 1: another document has the same bytes and comes first
    collection: str = ""
    closed: int = 0  # 1: not shown unless asked for
    first_seen: str = ""  # ISO 8601, UTC: when it came into the index
    replaced: str | None = None  # ISO 8601, UTC: when a changed version last took the place of an older one


FILE = File._fields  # the columns of a document's file


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was seen and is not for reading, with the Dutch reason."""

    path: str
    reason: str
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the last good index holds: files by location, and why others could not be read."""

    files: dict[str, File]
    failures: dict[str, tuple[File, str]]
    passages: int
    usable: bool  # made by this program with this embedder: what did not change can be kept
    titles: dict[str, str] = field(default_factory=dict)  # by location
    skipped: tuple[Skipped, ...] = ()


def known(where: Path, made: folder.Made, generation: Path | None = None) -> Known:
    """What the index in a folder holds, or one generation of it; nothing when there is none or it cannot be read."""
    try:
        generation = generation or folder.current(where)
        with closing(connect(generation)) as database:
            titled = _all(database, "documents", "title")
            failures = _all(database, "failures", "reason")
            skipped = [Skipped(*row) for row in database.execute("SELECT path, reason, closed FROM skipped")]
            passages = int(database.execute("SELECT count(*) FROM passages").fetchone()[0])
    except (IndexMissing, IndexDamaged, sqlite3.Error):
        return Known({}, {}, 0, usable=False)
    return Known(
        files={file.location: file for file, _ in titled},
        failures={file.location: (file, reason) for file, reason in failures},
        passages=passages,
        usable=_usable(where, generation, made),
        titles={file.location: title for file, title in titled},
        skipped=tuple(skipped),
    )


def _all(database: sqlite3.Connection, table: str, also: str) -> list[tuple[File, str]]:
    """The files that a table notes, each with another of its columns.

    What an older index, or this table, does not note is left at its default.
    """
    there = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
    names = [name for name in FILE if name in there]
    rows = database.execute(f"SELECT {also}, {', '.join(names)} FROM {table}")  # noqa: S608 - our own names
    if tuple(names) == File._fields:
        return [(File._make(row[1:]), str(row[0])) for row in rows]
    return [(File(**dict(zip(names, row, strict=True))), str(told)) for told, *row in rows]


def _usable(where: Path, generation: Path, made: folder.Made) -> bool:
    try:
        folder.check(where, generation, made)
    except (IndexDamaged, IndexOutdated):
        return False
    return True
