"""Where words stand on the pages of a file, and from there which page and rectangles a span of clean text has.

Knows no file format. Rectangles are fractions of the page, origin top left, y down.
"""

from __future__ import annotations

import base64
import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rag.documents.source import SourcePage
from rag.types import Block, Document, Page, SourceMap

SCALE = 4000  # a box is in whole parts of the page: 0.05 mm across A4
_COLUMNS = 7

Rectangle = tuple[int, float, float, float, float]  # page, x0, y0, x1, y1


class WordBox(NamedTuple):
    """A word of the source text and its box, in ``1 / SCALE`` of the page."""

    start: int
    length: int
    page: int
    x0: int
    y0: int
    x1: int
    y1: int


_NONE = WordBox(0, 0, 0, 0, 0, 0, 0)


def pack(words: Sequence[WordBox]) -> str:
    """Boxes in order of their start, as a short text: differences with the word before, deflated, in base 64.

    The numbers stand by column, and the bytes of a column by their place in the number: 3 bytes a word remain.
    """
    if not words:
        return ""
    rows = [_difference(before, word) for before, word in pairwise([_NONE, *words])]
    packed = b"".join(_planes(array("i", column)) for column in zip(*rows, strict=True))
    return base64.b64encode(zlib.compress(packed, 6)).decode("ascii")


def _difference(before: WordBox, word: WordBox) -> tuple[int, ...]:
    return (
        word.start - before.start - before.length,
        word.length,
        word.page - before.page,
        word.x0 - before.x1,
        word.y0 - before.y0,
        word.x1 - word.x0,
        word.y1 - word.y0 - (before.y1 - before.y0),
    )


def _planes(column: array[int]) -> bytes:
    if sys.byteorder == "big":
        column.byteswap()
    numbers = column.tobytes()
    return b"".join(numbers[place :: column.itemsize] for place in range(column.itemsize))


@lru_cache(maxsize=8)
def unpack(packed: str) -> tuple[WordBox, ...]:
    """What ``pack`` was given."""
    if not packed:
        return ()
    planes = zlib.decompress(base64.b64decode(packed))
    size = array("i").itemsize
    n = len(planes) // (_COLUMNS * size)
    columns = [_column(planes[c * n * size : (c + 1) * n * size], n) for c in range(_COLUMNS)]
    found: list[WordBox] = []
    word = _NONE
    for gap, length, turn, white, down, width, taller in zip(*columns, strict=True):
        start, x0, y0 = word.start + word.length + gap, word.x1 + white, word.y0 + down
        high = word.y1 - word.y0 + taller
        word = WordBox(start, length, word.page + turn, x0, y0, x0 + width, y0 + high)
        found.append(word)
    return tuple(found)


def _column(planes: bytes, n: int) -> array[int]:
    column = array("i")
    numbers = bytearray(len(planes))
    for place in range(column.itemsize):
        numbers[place :: column.itemsize] = planes[place * n : (place + 1) * n]
    column.frombytes(bytes(numbers))
    if sys.byteorder == "big":
        column.byteswap()
    return column


def boxes(document: Document, start: int, end: int) -> list[Rectangle]:
    """The rectangles that ``document.text[start:end]`` covers, one for each stretch of a line, in reading order.

    Empty when the file has no pages. Every rectangle covers whole words.
    """
    words = unpack(document.boxes)
    covered: list[WordBox] = []
    for a, b in _source_spans(document, start, end):
        first = bisect_right(words, a, key=lambda word: word.start) - 1
        last = bisect_left(words, b, key=lambda word: word.start)
        covered += [word for word in words[max(first, 0) : last] if word.start + word.length > a]
    return [
        (word.page, word.x0 / SCALE, word.y0 / SCALE, word.x1 / SCALE, word.y1 / SCALE) for word in _lines_of(covered)
    ]


