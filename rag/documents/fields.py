"""Fields in the head of a document: "Fractie: D66", "| Indiener | A. de Wit |", a label with its value below it.

Which labels there are is for who asks; here is only how a label and its value stand beside or below each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

_PARTED = re.compile(r"\s*\|\s*")
_RULE = re.compile(r"[\s|:-]*$")
_LONGEST_LABEL = 48  # characters
_LONGEST_VALUE = 200
_MOST_BELOW = 12  # lines of a value


def fields(
    lines: Sequence[str], names: re.Pattern[str], more: re.Pattern[str] | None = None
) -> Iterator[tuple[str, str]]:
    """The fields whose label is one of ``names`` (the whole label), with their values, in order of the lines.

    A value below its label goes on in the lines that are ``more`` (all of the line).
    """
    under: list[str] = []  # the labels at the head of a table, by column
    for n, line in enumerate(lines):
        cells = [cell.strip() for cell in _PARTED.split(line.strip("| "))] if "|" in line else []
        if len(cells) < 2:
            under = under if _RULE.match(line) else []
            found = _pair(line.strip("| "), lines[n + 1 : n + 1 + _MOST_BELOW], names, more)
            if found:
                yield found
        elif all(names.fullmatch(_label(cell)) for cell in cells):
            under = [_label(cell) for cell in cells]
        elif under and len(cells) <= len(under):
            yield from ((label, cell) for label, cell in zip(under, cells, strict=False) if cell)
        else:
            under = []
            yield from _in_row(cells, names)


def _label(text: str) -> str:
    return text.rstrip(": ")


def _pair(
    line: str, below: Sequence[str], names: re.Pattern[str], more: re.Pattern[str] | None = None
) -> tuple[str, str] | None:
    """A label with its value after it, or on the next line when that is no field itself."""
    label, _, value = line.partition(":")
    label, value = label.strip(), value.strip()
    if len(label) > _LONGEST_LABEL or not names.fullmatch(label):
        return None
    if not value and below and not any(mark in below[0] for mark in ":|") and not names.fullmatch(below[0].strip()):
        first = "" if more and more.fullmatch(below[0]) else below[0]
        going_on = takewhile(more.fullmatch, below) if more else ()
        value = first.strip() or "\n".join(going_on)
    return (label, value) if 0 < len(value) <= _LONGEST_VALUE else None


def _in_row(cells: Sequence[str], names: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Labels in a row of a table, each with the cell after it; a cell may hold its label itself."""
    n = 0
    while n < len(cells):
        label = _label(cells[n])
        if names.fullmatch(label) and n + 1 < len(cells) and not names.fullmatch(_label(cells[n + 1])):
            if cells[n + 1]:
                yield label, cells[n + 1]
            n += 2
            continue
        found = _pair(cells[n], (), names)
        if found:
            yield found
        n += 1
