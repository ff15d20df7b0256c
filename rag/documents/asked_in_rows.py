"""Questions in a table with their answers beside them: "Nr. | Vraag | Antwoord", a row for each.

Told by the heads of the table and by what is asked in its rows. A row becomes two lines, the question with what stands
before it as its label, and the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.labels import parse_numbers
from rag.documents.lines import Line
from rag.documents.marks import Mark

_CELLS = re.compile(r"\s*\|\s*")
_ASKS = re.compile(r"(?:technische |schriftelijke |uw |de )?(?:vraag|vragen)(?: of opmerking)?\W*", re.IGNORECASE)
_ANSWERS = re.compile(
    r"(?:(?:ambtelijk|ons|het) )?(?:antwoord|antwoorden|beantwoording|reactie)(?: (?:van )?(?:het )?college)?\W*",
    re.IGNORECASE,
)
_RULE = re.compile(r"[\s|:-]+")
_NUMBER = re.compile(r"(?:vraag\s+)?(\d{1,3}[a-z]?)[.)]?", re.IGNORECASE)
_SHARE = 0.5  # of the rows ask something

Span = tuple[int, int]


def asked_in_rows(lines: Sequence[Line]) -> tuple[list[Line], list[Mark]] | None:
    """The lines with such rows in two, and the marks of the questions and answers; None when there are none."""
    found: list[Line] = []
    marks: list[Mark] = []
    columns: tuple[int, int, int] | None = None  # of the question, of the answer, and how many there are
    asking = 0
    for line in lines:
        cells = _cells(line.text) if " | " in line.text else []
        cells = _all_cells(line, cells, columns[2]) if columns and cells else cells
        heads = columns_of_questions([line.text[a:b] for a, b in cells])
        row = columns if not heads and columns and len(cells) == columns[2] else None
        if heads or (columns and _RULE.fullmatch(line.text)):
            if heads and columns and marks:  # a head that is set again is no part of the answer above it
                marks.append(Mark(len(found), "notice", (), 0))
            columns = heads or columns
            found.append(line)
        elif row and cells[row[0]][1] > cells[row[0]][0]:
            asking += line.text[cells[row[0]][0] : cells[row[0]][1]].endswith("?")
            _part(line, cells, row, found, marks)
        else:
            if columns and marks:  # what comes after a table is no part of its last answer
                marks.append(Mark(len(found), "notice", (), 0))
            columns = None
            found.append(line)
    asked = [mark for mark in marks if mark.role == "question"]
    if not asked or asking < _SHARE * len(asked):
        return None
    return found, _numbered(marks)


def _cells(text: str) -> list[Span]:
    """Where the cells of a row stand in it."""
    begin = 1 if text.startswith("|") else 0
    begin += len(text[begin:]) - len(text[begin:].lstrip())
    end = len(text.removesuffix("|").rstrip())
    edges = [begin, *(place for found in _CELLS.finditer(text, begin, end) for place in found.span()), end]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _all_cells(line: Line, cells: list[Span], count: int) -> list[Span]:
    """The cells of a row with those that are empty at its ends, of which a row of a format says nothing."""
    if line.role != "row" or line.text.endswith("|") or len(cells) >= count:
        return cells
    first = [(0, 0)] if line.text.startswith("|") else []
    missing = count - len(first) - len(cells)
    return [*first, *cells, *[(len(line.text), len(line.text))] * missing]


def columns_of_questions(heads: Sequence[str]) -> tuple[int, int, int] | None:
    """In which columns questions and answers stand, when these are the heads of such a table."""
    asks = next((n for n, head in enumerate(heads) if _ASKS.fullmatch(head)), None)
    answers = next((n for n, head in enumerate(heads) if _ANSWERS.fullmatch(head)), None)
    return (asks, answers, len(heads)) if asks is not None and answers is not None and asks < answers else None


def _part(line: Line, cells: Sequence[Span], row: tuple[int, int, int], found: list[Line], marks: list[Mark]) -> None:
    """Add the two lines of a row with their marks."""
    (start, end), (begin, _) = cells[row[0]], cells[row[1]]
    numbers = next((n[1] for a, b in cells[: row[0]] if (n := _NUMBER.fullmatch(line.text[a:b]))), "")
    first = next(a for a, b in cells[: row[0] + 1] if b > a)
    plain = line._replace(role="text", whole=True, heading=0)
    marks.append(Mark(len(found), "question", parse_numbers(numbers) if numbers else (), start - first))
    found.append(plain.part(first, end)._replace(gap=1))
    after = cells[row[0] + 1][0]
    if line.text[begin:].strip("| "):
        marks.append(Mark(len(found), "answer", marks[-1].numbers, begin - after))
        found.append(plain.part(after, cells[-1][1])._replace(gap=1))


def _numbered(marks: Sequence[Mark]) -> list[Mark]:
    """With numbers: those of the rows when each has one of its own, else counted."""
    own = [mark.numbers for mark in marks if mark.role == "question"]
    if all(own) and len(set(own)) == len(own):
        return list(marks)
    counted, count = [], 0
    for mark in marks:
        count += mark.role == "question"
        counted.append(mark if mark.role == "notice" else Mark(mark.line, mark.role, (str(count),), mark.rest))
    return counted
