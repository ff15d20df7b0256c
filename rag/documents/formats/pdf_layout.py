"""Words with their places on a page → lines in reading order. Knows no PDF and no documents.

Coordinates are points from the top left of the page as it is shown. The way: words make rows; a stretch of rows that
keeps the same strip of white free is cut into columns, these are read one after another; what is left is read row by
row. After the whitespace analysis of T. Breuel, "Two Geometric Algorithms for Layout Analysis" (DAS 2002), with rows
for rectangles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

_SAME_BASE = 0.3  # of the height of a row: words whose base lines differ less stand on it
_SMALL = 0.82  # share of the height of a row from which a word in it is no superscript
_GLUED = 0.12  # of the height: words closer than this are one
_APART = 2.5  # of the height: cells of a table, or a label and what it says
_GUTTER, _LEAST_GUTTER = 0.7, 8.0  # of the height, and in points
_FEWEST_ROWS = 4  # of text on both sides of a gutter
_DEEPEST = 6  # columns within columns
_MOST_GUTTERS = 40
_NEW_PARAGRAPH = 1.3  # of the distance of lines
_MOST_BLANK = 3


@dataclass(slots=True)
class Word:
    """A word, or a piece of one that is set otherwise. ``space``: the file has a space after it."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    base: float  # y of its base line
    space: bool = False
    raised: bool = False
    bold: bool = False
    italic: bool = False

    @property
    def height(self) -> float:
        """The height of its font's box."""
        return self.y1 - self.y0


@dataclass(slots=True)
class Row:
    """Words on one base line, from left to right."""

    words: list[Word]
    base: float
    height: float

    @property
    def x0(self) -> float:
        """Its left end."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """Its right end."""
        return max(word.x1 for word in self.words)


@dataclass(slots=True)
class PageLine:
    """A line of text on the page. ``boxes`` are (start in the text, length, x0, y0, x1, y1)."""

    text: str
    height: float
    gap: int  # blank lines before it
    indent: int  # characters
    column: bool = False  # it begins a column: running text goes on here from the foot of another
    boxes: list[tuple[int, int, float, float, float, float]] = field(default_factory=list)
    raised: list[tuple[int, int]] = field(default_factory=list)
    bold: bool = False
    italic: bool = False


def page_lines(words: Sequence[Word]) -> list[PageLine]:
    """The lines of a page in reading order."""
    lines: list[PageLine] = []
    bottom: float | None = None
    for region in _regions(list(words), 0):
        made = _lines_of(region.rows)
        if lines and made:
            first = region.rows[0]
            made[0].column = region.goes_on
            above = bottom is not None and first.base > bottom
            made[0].gap = 0 if region.goes_on else _gap(first.base - (bottom or 0), 1.25 * first.height) if above else 2
        lines += made
        bottom = region.rows[-1].base
    return lines


def rows_of(words: Sequence[Word]) -> list[Row]:
    """Words → rows from top to bottom. Small words beside a row, raised or lowered, come to stand on it."""
    rows: list[Row] = []
    for word in sorted(words, key=lambda word: (word.base, word.x0)):
        last = rows[-1] if rows else None
        if last and word.base - last.base <= _SAME_BASE * min(word.height, last.height):
            last.words.append(word)
            last.height = max(last.height, word.height)
        else:
            rows.append(Row([word], word.base, word.height))
    rows = _with_small_words(rows)
    for row in rows:
        row.words.sort(key=lambda word: word.x0)
        for word in row.words:
            word.raised = word.raised or (
                word.height < _SMALL * row.height and row.base - word.base > 0.1 * row.height and len(row.words) > 1
            )
    return rows


def _with_small_words(rows: list[Row]) -> list[Row]:
    """Move words of small rows to the row beside which they stand."""
    kept: list[Row] = []
    for i, row in enumerate(rows):
        stay: list[Word] = []
        beside = [rows[k] for k in (i + 1, i - 1, i + 2) if 0 <= k < len(rows)]
        for word in row.words:
            home = next((other for other in beside if _belongs(word, other)), None)
            if home:
                word.raised = word.base < home.base
                home.words.append(word)
            else:
                stay.append(word)
        if stay:
            row.words = stay
            kept.append(row)
    return kept


def _belongs(word: Word, row: Row) -> bool:
    """Whether a word is a superscript or subscript of a row: smaller, within its height, and close to a word of it."""
    if word.height > _SMALL * row.height or not -0.9 * row.height < word.base - row.base < 0.4 * row.height:
        return False
    near = 0.5 * row.height
    return any(
        -near < word.x0 - other.x1 < near or -near < other.x0 - word.x1 < near
        for other in row.words
        if other.height > word.height
    )


@dataclass(slots=True)
class _Region:
    rows: list[Row]
    goes_on: bool = False  # the text before it, in the column to its left, goes on here


def _regions(words: list[Word], depth: int) -> list[_Region]:
    """Cut words into regions that are read row by row, in reading order."""
    rows = rows_of(words)
    if not rows:
        return []
    cut = _best_cut(rows) if depth < _DEEPEST else None
    if cut is None:
        return [_Region(rows)]
    left = [w for row in rows[cut.first : cut.last] for w in row.words if w.x0 < cut.x]
    right = [w for row in rows[cut.first : cut.last] for w in row.words if w.x0 >= cut.x]
    aside = cut.aside == "right"
    columns = [_regions(part, depth + 1) for part in ((right, left) if aside else (left, right))]
    if not cut.aside and columns[1]:
        columns[1][0].goes_on = True
    above = _regions([w for row in rows[: cut.first] for w in row.words], depth + 1)
    below = _regions([w for row in rows[cut.last :] for w in row.words], depth + 1)
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
        if rows[begin - 1].height > largest:
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


def _lines_of(rows: list[Row]) -> list[PageLine]:
    left = min(row.x0 for row in rows)
    pitch = _pitch(rows)
    lines: list[PageLine] = []
    for i, row in enumerate(rows):
        line = _line(row, left)
        if i:
            expected = pitch if pitch and row.height < 1.2 * rows[i - 1].height else 1.25 * row.height
            line.gap = _gap(row.base - rows[i - 1].base, expected)
        lines.append(line)
    return lines


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


def _line(row: Row, left: float) -> PageLine:
    pieces: list[str] = []
    line = PageLine("", row.height, 0, 0)
    line.bold, line.italic = all(w.bold for w in row.words), all(w.italic for w in row.words)
    length = 0
    for i, word in enumerate(row.words):
        white = _white(row.words[i - 1], word, row.height) if i else ""
        length += len(white)
        pieces += [white, word.text]
        line.boxes.append((length, len(word.text), word.x0, word.y0, word.x1, word.y1))
        if word.raised:
            line.raised.append((length, length + len(word.text)))
        length += len(word.text)
    line.text = "".join(pieces)
    width = (row.x1 - row.x0) / max(length, 1)
    line.indent = round((row.x0 - left) / width) if width > 0 and row.x0 - left > row.height else 0
    return line


def _white(before: Word, after: Word, height: float) -> str:
    distance = after.x0 - before.x1
    if distance > _APART * height:
        return "   "
    if before.space:
        return " "
    return "" if distance < _GLUED * height else " "
