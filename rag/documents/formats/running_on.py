"""Tables that run on over the end of a page: the head that is set again there, and the row that is broken.

Two tables are one when the first is the last text of its page, the second the first of the next, and their columns
stand alike. What cannot be told for certain stays as it is set. Knows no PDF.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.documents.formats.headed_rows import HeadedRows, cells_of, is_figure
from rag.documents.furniture import is_page_number

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
            body = list(_body(page, aside))
            first = list(_stretch(body))
            goes_on = table if table and first and self._joined(table, first) else None
            last = list(_stretch(body[::-1]))[::-1]
            table = goes_on if goes_on and len(first) == len(body) else _Table(last) if last else None

    def _joined(self, table: _Table, lines: Sequence[Placed]) -> bool:
        """Add the lines of the next page to a table; False when they are of another table."""
        shape = lines[0][1].shape
        if shape is None or not table.shape.like(shape):
            return False
        known = bool(table.said.heads)
        heads = table.said.heads_again([line.text for _, line in lines])
        if not heads and not _may_be_rows(lines):
            return False
        if heads and not known:
            self.roles[table.place] = "heads"
        self.again.update(place for place, _ in lines[:heads])
        rows = lines[heads:]
        self.roles.update((place, "row") for place, line in rows if line.role == "heads")
        broken = table.closed and table.shape.open_below and (heads > 0 or shape.open_above)
        if table.said.add([_cells(line) for _, line in rows], broken=broken):
            self.roles[rows[0][0]] = "rest"
        table.shape = shape
        return True


def _body(page: ReadPage, aside: Set[Place]) -> Iterator[Placed]:
    """The lines of a page that are running text."""
    for i, line in enumerate(page.lines):
        if (page.number, i) not in aside and not line.aside and not is_page_number(line.text):
            yield (page.number, i), line


def _stretch(body: Sequence[Placed]) -> Iterator[Placed]:
    """The lines at the begin that are of one table."""
    for place, line in body:
        if line.shape is None or line.shape is not body[0][1].shape:
            return
        yield place, line


def _may_be_rows(lines: Sequence[Placed]) -> bool:
    """Whether lines that no head repeats can be rows: none is a head, or a head of plain words above words."""
    heads = [line for _, line in lines if line.role == "heads"]
    figures = any(is_figure(cell) for _, line in lines for cell in _cells(line)[1:])
    return not heads or (len(heads) == 1 and not heads[0].bold and not figures)


class _Table:
    """A table that may run on, and how it stands on its last page so far."""

    def __init__(self, lines: Sequence[Placed]) -> None:
        self.shape = lines[0][1].shape or Shape(())
        self.closed = not self.shape.open_above
        self.place = lines[0][0]  # of its first line
        heads = [line.text for _, line in lines if line.role == "heads"]
        self.said = HeadedRows(heads, [_cells(line) for _, line in lines[len(heads) :]], lines[0][1].text)


def _cells(line: ReadLine) -> list[str]:
    """What the cells of a row say; none when that is not certain."""
    if any("|" in line.text[start : start + length] for start, length, *_ in line.boxes):
        return []
    return cells_of(line.text)
