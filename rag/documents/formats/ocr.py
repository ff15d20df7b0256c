"""Image → lines, by Tesseract with Dutch, when it is installed. Knows no PDF and no documents.

Tesseract is a program of its own (Apache-2.0): it gets the image on its input and gives words with their boxes and its
confidence (its TSV output). It runs with a time limit, so that no image can hold up the rest.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple

from rag.documents.formats.paged import ReadLine, ReadPage, named
from rag.documents.pages import SCALE

PROGRAM = "tesseract"
LANGUAGE = "nld"
ADVICE = "installeer tesseract-ocr en tesseract-ocr-nld"
SECONDS = 90.0  # for a page
POOR = 0.75  # confidence below which a page is called hard to read
_PAGE, _WORD = 1, 5  # levels of the TSV


class _Row(NamedTuple):
    """A row of Tesseract's TSV."""

    level: int
    page: int
    block: int
    paragraph: int
    line: int
    word: int
    left: int
    top: int
    width: int
    height: int
    confidence: float
    text: str


@cache
def available() -> bool:
    """Whether Tesseract and its Dutch are installed."""
    return LANGUAGE in languages()


def can_read_now(reason: str) -> bool:
    """Whether a file that was refused for this reason can be read by now: Tesseract has been installed since."""
    return ADVICE in reason and available()


@cache
def languages() -> tuple[str, ...]:
    """The languages of the installed Tesseract; empty when there is none."""
    program = shutil.which(PROGRAM)
    if program is None:
        return ()
    try:
        shown = subprocess.run([program, "--list-langs"], capture_output=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(shown.stdout.decode("utf-8", "replace").split("\n")[1:])


def recognise(image: bytes, seconds: float = SECONDS) -> list[ReadPage]:
    """The pages of an image file (PNM, PNG, JPEG, TIFF) with their text; empty when nothing could be made of it."""
    program = shutil.which(PROGRAM)
    if program is None:
        return []
    command = [program, "stdin", "stdout", "-l", LANGUAGE, "--dpi", "300", "tsv"]
    try:
        made = subprocess.run(  # noqa: S603 - the program that is installed, with our own arguments
            command, input=image, capture_output=True, timeout=seconds, check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    return list(pages_of(made.stdout.decode("utf-8", "replace")))


def pages_of(tsv: str) -> Iterator[ReadPage]:
    """Tesseract's TSV → pages. Confidence is the mean of the words', each counted by its length, in 0–1."""
    rows = [_row(cells) for cells in csv.reader(tsv.splitlines()[1:], delimiter="\t", quoting=csv.QUOTE_NONE)]
    for number, of_page in groupby((row for row in rows if row), key=lambda row: row.page):
        page = list(of_page)
        words = [row for row in page if row.level == _WORD and row.text.strip() and row.confidence >= 0]
        whole = next((row for row in page if row.level == _PAGE), None)
        if whole is None or not whole.width or not whole.height:
            continue
        length = sum(len(word.text) for word in words)
        confidence = sum(word.confidence * len(word.text) for word in words) / (100 * length) if length else None
        rounded = None if confidence is None else round(confidence, 3)
        yield ReadPage(number, list(_lines(words, whole)), "ocr", rounded)


def remarks(pages: Sequence[ReadPage]) -> list[str]:
    """What people should know of pages that were read so, in Dutch."""
    read = [page.number for page in pages if page.reading == "ocr"]
    poor = [page.number for page in pages if page.confidence is not None and page.confidence < POOR]
    said = [f"{named(read)} gelezen met tekstherkenning: controleer cijfers en namen"] if read else []
    return [*said, f"{named(poor)} slecht leesbaar"] if poor else said


def _row(cells: list[str]) -> _Row | None:
    if len(cells) < 12:
        return None
    numbers: list[int] = [int(cell) for cell in cells[:10]]
    return _Row._make([*numbers, float(cells[10]), cells[11]])


def _lines(words: list[_Row], page: _Row) -> Iterator[ReadLine]:
    before: _Row | None = None
    bottom = 0
    for _, group in groupby(words, key=lambda word: (word.block, word.paragraph, word.line)):
        row = list(group)
        line = _line(row, page)
        if before is not None:
            line.gap = int((row[0].block, row[0].paragraph) != (before.block, before.paragraph))
            line.column = row[0].block != before.block and line.bottom < bottom and row[0].left > before.left
        before, bottom = row[0], line.top
        yield line


def _line(words: list[_Row], page: _Row) -> ReadLine:
    text, boxes = "", []
    for word in words:
        text += " " if text else ""
        x0, x1 = (round(SCALE * x / page.width) for x in (word.left, word.left + word.width))
        y0, y1 = (round(SCALE * y / page.height) for y in (word.top, word.top + word.height))
        boxes.append((len(text), len(word.text), x0, y0, x1, y1))
        text += word.text
    return ReadLine(text, boxes)
