"""A table that may go on elsewhere: whether its head is set again there, and whether its last row goes on in the first.

Told by what its rows say, as lines of cells parted by "|". Knows no format.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest


class HeadedRows:
    """The heads of a table and the cells of its rows. An empty list of cells stands for a row that is not certain."""

    def __init__(self, heads: Sequence[str], rows: Sequence[Sequence[str]], first: str) -> None:
        """``first`` is its first line, which may prove to be a head."""
        self.heads = list(heads)
        self.rows = [list(cells) for cells in rows]
        self._first = first

    def heads_again(self, texts: Sequence[str]) -> int:
        """How many of these lines are the heads once more. A first line without figures that comes again is a head."""
        if self.heads:
            return len(self.heads) if list(texts[: len(self.heads)]) == self.heads else 0
        if not texts or texts[0] != self._first or " | " not in self._first or any(c.isdigit() for c in self._first):
            return 0
        self.heads, self.rows = [self._first], self.rows[1:]
        return 1

    def add(self, rows: Sequence[Sequence[str]], *, broken: bool = False) -> bool:
        """Add rows. Gives back whether the first is the rest of the last: when that is known, or by its cells."""
        more = [list(cells) for cells in rows]
        rest = bool(self.rows and self.rows[-1] and more and more[0]) and (broken or self._is_rest(more))
        if rest:
            self.rows[-1] = [" ".join(both) for both in zip_longest(self.rows[-1], more.pop(0), fillvalue="")]
        self.rows += more
        return rest

    def _is_rest(self, rows: Sequence[Sequence[str]]) -> bool:
        """Whether the first row goes on below text, its first cell empty, where every other row has one of its own."""
        first, *others = rows
        labels = [row[0] if row else "" for row in (*self.rows, *others)]
        if first[0] or not all(labels) or any(one == other for one, other in pairwise(labels)):
            return False
        last = [*self.rows[-1], *[""] * len(first)]
        going_on = [n for n, cell in enumerate(first) if cell]
        return bool(going_on) and all(last[n] and not is_figure(first[n]) for n in going_on)


def is_figure(text: str) -> bool:
    """Whether a cell holds a figure."""
    plain = "".join(text.split())
    return 2 * sum(c.isdigit() for c in plain) >= len(plain) > 0


def cells_of(text: str) -> list[str]:
    """What the cells of a row say."""
    return [cell.strip() for cell in text.split("|")]
