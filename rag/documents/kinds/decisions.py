"""Decision lists: numbered points, each with what was decided.

Told by their title, or by several points that each have a line "Besluit". A point runs up to the next; numbered lines
inside a decision are no points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.documents.dates import first_date
from rag.documents.kinds.reading import Reading, label_of, running, section, shown_title
from rag.documents.paragraphs import Paragraph
from rag.documents.questions import Section

_POINT = re.compile(
    r"(?:(?:agenda)?punt\s+)?(?P<number>[A-Z]?\d{1,3}(?:\.\d{1,2}){0,2}[a-z]?)[.):]?(?:\s*\|)?\s+(?P<title>\S.{2,})$",
    re.IGNORECASE | re.DOTALL,
)
_DECIDES = re.compile(
    r"\W{0,3}(?:(?:advies)?besluit(?:en)?|beslissing|conclusie|uitkomst|aldus besloten|besloten)\b"
    r"(?=\s*(?::|$|\||wordt\b|om\b|te\b))"
    r"|(?:het college|de raad|burgemeester en wethouders|de commissie|het presidium|b\s?&\s?w)\s+(?:besluit|stelt vast|"
    r"stemt in|neemt kennis)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\bbesluitenlijst\b|\blijst van (?:genomen )?besluiten\b|\bbesluitenoverzicht\b", re.IGNORECASE)
_INFINITIVE = re.compile(r"(?:om\s+)?(?:de|het|een|in|niet|daarmee|hiermee)?\s*.{0,80}?\bte\s+\w+en\b|in te stemmen\b")
_FIRST = 10  # paragraphs in which it says what it is
_LONGEST_TITLE = 220
_CLOSING = re.compile(
    r"(?:aldus (?:vast)?gesteld|de voorzitter,|de (?:gemeente)?secretaris|de griffier,)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Point:
    place: int
    number: str
    title: str
    sure: bool  # a heading


def read(paragraphs: Sequence[Paragraph]) -> Reading | None:
    """The points of a decision list; None when it is something else."""
    said = any(_TITLE.search(p.text) for p in paragraphs[:_FIRST] if len(p.text) < 200)
    decided = [n for n, p in enumerate(paragraphs) if _DECIDES.match(p.text)]
    if not said and len(decided) < 3:
        return None
    points = _points(paragraphs, decided)
    if len(points) < 2 or (not said and len(decided) < 0.6 * len(points)):
        return None
    head = paragraphs[: points[0].place]
    end = next((n for n in range(points[-1].place + 1, len(paragraphs)) if _CLOSING.match(paragraphs[n].text)), None)
    end = len(paragraphs) if end is None else end
    sections = section("metadata", head)
    for point, after in zip(points, [*(p.place for p in points[1:]), end], strict=True):
        sections += _point(paragraphs[point.place : after], label_of(f"Punt {point.number}", point.title))
    sections += section("signature", paragraphs[end:])
    top = "\n".join(p.text for p in head)
    return Reading(
        kind="besluitenlijst",
        sections=sections,
        title=shown_title(head),
        date=first_date(top),
        head=[p.text for p in head],
    )


def _points(paragraphs: Sequence[Paragraph], decided: Sequence[int]) -> list[_Point]:
    """The numbered paragraphs that are points: rising, and not inside a decision."""
    candidates = []
    for place, paragraph in enumerate(paragraphs):
        found = _POINT.match(paragraph.text)
        if found and len(found["title"]) <= _LONGEST_TITLE and paragraph.first.role != "heads":
            sure = bool(paragraph.first.heading)
            candidates.append(_Point(place, found["number"], found["title"].split(" | ")[0], sure))
    headed = [point for point in candidates if point.sure]
    if len(headed) > 1:
        return headed
    points: list[_Point] = []
    for n, point in enumerate(candidates):
        if points and not _follows(points[-1].number, point.number):
            continue
        following = candidates[n + 1].place if n + 1 < len(candidates) else len(paragraphs)
        inside = points and any(points[-1].place < d < point.place for d in decided) and _is_decision(point.title)
        if not inside or any(point.place < d <= following for d in decided):
            points.append(point)
    return points


def _follows(before: str, number: str) -> bool:
    """Whether a number can come after another: it rises, by no more than a few."""
    low, high = _key(before), _key(number)
    return low < high and high[0] - low[0] <= 3


def _key(number: str) -> tuple[int, ...]:
    digits = tuple(int(part) for part in re.findall(r"\d+", number))
    letter = ord(number[-1].lower()) if number[-1].isalpha() else 0
    return (*digits, letter)


def _is_decision(title: str) -> bool:
    return title[0].islower() or title.rstrip().endswith((";", ".")) or bool(_INFINITIVE.match(title))


def _point(paragraphs: Sequence[Paragraph], name: str) -> list[Section]:
    """A point: its title, what is said of it, and what was decided."""
    first = next((n for n, p in enumerate(paragraphs) if n and _DECIDES.match(p.text)), len(paragraphs))
    title, said, decided = paragraphs[:1], paragraphs[1:first], paragraphs[first:]
    if title[0].first.role == "row" or len(title[0].text) > _LONGEST_TITLE:
        head = section("paragraph", title, name)
    else:
        head = [Section("heading", list(title), name=name)]
    return head + running(said, name) + section("decision", decided, name)
