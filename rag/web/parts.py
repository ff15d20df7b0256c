"""Pieces of HTML that several surfaces share: source lines, addresses of sentences, quotes in their context.

Pure functions; everything a document or a person wrote is escaped by ``html``.
"""

from __future__ import annotations

from urllib.parse import urlencode

from rag.phrases import shorten
from rag.types import Citation, DocumentInfo, Filters, Hit, Location
from rag.web import wording
from rag.web.excerpts import digest
from rag.web.filters import to_query
from rag.web.html import Html, tag, url


def icon(name: str) -> Html:
    """A small drawing from the page's own sheet; says nothing to a screen reader."""
    return tag(
        "svg", tag("use", href=f"/eigen/icons.svg#{name}"), class_="icoon", aria_hidden="true", focusable="false"
    )


def document_url(path: str, start: int | None = None, end: int | None = None, words: str = "") -> str:
    """The page of a document, at a sentence when one is given, with a digest of its ``words`` to know it by."""
    check = digest(words) if words else None
    return url("/document", "zin" if start is not None else "", pad=path, start=start, eind=end, toets=check)


def question_url(question: str, filters: Filters) -> str:
    """The address that asks the same question with the same filters."""
    return "/?" + urlencode([("vraag", question), *to_query(filters)])


def hit_provenance(hit: Hit) -> Html:
    """The date, the part, the page, the kind and the collection of what a hit was found in."""
    page = hit.passage.pages[0][1] if hit.passage.pages else None
    said = [
        wording.day_of(hit.document),
        wording.part(hit.passage.questions, hit.passage.label),
        f"bladzijde {page}" if page else "",
        hit.document.kind,
        hit.document.collection,
    ]
    return tag("span", " · ".join(part for part in said if part), class_="herkomst")


def citation_provenance(one: Citation) -> Html:
    """For example "30 augustus 2022 · vraag 4 · bladzijde 2"."""
    return tag("span", " · ".join(wording.place(one)), class_="herkomst")


def location_provenance(where: Location) -> Html:
    """For example "30 augustus 2022 · vraag 4"; nothing of a date that is not known."""
    said = [wording.date(where.date) if where.date else "", wording.questions(where.questions)]
    return tag("span", " · ".join(part for part in said if part), class_="herkomst")


def also_in(locations: tuple[Location, ...]) -> Html | None:
    """For example "Staat ook in …", with a link to each place."""
    if not locations:
        return None
    links = [
        tag("li", tag("a", where.title, href=document_url(where.document)), " ", location_provenance(where))
        for where in locations
    ]
    return tag("div", tag("p", "Staat ook in:", class_="kopje"), tag("ul", links), class_="ook-in")


def above(question: str) -> Html | None:
    """The question that stands above a passage."""
    return tag("p", tag("span", "Vraag: ", class_="etiket"), question, class_="bovenvraag") if question else None


def citation_url(citation: Citation) -> str:
    """The document at the quoted sentence."""
    return document_url(citation.document, citation.start, citation.end, citation.quote)


def people(info: DocumentInfo) -> Html | None:
    """Who asked and who answered, in a sentence."""
    asked = wording.listed([wording.person(who) for who in info.askers])
    answered = wording.listed([wording.person(who) for who in info.answered_by])
    first, second = ("Gevraagd door", "Beantwoord door") if info.questions else ("Ingediend door", "Van:")
    said = [f"{first} {asked}." if asked else "", f"{second} {answered}." if answered else ""]
    return tag("p", " ".join(part for part in said if part), class_="mensen") if any(said) else None


def hit_card(hit: Hit, length: int = 420) -> Html:
    """A passage that was found, cut at a word, with its question and its place."""
    asked, answered = part_of(hit, "question"), part_of(hit, "answer")
    words = answered if asked and answered else hit.passage.text
    return tag(
        "li",
        tag(
            "p",
            tag("a", hit.document.title, **opens_hit(hit)),
            class_="kop",
        ),
        tag("p", hit_provenance(hit)),
        above(shorten(asked, length)) if words == answered else None,
        tag("p", shorten(words, length), class_="passage"),
        also_in(hit.also_in),
        class_="kaart",
    )


def part_of(hit: Hit, kind: str) -> str:
    """The words of the parts of one kind in a passage ("question", "answer"); empty when they stand elsewhere."""
    start = hit.passage.start
    parts = [part for part in hit.passage.parts if part.kind == kind and start <= part.start < hit.passage.end]
    return " ".join(hit.passage.text[part.start - start : part.end - start] for part in parts)


def opens(address: str) -> dict[str, str]:
    """The attributes of a link that opens the source beside the answer, and works without a script too."""
    return {"href": address, "data_doe": "bron"}


def opens_hit(hit: Hit) -> dict[str, str]:
    """The same, for the passage of a hit."""
    return opens(hit_url(hit))


def hit_url(hit: Hit) -> str:
    """The document at the passage that was found."""
    return document_url(hit.document.path, hit.passage.start, hit.passage.end, hit.passage.text)
