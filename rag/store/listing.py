"""The documents in pages, newest first, with their copies and near copies: quick also for a city's hundred thousand.

``overview`` compares every document with every other and takes seconds then. Here only the documents of a page are
compared, with those that share a passage with them (table ``duplicates``).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.similarity import normalised, resemblance, shingles
from rag.store import codec
from rag.store.facets import LISTED, Facets
from rag.store.overview import ALIKE, Alike, Seen, gaps, text_of
from rag.types import DocumentInfo

WIDEST = 50  # passages that say the same; more is a phrase that every letter holds
MOST = 20  # documents that one is compared with
SHARED = 2  # of so many of its passages one must say the same
ORDER = "ORDER BY date IS NULL, date DESC, path"  # newest first, those without a date last
Group = tuple[Seen, tuple[Seen, ...]]  # a document, and its copies and near copies


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the documents. ``documents`` to ``gaps`` are of all of them, whatever was sought.

    ``failures`` and ``skipped`` are (path, Dutch reason); ``gaps`` as in ``Overview``; ``found`` counts the documents
    that have what was sought. A document that stands below another is not shown a second time, so a page can be short.
    """

    documents: int
    copies: int  # exact ones
    questions: int
    earliest: str | None
    latest: str | None
    gaps: tuple[tuple[str, str], ...]
    failures: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]
    found: int
    page: int
    pages: int
    groups: tuple[Group, ...]


_SHARING = f"""
SELECT q.document, count(DISTINCT x.cluster) FROM passages p
JOIN duplicates x ON x.passage_id = p.passage_id
JOIN duplicates y ON y.cluster = x.cluster
JOIN passages q ON q.passage_id = y.passage_id
WHERE p.document = ? AND q.document != p.document
AND (SELECT count(*) FROM (SELECT 1 FROM duplicates z WHERE z.cluster = x.cluster LIMIT {WIDEST + 1})) <= {WIDEST}
GROUP BY q.document HAVING count(DISTINCT x.cluster) * {SHARED} >= ?
ORDER BY 2 DESC, 1 LIMIT {MOST}
"""  # noqa: S608 - our own numbers


