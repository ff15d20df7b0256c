"""How documents belong together: one names the number of another, two have the same number, or the same questions.

Worked out when it is asked for, from the numbers that each document has and names (table ``numbers``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from rag.documents.references import same
from rag.store import codec
from rag.types import DocumentInfo, Link, Relation

MOST = 200  # links of each kind
_QUESTIONS = "schriftelijke vragen"


def number_rows(document: int, info: DocumentInfo) -> list[tuple[int, str, str, int]]:
    """The rows of the table ``numbers`` for a document: number as compared, as written, whether its own."""
    own = {same(reference) for reference in info.own_references}
    return [
        (document, key, reference, int(key in own))
        for key, reference in {same(reference): reference for reference in info.references}.items()
    ]


def links(database: sqlite3.Connection, path: str) -> tuple[Link, ...]:
    """The links of a document, each other document once, by the closest relation."""
    row = database.execute("SELECT id, info FROM documents WHERE path = ?", (path,)).fetchone()
    if row is None:
        return ()
    number, info = int(row[0]), codec.loads(row[1], DocumentInfo)
    found: dict[str, Link] = {}
    for link in _all(database, number, info):
        if link.document != path:
            found.setdefault(link.document, link)
    return tuple(sorted(found.values(), key=lambda link: (_ORDER.index(link.relation), link.date or "", link.document)))


_ORDER: tuple[Relation, ...] = ("antwoord", "vraag", "zelfde stuk", "verwijst naar", "genoemd in")


def _all(database: sqlite3.Connection, number: int, info: DocumentInfo) -> Iterator[Link]:
    pairs: tuple[tuple[Relation, int, int], ...] = (
        ("zelfde stuk", 1, 1), ("verwijst naar", 0, 1), ("genoemd in", 1, 0),
    )  # fmt: skip
    for relation, here, there in pairs:
        query = (
            "SELECT d.info, a.written FROM numbers a "
            "JOIN numbers b ON b.number = a.number AND b.document != a.document "
            "JOIN documents d ON d.id = b.document "
            "WHERE a.document = ? AND a.own = ? AND b.own = ? ORDER BY d.path LIMIT ?"
        )
        for other, written in database.execute(query, (number, here, there, MOST)):
            yield _link(relation, info, codec.loads(other, DocumentInfo), written)
    if info.kind == _QUESTIONS:
        for other in _same_questions(database, number, info):
            yield _link("zelfde stuk", info, other, None)


def _same_questions(database: sqlite3.Connection, number: int, info: DocumentInfo) -> Iterator[DocumentInfo]:
    """Documents with the same questions: asked by the same people on the same day, or saying the same."""
    asked = (
        "SELECT DISTINCT d.info FROM people a JOIN people b ON b.name = a.name AND b.role = a.role "
        "JOIN documents d ON d.id = b.document WHERE a.document = ? AND a.role = 'asker' AND d.id != a.document "
        "AND d.kind = ? ORDER BY d.path"
    )
    for (stored,) in database.execute(asked, (number, _QUESTIONS)) if info.date_asked else ():
        other = codec.loads(stored, DocumentInfo)
        if other.date_asked == info.date_asked:
            yield other
    copied = (
        "SELECT DISTINCT d.info FROM passages p JOIN duplicates x USING (passage_id) JOIN duplicates y USING (cluster) "
        "JOIN passages q ON q.passage_id = y.passage_id JOIN documents d ON d.id = q.document "
        "WHERE p.document = ? AND p.kind = 'exchange' AND q.kind = 'exchange' AND d.id != p.document "
        "ORDER BY d.path LIMIT ?"
    )
    for (stored,) in database.execute(copied, (number, MOST)):
        yield codec.loads(stored, DocumentInfo)


def _link(relation: Relation, info: DocumentInfo, other: DocumentInfo, written: str | None) -> Link:
    """A link; of two documents with the same questions the one that answers them is called so."""
    if relation == "zelfde stuk" and info.kind == other.kind == _QUESTIONS:
        here, there = _answers(info), _answers(other)
        relation = "antwoord" if there > here else "vraag" if here > there else relation
    return Link(relation, other.path, other.title, other.date or other.date_asked, written)


def _answers(info: DocumentInfo) -> int:
    """How many of its questions a document answers."""
    return info.questions - len(info.unanswered)
