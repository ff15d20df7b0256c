"""Words with their places on a page → rows: what stands on one base line. Knows no PDF and no columns.

Coordinates are points from the top left of the page as it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SAME_BASE = 0.3  # of the height of a row: words whose base lines differ less stand on it
_SMALL = 0.82  # share of the height of a row from which a word in it is no superscript
_SMALL_FIGURE = 0.97  # the same for a figure
_FIGURE = re.compile(r"\d{1,3}|[*†‡]{1,3}")


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


def rows_of(words: Sequence[Word]) -> list[Row]:
    """Words → rows from top to bottom. Small words beside a row, raised or lowered, come to stand on it."""
    rows: list[Row] = []
    for word in sorted(words, key=lambda word: (word.base, word.x0)):
        word.raised = False
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
            if row.base - word.base > 0.1 * row.height and word.height < _limit(word) * row.height:
                word.raised = True
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


def _limit(word: Word) -> float:
    return _SMALL_FIGURE if _FIGURE.fullmatch(word.text) else _SMALL


def _belongs(word: Word, row: Row) -> bool:
    """Whether a word is a superscript or subscript of a row: smaller, within its height, and close to a word of it."""
    if not -0.9 * row.height < word.base - row.base < 0.4 * row.height or word.height > _limit(word) * row.height:
        return False
    near = 0.5 * row.height
    return any(
        -near < word.x0 - other.x1 < near or -near < other.x0 - word.x1 < near
        for other in row.words
        if other.height > word.height
    )
