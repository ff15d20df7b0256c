"""A document → HTML: its page with its text in parts, and the source beside an answer.

Pure functions. Every character of a document's text is shown, in its order, so a marked span is where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Block, Document, DocumentInfo, Span
from rag.web import wording
from rag.web.document_list import remarks
from rag.web.excerpts import exchange_at, question_text
from rag.web.html import Html, join, tag, url, web_address
from rag.web.parts import above, document_url, icon

LABELS = {
    "introduction": "Inleiding",
    "question": "Vraag",
    "answer": "Antwoord",
    "notice": "Mededeling",
    "footnote": "Voetnoot",
    "furniture": "Briefhoofd of paginarand",
    "signature": "Ondertekening",
    "metadata": "Gegevens",
}
QUIET = frozenset({"furniture", "label", "signature"})


def document_page(info: DocumentInfo, document: Document, span: Span | None) -> Html:
    """The page of one document: what it is, a way to its questions, and its text."""
    return join(
        tag("p", tag("a", "Alle documenten", href="/documenten"), class_="terug"),
        tag("h1", info.title),
        _facts(info),
        remarks(info.remarks),
        _contents(document),
        tag("div", text_html(document, span, heading=2), class_="document"),
    )


def _facts(info: DocumentInfo) -> Html:
    addresses = [(one, web_address(one)) for one in info.sources]
    rows: list[tuple[str, Html]] = [
        ("Soort", join(info.kind)),
        ("Datum", join(wording.date(info.date))),
        ("Gevraagd op", join(wording.date(info.date_asked)) if info.date_asked else Html("")),
        ("Gevraagd door", join(wording.listed([wording.person(who) for who in info.askers]))),
        ("Beantwoord door", join(wording.listed([wording.person(who) for who in info.answered_by]))),
        ("Verwijst naar", join(", ".join(info.references))),
        (
            "Herkomst",
            join(
                [
                    tag("span", tag("a", one, href=safe, rel="noopener noreferrer") if safe else one, " ")
                    for one, safe in addresses
                ]
            ),
        ),
        ("Bestand", join(info.path)),
    ]
    return tag("dl", [join(tag("dt", name), tag("dd", said)) for name, said in rows if said], class_="feiten")


def _contents(document: Document) -> Html | None:
    if not document.exchanges:
        return None
    links = [
        tag(
            "li",
            tag("a", f"Vraag {wording.listed(list(one.numbers))}", href=f"#{_anchor(one.numbers)}"),
            tag("span", f" {_short(question_text(document, one))}"),
        )
        for one in document.exchanges
    ]
    return tag(
        "details",
        tag("summary", f"Inhoud: {wording.count(len(links), 'vraag', 'vragen')}"),
        tag("ol", links),
        class_="inhoud",
    )


def _short(text: str, length: int = 90) -> str:
    return text if len(text) <= length else text[: text.rfind(" ", 0, length)] + " …"


def _anchor(numbers: Sequence[str]) -> str:
    return "vraag-" + "-".join(numbers)


def text_html(document: Document, span: Span | None, heading: int) -> Html:
    """The whole text, block by block, with ``span`` marked. ``heading`` is the level of its headings."""
    blocks = sorted(document.blocks, key=lambda block: block.start) or [Block("paragraph", 0, len(document.text))]
    seen: set[tuple[str, ...]] = set()
    return join([_block(document, block, span, heading, seen) for block in blocks])


def _block(document: Document, block: Block, span: Span | None, heading: int, seen: set[tuple[str, ...]]) -> Html:
    words = _marked(document.text, block.start, block.end, span)
    if block.kind in {"title", "heading"}:
        return tag("p", words, class_="tussenkop")
    anchor = None
    if block.kind == "question" and block.numbers not in seen:
        seen.add(block.numbers)
        anchor = _anchor(block.numbers)
    label = _label(block)
    if block.kind == "label":
        return tag("div", words, class_="blok label verborgen")  # the heading that follows says the same
    return tag(
        "div",
        tag(f"h{heading}", label, class_="etiket") if anchor else tag("p", label, class_="etiket") if label else None,
        tag("p", words, class_="woorden"),
        id=anchor,
        class_=f"blok {block.kind}{' stil' if block.kind in QUIET else ''}",
    )


def _label(block: Block) -> str:
    if block.kind == "question":
        return f"Vraag {wording.listed(list(block.numbers))}" if block.numbers else "Vraag"
    if block.kind == "answer":
        numbers = wording.listed(list(block.numbers))
        return f"Antwoord op vraag {numbers}" if numbers else "Antwoord"
    return LABELS.get(block.kind, "")


def _marked(text: str, start: int, end: int, span: Span | None) -> Html:
    if span is None or span.end <= start or end <= span.start:
        return join(text[start:end])
    first, last = max(start, span.start), min(end, span.end)
    whole = first == span.start
    return join(
        text[start:first],
        tag("mark", text[first:last], id="zin" if whole else None, tabindex=-1 if whole else None),
        text[last:end],
    )


def source_html(info: DocumentInfo, document: Document, span: Span) -> Html:
    """The source beside an answer: the question above, the whole document, and the sentence marked in it."""
    question = question_text(document, exchange_at(document, span.start))
    return join(
        tag("p", wording.day_of(info), " · ", info.kind, class_="herkomst"),
        tag("h2", info.title, id="bron-titel", tabindex=-1),
        above(question),
        tag(
            "p",
            tag("a", "Open het hele document", href=document_url(info.path, span.start, span.end), class_="los"),
            " ",
            tag(
                "button",
                icon("link"),
                "Kopieer link naar deze zin",
                type="button",
                class_="los",
                data_doe="kopieer-link",
                data_adres=document_url(info.path, span.start, span.end),
            ),
            class_="acties",
        ),
        tag("div", text_html(document, span, heading=3), class_="document"),
    )


def source_url(path: str, start: int, end: int) -> str:
    """Where the fragment of ``source_html`` is served."""
    return url("/bron", pad=path, start=start, eind=end)
