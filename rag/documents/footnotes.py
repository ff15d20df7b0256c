"""Footnotes: take them out of the running text and find the place that refers to each.

A footnote is a line that begins with a number which the text before it refers to ("in beeld.3"), or that cuts a
sentence in two at the end of a page, or that is set as superscript. Numbered lists and questions are neither.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.documents.labels import label
from rag.documents.lines import Line

_BODY = re.compile(r"\[?(?P<marker>\d{1,3})(?P<mark>[)\]]?):?\s+(?=\S)")
_FIGURE = re.compile(r"[1-9]\d{0,2}(?=$|[\s.,;:)»”’])(?![.,]\d)")
_BRACKETED = re.compile(r"[?!.»”’:;,](?P<reference> (?P<marker>[1-9]\d{0,2})\))(?=$|[\s.,;:])")
_ORPHAN_MARKS = "?!»”’"
_ORPHAN = re.compile(rf"[{_ORPHAN_MARKS}](?P<marker>\d{{1,2}})(?=$|\s)")
_UNIT = re.compile(r"(?<![a-z])[kcdm]?m$")  # "m²" refers to nothing
_AROUND = "[]():. "  # a marker
_MOST_CANDIDATES = 50  # figures looked at for one footnote
_PUBLISHED = re.compile(r"https?://|www\.|\b(?:19|20)\d\d\b|Kamerst|nr\. |p\. |blz\. ")
_NUMBERED_WORD = re.compile(r"(?<!\w)(?:nr|art|blz|p|lid|vraag|bijlage)[.]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote. ``anchor`` is the source place of the last character before the reference to it."""

    marker: str
    label: Line
    lines: tuple[Line, ...]
    anchor: int | None


@dataclass(frozen=True, slots=True)
class _Reference:
    line: int
    start: int
    end: int
    marker: str
    strong: bool

    @property
    def place(self) -> tuple[int, int]:
        return self.line, self.start


def take_footnotes(lines: Sequence[Line]) -> tuple[list[Line], list[Note], list[str]]:
    """Part the running text from the footnotes. Returns the lines that stay, the footnotes, and remarks (Dutch)."""
    bodies, used = _find_bodies(lines)
    if not bodies:
        return _without_orphans(lines)
    notes = []
    for start, end, reference in bodies:
        marker, content = _split_marker(lines[start])
        anchor = _anchor(lines[reference.line], reference.start) if reference else None
        notes.append(Note(marker.text.strip("[]):"), marker, (content, *lines[start + 1 : end]), anchor))
    taken = {i for start, end, _ in bodies for i in range(start, end)}
    return _remaining(lines, taken, used), notes, []


def set_notes(lines: Sequence[Line]) -> tuple[list[Line], list[Note]]:
    """Part the footnotes that the format itself sets apart from the other lines.

    The n-th footnote with a marker belongs to the n-th place in the text where that marker is set as superscript; the
    marker leaves the text there.
    """
    bodies = [i for i, line in enumerate(lines) if line.role == "note"]
    if not bodies:
        return list(lines), []
    references: dict[str, list[_Reference]] = {}
    for i, line in enumerate(lines):
        for a, b in line.notes if line.role != "note" else ():
            references.setdefault(line.text[a:b].strip(_AROUND), []).append(_Reference(i, a, b, line.text[a:b], True))
    notes: list[Note] = []
    used: list[_Reference] = []
    for line in (lines[i] for i in bodies):
        if notes and not (line.notes and line.notes[0][0] == 0):
            notes[-1] = replace(notes[-1], lines=(*notes[-1].lines, line))
            continue
        marker, content = _split_marker(line)
        found = references.get(marker.text.strip(_AROUND))
        used += found[:1] if found else []
        anchor = _anchor(lines[found[0].line], found.pop(0).start) if found else None
        notes.append(Note(marker.text.strip(_AROUND), marker, (content,), anchor))
    return _remaining(lines, set(bodies), used), notes


def _anchor(line: Line, start: int) -> int | None:
    """The source place of the last character before a reference."""
    before = len(line.text[:start].rstrip())
    return line.place(before - 1) if before else None


def _remaining(lines: Sequence[Line], taken: set[int], used: list[_Reference]) -> list[Line]:
    cuts: dict[int, list[_Reference]] = {}
    for reference in used:
        cuts.setdefault(reference.line, []).append(reference)
    kept: list[Line] = []
    after_cut = False
    for i, line in enumerate(lines):
        if i in taken:
            after_cut = True
            continue
        for reference in sorted(cuts.get(i, ()), key=lambda r: -r.start):
            spaced = (
                line.text[reference.start - 1 : reference.start] == line.text[reference.end : reference.end + 1] == " "
            )
            line = line.without(reference.start - spaced, reference.end).trimmed()  # noqa: PLW2901 - the same, less a figure
        if line.text:
            kept.append(line._replace(after_cut=True) if after_cut else line)
        after_cut = False
    return kept


def _split_marker(line: Line) -> tuple[Line, Line]:
    if line.notes and line.notes[0][0] == 0:
        end = line.notes[0][1]
    else:
        found = _BODY.match(line.text)
        end = found.end() if found else 0
    return line.part(0, end), line.part(end, len(line.text))


Body = tuple[int, int, _Reference | None]  # first line, line after the last, what refers to it


