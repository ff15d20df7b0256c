"""Words with their places on a page → lines in reading order. Knows no PDF and no documents.

Regions come from ``pdf_columns.py`` and tables from ``pdf_tables.py``; here rows become lines of text, with the white
above and before them, and the place of every word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from rag.documents.formats.pdf_asked import with_questions
from rag.documents.formats.pdf_columns import regions
from rag.documents.formats.pdf_grids import Box, Ruled, apart, may_hold_table, with_tables
from rag.documents.formats.pdf_rows import Row, Word
from rag.documents.formats.pdf_tables import Asked, Table, find_tables

_GLUED, _GLUED_RAISED = 0.12, 0.3  # of the height: words closer than this are one
_BACK = 0.5  # of the height: how far words may stand over each other
_APART = 2.5  # of the height: a label and what it says
_NEW_PARAGRAPH = 1.3  # of the distance of lines
_MOST_BLANK = 3
_EDGE = 0.08  # share of the height of a page: what stands apart in a row there are lines of their own
_CELLS = " | "


@dataclass(slots=True)
class PageLine:
    """A line of text on the page. ``boxes`` are (start in the text, length, x0, y0, x1, y1)."""

    text: str
    height: float
    gap: int = 0  # blank lines before it
    indent: int = 0  # characters
    column: bool = False  # it begins a column: running text goes on here from the foot of another
    boxes: list[tuple[int, int, float, float, float, float]] = field(default_factory=list)
    raised: list[tuple[int, int]] = field(default_factory=list)
    bold: bool = False
    italic: bool = False
    role: str = ""  # "row" or "heads" in a table
    table: Table | None = None


def page_lines(
    words: Sequence[Word],
    height: float,
    rules: Callable[[], Sequence[Box]] = tuple,
    asked: Asked | None = None,
) -> list[PageLine]:
    """The lines of a page so many points high, in reading order. ``rules`` gives the lines that are drawn on it.

    ``asked`` is the table of questions with which the page before ends.
    """
    lines: list[PageLine] = []
    bottom: float | None = None
    taken = with_tables(words, rules()) if may_hold_table(words) else words
    taken = with_questions(taken, height, asked)
    ruled = any(isinstance(word, Ruled) for word in taken[-1:])
    for region in regions(taken):
        made = _lines_of(_parted(apart(region.rows) if ruled else region.rows, height))
        if lines:
            first = region.rows[0]
            made[0].column = region.goes_on
            above = bottom is not None and first.base > bottom
            made[0].gap = 0 if region.goes_on else _gap(first.base - (bottom or 0), 1.25 * first.height) if above else 2
        lines += made
        bottom = region.rows[-1].base
    return lines


def _parted(rows: list[Row], height: float) -> list[Row]:
    """The rows, those at the edges of the page cut where their words stand far apart."""
    found: list[Row] = []
    for row in rows:
        if _EDGE * height < row.base < (1 - _EDGE) * height:
            found.append(row)
            continue
        pieces = [[row.words[0]]]
        for word in row.words[1:]:
            if word.x0 - max(w.x1 for w in pieces[-1]) > _APART * row.height:
                pieces.append([])
            pieces[-1].append(word)
        found += [Row(piece, row.base, row.height) for piece in pieces]
    return found


def _lines_of(rows: list[Row]) -> list[PageLine]:
    left = min(row.x0 for row in rows)
    pitch, typical = _pitch(rows), median(row.height for row in rows)
    tables = {row: table for table in _tables(rows) for row in range(table.first, table.last)}
    lines: list[PageLine] = []
    for i, row in enumerate(rows):
        table = tables.get(i)
        if table and i != table.first:
            continue
        made = list(_table_lines(table)) if table else [_line(row, left)]
        if i:
            expected = pitch * max(min(row.height, rows[i - 1].height) / typical, 1.0)
            made[0].gap = max(_gap(row.base - rows[i - 1].base, expected), int(table is not None))
        lines += made
    return lines


def _tables(rows: list[Row]) -> Iterator[Table]:
    """The tables among rows: the ruled ones, and between these those that white alone makes."""
    start = 0
    for end in range(len(rows) + 1):
        last = rows[end].words[0] if end < len(rows) else None
        if last is not None and not isinstance(last, Ruled):
            continue
        for table in find_tables(rows[start:end]):
            yield replace(table, first=table.first + start, last=table.last + start)
        if isinstance(last, Ruled):
            yield replace(last.table, first=end, last=end + 1)
        start = end + 1


def _table_lines(table: Table) -> Iterator[PageLine]:
    """A line for each row of a table, its cells parted by " | "."""
    for number, cells in enumerate(table.cells):
        height = max(word.height for cell in cells for word in cell)
        line = PageLine("", height, role="heads" if number < table.heads else "row", table=table)
        line.bold = number < table.heads and all(word.bold for cell in cells for word in cell)
        for column, cell in enumerate(cells):
            if column:
                line.text += _CELLS if line.text else _CELLS.lstrip()
            _add(line, cell, height)
        line.text = line.text.rstrip(" |")
        yield line


def _line(row: Row, left: float) -> PageLine:
    line = PageLine("", row.height)
    line.bold, line.italic = all(w.bold for w in row.words), all(w.italic for w in row.words)
    _add(line, row.words, row.height)
    width = (row.x1 - row.x0) / max(len(line.text), 1)
    line.indent = round((row.x0 - left) / width) if width > 0 and row.x0 - left > row.height else 0
    return line


def _add(line: PageLine, words: Sequence[Word], height: float) -> None:
    """Append words to the text of a line."""
    for i, word in enumerate(words):
        if i:
            line.text += _white(words[i - 1], word, height)
        start = len(line.text)
        line.boxes.append((start, len(word.text), word.x0, word.y0, word.x1, word.y1))
        if word.raised:
            line.raised.append((start, start + len(word.text)))
        line.text += word.text


def _white(before: Word, after: Word, height: float) -> str:
    distance = after.x0 - before.x1
    if distance > _APART * height:
        return "   "
    if after.raised:  # PDFium sees a space before what is raised
        return "" if distance < _GLUED_RAISED * height else " "
    return "" if not before.space and -_BACK * height < distance < _GLUED * height else " "


def _pitch(rows: list[Row]) -> float:
    """The distance of lines within paragraphs: as it is after lines that are full. 0 when that is not known."""
    end, begin = max(row.x1 for row in rows), min(row.x0 for row in rows)
    full = begin + 0.85 * (end - begin)
    steps = [
        after.base - row.base
        for row, after in pairwise(rows)
        if row.x1 > full and abs(after.height - row.height) < 0.1 * row.height
    ]
    usual = median(steps) if steps else 0.0
    typical = median(row.height for row in rows)
    return usual if usual < 2.4 * typical and len(steps) > 1 else 1.25 * typical


def _gap(distance: float, expected: float) -> int:
    if distance <= _NEW_PARAGRAPH * expected:
        return 0
    return min(max(round(distance / expected) - 1, 1), _MOST_BLANK)
