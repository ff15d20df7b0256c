"""Tables that run on over the end of a page: the head that is set again there, and the row that is broken.

Two tables are one when the first is the last text of its page, the second the first of the next, and their columns
stand alike. What cannot be told for certain stays as it is set. Knows no PDF.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.documents.formats.paged import Place, ReadLine, ReadPage
    from rag.documents.source import Role

_NEAR = 20  # in 1 / SCALE of the page (3 points): how far widths of ruled columns may differ


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How a table stands on its page, one object for each table. ``columns`` are (left, right), in 1 / SCALE of it.

    ``open_above`` and ``open_below``: its upright lines stick out, and no level line closes it there.
    """

    columns: tuple[tuple[int, int], ...]
    ruled: bool = False
    open_above: bool = False
    open_below: bool = False

    def like(self, other: Shape) -> bool:
        """Whether the columns of two tables stand alike; ruled ones may be shifted, as on pages left and right."""
        if self.ruled != other.ruled or len(self.columns) != len(other.columns):
            return False
        if self.ruled:
            both = zip(self.columns, other.columns, strict=True)
            return all(abs((b - a) - (d - c)) <= _NEAR for (a, b), (c, d) in both)
        wide = [(min(a, c), max(b, d)) for (a, b), (c, d) in zip(self.columns, other.columns, strict=True)]
        over = all(max(a, c) < min(b, d) for (a, b), (c, d) in zip(self.columns, other.columns, strict=True))
        return over and all(end < start for (_, end), (start, _) in pairwise(wide))


Placed = tuple["Place", "ReadLine"]


class RunningOn:
    """What is known of the tables of all pages.

    ``again`` are heads that are set again on a later page. ``roles`` are those of lines that the page alone told wrong:
    "rest" of a row that the page before began, "row" for what was no head, "heads" for what is one.
    """

    def __init__(self, pages: Sequence[ReadPage], aside: Set[Place]) -> None:
        """``aside`` are the lines that are no running text: running heads, footnotes."""
        self.again: set[Place] = set()
        self.roles: dict[Place, Role] = {}
        table: _Table | None = None  # that may run on
        for page in pages:
            body: list[Placed] = [((page.number, i), line) for i, line in enumerate(page.lines)]
            body = [(place, line) for place, line in body if place not in aside and not line.aside]
            first = list(_stretch(body))
            goes_on = table if table and first and self._joined(table, first) else None
            last = list(_stretch(body[::-1]))[::-1]
            table = goes_on if goes_on and len(first) == len(body) else _Table(last) if last else None

    def _joined(self, table: _Table, lines: Sequence[Placed]) -> bool:
        """Add the lines of the next page to a table; False when they are of another table."""
        shape = lines[0][1].shape
        if shape is None or not table.shape.like(shape):
            return False
        heads = table.heads_again([line.text for _, line in lines])
        if not heads and not _may_be_rows(lines):
            return False
        if heads and table.place:
            self.roles[table.place] = "heads"
        self.again.update(place for place, _ in lines[:heads])
        rows = lines[heads:]
        self.roles.update((place, "row") for place, line in rows if line.role == "heads")
        cells = [_cells(line) for _, line in rows]
        if rows and table.is_broken(cells, shape, headed=heads > 0):
            self.roles[rows[0][0]] = "rest"
            table.rows[-1] = [" ".join(both) for both in zip_longest(table.rows[-1], cells.pop(0), fillvalue="")]
        table.rows += cells
        table.shape = shape
        return True


def _stretch(body: Sequence[Placed]) -> Iterator[Placed]:
    """The lines at the begin that are of one table."""
    for place, line in body:
        if line.shape is None or line.shape is not body[0][1].shape:
            return
        yield place, line


def _may_be_rows(lines: Sequence[Placed]) -> bool:
    """Whether lines that no head repeats can be rows: none is a head, or a head of plain words above words."""
    heads = [line for _, line in lines if line.role == "heads"]
    figures = any(_is_figure(cell) for _, line in lines for cell in _cells(line)[1:])
    return not heads or (len(heads) == 1 and not heads[0].bold and not figures)


class _Table:
    """A table that may run on: its heads and the cells of its rows."""

    def __init__(self, lines: Sequence[Placed]) -> None:
        shape = lines[0][1].shape
        self.shape = shape or Shape(())
        self._closed = not self.shape.open_above
        self._heads = [line.text for _, line in lines if line.role == "heads"]
        self.rows = [_cells(line) for _, line in lines if line.role != "heads"]
        self._first = "" if self._heads else lines[0][1].text
        self._first_place = lines[0][0]
        self.place: Place | None = None  # of the first row, once it proved a head

    def heads_again(self, texts: Sequence[str]) -> int:
        """How many of the lines of the next page are the heads once more."""
        if self._heads:
            return len(self._heads) if list(texts[: len(self._heads)]) == self._heads else 0
        again = texts[0] == self._first and " | " in self._first and not any(c.isdigit() for c in self._first)
        if again:
            self._heads, self.rows, self.place = [self._first], self.rows[1:], self._first_place
        return int(again)

    def is_broken(self, cells: Sequence[Sequence[str]], shape: Shape, *, headed: bool) -> bool:
        """Whether the last row goes on in the first of these, by drawn lines or by a first cell that is empty."""
        first = cells[0]
        if not first or not self.rows or not self.rows[-1]:
            return False
        if self._closed and self.shape.open_below and (headed or shape.open_above):
            return True
        labels = [row[0] if row else "" for row in (*self.rows, *cells[1:])]
        if first[0] or not all(labels) or any(one == other for one, other in pairwise(labels)):
            return False
        going_on = [n for n, cell in enumerate(first) if cell]
        last = [*self.rows[-1], *[""] * len(first)]
        return bool(going_on) and all(last[n] and not _is_figure(first[n]) for n in going_on)


def _cells(line: ReadLine) -> list[str]:
    """What the cells of a row say; none when that is not certain."""
    if any("|" in line.text[start : start + length] for start, length, *_ in line.boxes):
        return []
    return [cell.strip() for cell in line.text.split("|")]


def _is_figure(text: str) -> bool:
    plain = "".join(text.split())
    return 2 * sum(c.isdigit() for c in plain) >= len(plain) > 0
