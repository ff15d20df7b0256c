"""A document → HTML: its page, with its text in parts.

Pure functions. Every character of a document's text is shown, in its order, so a marked span is where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.phrases import shorten
from rag.types import Block, Document, DocumentInfo, Link, Span
from rag.web import wording
from rag.web.document_list import remarks
from rag.web.excerpts import exchange_at, question_text
from rag.web.html import Html, join, tag, web_address
from rag.web.parts import document_url

LABELS = {
    "introduction": "Inleiding",
    "question": "Vraag",
    "answer": "Antwoord",
    "notice": "Mededeling",
    "footnote": "Voetnoot",
    "furniture": "Briefhoofd of paginarand",
    "signature": "Ondertekening",
    "metadata": "Gegevens",
    "consideration": "Overwegingen",
    "request": "Verzoek",
    "vote": "Stemming",
    "decision": "Besluit",
    "heads": "Tabel",
}
RELATIONS = {
    "antwoord": "Het antwoord op deze vragen",
    "vraag": "De vragen bij dit antwoord",
    "zelfde stuk": "Hetzelfde stuk",
    "verwijst naar": "Hier wordt naar verwezen",
    "genoemd in": "Verwijst naar dit stuk",
}
MOVED = (
    "De zin die u zoekt, staat niet meer op deze plek: het document is veranderd nadat deze link werd gemaakt. Daarom "
    "is er niets gemarkeerd. Zoek de zin in de tekst, of stel uw vraag opnieuw."
)
QUIET = frozenset({"furniture", "label", "signature"})


def document_page(
    info: DocumentInfo, document: Document, span: Span | None, links: Sequence[Link] = (), moved: bool = False
) -> Html:
    """The page of one document: what it is, what it belongs with, a way to its questions, and its text.

    ``moved``: the sentence that was asked for stands there no more.
    """
    return join(
        tag("p", tag("a", "Alle documenten", href="/documenten"), class_="terug"),
        tag("h1", info.title),
        tag("p", MOVED, class_="melding") if moved else None,
        _facts(info),
        remarks(info.remarks),
        _links(links),
        _contents(document),
        tag("div", text_html(document, span, heading=2), class_="document"),
    )


def _facts(info: DocumentInfo) -> Html:
    addresses = [(one, web_address(one)) for one in info.sources]
    asked = bool(info.questions)
    people = [wording.listed([wording.person(who) for who in some])
              for some in (info.askers, info.answered_by, info.speakers)]  # fmt: skip
    rows: list[tuple[str, Html]] = [
        ("Soort", join(info.kind)),
        ("Datum", join(wording.date(info.date)) if info.date or not info.date_asked else Html("")),
        ("Gevraagd op", join(wording.date(info.date_asked)) if info.date_asked else Html("")),
        ("Gevraagd door" if asked else "Ingediend door", join(people[0])),
        ("Beantwoord door" if asked else "Afzender", join(people[1])),
        ("Sprekers", join(people[2])),
        ("Uitslag", join(info.outcome or "")),
        ("Collectie", join(info.collection)),
        ("Bladzijden", join(str(info.pages.total) if info.pages else "")),
        ("Eigen nummer", join(", ".join(info.own_references))),
        ("Verwijst naar", join(", ".join(one for one in info.references if one not in info.own_references))),
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


def _links(links: Sequence[Link]) -> Html | None:
    """The documents that this one belongs with, by how they do."""
    if not links:
        return None
    groups: dict[str, list[Html]] = {}
    for link in links:
        when = tag("span", f" · {wording.date(link.date)}", class_="herkomst") if link.date else None
        there = tag("li", tag("a", link.title, href=document_url(link.document)), when)
        groups.setdefault(RELATIONS[link.relation], []).append(there)
    return tag(
        "section",
        [join(tag("h2", name, class_="kopje"), tag("ul", items, class_="lijst")) for name, items in groups.items()],
        class_="verbonden",
        aria_label="Stukken die hierbij horen",
    )


def _contents(document: Document) -> Html | None:
    if not document.exchanges:
        return None
    links = [
        tag(
            "li",
            tag("a", f"Vraag {wording.listed(list(one.numbers))}", href=f"#{_anchor(one.numbers)}"),
            tag("span", f" {shorten(question_text(document, one), 90)}"),
        )
        for one in document.exchanges
    ]
    return tag(
        "details",
        tag("summary", f"Inhoud: {wording.count(len(links), 'vraag', 'vragen')}"),
        tag("ol", links),
        class_="inhoud",
    )


def _anchor(numbers: Sequence[str]) -> str:
    return "vraag-" + "-".join(numbers)


def text_html(document: Document, span: Span | None, heading: int) -> Html:
    """The whole text, block by block, with ``span`` marked. ``heading`` is the level of its headings."""
    blocks = sorted(document.blocks, key=lambda block: block.start) or [Block("paragraph", 0, len(document.text))]
    shown = _Shown(document, span, heading)
    return join([shown.block(block) for block in blocks])


class _Shown:
    """Blocks one after another: what was said before need not be said again."""

    def __init__(self, document: Document, span: Span | None, heading: int) -> None:
        self._text = document.text
        self._span = span
        self._heading = f"h{heading}"
        self._asked: set[tuple[str, ...]] = set()  # questions that have their heading
        self._part = ""  # the part of the document, and the kind of the block, before this one
        self._kind = ""
        self._begun = False  # whether something was marked
        asked = exchange_at(document, span.start) if span else None
        self._question = asked.questions if asked else ()

    def block(self, block: Block) -> Html:
        if block.kind == "label":  # the heading that follows says the same
            return tag("div", self._text[block.start : block.end], class_="blok label verborgen")
        words = self._marked(block)
        part, before = self._new_part(block), self._kind
        self._kind = block.kind
        if block.kind in {"title", "heading"}:
            return join(part, tag("p", words, class_="tussenkop"))
        anchor = None
        if block.kind == "question" and block.numbers not in self._asked:
            self._asked.add(block.numbers)
            anchor = _anchor(block.numbers)
        label = "" if part or (before == block.kind and not block.numbers) else _label(block)
        name = tag(self._heading, label, class_="etiket") if anchor else tag("p", label, class_="etiket")
        above = any(span.start <= block.start < span.end for span in self._question)
        return tag(
            "div",
            part,
            name if label else None,
            tag("p", words, class_="woorden"),
            id=anchor,
            class_=f"blok {block.kind}{' stil' if block.kind in QUIET else ''}{' gevraagd' if above else ''}",
        )

    def _marked(self, block: Block) -> Html:
        """The words of a block, what is in the span marked; where the marks begin can be gone to."""
        start, end, span = block.start, block.end, self._span
        if span is None or span.end <= start or end <= span.start:
            return join(self._text[start:end])
        first, last = max(start, span.start), min(end, span.end)
        begins, self._begun = not self._begun, True
        return join(
            self._text[start:first],
            tag("mark", self._text[first:last], id="zin" if begins else None, tabindex=-1 if begins else None),
            self._text[last:end],
        )

    def _new_part(self, block: Block) -> Html | None:
        """The name of the part of the document, where one begins and does not say its name itself."""
        if block.label == self._part or block.kind in QUIET:
            return None
        self._part = block.label
        said = " ".join(self._text[block.start : block.end].split()).lower()
        if not block.label or said.startswith(block.label.lower()):
            return None
        return tag(self._heading, block.label, class_="etiket")


def _label(block: Block) -> str:
    if block.kind == "question":
        return f"Vraag {wording.listed(list(block.numbers))}" if block.numbers else "Vraag"
    if block.kind == "answer":
        numbers = wording.listed(list(block.numbers))
        return f"Antwoord op vraag {numbers}" if numbers else "Antwoord"
    return LABELS.get(block.kind, "")
