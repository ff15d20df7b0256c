"""Rows of words → tables: which rows of a page are rows of a table, and what stands in their cells. Knows no PDF.

White is the only sign: cells that stand under each other, in at least three rows. Two columns are only a table when the
second holds figures; a list of names with what they mean is no table. Tables with lines are for ``pdf_grids.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.documents.formats.pdf_rows import Row, Word
from rag.documents.formats.pdf_spans import heads_above, label_rows

_APART = 1.0  # of the height: cells of a row
_FEWEST = 3  # rows
_GOES_ON = 1.4  # of the height: the distance of lines in a cell
_FAR = 3.5  # of the height: too far below the row above to be of the same table
_MOST_WORDS = 12  # of a cell, on average: with more these are columns of text
_MOST_ABOVE = 2  # rows of heads above those that stand in columns themselves
_HEAD_ABOVE = 2.5  # of the height: how far above a table stand the heads that span its columns
_YEAR = re.compile(r"(?:19|20)\d\d")
_FIGURES = 0.6  # share of the cells of the second of two columns that hold figures

Cell = list[Word]


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a table of questions stands whose columns no lines part. ``strips``: the white between these, in points."""

    strips: list[tuple[float, float]]
    question: int  # column
    answer: int
    last: int  # number of the last question


@dataclass(slots=True)
class Table:
    """Rows ``first`` to ``last`` (exclusive) of a page. ``cells`` are by row and column."""

    first: int
    last: int
    cells: list[list[Cell]] = field(default_factory=list)
    heads: int = 0  # how many of its rows say what stands in the columns
    columns: list[tuple[float, float]] = field(default_factory=list)  # where each begins and ends
    ruled: bool = False
    open_above: bool = False  # upright lines stick out, and no level line closes it
    open_below: bool = False
    asked: Asked | None = None  # it holds questions, and may run on over the end of the page


def find_tables(rows: Sequence[Row]) -> list[Table]:
    """The tables among rows, from top to bottom."""
    found: list[Table] = []
    first = 0
    while first < len(rows):
        table = _table_at(rows, first)
        if table:
            table = _with_spans(table, rows, found[-1].last if found else 0)
        if table and len(table.cells) >= _FEWEST:
            found.append(table)
            first = table.last
        else:
            first += 1
    return found


def _table_at(rows: Sequence[Row], first: int) -> Table | None:
    begun = split(rows[first])
    if len(begun) < 2:
        return None
    columns = [(cell[0].x0, _end(cell)) for cell in begun]
    table = Table(first, first + 1, [begun])
    for i in range(first + 1, len(rows)):
        distance = rows[i].base - rows[i - 1].base
        if distance > _FAR * rows[i].height:
            break
        placed = _placed(split(rows[i]), columns)
        if placed is None or not _take(table, placed, goes_on=distance < _GOES_ON * rows[i].height):
            break
        columns = _wider(columns, placed)
        table.last = i + 1
    return table if _is_table(table) else None


def _with_spans(table: Table, rows: Sequence[Row], least: int) -> Table:
    """A table with what spans its columns and rows said in each; ``least`` is the first row that may be its head."""
    table.heads = int(are_heads(table.cells[:1], table.cells[1:]))
    label_rows(table.cells, table.heads)
    table.columns = columns = _extents(table)
    for above in range(table.first - 1, max(least, table.first - 1 - _MOST_ABOVE) - 1, -1):
        far = rows[table.first].base - rows[above].base > _HEAD_ABOVE * rows[above].height
        heads = [] if far else heads_above(split(rows[above]), columns)
        if not heads or any(is_figure(cell) and not is_year(cell) for cell in heads):
            break
        table.cells.insert(0, heads)
        table.first, table.heads = above, table.heads + 1
    return table


def _extents(table: Table) -> list[tuple[float, float]]:
    """Where each column begins and ends."""
    columns = [[cell for cell in column if cell] for column in zip(*table.cells, strict=True)]
    return [(min(cell[0].x0 for cell in column), max(map(_end, column))) for column in columns]


