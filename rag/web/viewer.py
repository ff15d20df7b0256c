"""The source beside an answer → HTML: the page itself with the sentence marked on it, or the text as it was read. Pure.

A file with pages has both, and a switch between them; the page's image is drawn elsewhere (``originals``) and named
here by its address. The sentence stands beside the image as text, for who cannot see it and for who wants to copy it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.documents.pages import boxes, page_at
from rag.types import Document, DocumentInfo, Page, Span
from rag.web import wording
from rag.web.documents import MOVED, text_html
from rag.web.excerpts import digest, exchange_at, question_text, slice_of
from rag.web.html import Html, join, tag, url
from rag.web.originals import WIDTHS
from rag.web.parts import above, document_url, icon
from rag.web.shell import named

BESIDE, ABOVE = 0.003, 0.0005  # of the page, around a marked line; more above would cover the line before
WAITING = "De bladzijde wordt getekend …"
NOT_DRAWN = "De bladzijde kon niet worden getekend."
NOTHING = Span(0, 0)  # to mark
Area = tuple[float, float, float, float]  # x0, y0, x1, y1 as shares of the page


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page to show. ``marks`` are what to mark on it, ``marked`` the numbers of all pages with marks."""

    page: Page
    total: int
    marks: tuple[Area, ...]
    marked: tuple[int, ...]


def leaf_of(document: Document, span: Span, number: int = 0) -> Leaf | None:
    """Page ``number``, or the one where ``span`` begins when there is no such page; None without pages."""
    if not document.pages:
        return None
    found = boxes(document, span.start, span.end) if span.end > span.start else []
    marked = tuple(dict.fromkeys(page for page, *_ in found))
    begin = marked[0] if marked else page_at(document, span.start)
    pages = {page.number: page for page in document.pages}
    page = pages.get(number) or pages.get(begin or 0) or document.pages[0]
    areas = tuple((x0, y0, x1, y1) for on, x0, y0, x1, y1 in found if on == page.number)
    return Leaf(page, len(document.pages), areas, marked)


def source_html(
    info: DocumentInfo, document: Document, span: Span | None, leaf: Leaf | None = None, problem: str = ""
) -> Html:
    """The source: the question above, and ``leaf`` or, without one, the text with the sentence marked in it.

    ``problem`` is why the page cannot be shown; no ``span``: the sentence that was asked for stands there no more.
    """
    moved, span = span is None, span or NOTHING
    paged = bool(document.pages) and not problem
    return join(
        tag("p", " · ".join(filter(None, _facts(info, document, span))), class_="herkomst"),
        tag("h2", info.title, id="bron-titel", tabindex=-1),
        tag("p", MOVED, class_="melding") if moved else None,
        above(question_text(document, exchange_at(document, span.start))),
        _actions(info, document, span, _switch(info, document, span, leaf) if paged else None),
        tag("p", f"{problem} Hieronder staat de tekst zoals die is gelezen.", class_="melding") if problem else None,
        _page(info, document, span, leaf)
        if leaf
        else tag("div", text_html(document, span, heading=3), class_="document"),
    )


def _facts(info: DocumentInfo, document: Document, span: Span) -> list[str]:
    page = page_at(document, span.start)
    return [wording.day_of(info), info.kind, f"bladzijde {page}" if page else ""]


def _actions(info: DocumentInfo, document: Document, span: Span, switch: Html | None) -> Html:
    words = document.text[span.start : span.end]
    address = document_url(info.path, span.start, span.end, words) if words else document_url(info.path)
    return tag(
        "div",
        switch,
        tag("a", "Open het hele document", href=address, class_="los"),
        tag(
            "button",
            icon("link"),
            "Kopieer link naar deze zin",
            type="button",
            class_="los",
            data_doe="kopieer-link",
            data_adres=address,
        )
        if words
        else None,
        class_="acties",
    )


def _switch(info: DocumentInfo, document: Document, span: Span, leaf: Leaf | None) -> Html:
    """The choice between the page and the text."""
    choices = (("Bladzijde", "blad", leaf is not None), ("Tekst", "tekst", leaf is None))
    buttons = [_shows(name, source_url(document, span, how), f"als-{how}", pressed=on) for name, how, on in choices]
    return tag("span", buttons, class_="keuzeknoppen", role="group", aria_label="Weergave van de bron")


