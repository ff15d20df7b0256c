"""The paragraphs before the first question → title, metadata, introduction."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.paragraphs import Paragraph
from rag.documents.questions import Section
from rag.types import BlockKind

_FORMULA = re.compile(
    r"beantwoord\w*\b.{0,80}\bals volgt|\bvragen\b.{0,80}\bgericht|"
    r"\b(?:ingezonden|ontvangen)\s+\d|^zie ook\b|^geachte\b|"
    r"^(?:schriftelijke )?vragen van\b|^antwoord (?:van|op)\b|^(?:hierbij|bij dezen?) (?:zend|stuur|bied|beantwoord)|"
    r"^in antwoord op\b|artikel \d+ van het reglement",
    re.IGNORECASE | re.DOTALL,
)
_SHORTEST_INTRODUCTION = 8  # words


def head_sections(head: Sequence[Paragraph], title: str, first_numbers: tuple[str, ...]) -> list[Section]:
    """Cut the head. ``title`` is as ``metadata.find_title`` found it, ``first_numbers`` are the first question's."""
    begin = _introduction_start(head)
    sections: list[Section] = []
    titled = False
    for n, paragraph in enumerate(head):
        kind: BlockKind = "metadata" if n < begin else "introduction"
        if not titled and kind == "metadata" and title and title in paragraph.text:
            kind, titled = "title", True
        numbers = first_numbers if kind == "introduction" else ()
        if sections and sections[-1].kind == kind:
            sections[-1].paragraphs.append(paragraph)
        else:
            sections.append(Section(kind, [paragraph], numbers))
    return sections


def _introduction_start(head: Sequence[Paragraph]) -> int:
    """The first of the paragraphs at the end of the head that are prose and no formula."""
    begin = len(head)
    while begin and _is_prose(head[begin - 1]) and not _FORMULA.search(head[begin - 1].text):
        begin -= 1
    return begin


def _is_prose(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return len(text.split()) >= _SHORTEST_INTRODUCTION and text.rstrip("»”’\"')")[-1:] in (".", "!", "?", ":")
