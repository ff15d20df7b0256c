"""Cells that span columns or rows in tables without lines: told by where they stand, and said in each of these.

What cannot be told for certain stays as it is set. Knows no PDF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf

from rag.documents.formats.pdf_rows import Word

Cell = list[Word]
Extent = tuple[float, float]  # from where to where, in points

_NEAR = 0.8  # of the height: how far from the middle, or from the left edge, of its columns a head may stand
_MOST_COLUMNS, _MOST_HEADS = 14, 7
_YEAR = re.compile(r"(?:19|20)\d\d")
_FIGURE = re.compile(r"[€\s-]*\d[\d.,\s]*%?")
_TOTAL = re.compile(r"(?:sub)?tota|samen\b|alle\b", re.IGNORECASE)


def heads_above(heads: Sequence[Cell], columns: Sequence[Extent]) -> list[Cell]:
    """The heads above the columns that each of them spans; empty when they are no such heads.

    Each stands in the middle of its columns or begins or ends where these do, and one of them spans several, or every
    column has its own. The first column is that of the labels: nothing spans it with others, and it may have no head.
    """
    if not 0 < len(heads) <= _MOST_HEADS or len(columns) > _MOST_COLUMNS:
        return []
    ways = _ways(heads, columns, 0)
    _, best = min(ways, key=lambda way: (-sum(b - a for a, b in way[1]), way[0]), default=(0.0, []))
    if not any(b - a > 1 for a, b in best) and not len(best) >= max(len(columns) - 1, 2):
        return []
    found: list[Cell] = [[] for _ in columns]
    for head, (a, b) in zip(heads, best, strict=True):
        found[a:b] = [head] * (b - a)
    return found


Way = tuple[float, list[tuple[int, int]]]  # how far off; the columns of each head


def _ways(heads: Sequence[Cell], columns: Sequence[Extent], begin: int) -> Iterator[Way]:
    """Every way to give each head columns of its own, from left to right."""
    if not heads:
        yield 0.0, []
        return
    for a in range(begin, len(columns)):
        for b in range(a + 1, len(columns) + 1 if a else 2):
            left, right = columns[a - 1][1] if a else 0.0, columns[b][0] if b < len(columns) else inf
            off = _off(heads[0], columns[a:b], (left, right))
            if off is not None:
                for more, rest in _ways(heads[1:], columns, b):
                    yield off + more, [(a, b), *rest]


def _off(head: Cell, columns: Sequence[Extent], room: Extent) -> float | None:
    """How far a head stands from where it would span these columns; None when it does not.

    ``room`` is where the columns before it end and those after it begin.
    """
    start, end = head[0].x0, max(word.x1 for word in head)
    left, right = columns[0][0], columns[-1][1]
    near = _NEAR * head[0].height
    if start <= room[0] or end >= room[1]:
        return None
    off = min(abs((start + end) - (left + right)) / 2, abs(start - left), abs(end - right))
    return off if off <= near else None


def label_rows(cells: list[list[Cell]], heads: int) -> None:
    """Give rows the label that spans them, in place: the one above, or the one in the middle of its rows.

    Only where the second column tells the rows of a label apart: with words, or with years.
    """
    body = cells[heads:]
    without = [row for row in body if not row[0]]
    if not without or len(cells[0]) < 3 or not all(_tells(row[1]) for row in body):
        return
    totals = [row for row in without if _TOTAL.match(_text(row[1]))]
    if totals and len(totals) < sum(bool(row[0]) for row in body):
        body = [row for row in body if not any(row is total for total in totals)]
    for group in _groups(body):
        label = next(row[0] for row in group if row[0])
        for row in group:
            row[0] = label


def _groups(body: Sequence[list[Cell]]) -> list[list[list[Cell]]]:
    """The rows of each label; none when that is not certain."""
    if body[0][0]:
        starts = [n for n, row in enumerate(body) if row[0]]
    else:
        starts = [n for n, row in enumerate(body) if _text(row[1]) == _text(body[0][1])]
    groups = [list(body[a:b]) for a, b in pairwise([*starts, len(body)])]
    return groups if all(sum(bool(row[0]) for row in group) == 1 for group in groups) else []


def _tells(cell: Cell) -> bool:
    text = _text(cell)
    return bool(text) and (bool(_YEAR.fullmatch(text)) or not _FIGURE.fullmatch(text))


def _text(cell: Cell) -> str:
    return " ".join(word.text for word in cell)