def _source_spans(document: Document, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the characters of a clean span that are no white space stand in the source."""
    runs = document.source_map.runs
    first = max(bisect_right(runs, start, key=lambda run: run[0]) - 1, 0)
    for clean, source, length in runs[first:]:
        if clean >= end:
            return
        a, b = max(start, clean), min(end, clean + length)
        piece = document.text[a:b]
        if piece.strip():
            a += len(piece) - len(piece.lstrip())
            yield source + a - clean, source + a - clean + len(piece.strip())


def _lines_of(words: Sequence[WordBox]) -> list[WordBox]:
    """Words that stand beside each other as one box."""
    lines: list[WordBox] = []
    for word in words:
        if lines and _beside(lines[-1], word):
            last = lines[-1]
            lines[-1] = WordBox(
                last.start,
                word.start + word.length - last.start,
                last.page,
                min(last.x0, word.x0),
                min(last.y0, word.y0),
                max(last.x1, word.x1),
                max(last.y1, word.y1),
            )
        else:
            lines.append(word)
    return lines


def _beside(line: WordBox, word: WordBox) -> bool:
    shared = min(line.y1, word.y1) - max(line.y0, word.y0)
    return line.page == word.page and word.x0 >= line.x0 and shared > 0.5 * min(line.y1 - line.y0, word.y1 - word.y0)


def document_pages(pages: Sequence[SourcePage], source_map: SourceMap, text: str) -> tuple[Page, ...]:
    """The pages of a document with their place in its clean text ``text``."""
    if not pages:
        return ()
    starts: dict[int, int] = {}
    characters = dict.fromkeys((page.number for page in pages), 0)
    for clean, end, number in _stretches(pages, source_map):
        starts.setdefault(number, clean)
        characters[number] += len(text[clean:end].strip())
    found: list[Page] = []
    following = len(text)
    for page in reversed(pages):
        following = starts.get(page.number, following)
        found.append(Page(page.number, page.start, following, characters[page.number], page.reading, page.confidence))
    return tuple(reversed(found))


def _stretches(pages: Sequence[SourcePage], source_map: SourceMap) -> Iterator[tuple[int, int, int]]:
    """Pieces of clean text that stand on one page: (start, end, page number), in order."""
    for clean, source, length in source_map.runs:
        at = source
        while at < source + length:
            index = max(bisect_right(pages, at, key=lambda page: page.start) - 1, 0)
            after = pages[index + 1].start if index + 1 < len(pages) else source + length
            until = min(max(after, at + 1), source + length)
            yield clean + at - source, clean + until - source, pages[index].number
            at = until


def page_at(document: Document, position: int) -> int | None:
    """The number of the page on which the clean character at ``position`` stands, None without pages."""
    if not document.pages:
        return None
    source = document.source_map.source(position)
    return document.pages[max(bisect_right(document.pages, source, key=lambda page: page.source) - 1, 0)].number


def pages_of(document: Document, parts: Sequence[Block]) -> tuple[tuple[int, int], ...]:
    """On which pages parts of a document stand: (from where in the clean text, page number), rising."""
    if not document.pages:
        return ()
    found: list[tuple[int, int]] = []
    for part in sorted(parts, key=lambda part: part.start):
        for at in _page_changes(document, part.start, part.end):
            number = page_at(document, at)
            if number is not None and (not found or found[-1][1] != number):
                found.append((at, number))
    return tuple(found)


def _page_changes(document: Document, start: int, end: int) -> Iterator[int]:
    """The places in a clean span from which another page may hold: its start, and the first words of pages in it."""
    yield start
    runs = document.source_map.runs
    first = max(bisect_right(runs, start, key=lambda run: run[0]) - 1, 0)
    for clean, source, length in runs[first:]:
        if clean >= end:
            return
        if clean > start:
            yield clean
        begin = bisect_right(document.pages, source, key=lambda page: page.source)
        for page in document.pages[begin:]:
            if page.source >= source + length:
                break
            if start < clean + page.source - source < end:
                yield clean + page.source - source
