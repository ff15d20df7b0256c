"""What reading a document of some kind gives, and what the readers of kinds share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.documents.paragraphs import Paragraph
from rag.documents.plain import plain_sections
from rag.documents.questions import Section
from rag.documents.senders import is_sender
from rag.types import BlockKind, Person

_SHORTEST_TITLE, _LONGEST_TITLE = 6, 160
_LONGEST_LABEL = 90
KIND_ALONE = re.compile(
    r"(?:motie|amendement|brief|raadsbrief|memo|besluitenlijst|notulen|verslag|agenda|rapport|"
    r"raadsvoorstel|persbericht|nota|notitie|aan|van)\W*$",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?:motie|amendement|nr\.?|nummer|agendapunt|RIS)\W*[A-Z]?\d[\w./-]*\W*$", re.IGNORECASE)


@dataclass(slots=True)
class Reading:
    """The sections of a document in order, and what it says of itself. Empty where it says nothing."""

    kind: str
    sections: list[Section]
    title: str = ""
    date: str | None = None
    askers: tuple[Person, ...] = ()  # who brought it in
    answered_by: tuple[Person, ...] = ()  # who wrote it
    speakers: tuple[Person, ...] = ()
    references: tuple[str, ...] = ()
    own_references: tuple[str, ...] = ()
    outcome: str | None = None
    head: list[str] = field(default_factory=list)  # the texts that tell about the document


def section(kind: BlockKind, paragraphs: Sequence[Paragraph], name: str = "") -> list[Section]:
    """Paragraphs as one section; none when there are none. Rows of tables and headings stay what they are."""
    found: list[Section] = []
    for part in plain_sections(paragraphs):
        own = part.kind if part.kind in ("row", "heads") else kind
        if found and found[-1].kind == own == kind:
            found[-1].paragraphs += part.paragraphs
        else:
            found.append(Section(own, part.paragraphs, name=name))
    return found


def running(paragraphs: Sequence[Paragraph], name: str = "") -> list[Section]:
    """Paragraphs as the running text of a named part: its headings, tables and paragraphs."""
    parts = plain_sections(paragraphs)
    for part in parts:
        if part.kind == "title":
            part.kind = "heading" if part.paragraphs[0].first.heading else "paragraph"
        part.name = name
    return parts


def shown_title(head: Sequence[Paragraph]) -> str:
    """The line of the head that can only be the title: a heading that is no bare "Motie", else a line like one."""
    fitting = [p for p in head if _SHORTEST_TITLE <= len(p.text) <= _LONGEST_TITLE and "\n" not in p.text]
    named = [p for p in fitting if not KIND_ALONE.match(p.text) and not _NUMBERS.fullmatch(p.text)]
    named = [p for p in named if not is_sender(p.text)]
    heading = next((p.text for p in named if p.first.heading), "")
    return heading or next((p.text for p in named if p.text[0].isupper() and p.text[-1] not in ".,:;"), "")


def label_of(*parts: str) -> str:
    """A short name of a part: its pieces, cut off where it gets long."""
    text = ": ".join(" ".join(part.split()) for part in parts if part.strip())
    return text if len(text) <= _LONGEST_LABEL else text[:_LONGEST_LABEL].rsplit(" ", 1)[0] + " …"
