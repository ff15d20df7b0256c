"""What can be filtered on, with counts, and filters → documents. One home for what a filter means."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, fields

from rag.errors import UsageError
from rag.names import full_names
from rag.types import DocumentInfo, Filters

LISTED = "(SELECT value FROM json_each(?))"  # any number of values in one
Counts = tuple[tuple[str, int], ...]


# Who asked under a full name, also where a document of the same party gives its last part only: see rag/names.py.
_SAME_PERSON = (
    "FROM people p JOIN (SELECT DISTINCT name, party FROM people WHERE role = 'asker' "  # noqa: S608
    f"AND name IN {LISTED}) f ON p.name = f.name OR (p.party = f.party AND f.name LIKE '% ' || p.name) "
    "WHERE p.role = 'asker'"
)
ASKED_BY = f"SELECT p.document {_SAME_PERSON}"
ASKERS = f"SELECT DISTINCT p.name, p.party {_SAME_PERSON}"
_QUESTIONS = [one.name for one in fields(DocumentInfo)].index("questions")  # its place in the stored list


@dataclass(frozen=True, slots=True)
class Facets:
    """Values with the number of documents that have them, the most common first; years with the newest first."""

    documents: int
    kinds: Counts
    askers: Counts
    parties: Counts
    answered_by: Counts
    years: Counts
    earliest: str | None  # ISO 8601
    latest: str | None
    collections: Counts = ()
    questions: int = 0  # numbered, in the documents together


def where(filters: Filters | None) -> tuple[str, list[str]]:
    """The condition on the table ``documents``, with its values. Raises UsageError for a date that is none."""
    filters = filters or Filters()
    clauses, values = ["1"], []
    for sign, date in ((">=", filters.date_from), ("<=", filters.date_to)):
        if date:
            clauses.append(f"substr(date, 1, {len(_checked(date))}) {sign} ?")
            values.append(date)
    columns = (("kind", filters.kinds), ("path", filters.documents), ("collection", filters.collections))
    for column, chosen in columns:
        if chosen:
            clauses.append(f"{column} IN {LISTED}")
            values.append(json.dumps(chosen))
    if filters.askers:
        clauses.append(f"id IN ({ASKED_BY})")
        values.append(json.dumps(filters.askers))
    people = (
        ("asker", "party", filters.parties),
        ("answered", "name", filters.answered_by),
    )
    for role, column, chosen in people:
        if chosen:
            clauses.append(
                f"id IN (SELECT document FROM people WHERE role = '{role}' AND {column} IN {LISTED})"  # noqa: S608
            )
            values.append(json.dumps(chosen))
    return " AND ".join(clauses), values


def answerers(database: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Who answered by a full name, with the short names that stand for it in other documents: see rag/names.py."""
    found: dict[str, tuple[str, ...]] = {}
    known = database.execute("SELECT DISTINCT name, party FROM people WHERE role = 'answered'")
    for (short, _), full in full_names(known, party_needed=False).items():
        found[full] = tuple(dict.fromkeys((*found.get(full, ()), short)))
    return found


def facets(database: sqlite3.Connection, filters: Filters | None) -> Facets:
    """What the documents that pass ``filters`` can be filtered on further."""
    condition, values = where(filters)
    columns = f"id, date, kind, collection, json_extract(info, '$[{_QUESTIONS}]')"
    database.execute("DROP TABLE IF EXISTS temp.chosen")
    database.execute("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY, date, kind, collection, questions)")
    # Only column names and question marks are put into the text of a query; values are bound.
    database.execute(f"INSERT INTO temp.chosen SELECT {columns} FROM documents WHERE {condition}", values)  # noqa: S608
    whole = "SELECT count(*), min(date), max(date), coalesce(sum(questions), 0) FROM chosen"
    total, earliest, latest, questions = database.execute(whole).fetchone()
    years = "SELECT substr(date, 1, 4), count(*) FROM chosen WHERE date IS NOT NULL GROUP BY 1 ORDER BY 1 DESC"
    askers, parties = _people(database, "asker")
    return Facets(
        documents=total,
        kinds=_counts(database, "SELECT kind, count(*) FROM chosen WHERE 1"),
        askers=askers,
        parties=parties,
        answered_by=_people(database, "answered")[0],
        years=tuple(database.execute(years).fetchall()),
        earliest=earliest,
        latest=latest,
        collections=_counts(database, "SELECT collection, count(*) FROM chosen WHERE collection != ''"),
        questions=questions,
    )


def _people(database: sqlite3.Connection, role: str) -> tuple[Counts, Counts]:
    """Those who asked or answered, each under one name; and their parties. Counted here: SQLite takes longer."""
    rows = database.execute("SELECT name, party, document FROM people WHERE role = ?", (role,)).fetchall()
    full = full_names({(name, party) for name, party, _ in rows}, party_needed=role == "asker")
    chosen = {number for (number,) in database.execute("SELECT id FROM chosen")}
    names: dict[str, set[int]] = {}
    parties: dict[str, set[int]] = {}
    for name, party, document in rows:
        if document in chosen:
            names.setdefault(full.get((name, party), name), set()).add(document)
            if party:
                parties.setdefault(party, set()).add(document)
    return _ranked(names), _ranked(parties)


def _ranked(found: dict[str, set[int]]) -> Counts:
    counts = ((name, len(documents)) for name, documents in found.items())
    return tuple(sorted(counts, key=lambda one: (-one[1], one[0])))


def _counts(database: sqlite3.Connection, query: str) -> Counts:
    return tuple(database.execute(query + " GROUP BY 1 ORDER BY 2 DESC, 1").fetchall())


def _checked(date: str) -> str:
    """A date as ISO 8601: a year, a month or a day."""
    parts = date.split("-")
    if [len(part) for part in parts] not in ([4], [4, 2], [4, 2, 2]) or not all(part.isdigit() for part in parts):
        raise UsageError(f"'{date}' is geen datum. Schrijf een datum als 2022-08-30, of alleen het jaar: 2022.")
    return date
