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
    r"^in antwoord op\b|artikel \d+ van het reglement|"
    r"^(?:datum|gesteld|ingediend|ingekomen|ingezonden|ontvangen|verzonden|vragen d\.d\.)\b.{0,40}\b\d{4}\b",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r"(?:schriftelijke |de )?(?:vragen|beantwoording|antwoord)\b", re.IGNORECASE)
_SHORT = 60  # characters of a heading
_SHORTEST_INTRODUCTION = 8  # words


def head_sections(head: Sequence[Paragraph], title: str, first_numbers: tuple[str, ...]) -> list[Section]:
    """Cut the head. ``title`` is as ``titles.find_title`` found it, ``first_numbers`` are the first question's."""
    introduction = _introduction(head)
    sections: list[Section] = []
    titled = False
    for n, paragraph in enumerate(head):
        kind: BlockKind = "introduction" if n in introduction else "metadata"
        if not titled and kind == "metadata" and title and title in paragraph.text:
            kind, titled = "title", True
        numbers = first_numbers if kind == "introduction" else ()
        if sections and sections[-1].kind == kind:
            sections[-1].paragraphs.append(paragraph)
        else:
            sections.append(Section(kind, [paragraph], numbers))
    return sections


def _introduction(head: Sequence[Paragraph]) -> range:
    """Which paragraphs at the end of the head are prose and no formula, a heading after them aside."""
    begin = end = len(head)
    while end and len(head[end - 1].text) < _SHORT and _SECTION.match(head[end - 1].text):
        begin = end = end - 1
    while begin and _is_prose(head[begin - 1]) and not _FORMULA.search(head[begin - 1].text):
        begin -= 1
    return range(begin, end)


def _is_prose(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return len(text.split()) >= _SHORTEST_INTRODUCTION and text.rstrip("»”’\"')")[-1:] in (".", "!", "?", ":")
