"""What can be filtered on, and filters → documents: the one home for what a filter means. ``counting`` counts."""

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


def _checked(date: str) -> str:
    """A date as ISO 8601: a year, a month or a day."""
    parts = date.split("-")
    if [len(part) for part in parts] not in ([4], [4, 2], [4, 2, 2]) or not all(part.isdigit() for part in parts):
        raise UsageError(f"'{date}' is geen datum. Schrijf een datum als 2022-08-30, of alleen het jaar: 2022.")
    return date
