"""Everything else: reports and proposals by their headings, and documents that are nothing in particular."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.kinds.reading import KIND_ALONE, Reading
from rag.documents.paragraphs import Paragraph
from rag.documents.plain import plain_sections
from rag.documents.questions import Section

_NAMED = re.compile(
    r"\b(?P<kind>raadsvoorstel|initiatiefvoorstel|collegevoorstel|voorstel aan de (?:gemeente)?raad|rapport(?:age)?|"
    r"onderzoeksrapport|jaarverslag|jaarrapportage|monitor|beleidsplan|beleidsnota|nota|notitie|evaluatie|visie|"
    r"uitvoeringsprogramma|persbericht|verordening|beleidsregels?)\b",
    re.IGNORECASE,
)
_REPORTS = re.compile(r"rapport|verslag|monitor|evaluatie|nota|notitie|visie|plan$|programma", re.IGNORECASE)
_LABEL = re.compile(r"(?:onderwerp|betreft|titel|datum|aan|van)\W*", re.IGNORECASE)
_FIRST = 5  # sections in which it says what it is
_FEWEST_HEADINGS = 3


def read(paragraphs: Sequence[Paragraph]) -> Reading:
    """A document by its headings."""
    sections = plain_sections(paragraphs)
    headings = sum(section.kind == "heading" for section in sections)
    kind = "document"
    for section in sections[:_FIRST]:
        text = section.paragraphs[0].text
        found = _NAMED.search(text) if len(text) < 160 else None
        if found:
            name = found["kind"].lower()
            report = bool(_REPORTS.search(name))
            if report and headings < _FEWEST_HEADINGS:
                continue
            kind = "rapport" if report else "raadsvoorstel" if "voorstel" in name else _singular(name)
            break
    top = [section.paragraphs[0].text for section in sections[:6]]
    return Reading(kind=kind, sections=sections, title=_title(sections), head=top)


def _title(sections: Sequence[Section]) -> str:
    """The heading below a title that only says what kind of document it is."""
    if len(sections) < 2 or not KIND_ALONE.match(sections[0].paragraphs[0].text) or sections[1].kind != "heading":
        return ""
    below = sections[1].paragraphs[0].text
    return "" if _LABEL.fullmatch(below) else below


def _singular(name: str) -> str:
    return "beleidsregels" if name.startswith("beleidsregel") else name
