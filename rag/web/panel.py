"""What stands around the question: the welcome, the filters with their counts and chips, the examples. Pure HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rag.store import Facets
from rag.types import Filters
from rag.web.filters import ADDRESS, CHIP, Facet, chips, facets, filter_value, periods, to_json
from rag.web.html import Html, join, tag
from rag.web.parts import icon

TITLES = {
    "kinds": "Soort document",
    "parties": "Partij van de vrager",
    "askers": "Vrager",
    "answered_by": "Beantwoord door",
    "collections": "Collectie",
}
MOST_CHOICES = 30  # of a group; a thousand names can be read by nobody


def welcome() -> Html:
    """The title, and one sentence that says what this is."""
    return tag(
        "div",
        tag("h1", "Stel een vraag over de raadsstukken"),
        tag("p", "U krijgt een kort antwoord, met bij elke zin de plek waar het staat.", class_="inleiding"),
        class_="welkom",
    )


def filter_panel(count: Callable[[Filters], Facets], chosen: Filters, titles: Mapping[str, str]) -> Html:
    """The chosen limits as chips that can be taken away, and the choices with their counts, folded.

    ``count`` tells what the documents that pass some filters can be filtered on further; ``titles`` are those of the
    documents that are chosen by name.
    """
    if not count(Filters()).documents:
        return Html("")
    groups = [_group(facet, chosen) for facet in facets(count, chosen) if facet.choices]
    return tag(
        "div",
        _chips(chosen, titles),
        tag(
            "details",
            tag("summary", icon("filter"), "Filters"),
            tag("div", _period(*periods(count, chosen), chosen), groups, class_="filtergroepen"),
            class_="filters",
        ),
        class_="filtervak",
        data_filters=to_json(chosen),
    )


def _group(facet: Facet, chosen: Filters) -> Html:
    picked = getattr(chosen, facet.field)
    listed = [one for place, one in enumerate(facet.choices) if place < MOST_CHOICES or one[0] in picked]
    left = len(facet.choices) - len(listed)
    boxes = [
        tag(
            "label",
            tag("input", type="checkbox", name=ADDRESS[facet.field], value=value, checked=value in picked),
            tag("span", value, " ", tag("span", f"({number})", class_="aantal")),
            class_="keuze",
        )
        for value, number in listed
    ]
    more = tag("p", f"Dit zijn de {MOST_CHOICES} met de meeste stukken; {left} staan er niet bij.", class_="klein")
    return tag("fieldset", tag("legend", TITLES[facet.field]), boxes, more if left else None)


def _period(since: Facet, until: Facet, chosen: Filters) -> Html | None:
    if not since.choices:
        return None
    return tag(
        "fieldset",
        tag("legend", "Periode"),
        _years("Vanaf", since, (chosen.date_from or "")[:4]),
        _years("Tot en met", until, (chosen.date_to or "")[:4]),
    )


def _years(label: str, facet: Facet, picked: str) -> Html:
    options = [tag("option", "alle jaren", value="")]
    options += [
        tag("option", f"{year} ({number})", value=year, selected=year == picked) for year, number in facet.choices
    ]
    return tag("label", label, tag("select", options, name=ADDRESS[facet.field]), class_="jaar")


def _chips(chosen: Filters, titles: Mapping[str, str]) -> Html | None:
    found = [
        tag(
            "li",
            tag(
                "button",
                tag("span", f"{CHIP[name]}: {_said(name, value, titles)}"),
                icon("kruis"),
                type="button",
                class_="chip",
                data_doe="filters",
                data_filters=to_json(rest),
                aria_label=f"Haal filter weg: {CHIP[name]} {_said(name, value, titles)}",
            ),
        )
        for name, value, rest in chips(chosen)
    ]
    if not found:
        return None
    return tag("ul", found, class_="chips", aria_label="Gekozen filters")


def _said(name: str, value: str, titles: Mapping[str, str]) -> str:
    return titles.get(value, value) if name == "documents" else filter_value(name, value)


def example_list(questions: Sequence[str]) -> Html:
    """Questions to begin with; a click asks them."""
    if not questions:
        return Html("")
    items = [
        tag("li", tag("button", one, type="button", class_="voorbeeld", data_doe="stel", data_tekst=one))
        for one in questions
    ]
    return tag(
        "section",
        tag("h2", "Voorbeelden uit de documenten"),
        join(tag("ul", items, class_="voorbeelden")),
        class_="voorbeeldvak",
    )
