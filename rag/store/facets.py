"""What can be filtered on, with counts, and filters → documents. One home for what a filter means."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from rag.errors import UsageError
from rag.names import full_names
from rag.types import Filters

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


def facets(database: sqlite3.Connection, filters: Filters | None) -> Facets:
    """What the documents that pass ``filters`` can be filtered on further."""
    condition, values = where(filters)
    database.execute("DROP TABLE IF EXISTS temp.chosen")
    database.execute(f"CREATE TEMP TABLE chosen AS SELECT * FROM documents WHERE {condition}", values)  # noqa: S608
    # Only column names and question marks are put into the text of a query; values are bound.
    people = "SELECT {0}, count(DISTINCT document) FROM people JOIN chosen ON document = chosen.id WHERE role = '{1}'"
    total, earliest, latest = database.execute("SELECT count(*), min(date), max(date) FROM chosen").fetchone()
    years = "SELECT substr(date, 1, 4), count(*) FROM chosen WHERE date IS NOT NULL GROUP BY 1 ORDER BY 1 DESC"
    return Facets(
        documents=total,
        kinds=_counts(database, "SELECT kind, count(*) FROM chosen WHERE 1"),
        askers=_askers(database),
        parties=_counts(database, people.format("party", "asker") + " AND party IS NOT NULL"),
        answered_by=_counts(database, people.format("name", "answered")),
        years=tuple(database.execute(years).fetchall()),
        earliest=earliest,
        latest=latest,
        collections=_counts(database, "SELECT collection, count(*) FROM chosen WHERE collection != ''"),
    )


def _askers(database: sqlite3.Connection) -> Counts:
    """Those who asked, each under one name."""
    rows = "SELECT DISTINCT name, party, document FROM people JOIN chosen ON document = chosen.id WHERE role = 'asker'"
    everyone = "SELECT DISTINCT name, party FROM people WHERE role = 'asker'"
    full = full_names(database.execute(everyone))
    documents: dict[str, set[int]] = {}
    for name, party, document in database.execute(rows):
        documents.setdefault(full.get((name, party), name), set()).add(document)
    return tuple(sorted(((name, len(found)) for name, found in documents.items()), key=lambda one: (-one[1], one[0])))


def _counts(database: sqlite3.Connection, query: str) -> Counts:
    return tuple(database.execute(query + " GROUP BY 1 ORDER BY 2 DESC, 1").fetchall())


def _checked(date: str) -> str:
    """A date as ISO 8601: a year, a month or a day."""
    parts = date.split("-")
    if [len(part) for part in parts] not in ([4], [4, 2], [4, 2, 2]) or not all(part.isdigit() for part in parts):
        raise UsageError(f"'{date}' is geen datum. Schrijf een datum als 2022-08-30, of alleen het jaar: 2022.")
    return date
