"""Everything that was seen and what came of it: documents with their copies and near copies, gaps, what is not read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rag.similarity import normalised, resemblance, shingles
from rag.store import codec, duplicates, packing
from rag.types import DocumentInfo

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIKE = 0.75  # share of runs of characters from which two documents are nearly the same
MONTHS_OF_GAP = 2  # whole months without a document that are worth telling


@dataclass(frozen=True, slots=True)
class Alike:
    """Another document that says nearly the same: ``share`` (0–1) of what either says."""

    path: str
    share: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A document that was read. Moments are ISO 8601, UTC; ``replaced`` is None when it never changed."""

    info: DocumentInfo
    size: int  # bytes of the file
    closed: bool
    first_seen: str
    replaced: str | None
    copy_of: str | None = None  # the document with the same bytes that comes first
    alike: tuple[Alike, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """All that was seen: ``failures`` and ``skipped`` are (path, Dutch reason), the path "" where it may not be kept.

    ``gaps`` are (first, last) month without a document, "2021-03", between ``earliest`` and ``latest``.
    """

    seen: tuple[Seen, ...]
    failures: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]
    earliest: str | None
    latest: str | None
    gaps: tuple[tuple[str, str], ...]


def overview(database: sqlite3.Connection) -> Overview:
    """Everything that an opened index shows. Reads what all passages are compared by: seconds for a million of them."""
    query = "SELECT id, path, info, size, closed, first_seen, replaced, fingerprint, copy FROM documents ORDER BY path"
    rows = database.execute(query).fetchall()
    paths = {row[0]: row[1] for row in rows}
    first = {row[7]: row[1] for row in rows if not row[8]}
    alike = _alike(database, paths, {row[0]: row[7] for row in rows})
    seen = []
    for number, path, info, size, closed, first_seen, replaced, fingerprint, copy in rows:
        one = Seen(codec.loads(info, DocumentInfo), size, bool(closed), first_seen, replaced)
        original = first.get(fingerprint) if copy else None
        seen.append(replace(one, copy_of=original if original != path else None, alike=alike.get(number, ())))
    dates = sorted(date for one in seen if (date := one.info.date or one.info.date_asked))
    return Overview(
        seen=tuple(seen),
        failures=tuple(database.execute("SELECT path, reason FROM failures ORDER BY path, reason")),
        skipped=tuple(database.execute("SELECT path, reason FROM skipped ORDER BY path, reason")),
        earliest=dates[0] if dates else None,
        latest=dates[-1] if dates else None,
        gaps=gaps(dates),
    )


def gaps(dates: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The stretches of whole months, between the first and the last date, in which no date falls.

    Dates are ISO 8601; one without a month covers its whole year.
    """
    covered: set[int] = set()
    for date in dates:
        year = int(date[:4]) * 12
        covered.update([year + int(date[5:7]) - 1] if len(date) >= 7 else range(year, year + 12))
    months = sorted(covered)
    found = [(a + 1, b - 1) for a, b in pairwise(months) if b - a > MONTHS_OF_GAP]
    return tuple((_month(first), _month(last)) for first, last in found)


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _alike(
    database: sqlite3.Connection, paths: dict[int, str], fingerprints: dict[int, str]
) -> dict[int, tuple[Alike, ...]]:
    """For each document the others that say nearly the same, most alike first; files with the same bytes left out."""
    numbers, table = _minhashes(database)
    texts = _Texts(lambda number: text_of(database, number))
    found: dict[int, list[Alike]] = {}
    for one, other in numbers[np.array(duplicates.pairs(table, numbers), np.intp).reshape(-1, 2)].tolist():
        if fingerprints.get(one) == fingerprints.get(other):
            continue
        share = resemblance(texts[one], texts[other])
        if share >= ALIKE:
            found.setdefault(one, []).append(Alike(paths[other], round(share, 4)))
            found.setdefault(other, []).append(Alike(paths[one], round(share, 4)))
    return {number: tuple(sorted(some, key=lambda a: (-a.share, a.path))) for number, some in found.items()}


def _minhashes(database: sqlite3.Connection) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Documents ``(n,)``, and the minhashes ``(n, HASHES + 1)`` of each: the least of those of its passages.

    The last column, the hash of a passage's numbers, is 0: another date or amount makes no other document.
    """
    query = "SELECT document, minhashes FROM hashes WHERE minhashes != x'' ORDER BY document"
    rows = database.execute(query).fetchall()
    least = np.zeros((len(rows), duplicates.HASHES + 1), np.uint32)
    for place, (_, packed) in enumerate(rows):
        np.frombuffer(packed, "<u4").reshape(-1, duplicates.HASHES + 1).min(axis=0, out=least[place])
    least[:, -1] = 0
    return np.array([number for number, _ in rows], np.int64), least


class _Texts(dict[int, "NDArray[np.uint64]"]):
    """Document → its runs of characters, worked out when it is first compared."""

    def __init__(self, text_of: Callable[[int], str]) -> None:
        super().__init__()
        self._text_of = text_of

    def __missing__(self, number: int) -> NDArray[np.uint64]:
        if len(self) > duplicates.REMEMBERED:
            self.clear()
        self[number] = found = shingles(normalised(self._text_of(number)))
        return found


def text_of(database: sqlite3.Connection, document: int) -> str:
    """The clean text of a document by its number."""
    return packing.unpack_text(
        database.execute("SELECT text FROM contents WHERE document = ?", (document,)).fetchone()[0]
    )


def folded(seen: Sequence[Seen]) -> list[tuple[Seen, list[Seen]]]:
    """Documents with their copies and near copies below them; the newest stands for the others. Newest first."""
    by_path = {one.info.path: one for one in seen}
    above: dict[str, str] = {}

    def root(path: str) -> str:
        while path in above:
            path = above[path]
        return path

    for one in seen:
        others = [a.path for a in one.alike] + ([one.copy_of] if one.copy_of else [])
        for other in others:
            first, second = sorted((root(one.info.path), root(other)), key=lambda path: _standing(by_path[path]))
            if first != second:
                above[second] = first
    groups: dict[str, list[Seen]] = {}
    for one in sorted(seen, key=_standing):
        groups.setdefault(root(one.info.path), []).append(one)
    return [(group[0], group[1:]) for group in groups.values()]


def _standing(one: Seen) -> tuple[bool, tuple[int, ...], str]:
    date = one.info.date or one.info.date_asked or ""
    return one.copy_of is not None, tuple(-ord(c) for c in date) or (1,), one.info.path
