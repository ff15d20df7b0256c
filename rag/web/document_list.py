"""Everything that was seen → HTML: the documents with their copies, what was not read and why, and what is missing.

Pure functions. A long list comes in pages; what is said of the whole stands on each of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import inventory
from rag.differences import Difference
from rag.store import Listing
from rag.store.overview import Seen
from rag.types import DocumentInfo
from rag.web import wording
from rag.web.html import Html, join, tag, url
from rag.web.parts import document_url, icon, people

PER_PAGE = 50  # documents
GAPS = 12  # named, the longest first
FILES = 100  # that were not read or skipped, named on the page; the terminal names them all
DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
ELSEWHERE = "De documenten van deze pagina staan bij nieuwere die bijna hetzelfde zeggen."


def document_list(listing: Listing, indexed_on: str | None = None, sought: str = "") -> Html:
    """What is in the index, newest first; what could not be read; how fresh it is. ``sought``: words in a title."""
    around = (_unread(listing.failures), _skipped(listing.skipped))
    if not listing.documents:
        return join(tag("p", "Er staan nog geen documenten in Raadwijzer."), *around)
    fresh = f"De lijst is bijgewerkt op {wording.date(indexed_on)}." if indexed_on else ""
    cards = [_card(lead, others) for lead, others in listing.groups]
    return join(
        tag("p", _said(listing), class_="inleiding"),
        tag("p", fresh, class_="klein") if fresh else None,
        _gaps(listing.gaps),
        *around,
        _search(listing, sought),
        tag("ul", cards, class_="kaarten") if cards else tag("p", ELSEWHERE) if listing.found else None,
        _pages(listing.page, listing.pages, sought),
    )


def _search(listing: Listing, sought: str) -> Html:
    """A field to look for a document by its title, and what that gave."""
    field = tag("input", type="search", name="zoek", value=sought, maxlength=200)
    everything = tag("a", "Toon alle documenten", href="/documenten")
    found = f"{wording.count(listing.found, 'document heeft', 'documenten hebben')} ‘{sought}’ in titel of naam. "
    none = f"Geen document heeft ‘{sought}’ in titel of naam. Zoekt u iets ín de stukken, stel dan een vraag. "
    return join(
        tag(
            "form",
            tag("label", "Zoek een document op titel of bestandsnaam", field),
            tag("button", "Zoek", type="submit", class_="knop"),
            method="get",
            action="/documenten",
            class_="onderwerp",
            role="search",
        ),
        tag("p", found if listing.found else none, everything, role="status") if sought else None,
    )


def _said(listing: Listing) -> str:
    period = ""
    if listing.earliest and listing.latest:
        period = (
            f" Het oudste is van {wording.date(listing.earliest)}, het nieuwste van {wording.date(listing.latest)}."
        )
    copies = wording.count(listing.copies, "is een exacte kopie", "zijn een exacte kopie")
    twice = f" Daarvan {copies} van een ander." if listing.copies else ""
    return (
        f"Raadwijzer zoekt in {wording.count(listing.documents, 'document', 'documenten')} met samen "
        f"{wording.count(listing.questions, 'vraag', 'vragen')}.{twice}{period} Wat hier niet bij staat, kan "
        "Raadwijzer niet weten."
    )


def _gaps(gaps: Sequence[tuple[str, str]]) -> Html | None:
    """The periods without a document: a hint that some may be lacking."""
    if not gaps:
        return None
    longest = sorted(gaps, key=lambda gap: (_months(gap[0]) - _months(gap[1]), gap))[:GAPS]
    items = [tag("li", inventory.period(gap)) for gap in sorted(longest)]
    more = tag("p", f"En nog {len(gaps) - GAPS} kortere.") if len(gaps) > GAPS else None
    title = f"Uit {wording.count(len(gaps), 'periode', 'perioden')} is er geen document"
    return tag("details", tag("summary", title), tag("ul", items), more, class_="inhoud")


def _months(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7])


def _unread(failures: Sequence[tuple[str, str]]) -> Html | None:
    """The files that are not in the index, each with its reason: nothing goes missing silently."""
    if not failures:
        return None
    title = f"{wording.count(len(failures), 'bestand kon', 'bestanden konden')} niet worden gelezen"
    heading = tag("p", icon("let-op"), tag("strong", title))
    return tag("div", heading, tag("ul", _files(failures), class_="lijst"), _left(failures), class_="melding")


def _skipped(skipped: Sequence[tuple[str, str]]) -> Html | None:
    if not skipped:
        return None
    title = f"{wording.count(len(skipped), 'bestand is', 'bestanden zijn')} overgeslagen"
    listed = tag("ul", _files(skipped), class_="lijst")
    return tag("details", tag("summary", title), listed, _left(skipped), class_="inhoud")


def _files(named: Sequence[tuple[str, str]]) -> list[Html]:
    """The first files with the reason for each."""
    return [tag("li", tag("strong", path or "(naam niet bewaard)"), f": {reason}") for path, reason in named[:FILES]]


def _left(named: Sequence[tuple[str, str]]) -> Html | None:
    """How many are not named here, and where they are."""
    if len(named) <= FILES:
        return None
    return tag("p", f"En nog {len(named) - FILES}. De hele lijst geeft: raadwijzer documents", class_="klein")


def _card(lead: Seen, others: Sequence[Seen]) -> Html:
    info = lead.info
    none = "geen genummerde vragen" if info.kind.endswith("vragen") else ""
    asked = wording.count(info.questions, "vraag", "vragen") if info.questions else none
    outcome = info.outcome or ""
    facts = [wording.day_of(info), info.kind, outcome, asked, info.collection, "besloten" if lead.closed else ""]
    return tag(
        "li",
        tag("h2", tag("a", info.title, href=document_url(info.path)), class_="kop"),
        tag("p", " · ".join(filter(None, facts)), class_="herkomst"),
        people(info),
        remarks(inventory.notes(lead)),
        _others(lead, others),
        tag("p", f"Bestand: {info.path}", class_="klein bestand"),
        class_="kaart",
    )


def _others(lead: Seen, others: Sequence[Seen]) -> Html | None:
    """The copies and near copies of a document, each with a way to what differs."""
    if not others:
        return None
    items = []
    for other in others:
        said = inventory.relation(lead, other)
        compare = url("/verschillen", een=lead.info.path, ander=other.info.path)
        named = tag("span", f" met {other.info.path}", class_="verborgen")  # several links need names of their own
        link = tag("a", "wat er verschilt", named, href=compare) if other.alike else None
        there = tag("a", other.info.path, href=document_url(other.info.path))
        when = f" · {wording.day_of(other.info)} · {said}"
        items.append(tag("li", there, when, join(" · ", link) if link else None, remarks(inventory.notes(other))))
    return tag("div", tag("p", "Dezelfde inhoud staat ook in:", class_="kopje"), tag("ul", items), class_="ook-in")


def remarks(said: Sequence[str]) -> Html | None:
    """What reading the document brought to light, such as a question without an answer."""
    if not said:
        return None
    words = [DAY.sub(lambda day: wording.date(day[0]), one) for one in said]
    items = [tag("li", one[:1].upper() + one[1:] + ("" if one.endswith(".") else ".")) for one in words]
    return tag("div", tag("p", icon("let-op"), "Let op", class_="kopje"), tag("ul", items), class_="opmerkingen")


def _pages(page: int, pages: int, sought: str) -> Html | None:
    """The way to the other pages of a long list."""
    if pages < 2:
        return None
    places = (("Eerste", 1, page > 2), ("Vorige", page - 1, page > 1), ("", page, True),
              ("Volgende", page + 1, page < pages), ("Laatste", pages, page < pages - 1))  # fmt: skip
    items = [tag("li", _page(name, number, pages, sought)) for name, number, there in places if there]
    return tag("nav", tag("ul", items, class_="bladeren"), aria_label="Pagina's van de lijst")


def _page(name: str, number: int, pages: int, sought: str) -> Html:
    if not name:
        return tag("span", f"Pagina {wording.number(number)} van {wording.number(pages)}", class_="etiket")
    address = url("/documenten", pagina=number, zoek=sought or None)
    return tag("a", name, href=address, class_="los", rel={"Vorige": "prev", "Volgende": "next"}.get(name))


def differences_page(here: DocumentInfo, there: DocumentInfo, found: Sequence[Difference], most: int) -> Html:
    """How two documents differ, place by place."""
    names = [tag("li", tag("a", one.title, href=document_url(one.path)), f" ({one.path})") for one in (here, there)]
    items = [
        tag(
            "li",
            tag("p", tag("strong", "In het eerste: "), one.here or "staat dit niet"),
            tag("p", tag("strong", "In het tweede: "), one.there or "staat dit niet"),
            class_="kaart",
        )
        for one in found
    ]
    said = "De tekst is gelijk; alleen de opmaak of het bestand verschilt." if not found else ""
    more = f"Dit zijn de eerste {most} verschillen." if len(found) == most else ""
    return join(
        tag("p", tag("a", "Alle documenten", href="/documenten"), class_="terug"),
        tag("h1", "Wat er verschilt"),
        tag("ol", names, class_="lijst"),
        tag("p", said or more) if said or more else None,
        tag("ul", items, class_="kaarten") if items else None,
    )