def _shows(name: str, address: str | None, key: str, *, pressed: bool | None = None, whole: bool = False) -> Html:
    """A button that shows the source in another way; ``key`` finds it back after that. Disabled without an address.

    On a phone a name is shortened to its first word, unless it is to be ``whole``.
    """
    return tag(
        "button",
        name if whole else named(name),
        type="button",
        class_="los",
        data_doe="toon",
        data_adres=address,
        data_naam=key,
        disabled=address is None,
        aria_pressed=None if pressed is None else str(pressed).lower(),
    )


def _page(info: DocumentInfo, document: Document, span: Span, leaf: Leaf) -> Html:
    number = leaf.page.number
    words = slice_of(document, span)
    return tag(
        "section",
        tag("blockquote", tag("p", tag("mark", words)), class_="passage") if words else None,
        _turning(document, span, leaf),
        tag("p", _reading(leaf.page), class_="klein") if leaf.page.reading != "tekst" else None,
        tag(
            "div",
            tag("div", tag("p", WAITING, class_="wacht"), _image(info, leaf), _frames(leaf.marks), class_="blad"),
            class_="bladvak",
            tabindex=0,
            role="region",
            aria_label=f"Beeld van bladzijde {number}",
        ),
        class_="bladzijdebeeld",
        aria_label=f"Bladzijde {number} van {leaf.total}",
    )


def _turning(document: Document, span: Span, leaf: Leaf) -> Html:
    """The way to the pages before and after, back to the sentence, and a larger image."""
    number = leaf.page.number

    def at(page: int) -> str | None:
        return source_url(document, span, "blad", page) if 1 <= page <= leaf.total else None

    elsewhere = [page for page in leaf.marked if page != number]
    label = "De zin gaat door op bladzijde" if number in leaf.marked else "Naar de zin op bladzijde"
    return tag(
        "div",
        _shows("Vorige bladzijde", at(number - 1), "blad-vorige"),
        tag("span", tag("span", "Bladzijde ", class_="ruim"), f"{number} van {leaf.total}", class_="etiket"),
        _shows("Volgende bladzijde", at(number + 1), "blad-volgende"),
        tag("button", "Vergroot", type="button", class_="los", data_doe="vergroot", data_naam="vergroot",
            aria_pressed="false"),
        _shows(f"{label} {elsewhere[0]}", at(elsewhere[0]), "blad-zin", whole=True) if elsewhere else None,
        class_="acties",
    )  # fmt: skip


def _reading(page: Page) -> str:
    if page.reading == "geen":
        return "De tekst op deze bladzijde kon niet worden gelezen. Raadwijzer kan er niet in zoeken."
    sure = f" De zekerheid is {round(100 * page.confidence)}%." if page.confidence is not None else ""
    return f"Deze bladzijde is een beeld en is gelezen met tekstherkenning.{sure} Controleer de tekst in het beeld."


def _image(info: DocumentInfo, leaf: Leaf) -> Html:
    number = leaf.page.number
    marked = " De zin is omlijnd; de tekst ervan staat hierboven." if leaf.marks else ""
    addresses = [(image_url(info.path, number, width), width) for width in WIDTHS]
    return tag(
        "img",
        src=addresses[0][0],
        srcset=", ".join(f"{address} {width}w" for address, width in addresses),
        sizes="(max-width: 60rem) 100vw, 40rem",
        alt=f"Bladzijde {number} van {leaf.total} van: {info.title}.{marked}",
        class_="bladbeeld",
    )


def _frames(marks: Sequence[Area]) -> list[Html]:
    """The marks, laid over the image as shares of its size."""
    return [
        tag("span", class_="kader", id="zin" if first == 0 else None, style=_placed(area), aria_hidden="true")
        for first, area in enumerate(marks)
    ]


def _placed(area: Area) -> str:
    x0, y0, x1, y1 = area
    left, top = max(x0 - BESIDE, 0.0), max(y0 - ABOVE, 0.0)
    wide, high = min(x1 + BESIDE, 1.0) - left, min(y1 + ABOVE, 1.0) - top
    return f"left:{left:.2%};top:{top:.2%};width:{wide:.2%};height:{high:.2%}"


def source_url(document: Document, span: Span, how: str = "", page: int | None = None) -> str:
    """Where the fragment of ``source_html`` is served."""
    words = document.text[span.start : span.end]
    check = digest(words) if words else None
    return url("/bron", pad=document.path, start=span.start, eind=span.end, als=how or None, blad=page, toets=check)


def image_url(path: str, page: int, width: int) -> str:
    """Where the image of a page is served."""
    return url("/bladzijde", pad=path, nr=page, breed=width)
