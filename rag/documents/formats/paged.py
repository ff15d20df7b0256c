"""Lines of pages → ``Source``: running heads, footnotes and page ends told apart. Knows no PDF and no OCR.

What the text alone cannot say is said here: which lines stand at the same place on page after page, and which are set
small at the foot of a page.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from rag.documents.formats.running_on import RunningOn, Shape
from rag.documents.labels import label
from rag.documents.pages import SCALE, WordBox, pack
from rag.documents.source import Reading, Role, Setting, Source, SourcePage

_MARGIN = 0.14  # share of the height of a page in which a running head is looked for, above and below
_SAME_PLACE = 24  # in 1 / SCALE of the page
_LONGEST_HEAD = 120  # characters
_LARGE = 1.12  # times the usual height: a heading
_LONGEST_HEADING = 100  # characters
_SMALL = 0.93  # share of the usual height of lines from which a line can be of a footnote
_DIGITS = re.compile(r"\d+")
_APART = 2  # blank lines after which no footnote goes on
_MARKER = re.compile(r"\[?(\d{1,3})[)\]]?(?=\s)")
_FIGURE = re.compile(r"\d{1,3}|[*†‡]{1,3}")


@dataclass(slots=True)
class ReadLine:
    """A line as a format read it. ``boxes`` are (start in the text, length, x0, y0, x1, y1), in 1 / SCALE."""

    text: str
    boxes: list[tuple[int, int, int, int, int, int]]
    height: float = 0.0  # of its font, in any unit; 0 when not known
    gap: int = 0  # blank lines before it
    indent: int = 0  # characters
    column: bool = False  # running text goes on here from the foot of another column
    raised: list[tuple[int, int]] = field(default_factory=list)
    aside: bool = False  # set sideways in the margin
    bold: bool = False
    italic: bool = False
    role: Role | None = None  # "row" or "heads" in a table
    shape: Shape | None = None  # of that table

    @property
    def top(self) -> int:
        """The top of its boxes."""
        return min((box[3] for box in self.boxes), default=0)

    @property
    def bottom(self) -> int:
        """The bottom of its boxes."""
        return max((box[5] for box in self.boxes), default=0)


@dataclass(slots=True)
class ReadPage:
    """A page as a format read it."""

    number: int
    lines: list[ReadLine]
    reading: Reading = "tekst"
    confidence: float | None = None


def source_of(pages: Sequence[ReadPage], fingerprint: str, remarks: Sequence[str] = ()) -> Source:
    """The text of the pages with what is known of its lines."""
    heads = _running_heads(pages)
    usual = _usual_height(pages)
    notes = _footnotes(pages, heads, usual)
    tables = RunningOn(pages, heads | notes.keys())
    writer = _Writer(heads | tables.again, notes, _headings(pages, heads | notes.keys(), usual), tables.roles)
    for page in pages:
        writer.page(page)
    return Source(
        text="".join(writer.parts),
        fingerprint=fingerprint,
        markdown=False,
        pages=tuple(writer.pages),
        boxes=pack(writer.boxes),
        raised=tuple(writer.raised),
        furniture=tuple(writer.furniture),
        remarks=tuple(remarks),
        settings=tuple(writer.settings),
    )


Place = tuple[int, int]  # page number, index of the line


class _Writer:
    """Grows the text and what points into it."""

    def __init__(
        self, heads: frozenset[Place], notes: dict[Place, int], headings: dict[Place, int], roles: dict[Place, Role]
    ) -> None:
        self._heads, self._notes, self._headings, self._roles = heads, notes, headings, roles
        self.parts: list[str] = []
        self.pages: list[SourcePage] = []
        self.boxes: list[WordBox] = []
        self.raised: list[tuple[int, int]] = []
        self.furniture: list[tuple[int, int]] = []
        self.settings: list[Setting] = []
        self._length = 0

    def page(self, page: ReadPage) -> None:
        """Append a page."""
        if self.pages:
            self._write("\f")
        self.pages.append(SourcePage(page.number, self._length, page.reading, page.confidence))
        for i, line in enumerate(page.lines):
            if i:
                self._write("\f" if line.column else "\n" + "\n" * line.gap)
            self._line(line, (page.number, i))

    def _line(self, line: ReadLine, place: Place) -> None:
        self._write(" " * line.indent)
        start = self._length
        self._write(line.text)
        if line.aside or place in self._heads:
            self.furniture.append((start, self._length))
        self.boxes += [WordBox(start + at, length, place[0], *box) for at, length, *box in line.boxes]
        raised = [(a, b) for a, b in line.raised if _FIGURE.fullmatch(line.text[a:b])]
        note, level = self._notes.get(place), self._headings.get(place, 0)
        if note is not None:
            self.settings.append(Setting(start, "note"))
            raised = [(0, note), *((a, b) for a, b in raised if a >= note)] if note else raised
        elif line.role:
            self.settings.append(Setting(start, self._roles.get(place, line.role)))
        elif level or line.italic:
            self.settings.append(Setting(start, "heading" if level else "text", level, italic=line.italic))
        self.raised += [(start + a, start + b) for a, b in raised]

    def _write(self, text: str) -> None:
        if text:
            self.parts.append(text)
            self._length += len(text)


def _running_heads(pages: Sequence[ReadPage]) -> frozenset[Place]:
    """Lines in the margins that stand at the same height on several pages, figures aside, from the edge inward."""
    found: set[Place] = set()
    for above in (True, False):
        groups: dict[str, list[tuple[int, Place, str]]] = {}
        for page in pages:
            for i in _margin(page, above=above):
                line = page.lines[i]
                shape = _DIGITS.sub("#", line.text)
                groups.setdefault(shape, []).append((line.top, (page.number, i), line.text))
        again = {place for group in groups.values() for place in _returning(group, len(pages))}
        for page in pages:
            for i in _margin(page, above=above):
                if (page.number, i) not in again:
                    break
                found.add((page.number, i))
    return frozenset(found)


def _margin(page: ReadPage, *, above: bool) -> list[int]:
    """The lines in the upper or lower margin, those at the edge of the page first."""
    limit = round(_MARGIN * SCALE)
    beyond = {i for i, line in enumerate(page.lines) if (line.bottom >= limit if above else line.top <= SCALE - limit)}
    large = {id(page.lines[i].shape) for i in beyond if page.lines[i].shape}  # tables that are not all in the margin
    inside = [
        i
        for i, line in enumerate(page.lines)
        if line.boxes and len(line.text) <= _LONGEST_HEAD and i not in beyond and id(line.shape) not in large
    ]
    return sorted(inside, key=lambda i: page.lines[i].top if above else -page.lines[i].bottom)


def _returning(group: list[tuple[int, Place, str]], pages: int) -> Iterator[Place]:
    """Those of lines alike that stand where others of them do."""
    fewest = 2 if pages < 5 else 3
    tops = sorted(top for top, _, _ in group)
    for top, place, text in group:
        around = bisect_right(tops, top + _SAME_PLACE) - bisect_left(tops, top - _SAME_PLACE)
        if around < fewest:
            continue
        if text.isdigit():
            steps = Counter(int(other) - number for _, (number, _), other in group)
            if steps[int(text) - place[0]] < fewest:
                continue
        elif label(text):
            continue
        yield place


def _footnotes(pages: Sequence[ReadPage], heads: frozenset[Place], usual: float) -> dict[Place, int]:
    """The lines of footnotes, with the length of the marker at their start (0: the line goes on).

    A footnote is set smaller than the text, at the foot of a page or column, and begins with a figure that is set as
    superscript, there or in the text above it.
    """
    found: dict[Place, int] = {}
    for page in pages:
        marks = _references(page, usual)
        for foot in _feet(page, heads, usual):
            open_note = False
            for i in foot:
                marker = _marker_of(page.lines[i], marks)
                open_note = open_note and page.lines[i].gap < _APART
                if marker or open_note:
                    found[page.number, i] = marker
                    open_note = True
    return found


def _headings(pages: Sequence[ReadPage], others: Set[Place], usual: float) -> dict[Place, int]:
    """The lines that are set as headings, with their level: alone in a larger or bold font, and no sentence."""
    sizes = sorted({round(line.height) for page in pages for line in page.lines if line.height > _LARGE * usual})
    found: dict[Place, int] = {}
    for page in pages:
        for i, line in enumerate(page.lines):
            large = line.height > _LARGE * usual > 0
            if line.role or not (large or line.bold) or (page.number, i) in others or not _stands_alone(page.lines, i):
                continue
            if len(line.text) <= _LONGEST_HEADING and line.text[-1] not in ".,;:?!" and not label(line.text):
                found[page.number, i] = (
                    1 + len([s for s in sizes if s > round(line.height)]) if large else 1 + len(sizes)
                )
    return found


def _stands_alone(lines: Sequence[ReadLine], i: int) -> bool:
    """Whether a line has white above it, and a line that is set otherwise or white below it."""
    look = _look(lines[i])
    above = i == 0 or lines[i].gap > 0 or _look(lines[i - 1]) != look
    below = i + 1 == len(lines) or lines[i + 1].gap > 0 or _look(lines[i + 1]) != look
    return above and below


def _look(line: ReadLine) -> tuple[bool, int]:
    return line.bold, round(line.height)


def _usual_height(pages: Sequence[ReadPage]) -> float:
    """The height of the font of most text."""
    heights: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            heights[round(line.height, 1)] += len(line.text)
    return max(heights, key=lambda height: (heights[height], height), default=0.0)


def _references(page: ReadPage, usual: float) -> frozenset[str]:
    """What is set as superscript in the text of a page, at the start of no line."""
    return frozenset(
        line.text[a:b] for line in page.lines if line.height >= _SMALL * usual for a, b in line.raised if a
    )


def _feet(page: ReadPage, heads: frozenset[Place], usual: float) -> Iterator[list[int]]:
    """The small lines that end each column of a page, without running heads, from top to bottom."""
    foot: list[int] = []
    for i, line in enumerate(page.lines):
        if (page.number, i) in heads or line.aside:
            continue
        if line.column and foot:
            yield foot
            foot = []
        foot = [*foot, i] if 0 < line.height < _SMALL * usual else []
    if foot:
        yield foot


def _marker_of(line: ReadLine, marks: frozenset[str]) -> int:
    if line.raised and line.raised[0][0] == 0 and _FIGURE.fullmatch(line.text[: line.raised[0][1]]):
        return line.raised[0][1] if line.text[: line.raised[0][1]] in marks else 0
    found = _MARKER.match(line.text)
    return found.end() if found and found[1] in marks else 0


def named(numbers: Sequence[int]) -> str:
    """Page numbers in words: "pagina 3", "pagina's 2, 5 t/m 8 en 11"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    pieces = [
        piece for run in runs for piece in ([str(n) for n in run] if len(run) < 3 else [f"{run[0]} t/m {run[-1]}"])
    ]
    if len(numbers) == 1:
        return f"pagina {pieces[0]}"
    return "pagina's " + (f"{', '.join(pieces[:-1])} en {pieces[-1]}" if len(pieces) > 1 else pieces[0])
