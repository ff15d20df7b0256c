"""Rows of tables that the end of a page breaks off → whole rows, each cell going on where it was. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, zip_longest

from rag.documents.lines import Line, Slice

_BAR = re.compile(r" ?\| ?")
_SPACE: Slice = (0, 0)  # a space that is put in

Span = tuple[int, int]


def whole_rows(lines: Sequence[Line]) -> list[Line]:
    """The lines with the rest of a row in the row before it; a rest without one is a row of its own."""
    if not any(line.role == "rest" for line in lines):
        return list(lines)
    found: list[Line] = []
    for line in lines:
        if line.role != "rest":
            found.append(line)
        elif found and found[-1].role == "row":
            found[-1] = _joined(found[-1], line)
        else:
            found.append(line._replace(role="row"))
    return found


def _joined(row: Line, rest: Line) -> Line:
    """A row whose cells go on in those of its rest; the bars between the cells are those of the longer one."""
    longer = row if row.text.count("|") >= rest.text.count("|") else rest
    bars = [longer.part(*found.span()) for found in _BAR.finditer(longer.text)]
    pieces: list[Line] = []
    for (mine, theirs), bar in zip_longest(zip_longest(_cells(row), _cells(rest)), bars):
        begun, more = (row.part(*(mine or (0, 0))), rest.part(*(theirs or (0, 0))))
        pieces += [begun, more, *([] if bar is None else [bar])]
    return _row(row, [piece for piece in pieces if piece.text])


def _cells(line: Line) -> Iterator[Span]:
    """Where the cells of a row stand in its text."""
    begin = 0
    for found in _BAR.finditer(line.text):
        yield begin, found.start()
        begin = found.end()
    yield begin, len(line.text)


def _row(row: Line, pieces: Sequence[Line]) -> Line:
    """The pieces, a space between them, as one line that is set as ``row`` is."""
    starts = accumulate((len(piece.text) + 1 for piece in pieces), initial=0)
    notes = tuple((at + a, at + b) for at, piece in zip(starts, pieces, strict=False) for a, b in piece.notes)
    slices: list[Slice] = []
    for piece in pieces:
        slices += [*([_SPACE] if slices else []), *piece.slices]
    return row._replace(text=" ".join(piece.text for piece in pieces), slices=tuple(slices), notes=notes)
