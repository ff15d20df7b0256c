"""Filters on the page: from and to an address, and how many documents each choice would leave. Knows no HTML.

The counts follow the usual rule for facets: a choice is counted among the documents that pass all *other* filters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from rag.store import Facets as Counted
from rag.types import Filters
from rag.web import wording

LISTS = ("kinds", "askers", "parties", "answered_by", "documents", "collections")
ADDRESS = {  # field → its name in an address, in Dutch because a person reads it
    "date_from": "van",
    "date_to": "tot",
    "kinds": "soort",
    "askers": "vrager",
    "parties": "partij",
    "answered_by": "beantwoorder",
    "documents": "document",
    "collections": "collectie",
}
CHIP = {  # field → what a chip and an export call it
    "date_from": "Vanaf",
    "date_to": "Tot en met",
    "kinds": "Soort",
    "parties": "Partij",
    "askers": "Vrager",
    "answered_by": "Beantwoord door",
    "documents": "Document",
    "collections": "Collectie",
}


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of choices: ``field`` of ``Filters``, and (value, number of documents), most frequent first."""

    field: str
    choices: tuple[tuple[str, int], ...]


GROUPS = ("kinds", "askers", "parties", "answered_by", "collections")


def facets(count: Callable[[Filters], Counted], chosen: Filters) -> tuple[Facet, ...]:
    """The choices per group with their counts; what is chosen stays listed, also with a count of zero.

    ``count`` tells what the documents that pass some filters can be filtered on further.
    """
    return tuple(_facet(count, chosen, name) for name in GROUPS)


def periods(count: Callable[[Filters], Counted], chosen: Filters) -> tuple[Facet, Facet]:
    """The years that documents can be limited to, from one and up to one, oldest first."""
    listed = sorted(year for year, _ in count(Filters()).years)
    since, until = (dict(count(_changed(chosen, name, None)).years) for name in ("date_from", "date_to"))
    return (
        Facet("date_from", tuple((year, sum(n for y, n in since.items() if y >= year)) for year in listed)),
        Facet("date_to", tuple((year, sum(n for y, n in until.items() if y <= year)) for year in listed)),
    )


def _facet(count: Callable[[Filters], Counted], chosen: Filters, name: str) -> Facet:
    others = _changed(chosen, name, ())
    counts: dict[str, int] = dict.fromkeys(getattr(chosen, name), 0) | dict(getattr(count(others), name))
    return Facet(name, tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))))


def is_empty(filters: Filters) -> bool:
    """Whether nothing is limited."""
    return filters == Filters()


def chips(filters: Filters) -> tuple[tuple[str, str, Filters], ...]:
    """Every limit as (field, value, the filters without it)."""
    found: list[tuple[str, str, Filters]] = []
    for one in fields(Filters):
        value = getattr(filters, one.name)
        if isinstance(value, tuple):
            found += [(one.name, each, _without(filters, one.name, each)) for each in value]
        elif value:
            found.append((one.name, value, _changed(filters, one.name, None)))
    return tuple(found)


def filter_value(name: str, value: str) -> str:
    """A limit as people say it: of a whole year only the year."""
    if name in {"date_from", "date_to"}:
        return value[:4] if value.endswith(("-01-01", "-12-31")) else wording.date(value)
    return value


def _without(filters: Filters, name: str, value: str) -> Filters:
    return _changed(filters, name, tuple(each for each in getattr(filters, name) if each != value))


def _changed(filters: Filters, name: str, value: tuple[str, ...] | None) -> Filters:
    changes: dict[str, Any] = {name: value}
    return replace(filters, **changes)


def to_query(filters: Filters) -> list[tuple[str, str]]:
    """The filters as parts of an address."""
    return [(ADDRESS[name], value) for name, value, _ in chips(filters)]


def from_query(pairs: Sequence[tuple[str, str]]) -> Filters:
    """The filters that an address holds; what is not a filter or not a date is left out."""
    names = {dutch: name for name, dutch in ADDRESS.items()}
    values: dict[str, list[str]] = {}
    for dutch, value in pairs:
        if dutch in names and value.strip():
            values.setdefault(names[dutch], []).append(value.strip()[:300])
    lists = {name: tuple(dict.fromkeys(values.get(name, ()))) for name in LISTS}
    return Filters(
        date_from=_day(values.get("date_from")),
        date_to=_day(values.get("date_to"), end=True),
        **lists,
    )


def from_json(text: str | None) -> Filters:
    """The filters as the page's script sends them: an object with the names of the address."""
    try:
        loaded = json.loads(text or "{}")
    except ValueError:
        return Filters()
    if not isinstance(loaded, Mapping):
        return Filters()
    pairs = [
        (str(name), str(one))
        for name, value in loaded.items()
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, str)
    ]
    return from_query(pairs)


def to_json(filters: Filters) -> str:
    """The opposite of ``from_json``."""
    found: dict[str, list[str]] = {}
    for name, value in to_query(filters):
        found.setdefault(name, []).append(value)
    return json.dumps(found, ensure_ascii=False, sort_keys=True)


def _day(values: list[str] | None, end: bool = False) -> str | None:
    """A year, month or day as an ISO day; the last of the period when ``end``."""
    if not values:
        return None
    parts = values[-1].split("-")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        return None
    tail = ("12", "31") if end else ("01", "01")
    year, month, day = (*parts, *tail[len(parts) - 1 :])
    return f"{year}-{month:0>2}-{day:0>2}"