def are_heads(top: Sequence[Sequence[Cell]], body: Sequence[Sequence[Cell]]) -> bool:
    """Whether rows at the top say what stands in the columns: set bold, or words (or years) above figures."""
    if all(word.bold for row in top for cell in row for word in cell):
        return not all(word.bold for row in body for cell in row for word in cell)
    for row in top:
        for column, cell in enumerate(row[1:], 1):
            if is_figure(cell) and not (is_year(cell) and not any(is_year(below[column]) for below in body)):
                return False
    return any(is_figure(cell) for row in body for cell in row[1:])


def _take(table: Table, placed: dict[int, Cell], *, goes_on: bool) -> bool:
    """Add a row: a new one, or more lines of the cells of the last. Says whether it fits."""
    alone = len(placed) == 1
    last = table.cells[-1]
    if goes_on and (0 not in placed or alone) and (alone or not _begins(placed, last)):
        for column, cell in placed.items():
            last[column] = [*last[column], *cell]
        return True
    if alone:
        return False
    table.cells.append([placed.get(column, []) for column in range(len(table.cells[0]))])
    return True


def _begins(placed: dict[int, Cell], last: Sequence[Cell]) -> bool:
    """Whether cells without a label are a new row: a figure does not go on on the next line, nor a word in figures."""
    if any(is_figure(cell) and is_figure(last[column]) for column, cell in placed.items() if column):
        return True
    return all(map(is_figure, placed.values())) and not all(map(is_year, placed.values()))


def split(row: Row) -> list[Cell]:
    """The words of a row in cells, parted where white is wide."""
    cells: list[Cell] = [[row.words[0]]]
    for word in row.words[1:]:
        if word.x0 - _end(cells[-1]) > _APART * row.height:
            cells.append([])
        cells[-1].append(word)
    return cells


def _end(cell: Cell) -> float:
    return max(word.x1 for word in cell)


def _placed(cells: list[Cell], columns: list[tuple[float, float]]) -> dict[int, Cell] | None:
    """The cells by column; None when one stands under two columns or under none, or two under one.

    As many cells as columns go by their order: heads are often centred above figures that are not.
    """
    if len(cells) == len(columns):
        wide = [(min(cell[0].x0, x0), max(_end(cell), x1)) for cell, (x0, x1) in zip(cells, columns, strict=True)]
        if all(end < start for (_, end), (start, _) in pairwise(wide)):
            return dict(enumerate(cells))
    found: dict[int, Cell] = {}
    for cell in cells:
        under = [n for n, (x0, x1) in enumerate(columns) if cell[0].x0 < x1 and _end(cell) > x0]
        if len(under) != 1 or under[0] in found:
            return None
        found[under[0]] = cell
    return found


def _wider(columns: list[tuple[float, float]], placed: dict[int, Cell]) -> list[tuple[float, float]]:
    return [
        (min(x0, placed[n][0].x0), max(x1, _end(placed[n]))) if n in placed else (x0, x1)
        for n, (x0, x1) in enumerate(columns)
    ]


def _is_table(table: Table) -> bool:
    if len(table.cells) < _FEWEST - 1:
        return False
    cells = [cell for row in table.cells for cell in row if cell]
    if sum(map(len, cells)) > _MOST_WORDS * len(cells):
        return False
    second = [row[1] for row in table.cells[1:] if row[1]]
    return len(table.cells[0]) > 2 or sum(map(is_figure, second)) >= _FIGURES * max(len(second), 1)


def is_figure(cell: Cell) -> bool:
    """Whether a cell holds a figure."""
    text = "".join(word.text for word in cell)
    return 2 * sum(c.isdigit() for c in text) >= len(text) > 0


def is_year(cell: Cell) -> bool:
    """Whether a cell holds a year and nothing else."""
    return len(cell) == 1 and bool(_YEAR.fullmatch(cell[0].text))
