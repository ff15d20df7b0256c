"""Source text → lines: where each stands in the source, what stands before it, and how the page is set.

A line's text is made of slices of the source, so that whatever is left out of it later (markup, a reference to a
footnote) every character still knows its place. Knows nothing of questions or documents.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.documents.source import Role

# A zero-length slice stands for one space that is put in.
Slice = tuple[int, int]

_ODD_RUN = re.compile(r"\s{2,}|[^\S ]|[\x00-\x08\x0e-\x1b\x7f\u00ad\u200b\u2060\ufeff]+")
_BULLET = re.compile(r"(?:[•·▪◦‣○●■□➢➤✓*+–—-]|o(?=\s{1,8}\S))\s+(?=\S)")
_LIST_ITEM = re.compile(r"(?:\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_ENDED = re.compile(r"[.!?:;…][»”’\"')\]]*$")
# A look at the first or last character of a line spares most of the searches.
_BULLETS = frozenset("•·▪◦‣○●■□➢➤✓*+–—-o")
_ENDS, _CLOSERS = frozenset(".!?:;…"), frozenset("»”’\"')]")

# Formulas of motions: they begin a paragraph though the line before them ends with a comma.
FORMULA = re.compile(
    r"(?:constaterende|overwegende|gelezen|gehoord|van mening|van oordeel|vaststellende|verzoekt|verzoeken|roept|"
    r"draagt|spreekt uit|besluit|en gaat over|gaat over tot)\b",
    re.IGNORECASE,
)
_WIDE = 30  # characters; a shorter line that breaks off is a label or a heading


class Line(NamedTuple):
    """A line without the white space around it. ``text`` is what its slices give.

    There are many of them: a named tuple is made in a third of the time of a data class.
    """

    text: str
    slices: tuple[Slice, ...]
    gap: int = 0  # blank lines before it
    indent: int = 0
    page_start: bool = False
    after_cut: bool = False  # something that is no running text (a footnote, a page end) stood before it
    loose: bool = False  # in a stretch with a blank line between all lines: one blank line then says nothing
    italic: bool = False
    heading: int = 0  # level, from 1
    whole: bool = False  # the format says that a paragraph ends with it
    role: Role = "text"
    notes: tuple[Slice, ...] = ()  # places in ``text`` that are set as superscript
    quoted: bool = False  # set as a quotation at the margin

    @property
    def start(self) -> int:
        """Where the line begins in the source."""
        return self.slices[0][0]

    @property
    def ended(self) -> bool:
        """Whether the line ends as a sentence can."""
        last = self.text[-1:]
        return last in _ENDS or (last in _CLOSERS and bool(_ENDED.search(self.text, max(len(self.text) - 12, 0))))

    @property
    def bullet(self) -> int:
        """The length of the bullet at its start with the space after it, 0 when there is none."""
        found = _BULLET.match(self.text) if self.text[:1] in _BULLETS else None
        return found.end() if found else 0

    @property
    def item(self) -> bool:
        """Whether it begins as an item of a list: a bullet, "1.", "a)"."""
        text = self.text
        marked = text[:1] == "(" or text[:1].isdigit() or text[1:2] in (".", ")")
        return bool((marked and _LIST_ITEM.match(text)) or self.bullet)

    def part(self, start: int, end: int) -> Line:
        """The piece ``text[start:end]`` as a line, without white space around it."""
        while start < end and self.text[start] == " ":
            start += 1
        while end > start and self.text[end - 1] == " ":
            end -= 1
        notes = tuple((a - start, b - start) for a, b in self.notes if a >= start and b <= end)
        return self._replace(text=self.text[start:end], slices=_cut(self.slices, start, end), notes=notes)

    def trimmed(self) -> Line:
        """The line without white space at its ends."""
        return self.part(0, len(self.text))

    def part_slices(self, start: int, end: int) -> tuple[Slice, ...]:
        """The slices of ``text[start:end]``."""
        return _cut(self.slices, start, end)

    def without(self, start: int, end: int) -> Line:
        """The line without ``text[start:end]``."""
        kept = _cut(self.slices, 0, start) + _cut(self.slices, end, len(self.text))
        length = end - start
        notes = tuple((a, b) if b <= start else (a - length, b - length) for a, b in self.notes if not start <= a < end)
        return self._replace(text=self.text[:start] + self.text[end:], slices=kept, notes=notes)

    def place(self, position: int) -> int:
        """Where ``text[position]`` stands in the source."""
        for start, end in self.slices:
            length = max(end - start, 1)
            if position < length:
                return start + position
            position -= length
        return self.slices[-1][1]


def _cut(slices: tuple[Slice, ...], start: int, end: int) -> tuple[Slice, ...]:
    """The slices that make up the characters ``[start, end)`` of the text that ``slices`` make up."""
    if len(slices) == 1 and slices[0][1] > slices[0][0]:
        first = slices[0][0]
        return ((first + start, first + end),) if end > start else ()
    kept, position = [], 0
    for a, b in slices:
        length = max(b - a, 1)
        low, high = max(start - position, 0), min(end - position, length)
        if low < high:
            kept.append((a, b) if b == a else (a + low, a + high))
        position += length
    return tuple(kept)


def split_lines(text: str, *, wrapped: bool = True) -> list[Line]:
    """The lines of a source that are not blank. ``wrapped``: they may end where the page does, and not the paragraph.

    A form feed begins a page, as does a lone leading space in a text whose lines have none (what is left of a form
    feed in many a conversion).
    """
    lines: list[Line] = []
    position = gap = 0
    page = False
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if stripped and (line := _line(raw, stripped, position, gap, page=page, whole=not wrapped)):
            lines.append(line)
            gap, page = 0, False
        else:
            gap += 1
        page = page or raw.endswith("\f")
        position += len(raw)
    return _mark_loose(_mark_pages(lines)) if wrapped else lines


def _line(  # noqa: PLR0913 - there are many lines, and each is looked at once
    raw: str, stripped: str, position: int, gap: int, *, page: bool, whole: bool
) -> Line | None:
    """The line that ``raw`` is; None when nothing in it shows. ``stripped``: without the white space around it."""
    indent = 0 if raw[0] == stripped[0] else len(raw) - len(raw.lstrip())
    start = position + indent
    if stripped.isprintable() and "  " not in stripped:
        return Line(stripped, ((start, start + len(stripped)),), gap, indent, page, whole=whole)
    slices = _regular(stripped, start)
    text = "".join(stripped[a - start : b - start] if b > a else " " for a, b in slices)
    if not text.strip():
        return None
    return Line(text, slices, gap, indent, page, whole=whole).trimmed()


def _regular(stripped: str, start: int) -> tuple[Slice, ...]:
    """Slices with every run of white space as one space and without invisible characters."""
    slices: list[Slice] = []
    position = 0
    for odd in _ODD_RUN.finditer(stripped):
        a, b = odd.span()
        first = stripped[a]
        if first == " ":  # of several spaces the first
            slices.append((start + position, start + a + 1))
        else:
            if a > position:
                slices.append((start + position, start + a))
            if first.isspace() and slices:
                slices.append((start + a, start + a))
        position = b
    if position < len(stripped):
        slices.append((start + position, start + len(stripped)))
    return tuple(slices)


def _mark_pages(lines: list[Line]) -> list[Line]:
    single = sum(1 for line in lines if line.indent == 1)
    if not single or any(line.page_start for line in lines) or single > max(2, len(lines) // 12):
        return lines
    if sum(1 for line in lines if line.indent > 1) > len(lines) // 3:
        return lines
    return [line._replace(page_start=True) if line.indent == 1 and i else line for i, line in enumerate(lines)]


def _mark_loose(lines: list[Line]) -> list[Line]:
    """Mark the lines that stand in double-spaced text.

    That is a run of lines one blank line apart, where a good part of the lines that break off goes on in the next one.
    """
    marked = list(lines)
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and lines[end].gap == 1:
            continue
        run = range(start + 1, end)
        breaking = [i for i in run if not lines[i - 1].ended and len(lines[i - 1].text) >= _WIDE]
        going_on = sum(1 for i in breaking if lines[i].text[0].islower() and not FORMULA.match(lines[i].text))
        if going_on and going_on >= 0.3 * len(breaking):
            for i in run:
                marked[i] = lines[i]._replace(loose=True)
        start = end
    return marked
