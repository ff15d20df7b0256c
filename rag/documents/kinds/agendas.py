"""Agendas: when and where, and the points to be dealt with.

Told by calling itself one in its first lines, and numbered points without much text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.dates import first_date
from rag.documents.kinds.reading import Reading, label_of, running, section, shown_title
from rag.documents.paragraphs import Paragraph

_TITLE = re.compile(r"\b(?:\w*agenda|oproep(?:ing)? vergadering)\b", re.IGNORECASE)
_POINT = re.compile(
    r"(?:agendapunt\s+)?(?P<number>\d{1,2}(?:\.\d{1,2}|[a-z])?)(?:[.):]|\s*\|)?\s+(?P<title>\S.{2,})$",
    re.IGNORECASE | re.DOTALL,
)
_TIME = re.compile(r"\d{1,2}[.:]\d\d\b(?:\s*uur)?")
_FIRST = 6  # paragraphs in which it says what it is
_LONGEST = 80  # words of a paragraph, on average


def read(paragraphs: Sequence[Paragraph]) -> Reading | None:
    """The points of an agenda; None when it is something else."""
    if not any(_TITLE.search(p.text) for p in paragraphs[:_FIRST] if len(p.text) < 120):
        return None
    points = _points(paragraphs)
    words = sum(len(p.text.split()) for p in paragraphs)
    if len(points) < 3 or words > _LONGEST * len(paragraphs):
        return None
    head = paragraphs[: points[0][0]]
    sections = section("metadata", head)
    for (place, number, title), after in zip(points, [*(p[0] for p in points[1:]), len(paragraphs)], strict=True):
        sections += running(paragraphs[place:after], label_of(f"Agendapunt {number}", title))
    top = "\n".join(p.text for p in head)
    return Reading(
        kind="agenda",
        sections=sections,
        title=shown_title(head),
        date=first_date(top),
        head=[p.text for p in head],
    )


def _points(paragraphs: Sequence[Paragraph]) -> list[tuple[int, str, str]]:
    found: list[tuple[int, str, str]] = []
    last = (0, 0)
    for place, paragraph in enumerate(paragraphs):
        match = _POINT.match(paragraph.text)
        if not match or _TIME.match(paragraph.text):
            continue
        digits = [int(part) for part in re.findall(r"\d+", match["number"])]
        here = (
            digits[0],
            digits[1] if len(digits) > 1 else ord(match["number"][-1]) if match["number"][-1].isalpha() else 0,
        )
        if last < here and here[0] - last[0] <= 2:
            found.append((place, match["number"], match["title"].split(" | ")[0]))
            last = here
    return found
