"""The tables of a draft that goes on from an older generation, without writing the older one's again.

When documents only come in, ``documents.sqlite`` is the same file as that of the base, under a second name, and what is
new goes to SQLite's write-ahead log beside it (https://sqlite.org/wal.html). That log is never written back: nothing
changes a file that an older generation has. When something leaves, or much comes in, the file is copied and changed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from rag.vectors import link_or_copy

TABLES_FILE = "documents.sqlite"
LOG, SHARED = f"{TABLES_FILE}-wal", f"{TABLES_FILE}-shm"
SHARE = 8  # the log may be this share of the file: more slows down reading
MAPPED = 1 << 31  # bytes of the file that are read where they lie in memory: a search reads ten passages all over it
LARGE = 16_000_000  # bytes: a smaller file is copied at once


def is_small(base: Path, coming: int) -> bool:
    """Whether what comes in, in bytes of text, can go to the log; not where a file cannot have two names."""
    log = base / LOG
    held = log.stat().st_size if log.exists() else 0
    size = (base / TABLES_FILE).stat().st_size
    return os.name != "nt" and size >= LARGE and SHARE * (held + 8 * coming) < size


class Tables:
    """The tables of a draft, being written. ``logged``: what is written goes to the log."""

    def __init__(self, target: Path, base: Path | None, logged: bool) -> None:
        self._file = target / TABLES_FILE
        self.logged = logged and base is not None
        self._guard: sqlite3.Connection | None = None
        if base and self.logged:
            link_or_copy(base / TABLES_FILE, self._file)
        elif base:
            shutil.copyfile(base / TABLES_FILE, self._file)
        if base and (base / LOG).exists():
            shutil.copyfile(base / LOG, target / LOG)
        self.database = sqlite3.connect(self._file, isolation_level=None)
        self.database.execute("PRAGMA synchronous = OFF")  # files are brought to disk when the draft is sealed
        if self.logged:
            self._hold_back()
        else:
            self.database.execute("PRAGMA journal_mode = DELETE")  # brings the log into the file
            self.database.execute("PRAGMA journal_mode = OFF")

    def _hold_back(self) -> None:
        """See that the log stays one: SQLite brings it into the file when it grows, and when the last one closes.

        So there is always somebody else, who may only read.
        """
        self.database.execute("PRAGMA wal_autocheckpoint = 0")
        self.database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        self._guard = sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True)
        self._guard.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()

    def close(self, finished: bool) -> None:
        """Close the file; ``finished``: as one that a later draft can have a log beside."""
        if finished and not self.logged:
            self.database.execute("PRAGMA journal_mode = WAL")
        self.database.close()
        if self._guard:
            self._guard.close()
            self._file.with_name(SHARED).unlink(missing_ok=True)


def connect(generation: Path) -> sqlite3.Connection:
    """Open the tables of a finished generation for reading, from any thread. Nothing will change them any more."""
    logged = (generation / LOG).exists()
    address = (generation / TABLES_FILE).absolute().as_uri() + "?mode=ro"
    address += "&vfs=unix-none" if logged else "&immutable=1"
    database = sqlite3.connect(address, uri=True, check_same_thread=False)
    database.execute(f"PRAGMA mmap_size = {MAPPED}")
    if logged:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")  # of nothing: so that SQLite needs no file for sharing
    return database
