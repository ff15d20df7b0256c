"""Lines → paragraphs. Decides where a paragraph ends and makes words whole that were broken over lines.

The signs, in order: bullets and headings begin anew; a line that plainly breaks off goes on in the next; white space
ends a paragraph; and a line that ends a sentence although the next word would have fitted on it ends a paragraph too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.documents.builder import TextBuilder
from rag.documents.hyphens import Hyphenation, goes_on_as_url
from rag.documents.lines import FORMULA, Line
from rag.sentences import is_abbreviation

_WIDEST = 200  # characters; longer lines are not wrapped
_RUNNING = frozenset({"text", "item", "note"})  # roles of lines that may go on in the next
# After it a letter is signed, a name a line.
_SALUTE = re.compile(r"(?:hoogachtend|met (?:vriendelijke|hartelijke) groet\w*|met hoogachting),?$", re.IGNORECASE)
_KEYED = re.compile(r"[A-Z][\w-]*(?: [\w-]+){0,3}: \S.{0,90}$")  # "Ons kenmerk: Z-12": a line each
# Fields that begin a line, also with a small letter.
_FIELDED = re.compile(
    r"(?:\w*datum|gesteld|ingediend|ontvangen|beantwoord|behandeld|onderwerp|kenmerk|zaaknummer)\b[\w ]{0,20}: \S",
    re.IGNORECASE,
)
# What a head says of a document in lines that begin with a small letter: "ontvangen op 3 maart 2022".
_SAID = re.compile(
    r"(?:gesteld|ingediend|ingezonden|ingekomen|ontvangen|(?:be)?antwoord|verzonden|vastgesteld|over:|inzake:)"
    r"(?:\s\w+){0,2}?\s(?:door|op|d\.d\.|van|in de vergadering van)\s.{0,90}$|(?:over|inzake|betreft): \S"
)
_FULL = 0.9  # share of the width from which a line counts as full, its last word being of unknown length


class Paragraph(NamedTuple):
    """Lines that form one paragraph, list item or heading. ``joints[i]`` is the white space before ``lines[i]``."""

    lines: tuple[Line, ...]
    joints: tuple[str, ...]

    @property
    def text(self) -> str:
        """The paragraph as it will stand in the clean text."""
        if len(self.lines) == 1 and not self.joints[0]:
            return self.lines[0].text
        return "".join(joint + line.text for joint, line in zip(self.joints, self.lines, strict=True))

    @property
    def first(self) -> Line:
        """Its first line."""
        return self.lines[0]

    @property
    def item(self) -> bool:
        """Whether it is an item of a list."""
        return self.lines[0].item or self.lines[0].role in ("item", "row")

    @property
    def italic(self) -> bool:
        """Whether all of it is set in italics."""
        return all(line.italic for line in self.lines)

    def cut(self, position: int) -> tuple[Paragraph, Paragraph]:
        """The paragraph in two, before and from ``text[position]``."""
        start = 0
        n = 0
        while start + len(self.joints[n]) + len(self.lines[n].text) <= position:
            start += len(self.joints[n]) + len(self.lines[n].text)
            n += 1
        line, inside = self.lines[n], position - start - len(self.joints[n])
        before = (*self.lines[:n], line.part(0, inside)) if inside > 0 else self.lines[:n]
        after = (line.part(max(inside, 0), len(line.text)), *self.lines[n + 1 :])
        return Paragraph(before, self.joints[: len(before)]), Paragraph(after, ("", *self.joints[n + 1 :]))

    def write(self, builder: TextBuilder) -> tuple[int, int]:
        """Append it; returns where it stands in the clean text."""
        start, end = builder.add(self.lines[0].slices)
        if len(self.lines) == 1:
            return start, end
        for joint, line in zip(self.joints[1:], self.lines[1:], strict=True):
            builder.space(joint)
            _, end = builder.add(line.slices)
        return start, end


class Typesetting:
    """How a document's lines are set: their width when they are wrapped (0: each line is a paragraph), its words."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._hyphenation = Hyphenation([line.text for line in lines])
        self.width = _width(lines)
        self._loose = any(line.loose for line in lines)

    def paragraphs(self, lines: Sequence[Line]) -> list[Paragraph]:
        """Cut lines that follow one another into paragraphs."""
        found: list[Paragraph] = []
        start = 0
        for end in range(1, len(lines) + 1):
            if end == len(lines) or self.breaks(lines[end - 1], lines[end]):
                found.append(self._paragraph(lines[start:end]))
                start = end
        return found

    def _paragraph(self, lines: Sequence[Line]) -> Paragraph:
        if len(lines) == 1:
            return Paragraph((lines[0],), ("",))
        whole, joints = [lines[0]], [""]
        for line in lines[1:]:
            drop, white = self._hyphenation.joint(whole[-1].text, line.text)
            if drop:
                whole[-1] = whole[-1].part(0, len(whole[-1].text) - 1)
            whole.append(line)
            joints.append(white)
        return Paragraph(tuple(whole), tuple(joints))

    def breaks(self, before: Line, line: Line) -> bool:
        """Whether a paragraph ends between two lines."""
        crossing = line.page_start or line.after_cut
        apart = line.gap > line.loose and not crossing
        goes_on = line.text[0].islower() or goes_on_as_url(before.text, line.text)
        if apart and not goes_on and (line.gap > 1 or not self._loose):  # the usual case, told in the least time
            return True
        running = before.role in _RUNNING and line.role in _RUNNING
        set_apart = line.heading or before.heading or before.whole or line.item or not running
        if set_apart or _begins(before.text, line.text) or (goes_on and self._says_when(before, line)):
            return True
        ended = _ended(before)
        length = len(before.text)
        if not ended and goes_on:
            return length < 0.4 * self.width and apart
        room = length + 1 + len(line.text.split(" ", 1)[0])
        if apart:
            return ended or room < (_FULL - 0.15) * self.width
        if not self.width or length > _WIDEST:
            return ended or not crossing
        return room < (_FULL if ended else _FULL - 0.15) * self.width

    def _says_when(self, before: Line, line: Line) -> bool:
        """Whether a line with a small letter says of the document by whom or when, below a line that is short."""
        room = 0.7 * self.width if self.width else _WIDEST / 2
        return len(before.text) < room and before.text[-1] != "," and bool(_SAID.match(line.text)) and not before.item


def _begins(before: str, text: str) -> bool:
    """Whether a line begins a paragraph by what it says: a formula, a field after a field, the name of who signs."""
    if before[-1] in ",;:" and (FORMULA.match(text) or _SALUTE.match(before)):
        return True
    if ": " not in text:
        return False
    return bool(_FIELDED.match(text) or (": " in before and _KEYED.match(text) and _KEYED.match(before)))


def _ended(line: Line) -> bool:
    if not line.ended:
        return False
    return not (line.text.endswith(".") and is_abbreviation(line.text[-24:-1].rsplit(" ", 1)[-1]))


def _width(lines: Sequence[Line]) -> int:
    """The usual length of lines that break off in the middle of a sentence."""
    lengths = sorted(
        len(a.text)
        for a, b in pairwise(lines)
        if b.gap <= 1
        and len(a.text) <= _WIDEST
        and b.text[0].islower()
        and not (a.ended or b.item or _begins(a.text, b.text) or _SAID.match(b.text))
    )
    if len(lengths) < 2 or lengths[len(lengths) * 3 // 4] < 25:
        return 0
    return lengths[len(lengths) * 3 // 4]
