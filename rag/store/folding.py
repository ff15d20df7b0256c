"""Duplicates among the passages of a draft: who says the same, and which of them stands for the others.

All passages are compared anew when documents left or much came in. When a little is added, only that is compared with
what there is, and joins what it resembles.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag.store import codec, duplicates, packing
from rag.types import DocumentInfo, Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ = 256  # texts of documents, kept while passages are compared
LITTLE = 50  # times as many as are added must be there already
LOOKED_AT = 256  # documents at once: what is known of their passages then fits the processor's cache
_HASHES = "SELECT document, numbers, minhashes FROM hashes ORDER BY document"
_NEW_HASHES = (
    "SELECT document, numbers, minhashes FROM hashes WHERE document IN (SELECT document FROM passages WHERE id >= ?)"
)


class Hashes(NamedTuple):
    """The minhashes of passages that can be duplicates."""

    passages: NDArray[np.int64]
    units: NDArray[np.int64]  # that each begins with
    documents: NDArray[np.int64]
    table: NDArray[np.uint32]

    @classmethod
    def of(cls, rows: Sequence[tuple[int, bytes, bytes]]) -> Hashes:
        """From rows of the table."""
        numbers = np.frombuffer(b"".join([row[1] for row in rows]), "<i8").reshape(-1, 2)
        table = np.frombuffer(b"".join([row[2] for row in rows]), "<u4").reshape(-1, duplicates.HASHES + 1)
        sizes = np.array([len(row[1]) // 16 for row in rows], np.int64)
        documents = np.repeat(np.array([row[0] for row in rows], np.int64), sizes)
        return cls(numbers[:, 0], numbers[:, 1], documents, table)

    @classmethod
    def joined(cls, some: Iterable[Hashes]) -> Hashes:
        """Several as one."""
        return cls(*map(np.concatenate, zip(*some, strict=True)))

    def take(self, rows: NDArray[np.intp]) -> Hashes:
        """Those at these places."""
        return Hashes(self.passages[rows], self.units[rows], self.documents[rows], self.table[rows])

    def ordered(self) -> Hashes:
        """In order of their units: which of several are compared must not depend on the order they came in."""
        return self.take(np.argsort(self.units, kind="stable"))


def stored(passages: Sequence[tuple[int, int, bytes]]) -> tuple[bytes, bytes]:
    """The columns of ``hashes`` for passages of a document: (number, first unit, minhash)."""
    some = [passage for passage in passages if passage[2]]
    numbers = np.array([passage[:2] for passage in some], "<i8").tobytes()
    return numbers, b"".join([passage[2] for passage in some])


def fold(database: sqlite3.Connection, added: int | None) -> None:
    """Note the duplicates among all passages; ``added``: only passages from this number on are new.

    None when other things changed as well.
    """
    if added is not None:
        last = database.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()[0]
        if LITTLE * (last - added + 1) < added:
            _join(database, added)
            return
    database.execute("DELETE FROM duplicates")
    hashes = Hashes.of(database.execute(_HASHES).fetchall()).ordered()
    pairs = duplicates.pairs(hashes.table, hashes.documents)
    for group in duplicates.grouped(pairs, _said(database, hashes.passages)):
        _place(database, [_passage_id(database, int(hashes.passages[row])) for row in group])


def _join(database: sqlite3.Connection, added: int) -> None:
    """Join new passages, those from a number on, with what says the same."""
    new = database.execute(_NEW_HASHES, (added,)).fetchall()
    hashes = _near(database, duplicates.Bands(Hashes.of(new).table))
    found = duplicates.pairs(hashes.table, hashes.documents)
    fresh = hashes.passages >= added
    told = [pair for pair in found if fresh[pair[0]] or fresh[pair[1]]]
    groups = duplicates.grouped(told, _said(database, hashes.passages))
    for group in groups:
        members: set[str] = set()
        for row in group:
            passage_id = _passage_id(database, int(hashes.passages[row]))
            members.update(_cluster(database, passage_id) or [passage_id])
        _place(database, sorted(members))


def _near(database: sqlite3.Connection, bands: duplicates.Bands) -> Hashes:
    """The passages, old and new, that may say the same as some new one, in order of their units."""
    rows = database.execute(_HASHES)
    found = [Hashes.of([])]
    while some := rows.fetchmany(LOOKED_AT):
        hashes = Hashes.of(some)
        found.append(hashes.take(bands.near(hashes.table)))
    return Hashes.joined(found).ordered()


def _cluster(database: sqlite3.Connection, passage_id: str) -> list[str]:
    """All that say the same as a passage, itself included; nothing when nobody did."""
    query = "SELECT a.passage_id FROM duplicates a JOIN duplicates b USING (cluster) WHERE b.passage_id = ?"
    return [found for (found,) in database.execute(query, (passage_id,))]


def _place(database: sqlite3.Connection, members: Iterable[str]) -> None:
    """Note passages that say the same, the one with the most metadata first."""
    ordered = sorted((_standing(database, passage_id), passage_id) for passage_id in members)
    first = ordered[0][1]
    placed = [(passage_id, first, place) for place, (_, passage_id) in enumerate(ordered)]
    database.executemany("INSERT OR REPLACE INTO duplicates VALUES (?, ?, ?)", placed)


def _passage_id(database: sqlite3.Connection, number: int) -> str:
    return str(database.execute("SELECT passage_id FROM passages WHERE id = ?", (number,)).fetchone()[0])


def _said(database: sqlite3.Connection, passages: NDArray[np.int64]) -> Callable[[int], str]:
    """The function that gives what a passage says, by its place in ``passages``."""

    @lru_cache(READ)
    def text(document: int) -> str:
        return packing.unpack_text(
            database.execute("SELECT text FROM contents WHERE document = ?", (document,)).fetchone()[0]
        )

    def said(row: int) -> str:
        query = "SELECT question, body, document, passage FROM passages WHERE id = ?"
        question, body, document, stored_passage = database.execute(query, (int(passages[row]),)).fetchone()
        if body is None:
            passage = codec.loads(stored_passage, Passage)
            body = text(document)[passage.start : passage.end]
        return f"{question} {body}"

    return said


def _standing(database: sqlite3.Connection, passage_id: str) -> tuple[int, bool, bool, int, str]:
    """Passages sort by this: of open documents, then of those that say when and by whom it was asked, and the most."""
    query = "SELECT closed, info FROM passages JOIN documents d ON d.id = document WHERE passage_id = ?"
    closed, stored_info = database.execute(query, (passage_id,)).fetchone()
    info = codec.loads(stored_info, DocumentInfo)
    told = len(info.askers) + len(info.answered_by) + len(info.sources) + bool(info.date) + len(info.references)
    return (closed, info.date_asked is None, not info.askers, -told, info.path)
