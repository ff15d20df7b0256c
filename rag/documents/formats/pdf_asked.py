"""Questions with their answers beside them in columns of text that no lines part → a table, a row for each question.

Told by the heads ("Nr. | Vraag | Antwoord") and by white between the columns that no line of text crosses. Where a
question begins is told by its number, or by white and by how sentences end. What is not certain stays as it is set.
Knows no PDF.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from rag.documents.asked_in_rows import columns_of_questions
from rag.documents.formats.pdf_grids import Ruled
from rag.documents.formats.pdf_rows import Row, Word, rows_of
from rag.documents.formats.pdf_tables import Asked, Cell, Table, split

_ASKS, _ANSWERS = frozenset({"vraa", "vrag"}), frozenset({"antw", "bean", "reac"})  # how words of heads begin
_GUTTER, _LEAST_GUTTER = 0.7, 8.0  # of the height, and in points: the white between columns
_EDGE = 0.08  # share of the page above and below in which running heads stand
_FAR = 3.5  # of the height: too far below the row above to be of the same table
_MOST = 20  # such heads on a page
_APART = 1.2  # of the least distance of lines in a column: white that parts questions
_AFTER = 1.5  # of the height: the white after a table
_ALIGNED = 0.6  # share of the lines of a column that begin at its left edge
_NUMBER = re.compile(r"(?:vraag\s+)?(\d{1,3})[a-z]?[.):]?", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:vraag\s+)?(\d{1,3})[.):]\s", re.IGNORECASE)
_ENDED = re.compile(r"[.?!:;][)\]»”’\"']*$")


@dataclass(slots=True)
class _Body:
    """The lines below the heads, by column. ``parts`` are where white begins that goes through all columns."""

    rows: list[Row]
    lines: list[list[Cell]]
    question: int  # column
    answer: int
    parts: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # the lines with which questions begin
    last: int = 0  # number of the last question, 0 when they have none

    def records(self, starts: Sequence[int]) -> list[list[list[Cell]]]:
        """The lines from each start to the next."""
        return [self.lines[a:b] for a, b in pairwise([*starts, len(self.lines)])]


def with_questions(words: Sequence[Word], height: float, given: Asked | None = None) -> list[Word]:
    """The words of a page so many points high, those of each such table taken together.

    ``given`` is the table with which the page before ends.
    """
    begins = {word.text[:4].lower() for word in words}
    if given is None and (begins.isdisjoint(_ASKS) or begins.isdisjoint(_ANSWERS)):
        return list(words)
    rows = rows_of([word for word in words if not isinstance(word, Ruled)])
    rest = list(words)
    for table in _tables(rows, height, given):
        inside = [word for row in rows[table.first : table.last] for word in row.words]
        taken = set(map(id, inside))
        top, left = min(word.y0 for word in inside), min(word.x0 for word in inside)
        rest = [word for word in rest if id(word) not in taken]
        right, high = max(word.x1 for word in inside), rows[table.first].height
        rest.append(Ruled("", left, top, right, top + high, top, table=table))
    return rest


def _tables(rows: Sequence[Row], height: float, given: Asked | None) -> Iterator[Table]:
    """The tables on a page, the one that goes on from the page before first; each ends before the next head."""
    heads = [(i, cells) for i, row in enumerate(rows) if columns_of_questions(list(map(_text, cells := split(row))))]
    ends = [i for i, _ in heads[1:]] + [len(rows)]
    if given and len(heads) <= _MOST and (table := _going_on(rows[: heads[0][0] if heads else None], height, given)):
        yield table
    for (i, cells), end in zip(heads[:_MOST], ends, strict=False):
        if table := _below(rows[:end], i, cells, height):
            yield table


def _below(rows: Sequence[Row], at: int, heads: list[Cell], height: float) -> Table | None:
    """The table under these heads; None when it is not certain."""
    found = columns_of_questions(list(map(_text, heads)))
    strips = [(max(word.x1 for word in before), after[0].x0) for before, after in pairwise(heads)]
    end, strips = _end(rows, at + 1, strips, height)
    return _table(rows, (at, at + 1, end), strips, found[:2], height, heads=heads) if found else None


def _end(
    rows: Sequence[Row], first: int, strips: list[tuple[float, float]], height: float
) -> tuple[int, list[tuple[float, float]]]:
    """Where the rows end that leave the strips free, and what is left of these."""
    for i in range(first, len(rows)):
        distance = rows[i].base - rows[i - 1].base
        margin = rows[i].base > (1 - _EDGE) * height and distance > _AFTER * rows[i].height
        left = [free for strip in strips if (free := _free(strip, rows[i]))]
        if len(left) < len(strips) or margin or (i > first and distance > _FAR * rows[i].height):
            return i, strips
        strips = left
    return len(rows), strips


def _free(strip: tuple[float, float], row: Row) -> tuple[float, float] | None:
    """The widest part of a strip of white in which a row has no word; None when it is too narrow."""
    begin, end = strip
    best = (begin, begin)
    for word in row.words:
        if word.x1 > begin and word.x0 < end:
            best = max(best, (begin, word.x0), key=_width)
            begin = max(begin, word.x1)
    best = max(best, (begin, end), key=_width)
    return best if _width(best) >= max(_GUTTER * row.height, _LEAST_GUTTER) else None


def _width(strip: tuple[float, float]) -> float:
    return strip[1] - strip[0]


def _table(  # noqa: PLR0913 - what is known of where it stands
    rows: Sequence[Row],
    places: tuple[int, int, int],
    strips: list[tuple[float, float]],
    columns: tuple[int, int],
    height: float,
    *,
    heads: list[Cell] | None = None,
    after: int | None = None,
) -> Table | None:
    """The table of the rows between ``places`` (of its head, of its first line, its end); None when it is not certain.

    ``after``: the number of the question before it, on another page; 0 when these have none.
    """
    at, first, end = places
    if first == end or (end < len(rows) and rows[end].base - rows[end - 1].base < _AFTER * rows[end].height):
        return None
    gutters = [(a + b) / 2 for a, b in strips]
    body = _Body(list(rows[first:end]), [_by_column(row, gutters) for row in rows[first:end]], *columns)
    body.parts = _parts(body)
    end = first + _cut(body)
    if not (_begins(body, after) and _aligned(body)):
        return None
    rest = body.records([0])[0][: body.starts[0]]
    cells = [_merged(lines) for lines in ([rest] if rest else []) + body.records(body.starts)]
    said = [heads, *cells] if heads else cells
    extents = [extent for column in zip(*said, strict=True) if (extent := _extent(column))]
    if len(extents) < len(said[0]):
        return None
    foot = all(row.base > (1 - _EDGE) * height for row in rows[end:])
    asked = Asked(strips, *columns, body.last) if foot else None
    return Table(at, end, said, heads=int(heads is not None), columns=extents, asked=asked)


def _parts(body: _Body) -> list[int]:
    """The lines above which more white stands than between the lines of any column."""
    steps = [
        after - before
        for column in zip(*body.lines, strict=True)
        for before, after in pairwise([row.base for row, cell in zip(body.rows, column, strict=True) if cell])
    ]
    least = min(steps, default=inf)
    return [0, *(i for i, (a, b) in enumerate(pairwise(body.rows), 1) if b.base - a.base > _APART * least)]


def _by_column(row: Row, gutters: Sequence[float]) -> list[Cell]:
    cells: list[Cell] = [[] for _ in range(len(gutters) + 1)]
    for word in row.words:
        cells[sum(gutter < word.x0 for gutter in gutters)].append(word)
    return cells


def _merged(lines: Sequence[list[Cell]]) -> list[Cell]:
    return [[word for cell in column for word in cell] for column in zip(*lines, strict=True)]


def _extent(column: Sequence[Cell]) -> tuple[float, float] | None:
    words = [word for cell in column for word in cell]
    return (min(word.x0 for word in words), max(word.x1 for word in words)) if words else None


def _cut(body: _Body) -> int:
    """Leave out what stands after the last answer in the column of questions alone, and asks nothing: text below.

    Gives back how many lines are left.
    """
    while len(body.parts) > 1:
        part = _merged(body.lines[body.parts[-1] :])
        others = (cell for n, cell in enumerate(part) if n != body.question)
        if any(others) or _text(part[body.question]).endswith("?"):
            break
        del body.lines[body.parts[-1] :], body.rows[body.parts.pop() :]
    return len(body.lines)


def _begins(body: _Body, after: int | None) -> bool:
    """Find where the questions begin: at numbers in a column of their own, at numbers before them, or after white.

    Says whether it is certain. ``after``: the number before that of the first, where it is known; 0: there is none.
    """
    for n in range(body.question):
        own = {i: _NUMBER.fullmatch(_text(line[n])) for i, line in enumerate(body.lines) if line[n]}
        if own and all(own.values()):
            return _counted(body, {i: int(number[1]) for i, number in own.items() if number}, after)
    found = {i: _NUMBERED.match(_text(line[body.question]) + " ") for i, line in enumerate(body.lines)}
    if any(found.values()):
        numbers = {i: int(number[1]) for i, number in found.items() if number}
        return _counted(body, numbers, after) and body.starts[0] == 0
    body.starts = body.parts
    asked = [(_merged(record)[body.question], _merged(record)[body.answer]) for record in body.records(body.parts)]
    return not after and all(answer and _text(question).endswith("?") for question, answer in asked)


def _counted(body: _Body, numbers: dict[int, int], after: int | None) -> bool:
    """Find where the questions begin that have numbers, on these lines. Says whether it is certain."""
    rising = list(numbers.values())
    if any(a >= b for a, b in pairwise(rising)) or (after is not None and not 0 < after == rising[0] - 1):
        return False
    body.last = rising[-1]
    if [bisect_right(body.parts, i) for i in numbers] == list(range(1, len(body.parts) + 1)):  # one in each part
        body.starts = body.parts
        return all(_merged(record)[body.question] for record in body.records(body.parts))
    body.starts = list(numbers)
    return (after is not None or not body.starts[0]) and _beside_each_other(body)


def _beside_each_other(body: _Body) -> bool:
    """Whether every question begins where its answer does: after white, or where the sentences before it have ended."""
    columns = (body.question, body.answer)
    for record in body.records(body.starts):
        if not record[0][body.question] or (any(line[body.answer] for line in record) and not record[0][body.answer]):
            return False
    parts = frozenset(body.parts)
    apart = bool(parts.difference(body.starts))
    for before, start in pairwise([0, *body.starts]):
        ended = all(_has_ended(body.lines[before:start], n) for n in columns)
        fresh = not any(_text(body.lines[start][n])[:1].islower() for n in columns)
        if start not in parts and (apart or not ended or not fresh):
            return False
    return True


def _has_ended(lines: Sequence[list[Cell]], column: int) -> bool:
    text = " ".join(_text(line[column]) for line in lines if line[column])
    return not text or bool(_ENDED.search(text))


def _aligned(body: _Body) -> bool:
    """Whether the lines of questions and answers begin at the left edges of their columns."""
    for n in (body.question, body.answer):
        cells = [line[n] for line in body.lines if line[n]]
        edge = min((cell[0].x0 for cell in cells), default=0.0)
        if sum(cell[0].x0 - edge < cell[0].height for cell in cells) < _ALIGNED * len(cells):
            return False
    return True


def _going_on(rows: Sequence[Row], height: float, given: Asked) -> Table | None:
    """The table of the page before at the top of this page; None when it is not certain that it goes on."""
    strips = [(left, right) for left, right in given.strips]
    first = next((i for i, row in enumerate(rows) if row.base > _EDGE * height), len(rows))
    if first == len(rows) or not all(_free(strip, rows[first]) for strip in strips):
        return None
    end, strips = _end(rows, first, strips, height)
    return _table(rows, (first, first, end), strips, (given.question, given.answer), height, after=given.last)


def _text(cell: Cell) -> str:
    return " ".join(word.text for word in cell)
