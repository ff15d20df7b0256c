"""How many documents have each value that can be filtered on: columns are read once, and each choice counted in them.

Counting with SQLite takes half a second for 100,000 documents, and the page counts for every group of its filters.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from rag.names import full_names
from rag.store.facets import Counts, Facets, where
from rag.types import DocumentInfo, Filters

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUESTIONS = [one.name for one in fields(DocumentInfo)].index("questions")  # its place in the stored list


class Counting:
    """What the documents of an opened index can be filtered on. Of one state of the index; makes no queries later."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Read the columns: half a second for 100,000 documents."""
        held = f"coalesce(json_extract(info, '$[{_QUESTIONS}]'), 0)"  # left out where it is 0
        query = f"SELECT id, date, kind, collection, {held} FROM documents ORDER BY id"  # noqa: S608
        rows = database.execute(query).fetchall()
        ids, dates, kinds, collections, questions = zip(*rows, strict=True) if rows else ((),) * 5
        self._ids = np.array(ids, np.int64)  # (documents,), rising
        self._days = sorted({date for date in dates if date})
        number = {day: place for place, day in enumerate(self._days)}
        self._dates = np.array([number.get(date, -1) for date in dates], np.int64)  # places in ``_days``; -1: none
        self._questions = np.array(questions, np.int64)
        self._years = _Values.of_each(date[:4] if date else None for date in dates)
        self._kinds = _Values.of_each(kinds)
        self._collections = _Values.of_each(name or None for name in collections)
        self._askers, self._parties = self._people(database, "asker")
        self._answered, _ = self._people(database, "answered")

    def facets(self, database: sqlite3.Connection, filters: Filters | None) -> Facets:
        """What the documents that pass ``filters`` can be filtered on further. Raises UsageError for bad dates."""
        chosen = self._chosen(database, filters)  # (documents,)
        dates = self._dates[chosen & (self._dates >= 0)]
        return Facets(
            documents=int(chosen.sum()),
            kinds=self._kinds.counts(chosen),
            askers=self._askers.counts(chosen),
            parties=self._parties.counts(chosen),
            answered_by=self._answered.counts(chosen),
            years=tuple(sorted(self._years.counts(chosen), reverse=True)),
            earliest=self._days[dates.min()] if len(dates) else None,
            latest=self._days[dates.max()] if len(dates) else None,
            collections=self._collections.counts(chosen),
            questions=int(self._questions[chosen].sum()),
        )

    def _chosen(self, database: sqlite3.Connection, filters: Filters | None) -> NDArray[np.bool_]:
        condition, values = where(filters)
        if filters is None or filters == Filters():
            return np.ones(len(self._ids), np.bool_)
        # Only column names and question marks are put into the text of a query; values are bound.
        rows = database.execute(f"SELECT id FROM documents WHERE {condition}", values).fetchall()  # noqa: S608
        return np.isin(self._ids, np.array([row for (row,) in rows], np.int64), assume_unique=True)

    def _people(self, database: sqlite3.Connection, role: str) -> tuple[_Values, _Values]:
        """Those who asked or answered, each under one name; and their parties."""
        rows = database.execute("SELECT name, party, document FROM people WHERE role = ?", (role,)).fetchall()
        full = full_names({(name, party) for name, party, _ in rows}, party_needed=role == "asker")
        places = np.searchsorted(self._ids, np.array([document for *_, document in rows], np.int64))
        names = (full.get((name, party), name) for name, party, _ in rows)
        parties = (party for _, party, _ in rows)
        documents = len(self._ids)
        return _Values.of_some(names, places, documents), _Values.of_some(parties, places, documents)


@dataclass(frozen=True, slots=True)
class _Values:
    """Which values documents have: pairs of a value's number and a document's place, each pair once."""

    names: tuple[str, ...]
    numbers: NDArray[np.int64]  # (pairs,)
    places: NDArray[np.int64]  # (pairs,)

    @classmethod
    def of_each(cls, values: Iterable[str | None]) -> _Values:
        """One value for each document, or None."""
        numbers: dict[str, int] = {}
        each = np.fromiter((numbers.setdefault(value, len(numbers)) if value else -1 for value in values), np.int64)
        places = np.flatnonzero(each >= 0)
        return cls(tuple(numbers), each[places], places)

    @classmethod
    def of_some(cls, values: Iterable[str | None], places: NDArray[np.int64], documents: int) -> _Values:
        """Values of the documents at places; None and "" are no value. A document can have one more than once."""
        found = cls.of_each(values)
        pairs = np.unique(found.numbers * documents + places[found.places])
        return cls(found.names, pairs // max(documents, 1), pairs % max(documents, 1))

    def counts(self, chosen: NDArray[np.bool_]) -> Counts:
        """Each value with the number of chosen documents that have it, the most common first."""
        found = np.bincount(self.numbers[chosen[self.places]], minlength=len(self.names)).tolist()
        named = ((name, number) for name, number in zip(self.names, found, strict=True) if number)
        return tuple(sorted(named, key=lambda one: (-one[1], one[0])))
