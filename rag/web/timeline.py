"""What was asked and answered on a subject, in the order of time: a drawing, and a table with the same points. Pure.

The drawing is an image with a description; each point is a link, so it can be reached by keyboard and is read out. The
table beside it says everything the drawing says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rag.phrases import shorten
from rag.types import Filters, Hit
from rag.web import wording
from rag.web.html import Html, join, tag, url
from rag.web.parts import hit_url, icon, part_of, question_url
from rag.web.subject import about

WIDTH, HEIGHT, LEFT, RIGHT, BASE = 720, 205, 50, 670, 160  # of the drawing, in its own units
DAY_WIDE, YEAR_WIDE = 68, 48  # from the middle of one text below the line to that of the next
STEP = 34  # between dots that would cover each other
ROWS = 4  # of dots; more in one place lie on top, the table names them all
ENOUGH = 0.35  # share of the best score from which a passage is on the subject
MOST = 40
CUT = 150  # characters of a question or answer in the table


def on_subject(subject: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits that are about the subject and match well enough, oldest first; those without a date at the end."""
    exchanges = about(subject, [hit for hit in hits if hit.passage.kind == "exchange"])
    best = max((hit.score for hit in hits), default=0.0)
    kept = [hit for hit in exchanges if hit.score >= ENOUGH * best][:MOST]
    return tuple(sorted(kept, key=lambda hit: (_day(hit) or "9999", hit.document.path, hit.passage.start)))


def timeline_html(subject: str, hits: Sequence[Hit], examples: Sequence[str] = ()) -> Html:
    """The whole page: the subject, what is newest, the drawing and the table; without a subject, some to begin with."""
    return join(
        tag("h1", "Tijdlijn"),
        tag("p", "Kies een onderwerp en zie wanneer er vragen over zijn gesteld en beantwoord.", class_="inleiding"),
        _form(subject),
        _result(subject, hits) if subject else None,
        None if hits else _examples(examples),
    )


def _examples(questions: Sequence[str]) -> Html | None:
    if not questions:
        return None
    links = [tag("li", tag("a", one, href=url("/tijdlijn", onderwerp=one), class_="voorbeeld")) for one in questions]
    return tag(
        "section",
        tag("h2", "Bijvoorbeeld"),
        tag("ul", links, class_="voorbeelden"),
        class_="voorbeeldvak",
    )


def _form(subject: str) -> Html:
    return tag(
        "form",
        tag(
            "label",
            "Onderwerp of vraag",
            tag("input", type="search", name="onderwerp", value=subject, maxlength=2000, required=True),
        ),
        tag("button", "Toon tijdlijn", type="submit", class_="knop"),
        method="get",
        action="/tijdlijn",
        class_="onderwerp",
        role="search",
    )


def _result(subject: str, hits: Sequence[Hit]) -> Html:
    if not hits:
        ask = tag("a", "stel er een vraag over", href=question_url(subject, Filters()))
        return tag(
            "div",
            tag("p", icon("leeg"), tag("strong", "Hierover staan geen vragen in de documenten.")),
            tag("p", "Probeer andere woorden, of ", ask, ": dan zoekt Raadwijzer in alle teksten."),
            class_="melding",
            role="status",
        )
    return join(_newest(hits), _figure(subject, hits), _table(subject, hits))


def _newest(hits: Sequence[Hit]) -> Html | None:
    dated = [hit for hit in hits if _day(hit)]
    if not dated:
        return None
    last = dated[-1]
    return tag(
        "div",
        tag(
            "p",
            icon("klok"),
            tag("strong", "Het meest recente stuk hierover: "),
            tag("a", last.document.title, href=hit_url(last)),
            f" ({_said_day(last)}).",
        ),
        tag("p", "Oudere antwoorden kunnen zijn achterhaald.") if len({_day(hit) for hit in dated}) > 1 else None,
        class_="melding recenter",
    )


def _figure(subject: str, hits: Sequence[Hit]) -> Html | None:
    days = [_ordinal(day) for day in map(_day, hits) if day]
    if not days:
        return None
    first, last = min(days), max(days)
    said = (
        f"Tijdlijn over: {subject}. {wording.count(len(days), 'vraag', 'vragen')} tussen "
        f"{wording.date(date.fromordinal(first).isoformat())} en {wording.date(date.fromordinal(last).isoformat())}."
    )
    points, rows = _points(hits, first, last)
    top = BASE - 22 - rows * STEP
    drawing = tag(
        "svg",
        tag("title", said),
        tag("line", x1=LEFT - 20, y1=BASE, x2=RIGHT + 20, y2=BASE, class_="as"),
        _years(first, last),
        points,
        viewBox=f"0 {top} {WIDTH} {HEIGHT - top}",
        role="group",
        aria_label=said,
        class_="tijdlijn",
    )
    return tag(
        "figure",
        drawing,
        tag("figcaption", "Elke stip is een stuk; het getal telt de vragen erin die hierover gaan."),
    )