class Lister:
    """Pages of the documents of an opened index. Of one state of it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Put the documents in order: 0.2 s for 100,000."""
        self._database = database
        self._originals = _originals(database)  # copy → the document with the same bytes that comes first
        self._copies: dict[int, list[int]] = {}
        for copy, original in self._originals.items():
            self._copies.setdefault(original, []).append(copy)
        self._order = self._sought("")
        months = database.execute("SELECT DISTINCT substr(date, 1, 7) FROM documents WHERE date IS NOT NULL")
        self._gaps = gaps(month for (month,) in months)
        self._shingles = lru_cache(200)(lambda number: shingles(normalised(text_of(database, number))))

    def listing(self, facets: Facets, page: int, size: int, words: str = "") -> Listing:
        """A page, from 1, of the documents with ``words`` in their title or name; ``facets`` counts all documents."""
        order = self._sought(words) if words.split() else self._order
        pages = max(-(-len(order) // size), 1)
        page = min(max(page, 1), pages)
        groups = (self._group(document, bool(words)) for document in order[(page - 1) * size : page * size])
        return Listing(
            documents=facets.documents,
            copies=len(self._originals),
            questions=facets.questions,
            earliest=facets.earliest,
            latest=facets.latest,
            gaps=self._gaps,
            failures=tuple(self._database.execute("SELECT path, reason FROM failures ORDER BY 1, 2")),
            skipped=tuple(self._database.execute("SELECT path, reason FROM skipped ORDER BY 1, 2")),
            found=len(order),
            page=page,
            pages=pages,
            groups=tuple(group for group in groups if group),
        )

    def _sought(self, words: str) -> list[int]:
        """The documents, in order, that are no copies and have these words in their title or name."""
        clauses, values = [f"id NOT IN {LISTED}"], [json.dumps(list(self._originals))]
        for word in words.split()[:MOST]:
            clauses.append("(title LIKE ? ESCAPE '!' OR path LIKE ? ESCAPE '!')")
            values += [f"%{_literal(word)}%"] * 2
        # Only column names and question marks are put into the text of a query; values are bound.
        query = f"SELECT id FROM documents WHERE {' AND '.join(clauses)} {ORDER}"  # noqa: S608
        return [number for (number,) in self._database.execute(query, values)]

    def _group(self, document: int, sought: bool) -> Group | None:
        """A document with those that say the same; None when it stands below a newer one, unless it was sought."""
        above = self._rank(document)
        members = self._alike(document)
        if not sought and any(self._rank(other) < above for other in members):
            return None
        others = sorted((one for one in members if one != document), key=self._rank)
        copies = [copy for one in (document, *others) for copy in self._copies.get(one, ())]
        lead, *below = (self._seen(one, members) for one in (document, *others, *copies))
        return lead, tuple(below)

    def _alike(self, document: int) -> dict[int, dict[int, float]]:
        """All that say nearly the same, also by way of each other: document → with which, and how much they share."""
        found: dict[int, dict[int, float]] = {}
        todo = [document]
        while todo and len(found) < MOST:
            one = todo.pop(0)
            if one in found:
                continue
            found[one] = dict(self._neighbours(one))
            todo += found[one]
        return found

    def _neighbours(self, document: int) -> Iterator[tuple[int, float]]:
        passages = self._database.execute("SELECT count(*) FROM passages WHERE document = ?", (document,)).fetchone()[0]
        for other, _ in self._database.execute(_SHARING, (document, passages)).fetchall():
            if other in self._originals or self._originals.get(document) == other:
                continue
            share = resemblance(self._shingles(document), self._shingles(other))
            if share >= ALIKE:
                yield other, round(share, 4)

    def _rank(self, document: int) -> tuple[tuple[int, ...], str]:
        """The place of a document among all, as ``ORDER`` has it."""
        date, path = self._database.execute("SELECT date, path FROM documents WHERE id = ?", (document,)).fetchone()
        return (*(-ord(c) for c in date or ""), 1), path

    def _seen(self, document: int, members: dict[int, dict[int, float]]) -> Seen:
        query = "SELECT info, size, closed, first_seen, replaced FROM documents WHERE id = ?"
        info, size, closed, first_seen, replaced = self._database.execute(query, (document,)).fetchone()
        one = Seen(codec.loads(info, DocumentInfo), size, bool(closed), first_seen, replaced)
        original = self._originals.get(document)
        near = members.get(document if original is None else original, {})
        alike = [Alike(self._path(other), share) for other, share in near.items()]
        return replace(
            one,
            copy_of=None if original is None else self._path(original),
            alike=tuple(sorted(alike, key=lambda other: (-other.share, other.path))),
        )

    def _path(self, document: int) -> str:
        return str(self._database.execute("SELECT path FROM documents WHERE id = ?", (document,)).fetchone()[0])


def _originals(database: sqlite3.Connection) -> dict[int, int]:
    """Copies with their originals; a copy whose original is hidden is a document like any other."""
    copies = database.execute("SELECT id, fingerprint FROM documents WHERE copy ORDER BY path").fetchall()
    if not copies:
        return {}
    prints = json.dumps([fingerprint for _, fingerprint in copies])
    query = f"SELECT fingerprint, id FROM documents WHERE NOT copy AND fingerprint IN {LISTED}"  # noqa: S608
    first = dict(database.execute(query, (prints,)).fetchall())
    return {number: first[fingerprint] for number, fingerprint in copies if fingerprint in first}


def _literal(word: str) -> str:
    """A word without what LIKE takes for a pattern."""
    return "".join(f"!{c}" if c in "!%_" else c for c in word)
