"""What a format says of the lines of its text → the lines themselves: headings, rows, superscript, furniture.

Knows no formats: a format says it with ``Source.settings``, ``raised`` and ``furniture``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from rag.documents.lines import Line, Slice
from rag.documents.source import Setting, Source

_PLAIN = Setting(-1, "text")


def apply_settings(lines: list[Line], source: Source) -> list[Line]:
    """The lines with the role, the heading level and the superscript that the format gives them."""
    if not source.settings and not source.raised:
        return lines
    starts = [setting.start for setting in source.settings]
    found = []
    for line in lines:
        place = bisect_right(starts, line.start) - 1
        setting = source.settings[place] if place >= 0 else _PLAIN
        if setting is not _PLAIN and not {"\n", "\f"}.isdisjoint(source.text[setting.start : line.start]):
            setting = _PLAIN
        notes = _places(line, source.raised)
        if setting is not _PLAIN or notes:
            level, whole = setting.level or line.heading, line.whole and not setting.soft
            line = line._replace(  # noqa: PLW2901 - the same, with what the format says of it
                role=setting.role,
                heading=level,
                whole=whole,
                italic=setting.italic or line.italic,
                notes=notes or line.notes,
            )
        found.append(line)
    return found


def furniture_of(lines: Sequence[Line], source: Source) -> frozenset[int]:
    """The indices of the lines that the format calls furniture."""
    if not source.furniture:
        return frozenset()
    starts = [start for start, _ in source.furniture]
    found = set()
    for i, line in enumerate(lines):
        place = bisect_right(starts, line.start) - 1
        if place >= 0 and line.start < source.furniture[place][1]:
            found.add(i)
    return frozenset(found)


def _places(line: Line, raised: Sequence[Slice]) -> tuple[Slice, ...]:
    """The stretches of the line's text that are set as superscript."""
    found: list[Slice] = []
    position = 0
    for start, end in line.slices:
        for a, b in raised[max(bisect_right(raised, (start, start)) - 1, 0) : bisect_left(raised, (end, end))]:
            low, high = max(a, start), min(b, end)
            if low < high:
                found.append((position + low - start, position + high - start))
        position += max(end - start, 1)
    return tuple(found)
