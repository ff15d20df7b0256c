"""Everything that was seen → HTML: the documents with their copies, what was not read and why, and what is missing.

Pure functions. A long list comes in pages; what is said of the whole stands on each of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag import inventory
from rag.differences import Difference
from rag.store.overview import Overview, Seen, folded
from rag.web import wording
from rag.web.html import Html, join, tag, url
from rag.web.parts import document_url, icon, people

PER_PAGE = 100  # documents
GAPS = 12  # named, the longest first


class Folding:
    """Documents with their copies below them, worked out once for each overview: seconds for 100,000 documents."""

    def __init__(self) -> None:
        self._known: tuple[Overview | None, list[tuple[Seen, list[Seen]]]] = (None, [])

    def __call__(self, overview: Overview) -> list[tuple[Seen, list[Seen]]]:
        """The same as ``folded``."""
        known, groups = self._known
        if known is not overview:
            groups = folded(overview.seen)
            self._known = (overview, groups)
        return groups


def document_list(
    overview: Overview, indexed_on: str | None = None, page: int = 1, folding: Folding | None = None
) -> Html:
    """What is in the index, newest first; what could not be read; how fresh it is."""
    around = (_unread(overview.failures), _skipped(overview.skipped))
    if not overview.seen:
        return join(tag("p", "Er staan nog geen documenten in Raadwijzer."), *around)
    groups = (folding or Folding())(overview)
    pages = -(-len(groups) // PER_PAGE)
    page = min(max(page, 1), pages)
    shown = groups[(page - 1) * PER_PAGE : page * PER_PAGE]
    fresh = f"De lijst is bijgewerkt op {wording.date(indexed_on)}." if indexed_on else ""
    return join(
        tag("p", _said(overview), class_="inleiding"),
        tag("p", fresh, class_="klein") if fresh else None,
        _gaps(overview.gaps),
        *around,
        tag("ul", [_card(lead, others) for lead, others in shown], class_="kaarten"),
        _pages(page, pages),
    )


def _said(overview: Overview) -> str:
    asked = sum(one.info.questions for one in overview.seen)
    copies = sum(one.copy_of is not None for one in overview.seen)
    period = ""
    if overview.earliest and overview.latest:
        period = (
            f" Het oudste is van {wording.date(overview.earliest)}, het nieuwste van {wording.date(overview.latest)}."
        )
    twice = f" Daarvan zijn er {copies} een exacte kopie van een ander." if copies else ""
    return (
        f"Raadwijzer zoekt in {wording.count(len(overview.seen), 'document', 'documenten')} met samen "
        f"{wording.count(asked, 'vraag', 'vragen')}.{twice}{period} Wat hier niet bij staat, kan Raadwijzer niet weten."
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
    items = [tag("li", tag("strong", path), f": {reason}") for path, reason in failures]
    return tag("div", tag("p", icon("let-op"), tag("strong", title)), tag("ul", items), class_="melding")


def _skipped(skipped: Sequence[tuple[str, str]]) -> Html | None:
    if not skipped:
        return None
    title = f"{wording.count(len(skipped), 'bestand is', 'bestanden zijn')} overgeslagen"
    items = [tag("li", tag("strong", path or "(naam niet bewaard)"), f": {reason}") for path, reason in skipped]
    return tag("details", tag("summary", title), tag("ul", items), class_="inhoud")


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
        link = tag("a", f"wat er verschilt met {other.info.path}", href=compare) if other.alike else None
        there = tag("a", other.info.path, href=document_url(other.info.path))
        when = f" · {wording.day_of(other.info)} · {said}"
        items.append(tag("li", there, when, join(" · ", link) if link else None, remarks(inventory.notes(other))))
    return tag("div", tag("p", "Dezelfde inhoud staat ook in:", class_="kopje"), tag("ul", items), class_="ook-in")


def remarks(said: Sequence[str]) -> Html | None:
    """What reading the document brought to light, such as a question without an answer."""
    if not said:
        return None
    items = [tag("li", one[:1].upper() + one[1:] + ("" if one.endswith(".") else ".")) for one in said]
    return tag("div", tag("p", icon("let-op"), "Let op", class_="kopje"), tag("ul", items), class_="opmerkingen")


def _pages(page: int, pages: int) -> Html | None:
    """The way to the other pages of a long list."""
    if pages < 2:
        return None
    before = tag("a", "Vorige", href=url("/documenten", pagina=page - 1), rel="prev") if page > 1 else None
    after = tag("a", "Volgende", href=url("/documenten", pagina=page + 1), rel="next") if page < pages else None
    return tag("nav", tag("p", before, f" Pagina {page} van {pages} ", after), aria_label="Pagina's van de lijst")


def differences_page(here: Seen, there: Seen, found: Sequence[Difference], most: int) -> Html:
    """How two documents differ, place by place."""
    names = [tag("li", tag("a", one.info.title, href=document_url(one.info.path)), f" ({one.info.path})")
             for one in (here, there)]  # fmt: skip
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