def _years(first: int, last: int) -> list[Html]:
    marks, free = [], LEFT + DAY_WIDE  # from where there is room for the number of a year
    for year in range(date.fromordinal(first).year, date.fromordinal(last).year + 2):
        start = date(year, 1, 1).toordinal()
        if first <= start <= last:
            x = _x(start, first, last)
            marks.append(tag("line", x1=x, y1=BASE - 6, x2=x, y2=BASE + 6, class_="as"))
            if free <= x <= RIGHT - DAY_WIDE:
                marks.append(tag("text", str(year), x=x, y=BASE + 32))
                free = x + YEAR_WIDE
    ends = dict.fromkeys((first, last))
    for day in ends:
        x = _x(day, first, last)
        marks.append(tag("text", wording.short_date(date.fromordinal(day).isoformat()), x=x, y=BASE + 32))
    return marks


def _points(hits: Sequence[Hit], first: int, last: int) -> tuple[list[Html], int]:
    """A dot per document with the number of its questions in it, a link to the first of them; and the rows it takes."""
    drawn: list[Html] = []
    taken: dict[int, int] = {}  # column → dots in it
    for found in _by_document(hits):
        hit, number = found[0], len(found)
        x = _x(_ordinal(_day(hit) or ""), first, last)
        row = taken[x // STEP] = taken.get(x // STEP, -1) + 1
        y = BASE - 22 - (row % ROWS) * STEP
        label = f"{_said_day(hit)}: {wording.count(number, 'vraag', 'vragen')} in {hit.document.title}"
        dot = (tag("circle", cx=x, cy=y, r=15), tag("text", str(number), x=x, y=y + 5, class_="aantal-stip"))
        drawn.append(tag("a", tag("title", label), *dot, href=hit_url(hit), aria_label=label))
    return drawn, min(ROWS, 1 + max(taken.values(), default=0))


def _by_document(hits: Sequence[Hit]) -> list[list[Hit]]:
    """The hits that have a date, together per document, oldest document first."""
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        if _day(hit):
            found.setdefault(hit.document.path, []).append(hit)
    return list(found.values())


def _x(day: int, first: int, last: int) -> int:
    if first == last:
        return (LEFT + RIGHT) // 2
    return LEFT + round((day - first) / (last - first) * (RIGHT - LEFT))


def _table(subject: str, hits: Sequence[Hit]) -> Html:
    """The points as a table. The roles are named, because on a phone its rows are shown one under another."""
    rows = [
        tag(
            "tr",
            tag("td", _said_day(hit), class_="dag", role="cell"),
            tag("td", tag("a", hit.document.title, href=hit_url(hit)), " ", _numbers(hit), role="cell"),
            tag("td", _words(hit), role="cell"),
            role="row",
        )
        for hit in hits
    ]
    names = [tag("th", name, scope="col", role="columnheader") for name in ("Datum", "Stuk", "Vraag en antwoord")]
    return tag(
        "div",
        tag(
            "table",
            tag("caption", f"Gevraagd en beantwoord over: {subject}"),
            tag("thead", tag("tr", names, role="row"), role="rowgroup"),
            tag("tbody", rows, role="rowgroup"),
            role="table",
        ),
        class_="tabelvak stapel",
        tabindex=0,
        role="region",
        aria_label="Tabel bij de tijdlijn",
    )


def _numbers(hit: Hit) -> Html:
    return tag("span", wording.questions(hit.passage.questions), class_="herkomst")


def _words(hit: Hit) -> Html:
    """The question and the beginning of its answer; the beginning of the passage when its parts lie elsewhere."""
    asked, answered = part_of(hit, "question"), part_of(hit, "answer")
    if not asked:
        return join(shorten(hit.passage.text, CUT))
    return join(tag("p", shorten(asked, CUT)), tag("p", shorten(answered, CUT), class_="klein") if answered else None)


def _day(hit: Hit) -> str | None:
    return hit.document.date or hit.document.date_asked


def _said_day(hit: Hit) -> str:
    if hit.document.date is None and hit.document.date_asked:
        return f"{wording.date(hit.document.date_asked)} (gevraagd)"
    return wording.date(hit.document.date)


def _ordinal(day: str) -> int:
    parts = [int(part) for part in day.split("-")]
    return date(*(*parts, 1, 1)[:3]).toordinal()
