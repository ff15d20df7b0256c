"""A document without questions → its title, headings and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.paragraphs import Paragraph
from rag.documents.questions import Section
from rag.types import BlockKind

_HEADING = re.compile(
    r"(?:hoofdstuk|artikel|paragraaf|titel|afdeling|bijlage|deel)\s+[\dIVXLA-Z]+[a-z]?\b|(?:\d{1,2}\.)+\d{0,2}\s+[A-ZÀ-Þ]|[A-ZÀ-Þ]",
    re.IGNORECASE,
)
_LONGEST_HEADING = 90
_LONGEST_ASKING = 60  # of a heading that is a question
_LONGEST_TITLE = 150
_BLOCKS: dict[str, BlockKind] = {"field": "metadata", "signature": "signature", "row": "row", "heads": "heads"}
_ROWS = frozenset({"row", "heads"})
_NO_HEADING = frozenset(".,;:!?…")


def plain_sections(paragraphs: Sequence[Paragraph]) -> list[Section]:
    """The sections in order: a first heading is the title; list items stay with the paragraph before them."""
    sections: list[Section] = []
    for n, paragraph in enumerate(paragraphs):
        following = paragraphs[n + 1] if n + 1 < len(paragraphs) else None
        kind = _BLOCKS.get(paragraph.first.role)
        if kind:
            if sections and sections[-1].kind == kind and kind not in _ROWS:
                sections[-1].paragraphs.append(paragraph)
            else:
                sections.append(Section(kind, [paragraph]))
        elif _is_heading(paragraph, following) or (n == 0 and _is_title(paragraph, following)):
            sections.append(Section("heading" if sections else "title", [paragraph]))
        elif sections and sections[-1].kind == "paragraph" and paragraph.item:
            sections[-1].paragraphs.append(paragraph)
        else:
            sections.append(Section("paragraph", [paragraph]))
    return sections


def _is_title(paragraph: Paragraph, following: Paragraph | None) -> bool:
    """Whether the first paragraph can be the title: short and no sentence, with text after it."""
    text = paragraph.text
    return following is not None and len(text) <= _LONGEST_TITLE and text[-1] not in _NO_HEADING and not paragraph.item


def _is_heading(paragraph: Paragraph, following: Paragraph | None) -> bool:
    first = paragraph.lines[0]
    if first.heading or first.role != "text":
        return first.role == "heading" or first.heading > 0
    if len(paragraph.lines) > 1 or following is None or len(first.text) > _LONGEST_HEADING:
        return False
    asks = first.text[-1] == "?" and len(first.text) <= _LONGEST_ASKING
    if (first.text[-1] in _NO_HEADING and not asks) or first.bullet or not _HEADING.match(first.text):
        return False
    if ": " in first.text:
        return False
    return len(following.lines) > 1 or len(following.lines[0].text) > len(first.text) or following.first.heading > 0
