"""Slices of the source → clean text with the way back. Knows nothing of what the text says."""

from __future__ import annotations

from bisect import bisect_right

from rag.documents.lines import Slice
from rag.types import SourceMap


class TextBuilder:
    """Grows a clean text out of slices of a source.

    The only way in is through ``add``, so that nothing can be written that the source does not hold, white space aside.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: list[str] = []
        self._runs: list[tuple[int, int, int]] = []  # (clean, source, length): those that are closed
        self._clean = self._begin = self._size = 0  # the run that may still grow; of size 0 there is none
        self._pending = ""
        self.length = 0

    def space(self, white: str) -> None:
        """Ask for white space before whatever comes next; the most of what was asked for counts."""
        pending = self._pending
        if not pending:
            self._pending = white if self.length else ""
        elif (white.count("\n"), len(white)) > (pending.count("\n"), len(pending)):
            self._pending = white

    def add(self, slices: tuple[Slice, ...]) -> tuple[int, int]:
        """Append slices; returns where they begin and end in the clean text."""
        if self._pending and slices:
            self._white(self._pending)
            self._pending = ""
        start = self.length
        for a, b in slices:
            if b > a:
                self._append(self._source[a:b], a, b - a)
            else:
                self._white(" ")
        return start, self.length

    def _white(self, white: str) -> None:
        source = min(self._begin + self._size, max(len(self._source) - len(white), 0))
        self._append(white, source, len(white))

    def _append(self, piece: str, source: int, size: int) -> None:
        self._parts.append(piece)
        if self._begin + self._size == source and self._size:
            self._size += size
        else:
            if self._size:
                self._runs.append((self._clean, self._begin, self._size))
            self._clean, self._begin, self._size = self.length, source, size
        self.length += size

    def text(self) -> str:
        """The clean text."""
        return "".join(self._parts)

    def source_map(self) -> SourceMap:
        """The way back."""
        return SourceMap(tuple(self._all_runs()))

    def finder(self) -> Finder:
        """The way forth."""
        return Finder(self._all_runs())

    def _all_runs(self) -> list[tuple[int, int, int]]:
        return [*self._runs, (self._clean, self._begin, self._size)] if self._size else self._runs


class Finder:
    """Source place → clean place, for the characters that were kept."""

    def __init__(self, runs: list[tuple[int, int, int]]) -> None:
        self._runs = sorted((source, clean, length) for clean, source, length in runs)

    def clean(self, source: int) -> int | None:
        """The clean place of the source character at ``source``, None when it was left out."""
        index = bisect_right(self._runs, source, key=lambda run: run[0]) - 1
        for begin, clean, length in reversed(self._runs[max(index - 3, 0) : index + 1]):
            if begin <= source < begin + length:
                return clean + source - begin
        return None
