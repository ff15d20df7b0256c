"""Cells that span columns or rows → cells in their columns, so that every row can be read and cited by itself.

What spans rows is said again in each of them, when it is short, and so is a head that spans columns; another cell that
spans columns stands in the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.documents.formats.writing import Cell

LONGEST = 200  # characters that are said again
MOST = 20_000  # characters of a table that are said again
WIDEST = 100  # columns that one cell takes
MOST_CELLS = 50_000  # that are put in a table; what spans more is taken for an ordinary cell


def span(said: str | None) -> int:
    """How many columns or rows a cell says that it takes."""
    plain = (said or "").strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and 0 < len(plain) < 6 else 1


def spread(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The cells of a table, each in its column. ``covered`` ones without text are those that another spans."""
    if not any(cell.across > 1 or cell.down > 1 for cells in rows for cell in cells):
        return [list(cells) for cells in rows]
    grid = _Grid()
    return [list(grid.row(cells)) for cells in rows]


def head_each(cells: Sequence[Cell], room: int = MOST) -> list[Cell]:
    """A row of heads with each head above all the columns that it spans; what spans the whole row is said once.

    ``room`` is how many characters may be said again.
    """
    found = list(cells)
    for place, cell in enumerate(cells):
        covered = range(place + 1, min(place + cell.across, len(cells)))
        if not cell.rows or not 1 < cell.across < len(cells) or any(cells[n].rows for n in covered):
            continue
        for n in covered:
            room -= len(cell.text)
            if len(cell.text) > LONGEST or room < 0:
                break
            found[n] = cell
    return found


@dataclass(slots=True)
class _Held:
    """What a column still holds for the rows below."""

    cell: Cell
    rows: int


class _Grid:
    """A table, row by row."""

    def __init__(self) -> None:
        self._below: dict[int, _Held] = {}
        self._characters, self._cells = MOST, MOST_CELLS

    def row(self, cells: Sequence[Cell]) -> Iterator[Cell]:
        """The next row."""
        waiting = list(reversed(cells))
        column, last = 0, max(self._below, default=-1)
        while waiting or column <= last:
            held = self._below.get(column)
            if held:
                _drop_covered(waiting)
                yield self._again(column, held)
                column += 1
                continue
            if not waiting:
                column = min(place for place in self._below if place > column)  # a table that is not whole
                continue
            cell = waiting.pop()
            wide = self._room(cell)
            self._leave(column, wide, cell)
            yield cell
            for _ in range(wide - 1):
                _drop_covered(waiting)
                yield _blank(cell)
            column += wide

    def _room(self, cell: Cell) -> int:
        """The columns that a cell gets."""
        wide = min(max(cell.across, 1), WIDEST)
        self._cells -= wide - 1
        return wide if self._cells > 0 else 1

    def _leave(self, column: int, wide: int, cell: Cell) -> None:
        """Note what a cell holds for the rows below."""
        if cell.down > 1 and self._cells > 0:
            self._below[column] = _Held(cell, cell.down - 1)
            self._below.update(
                (place, _Held(_blank(cell), cell.down - 1)) for place in range(column + 1, column + wide)
            )

    def _again(self, column: int, held: _Held) -> Cell:
        """What a column holds for this row."""
        held.rows -= 1
        self._cells -= 1
        if not held.rows or self._cells <= 0:
            del self._below[column]
        length = len(held.cell.text)
        if length > min(LONGEST, self._characters):
            return _blank(held.cell)
        self._characters -= length
        return replace(held.cell, down=1)


def _drop_covered(waiting: list[Cell]) -> None:
    """Pass by the next cell when it only stands in for one that another spans."""
    if waiting and waiting[-1].covered and not waiting[-1].rows:
        waiting.pop()


def _blank(cell: Cell) -> Cell:
    return replace(cell, rows=[], nested=False, across=1, down=1)
