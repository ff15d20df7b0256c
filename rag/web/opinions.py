"""The opinions that people gave, for staff: a table, a way to export and a way to erase. Pure functions to HTML."""

from __future__ import annotations

from collections.abc import Sequence

from rag.web import wording
from rag.web.feedback import Opinion
from rag.web.html import Html, join, tag

VERDICTS = {"good": "Klopt", "bad": "Klopt niet"}


def opinions_html(opinions: Sequence[Opinion]) -> Html:
    """The page with all opinions, newest first."""
    intro = (
        "Deze oordelen staan alleen op de computer waarop Raadwijzer draait. U ziet ze omdat u op die computer werkt, "
        "of omdat u de sleutel hebt ingevuld. Anderen zien ze niet."
    )
    if not opinions:
        empty = "Er zijn nog geen oordelen. Geef er een met ‘Klopt dit?’ onder een antwoord."
        return join(tag("h1", "Oordelen"), tag("p", intro, class_="inleiding"), tag("p", empty))
    return join(tag("h1", "Oordelen"), tag("p", intro, class_="inleiding"), _table(opinions), _use(), _erase())


def locked_html(has_key: bool, wrong: bool = False) -> Html:
    """What is shown in place of the opinions on another computer: why, and how to come to them."""
    here = "Open de oordelen op de computer waarop Raadwijzer draait, met het adres dat begint met http://127.0.0.1."
    no_key = "Of laat de beheerder een sleutel instellen: staff_key in raadwijzer.toml."
    return join(
        tag("h1", "Oordelen"),
        tag("p", "Oordelen van gebruikers zijn alleen voor wie Raadwijzer beheert.", class_="inleiding"),
        tag("p", "Deze sleutel klopt niet.", class_="melding fout", role="alert") if wrong and has_key else None,
        tag("p", here),
        _key_form() if has_key else tag("p", no_key),
    )


def _key_form() -> Html:
    field = tag("input", type="password", name="sleutel", required=True, autocomplete="current-password")
    return tag(
        "form",
        tag("label", "Of vul de sleutel in die de beheerder heeft ingesteld", field),
        tag("button", "Toon de oordelen", type="submit", class_="knop"),
        method="post",
        action="/oordelen",
        class_="onderwerp",
    )


def _table(opinions: Sequence[Opinion]) -> Html:
    rows = [
        tag(
            "tr",
            tag("td", wording.date(one.created[:10]), class_="dag"),
            tag("td", VERDICTS[one.verdict]),
            tag("td", one.question),
            tag("td", one.reason or "geen reden gegeven"),
        )
        for one in opinions
    ]
    head = tag("tr", [tag("th", name, scope="col") for name in ("Datum", "Oordeel", "Vraag", "Reden")])
    table = tag(
        "table",
        tag("caption", wording.count(len(opinions), "oordeel", "oordelen")),
        tag("thead", head),
        tag("tbody", rows),
    )
    return tag("div", table, class_="tabelvak", tabindex=0, role="region", aria_label="Oordelen")


def _use() -> Html:
    return tag(
        "section",
        tag("h2", "Gebruik ze om te meten"),
        tag("p", "Download de oordelen en voeg de klachten toe aan uw eigen vragenset."),
        tag("pre", "raadwijzer eval add oordelen.jsonl", tabindex=0),
        tag("p", tag("a", "Download de oordelen (JSONL)", href="/oordelen.jsonl", download=True, class_="los")),
    )


def _erase() -> Html:
    return tag(
        "section",
        tag("h2", "Wis ze"),
        tag("p", "Wissen kan niet ongedaan worden gemaakt."),
        tag(
            "form",
            tag(
                "label",
                tag("input", type="checkbox", name="zeker", value="ja", required=True),
                " Ik weet het zeker",
                class_="keuze",
            ),
            tag("button", "Wis alle oordelen", type="submit", class_="knop"),
            method="post",
            action="/oordelen/wis",
        ),
    )
