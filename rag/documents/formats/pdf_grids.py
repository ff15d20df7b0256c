"""Lines that are drawn on a page and the words between them → ruled tables, with the cells that span columns and rows.

Two cells beside each other are one where no line parts them. What spans rows is said again in each of them, a head that
spans columns in each of these, so that every row can be read and cited by itself. Knows no PDF.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from rag.documents.asked_in_rows import columns_of_questions
from rag.documents.formats.merged_cells import LONGEST, MOST
from rag.documents.formats.pdf_rows import Row, Word, rows_of
from rag.documents.formats.pdf_tables import Cell, Table, are_heads, is_figure
from rag.documents.labels import label

Box = tuple[float, float, float, float]  # x0, y0, x1, y1

_NEAR = 2.5  # points: lines that lie so close are one, and lines that come so close meet
_PARTS = 0.5  # share of the side of a cell from which a line along it parts it from the next
_OPEN = 12.0  # points that lines stick out where a table has no line at its side
_MOST_LINES, _MOST_CELLS = 800, 5000  # of a page; of a table
_LONGEST_CELL = 600  # characters; a table with longer ones is there to lay out text
_FEWEST = 2  # rows of two cells
_JUMPS = 3  # times that text goes on to the right of a wide white: a page with fewer has no table
_BASE = 0.3  # of the height of a word: how far base lines of one row differ


@dataclass(slots=True)
class Ruled(Word):
    """A ruled table in the place of its words: as wide as it is, at the height of its upper line."""

    table: Table = field(default_factory=lambda: Table(0, 0))


def may_hold_table(words: Sequence[Word]) -> bool:
    """Whether text goes on to the right as it does from cell to cell, so often that it is worth looking for lines."""
    jumps = 0
    for before, after in pairwise(words):
        height = before.y1 - before.y0
        if after.x0 - before.x1 > height and after.base < before.base + _BASE * height:
            jumps += 1
            if jumps == _JUMPS:
                return True
    return False


def with_tables(words: Sequence[Word], rules: Iterable[Box]) -> list[Word]:
    """The words of a page, those of each ruled table taken together."""
    rest = list(words)
    for lattice in _lattices(rules):
        inside = [word for word in rest if lattice.holds(word)]
        table = _table(lattice, inside) if inside else None
        if table:
            taken = set(map(id, inside))
            height = sorted(word.height for word in inside)[len(inside) // 2]
            top = lattice.ys[0]
            rest = [word for word in rest if id(word) not in taken]
            rest.append(Ruled("", lattice.xs[0], top, lattice.xs[-1], top + height, top, table=table))
    return rest


def apart(rows: Sequence[Row]) -> list[Row]:
    """Rows with a ruled table alone in its row."""
    found: list[Row] = []
    for row in rows:
        tables = [word for word in row.words if isinstance(word, Ruled)]
        others = [word for word in row.words if not isinstance(word, Ruled)]
        found += [Row(others, row.base, row.height)] if others else []
        found += [Row([word], word.base, word.height) for word in tables]
    return found


@dataclass(slots=True)
class _Line:
    """A line at ``place`` that runs from ``start`` to ``end``: of a level one its y, and its ends in x."""

    place: float
    start: float
    end: float


@dataclass(slots=True)
class _Lattice:
    """Lines that meet: where its columns (``xs``) and rows (``ys``) begin and end."""

    level: list[_Line]
    upright: list[_Line]
    xs: list[float] = field(default_factory=list)
    ys: list[float] = field(default_factory=list)

    def holds(self, word: Word) -> bool:
        """Whether a word stands in it."""
        x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        return self.xs[0] < x < self.xs[-1] and self.ys[0] < y < self.ys[-1]

    def place(self, word: Word) -> tuple[int, int]:
        """The row and column in which a word stands that it holds."""
        row = bisect_right(self.ys, (word.y0 + word.y1) / 2) - 1
        return row, bisect_right(self.xs, (word.x0 + word.x1) / 2) - 1

    def parted(self, row: int, column: int, *, below: bool) -> bool:
        """Whether a line parts a cell from the one to its right, or from the one below."""
        lines, at = (self.level, self.ys[row + 1]) if below else (self.upright, self.xs[column + 1])
        across, n = (self.xs, column) if below else (self.ys, row)
        start, end = across[n], across[n + 1]
        along = sum(max(min(line.end, end) - max(line.start, start), 0) for line in lines if _near(line.place, at))
        return along >= _PARTS * (end - start)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _NEAR


def _lattices(rules: Iterable[Box]) -> list[_Lattice]:
    """The groups of lines that meet and make at least two rows and two columns, from top to bottom."""
    boxes = list(rules)
    level = _joined(_Line((y0 + y1) / 2, x0, x1) for x0, y0, x1, y1 in boxes if x1 - x0 >= y1 - y0)
    upright = _joined(_Line((x0 + x1) / 2, y0, y1) for x0, y0, x1, y1 in boxes if x1 - x0 < y1 - y0)
    if len(level) + len(upright) > _MOST_LINES:
        return []
    found = [_bounded(lattice) for lattice in _meeting(level, upright)]
    whole = [one for one in found if min(len(one.xs), len(one.ys)) > 2 and len(one.xs) * len(one.ys) < _MOST_CELLS]
    return sorted(whole, key=lambda one: (one.ys[0], one.xs[0]))


def _joined(lines: Iterable[_Line]) -> list[_Line]:
    """Lines, the pieces of one that lie in each other's direction as one."""
    found: list[_Line] = []
    group: list[_Line] = []
    for line in [*sorted(lines, key=lambda line: line.place), None]:
        if group and (line is None or line.place - group[0].place > _NEAR):
            found += _in_one_direction(group)
            group = []
        if line is not None:
            group.append(line)
    return found