def _find_bodies(lines: Sequence[Line]) -> tuple[list[Body], list[_Reference]]:
    starts = [i for i, line in enumerate(lines) if i and _marker(line)]
    if not starts:
        return [], []
    references = _references(lines)
    bodies: list[Body] = []
    used: list[_Reference] = []
    taken: set[int] = set()
    end = 0
    for i in starts:
        if i < end or not (i == end or lines[i].gap or lines[i].notes or lines[i].page_start):
            continue
        marker = _marker(lines[i])
        reference = _referring(references.get(marker, []), used[-1].place if used else (0, 0), i, taken)
        in_group = bool(bodies) and i == end and marker == _next(_marker(lines[bodies[-1][0]]))
        if reference or in_group or _is_note_without_reference(lines, i):
            end = _end_of_body(lines, i)
            bodies.append((i, end, reference))
            taken.update(range(i, end))
            if reference:
                used.append(reference)
    return bodies, used


def _marker(line: Line) -> str:
    if line.notes and line.notes[0][0] == 0 and len(line.text) > line.notes[0][1]:
        return line.text[: line.notes[0][1]]
    first = line.text[:1]
    found = _BODY.match(line.text) if first == "[" or first.isdigit() else None
    return found["marker"] if found else ""


def _next(marker: str) -> str:
    return str(int(marker) + 1) if marker.isdigit() else ""


def _references(lines: Sequence[Line]) -> dict[str, list[_Reference]]:
    """Everything that can be a reference to a footnote, in order, by its marker."""
    found: dict[str, list[_Reference]] = {}
    for i, line in enumerate(lines):
        for a, b in line.notes:
            if a and not _UNIT.search(line.text, max(a - 4, 0), a):
                found.setdefault(line.text[a:b], []).append(_Reference(i, a, b, line.text[a:b], True))
        if line.notes:
            continue
        for match in _BRACKETED.finditer(line.text):
            found.setdefault(match["marker"], []).append(_Reference(i, *match.span("reference"), match["marker"], True))
        for match in _FIGURE.finditer(line.text):
            strength = _strength(line.text, match.start(), match.end())
            if strength:
                found.setdefault(match.group(), []).append(_Reference(i, *match.span(), match.group(), strength > 1))
    return found


def _strength(text: str, start: int, end: int) -> int:
    """How much a figure looks like a reference to a footnote.

    2 after the end of a sentence or quotation ("beeld.3"), 1 after a letter or a year ("jeugd2", "2019.10 In"), 0 when
    it stands on its own or in a word or number.
    """
    before = text[start - 1 : start]
    if not before or before in " (" or _NUMBERED_WORD.search(text, max(start - 9, 0), start):
        return 0
    if before in "?!»”’)]":
        return 2
    earlier = text[max(start - 3, 0) : start - 1]
    if before in ".,;:":
        if earlier[-1:].isdigit():
            return int(end == len(text) or text[end : end + 2].strip().isupper())
        return (
            2 if earlier[-1:].islower() or earlier[-1:] in ")»”’%" or (len(earlier) == 2 and earlier.isupper()) else 0
        )
    return int(before.islower() and earlier[-1:].islower())


def _referring(candidates: list[_Reference], last: tuple[int, int], before: int, taken: set[int]) -> _Reference | None:
    """The reference that a footnote at line ``before`` answers to: after the last one, outside other footnotes."""
    first = None
    begin = bisect_right(candidates, last, key=lambda r: r.place)
    for reference in candidates[begin : begin + _MOST_CANDIDATES]:
        if reference.line >= before:
            break
        if reference.line in taken:
            continue
        if reference.strong:
            return reference
        first = first or reference
    return first


def _is_note_without_reference(lines: Sequence[Line], i: int) -> bool:
    """A footnote nothing refers to: it cuts a sentence in two at a page end, or ends the document like a source."""
    found = _BODY.match(lines[i].text)
    before, end = lines[i - 1], _end_of_body(lines, i)
    if not found or not lines[i].gap:
        return False
    if found["mark"]:
        return end == len(lines) and before.ended and not before.text.endswith(":") and _is_source(lines[i:end])
    cut = not before.ended and end < len(lines) and lines[end].text[0].islower()
    return cut and (lines[end].gap > 1 or lines[end].page_start)


def _is_source(lines: Sequence[Line]) -> bool:
    return bool(_PUBLISHED.search(" ".join(line.text for line in lines)))


def _end_of_body(lines: Sequence[Line], start: int) -> int:
    """The first line after the footnote that begins at ``start``."""
    paged = any(line.page_start for line in lines[start : start + 200])
    cut = start > 0 and not lines[start - 1].ended
    following = _next(_marker(lines[start]))
    for i in range(start + 1, len(lines)):
        before, line = lines[i - 1], lines[i]
        if line.page_start or line.heading or line.gap - line.loose > 1 or _marker(line) == following:
            return i
        if line.gap > line.loose and (before.ended or before.whole) and not paged:
            return i
        if cut and before.ended and line.text[0].islower() and line.gap:
            return i
        found = label(line.text)
        if found and found.role != "item":
            return i
    return len(lines)


def _without_orphans(lines: Sequence[Line]) -> tuple[list[Line], list[Note], list[str]]:
    """Take out the figures that refer to footnotes which the document does not hold ("plek»»?1")."""
    used: list[_Reference] = []
    text = "\n".join([line.text for line in lines])
    there = any(mark in text for mark in _ORPHAN_MARKS) and _ORPHAN.search(text)
    for i, line in enumerate(lines if there else ()):
        for match in _ORPHAN.finditer(line.text):
            if match["marker"] == str(len(used) + 1):
                used.append(_Reference(i, *match.span("marker"), match["marker"], True))
    if not used:
        return list(lines), [], []
    markers = " en ".join(r.marker for r in used) if len(used) < 3 else f"1 t/m {len(used)}"
    noun = "voetnoot" if len(used) == 1 else "voetnoten"
    remark = f"{noun} {markers} {'staat' if len(used) == 1 else 'staan'} niet in het document"
    return _remaining(lines, set(), used), [], [remark]
