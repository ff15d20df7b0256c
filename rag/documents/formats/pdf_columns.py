"""Words of a page → regions that are read row by row, in reading order: columns, what stands above, below and aside.

A stretch of rows that keeps the same strip of white free is cut into columns, these are read one after another; after
the whitespace analysis of T. Breuel, "Two Geometric Algorithms for Layout Analysis" (DAS 2002), with rows for
rectangles. Knows no PDF.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rag.documents.formats.pdf_rows import Row, Word, rows_of

_GUTTER, _LEAST_GUTTER = 0.7, 8.0  # of the height, and in points
_FEWEST_ROWS = 4  # of text on both sides of a gutter
_DEEPEST = 6  # columns within columns
_MOST_GUTTERS = 40


@dataclass(slots=True)
class Region:
    """Rows that are read one after another."""

    rows: list[Row]
    goes_on: bool = False  # the text before it, in the column to its left, goes on here


def regions(words: Sequence[Word], depth: int = 0) -> list[Region]:
    """Cut words into regions that are read row by row, in reading order."""
    rows = rows_of(words)
    if not rows:
        return []
    cut = _best_cut(rows) if depth < _DEEPEST else None
    if cut is None:
        return [Region(rows)]
    left = [w for row in rows[cut.first : cut.last] for w in row.words if w.x0 < cut.x]
    right = [w for row in rows[cut.first : cut.last] for w in row.words if w.x0 >= cut.x]
    aside = cut.aside == "right"
    columns = [regions(part, depth + 1) for part in ((right, left) if aside else (left, right))]
    if not cut.aside and columns[1]:
        columns[1][0].goes_on = True
    above = regions([w for row in rows[: cut.first] for w in row.words], depth + 1)
    below = regions([w for row in rows[cut.last :] for w in row.words], depth + 1)
    return [*above, *columns[0], *columns[1], *below]


@dataclass(slots=True)
class _Cut:
    """Rows ``first`` to ``last`` (exclusive) stand in two columns parted at ``x``; ``aside`` is no running text."""

    first: int
    last: int
    x: float
    both: int
    aside: str = ""  # "left" or "right"


def _best_cut(rows: list[Row]) -> _Cut | None:
    """The gutter with the most rows on both sides of it."""
    cuts = [cut for x in _gutters(rows) for cut in _cuts_at(rows, x)]
    return max(cuts, key=lambda cut: (cut.both, cut.last - cut.first, -cut.x), default=None)


def _gutters(rows: list[Row]) -> list[float]:
    """Places where white between two words of a row may be a gutter, those of most rows first."""
    votes: dict[int, int] = {}
    for row in rows:
        for before, after in pairwise(row.words):
            if after.x0 - before.x1 >= _least_gutter(row):
                for bucket in {int((before.x1 + after.x0) / 2 // 4), int((after.x0 - 4) // 4)}:
                    votes[bucket] = votes.get(bucket, 0) + 1
    edges = sorted(votes, key=lambda bucket: (-votes[bucket], bucket))[:_MOST_GUTTERS]
    return [4.0 * bucket + 2.0 for bucket in edges] + _side_gutters(rows)


def _side_gutters(rows: list[Row]) -> list[float]:
    """Left edges at which many rows begin: what stands beside them on no base line of theirs may be apart."""
    starts: dict[int, int] = {}
    for row in rows:
        starts[round(row.x0)] = starts.get(round(row.x0), 0) + 1
    often = [x for x, n in starts.items() if n >= 3]
    return [x - 4.0 for x in sorted(often)[1:4]]


def _least_gutter(row: Row) -> float:
    return max(_GUTTER * row.height, _LEAST_GUTTER)


def _cuts_at(rows: list[Row], x: float) -> list[_Cut]:
    found: list[_Cut] = []
    first = 0
    for i in range(len(rows) + 1):
        if i < len(rows) and _clear(rows[i], x):
            continue
        if i - first >= _FEWEST_ROWS:
            cut = _checked(rows, *_trimmed(rows, first, i, x), x)
            if cut:
                found.append(cut)
        first = i + 1
    return found


def _clear(row: Row, x: float) -> bool:
    """Whether the row leaves a gutter at ``x`` free."""
    left = max((w.x1 for w in row.words if w.x0 < x), default=None)
    right = min((w.x0 for w in row.words if w.x0 >= x), default=None)
    if left is not None and left > x:
        return False
    return left is None or right is None or right - left >= _least_gutter(row)


def _trimmed(rows: list[Row], first: int, last: int, x: float) -> tuple[int, int]:
    """Without rows at the ends that stand on one side only and apart: headings above, page numbers below."""

    def sides(row: Row) -> int:
        return len({w.x0 < x for w in row.words})

    inner = range(first, last)
    both = [i for i in inner if sides(rows[i]) == 2]
    if not both:
        return first, last
    begin, end = both[0], both[-1] + 1
    largest = 1.15 * max(rows[i].height for i in both)
    while begin > first and rows[begin].base - rows[begin - 1].base < 1.8 * rows[begin].height:
        beside = any(row.words[0].x0 >= x for row in rows[first:begin])
        if rows[begin - 1].height > largest and not beside:
            break
        begin -= 1
    while end < last and rows[end].base - rows[end - 1].base < 2.4 * rows[end - 1].height:
        end += 1
    return begin, end


def _checked(rows: list[Row], first: int, last: int, x: float) -> _Cut | None:
    """The cut when what stands on both sides are columns of text, or text with something aside."""
    part = rows[first:last]
    left = rows_of([w for row in part for w in row.words if w.x0 < x])
    right = rows_of([w for row in part for w in row.words if w.x0 >= x])
    if not left or not right:
        return None
    both = sum(1 for row in part if len({w.x0 < x for w in row.words}) == 2)
    alike = abs(_usual(left) - _usual(right)) < 0.1 * _usual(left)
    if (both >= _FEWEST_ROWS or alike) and _are_columns(left) and _are_columns(right):
        return _Cut(first, last, x, both)
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    apart = len(few) - both
    if len(few) >= 2 and len(many) >= _FEWEST_ROWS and apart >= 0.5 * len(few) and _is_column(many):
        return _Cut(first, last, x, both, "left" if few is left else "right")
    return None


def _usual(rows: list[Row]) -> float:
    return median(row.height for row in rows)


def _are_columns(rows: list[Row]) -> bool:
    """Whether rows are one column of running text, or several beside each other."""
    if _is_column(rows):
        return True
    parts: list[list[Word]] = []
    end = float("-inf")
    for word in sorted((w for row in rows for w in row.words), key=lambda word: word.x0):
        if word.x0 - end >= _LEAST_GUTTER:
            parts.append([])
        parts[-1].append(word)
        end = max(end, word.x1)
    return len(parts) > 1 and all(_is_column(rows_of(part)) for part in parts)


def _is_column(rows: list[Row]) -> bool:
    """Whether rows are running text: several words each, mostly as wide as the column, beginning at one edge."""
    if len(rows) < _FEWEST_ROWS or median(len(row.words) for row in rows) < 3:
        return False
    edge, end = min(row.x0 for row in rows), max(row.x1 for row in rows)
    width = end - edge
    aligned = sum(1 for row in rows if row.x0 - edge < 3 * row.height)
    return aligned >= 0.7 * len(rows) and median(row.x1 - row.x0 for row in rows) >= 0.6 * width