def _in_one_direction(lines: Sequence[_Line]) -> list[_Line]:
    place = lines[len(lines) // 2].place
    found: list[_Line] = []
    for line in sorted(lines, key=lambda line: line.start):
        if found and line.start <= found[-1].end + _NEAR:
            found[-1].end = max(found[-1].end, line.end)
        else:
            found.append(_Line(place, line.start, line.end))
    return found


def _meeting(level: Sequence[_Line], upright: Sequence[_Line]) -> Iterator[_Lattice]:
    """Lines in groups of those that meet, directly or by way of others."""
    left = list(upright)
    waiting = list(level)
    while waiting:
        lattice = _Lattice([waiting.pop()], [])
        grown = True
        while grown:
            new = [line for line in left if any(_meet(one, line) for one in lattice.level)]
            left = [line for line in left if not any(line is one for one in new)]
            lattice.upright += new
            more = [line for line in waiting if any(_meet(line, one) for one in new)]
            waiting = [line for line in waiting if not any(line is one for one in more)]
            lattice.level += more
            grown = bool(more)
        yield lattice


def _meet(level: _Line, upright: _Line) -> bool:
    return (
        level.start - _NEAR <= upright.place <= level.end + _NEAR
        and upright.start - _NEAR <= level.place <= upright.end + _NEAR
    )


def _bounded(lattice: _Lattice) -> _Lattice:
    """With the places of its columns and rows, also where it is open at a side."""
    lattice.xs = _places(lattice.upright, lattice.level)
    lattice.ys = _places(lattice.level, lattice.upright)
    return lattice


def _places(lines: Sequence[_Line], crossing: Sequence[_Line]) -> list[float]:
    found: list[float] = []
    for place in sorted(line.place for line in lines):
        if not found or not _near(place, found[-1]):
            found.append(place)
    if not found or not crossing:
        return found
    first, last = min(line.start for line in crossing), max(line.end for line in crossing)
    before = [first] if found[0] - first > _OPEN else []
    return [*before, *found, *([last] if last - found[-1] > _OPEN else [])]


@dataclass(slots=True)
class _Region:
    """A cell: rows ``top`` to ``bottom`` and columns ``left`` to ``right`` (exclusive), and its words."""

    top: int
    left: int
    bottom: int
    right: int
    words: list[Word] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it says."""
        return " ".join(word.text for word in self.words)


Regions = list[list[_Region]]  # by row and column


def _table(lattice: _Lattice, inside: Sequence[Word]) -> Table | None:
    """The table in a lattice; None when it lays out text or is ruled otherwise than by cells."""
    regions = _regions(lattice)
    if regions is None:
        return None
    for word in inside:
        row, column = lattice.place(word)
        regions[row][column].words.append(word)
    own = [
        [region for n, region in enumerate(row) if (region.top, region.left) == (y, n)] for y, row in enumerate(regions)
    ]
    for region in (one for row in own for one in row):
        region.words = [word for row in rows_of(region.words) for word in row.words]
    filled = [[region for region in row if region.words] for row in own]
    longest = inf if columns_of_questions([region.text for region in regions[0]]) else _LONGEST_CELL
    cells = [one for row in filled for one in row]
    if sum(len(row) > 1 for row in filled) < _FEWEST or not all(_is_cell(cell, longest) for cell in cells):
        return None
    if any(_holds_rows(row) for row in filled):
        return None
    heads = _heads(regions, own)
    kept = [y for y, row in enumerate(filled) if row]
    return Table(
        first=0,
        last=1,
        cells=_said(regions, kept, heads),
        heads=sum(y < heads for y in kept),
        columns=list(pairwise(lattice.xs)),
        ruled=True,
        open_above=not any(_near(line.place, lattice.ys[0]) for line in lattice.level),
        open_below=not any(_near(line.place, lattice.ys[-1]) for line in lattice.level),
    )


def _regions(lattice: _Lattice) -> Regions | None:
    """The cells of a lattice; None when one of them is no rectangle."""
    high, wide = len(lattice.ys) - 1, len(lattice.xs) - 1
    found: list[list[_Region | None]] = [[None] * wide for _ in range(high)]
    for top in range(high):
        for left in range(wide):
            if found[top][left]:
                continue
            right = left + 1
            while right < wide and not found[top][right] and not lattice.parted(top, right - 1, below=False):
                right += 1
            bottom = top + 1
            while bottom < high and not any(lattice.parted(bottom - 1, n, below=True) for n in range(left, right)):
                bottom += 1
            places = [(y, x) for y in range(top, bottom) for x in range(left, right)]
            if any(found[y][x] for y, x in places):
                return None
            region = _Region(top, left, bottom, right)
            for y, x in places:
                found[y][x] = region
    return [[region for region in row if region] for row in found]


def _is_cell(region: _Region, longest: float) -> bool:
    """Whether a region holds what a cell does: no text longer than that, and no labelled question or answer.

    "Vraag" as head is one; below it answers may be long.
    """
    text = region.text
    found = label(text)
    return len(text) <= longest and (
        found is None or found.role in ("item", "notice") or (not region.top and not found.numbers)
    )


def _holds_rows(filled: Sequence[_Region]) -> bool:
    """Whether the cells beside each other hold several figures on the same heights: rows that no line parts."""
    heights = [
        [round(row.base) for row in rows_of(region.words)]
        for region in filled
        if all(is_figure(row.words) for row in rows_of(region.words))
    ]
    several = [tuple(each) for each in heights if len(each) > 1]
    return any(several.count(each) > 1 for each in several)


def _heads(regions: Regions, own: Sequence[Sequence[_Region]]) -> int:
    """How many rows say what stands in the columns: those with cells that span columns, and the one below them."""
    wide = len(regions[0])
    last = 0
    while last + 1 < len(own) and any(one.words and one.right - one.left > 1 for one in own[last]):
        last += 1
    cells = [[one.words for one in row] for row in regions]
    body = cells[last + 1 :]
    top = [row for row, starts in zip(cells[: last + 1], own, strict=False) if not _is_caption(starts, wide)]
    return last + 1 if top and (are_heads(top, body) or _only_words(top, body)) else 0


def _only_words(top: Sequence[Sequence[Cell]], body: Sequence[Sequence[Cell]]) -> bool:
    """Whether every column of a ruled table has a head of words, with two rows or more below."""
    digits = any(c.isdigit() for row in top for cell in row for word in cell for c in word.text)
    return len(body) > 1 and not digits and all(cell for row in top for cell in row)


def _is_caption(starts: Sequence[_Region], wide: int) -> bool:
    return len(starts) == 1 and starts[0].right - starts[0].left == wide


def _said(regions: Regions, kept: Sequence[int], heads: int) -> list[list[Cell]]:
    """What each cell of each row says."""
    room = MOST
    found: list[list[Cell]] = []
    for y in kept:
        cells: list[Cell] = []
        for x, region in enumerate(regions[y]):
            first = (y, x) == (region.top, region.left)
            whole = region.right - region.left == len(regions[y])
            again = len(region.text) <= min(LONGEST, room) and (x == region.left or (y < heads and not whole))
            room -= 0 if first or not again else len(region.text)
            cells.append(region.words if first or again else [])
        found.append(cells)
    return found
