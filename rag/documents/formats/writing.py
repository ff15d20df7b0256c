"""What a reader of a rich format writes with: lines with their role, lists with their numbers, tables as rows.

The text grows a line at a time, a line a paragraph. Knows no format.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.documents.asked_in_rows import columns_of_questions
from rag.documents.formats.merged_cells import MOST, head_each, spread
from rag.documents.source import Fields, Role, Setting, Source
from rag.errors import UnreadableFile

CELL = " | "
BULLET = "•"
_LONGEST_CELL = 600  # characters; a table with longer ones is there to lay out text
_WORDY = 40  # words of a cell of several paragraphs from which a table lays out text
_FIGURE = re.compile(r"(?!(?:19|20)\d\d$)[€\s-]*\d[\d.,\s]*%?")  # and no year
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
_ROMAN_LOW = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class Row:
    """A line that is about to be written. ``raised`` are the stretches of ``text`` that are set as superscript."""

    text: str
    raised: tuple[tuple[int, int], ...] = ()
    role: Role = "text"
    level: int = 0
    tight: bool = False  # no white line before it
    soft: bool = False  # its paragraph may go on in the next line
    italic: bool = False
    again: bool = False  # the head of a table that was set before: furniture


class Inline:
    """The running text of one paragraph, as it comes: white space becomes one space."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, bool]] = []
        self._upright = False
        self.italic = False  # whether all that was taken last is set in italics

    def add(self, text: str | None, *, raised: bool = False, italic: bool = False) -> None:
        """Append text."""
        if text:
            self._pieces.append((text, raised))
            self._upright = self._upright or not (italic or raised or text.isspace())

    def __bool__(self) -> bool:
        return any(not text.isspace() for text, _ in self._pieces)

    def take(self) -> tuple[str, tuple[tuple[int, int], ...]]:
        """The text and what is superscript in it; begins anew."""
        out: list[str] = []
        spans: list[tuple[int, int]] = []
        length = 0
        space = False
        for piece, is_raised in self._pieces:
            words = _PRIVATE.sub("", piece).split()
            space = space or piece[0].isspace()
            if not words:
                continue
            text = " ".join(words)
            if space and length:
                out.append(" ")
                length += 1
            out.append(text)
            if is_raised and spans and spans[-1][1] == length:
                spans[-1] = (spans[-1][0], length + len(text))
            elif is_raised:
                spans.append((length, length + len(text)))
            length += len(text)
            space = piece[-1].isspace()
        self._pieces.clear()
        self.italic, self._upright = bool(out) and not self._upright, False
        return "".join(out), tuple(spans)


@dataclass(slots=True)
class Cell:
    """A cell of a table: its lines."""

    rows: list[Row] = field(default_factory=list)
    heading: bool = False  # it says what stands in its column
    nested: bool = False  # it holds a table
    across: int = 1  # columns that it spans
    down: int = 1  # rows that it spans
    covered: bool = False  # another cell spans its place

    @property
    def text(self) -> str:
        """All of it on one line."""
        return " ".join(row.text for row in self.rows)


class Writer:
    """Grows the text of a source."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._settings: list[Setting] = []
        self._raised: list[tuple[int, int]] = []
        self._furniture: list[tuple[int, int]] = []

    def line(self, row: Row, *, furniture: bool = False) -> None:
        """Write a line; one without text is none."""
        if not row.text:
            return
        if self._length:
            self._put("\n" if row.tight else "\n\n")
        start = self._length
        self._put(row.text)
        self._raised += [(start + a, start + b) for a, b in row.raised]
        if furniture or row.again:
            self._furniture.append((start, self._length))
        elif row.role != "text" or row.soft or row.level or row.italic:
            self._settings.append(Setting(start, row.role, row.level, row.soft, row.italic))

    def typed(self, text: str) -> None:
        """Append text as somebody typed it, with its line ends and its white space."""
        if text.strip():
            self._put("\n\n" if self._length else "")
            self._put(text.rstrip())

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def source(self, data: bytes, name: str, fields: Fields | None = None, *, typed: bool = False) -> Source:
        """The source of the file with these bytes. Raises UnreadableFile when nothing was written.

        ``typed``: its lines may end where the screen did.
        """
        if not self._length:
            raise UnreadableFile(name, "is leeg")
        return Source(
            text="".join(self._parts),
            fingerprint=hashlib.sha256(data).hexdigest(),
            markdown=None if typed else False,
            raised=tuple(self._raised),
            furniture=tuple(self._furniture),
            wrapped=typed,
            settings=tuple(self._settings),
            fields=fields or Fields(),
        )


def table_rows(rows: Sequence[Sequence[Cell]]) -> list[Row]:
    """A table as lines: a row a line; one that is there to lay out text as the lines of its cells."""
    filled = [cells for cells in rows if any(cell.rows for cell in cells)]
    if _lays_out(filled):
        return [line for cells in filled for cell in cells for line in cell.rows]
    rows = [cells for cells, own in zip(spread(rows), rows, strict=True) if any(cell.rows for cell in own)]
    return list(_lines(rows))


def _lines(rows: Sequence[Sequence[Cell]]) -> Iterator[Row]:
    """A line for each row; ``room`` is how many characters of heads may be said again."""
    room, spanned = MOST, True  # whether all rows so far are heads that span columns, so that there may be others below
    for place, cells in enumerate(rows):
        heads = _are_heads(cells, rows[place + 1 :], first=spanned)
        said = head_each(cells, room) if heads else cells
        room -= sum(len(cell.text) for cell in said) - sum(len(cell.text) for cell in cells)
        yield _row(said, "heads" if heads else "row", tight=bool(place))
        spanned = spanned and any(cell.rows and cell.across > 1 for cell in cells)


def _row(cells: Sequence[Cell], role: Role, *, tight: bool) -> Row:
    """The cells of a row on one line; an empty first cell shows as a bare "|"."""
    text = ""
    raised: list[tuple[int, int]] = []
    for number, cell in enumerate(cells):
        text += (CELL if text else "| ") if number else ""
        for place, line in enumerate(cell.rows):
            text += " " if place else ""
            raised += [(len(text) + a, len(text) + b) for a, b in line.raised]
            text += line.text
    return Row(text.rstrip(" |"), tuple(raised), role, tight=tight)


def _lays_out(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether a table is there to lay out text: one column, tables or headings or long texts in it."""
    cells = [cell for row in rows for cell in row]
    if max((sum(bool(cell.rows) for cell in row) for row in rows), default=0) < 2:
        return True
    if any(cell.nested or any(line.role == "heading" for line in cell.rows) for cell in cells):
        return True
    if columns_of_questions([cell.text for cell in rows[0]]):
        return False  # answers may be long
    return any(
        len(cell.text) > _LONGEST_CELL or (len(cell.rows) > 2 and len(cell.text.split()) > _WORDY) for cell in cells
    )


def _are_heads(cells: Sequence[Cell], below: Sequence[Sequence[Cell]], *, first: bool) -> bool:
    """Whether a row says what stands in the columns: marked so, or the first, without figures but above figures."""
    filled = [cell for cell in cells if cell.rows]
    if all(cell.heading for cell in filled):
        return True
    if not first or len(below) < 2 or len(filled) < 2 or any(_FIGURE.fullmatch(cell.text) for cell in filled):
        return False
    plain = not any(c.isdigit() for cell in filled for c in cell.text)
    return plain or any(_FIGURE.fullmatch(cell.text) for cell in below[0])


def number(value: int, style: str) -> str:
    """A number of a list as it is shown. ``style``: "1", "a", "A", "i" or "I"."""
    if style in ("a", "A") and value > 0:
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter.upper() if style == "A" else letter
    if style in ("i", "I") and 0 < value < 5000:
        roman = ""
        for worth, letters in (*_ROMAN, *_ROMAN_LOW):
            roman += letters * (value // worth)
            value %= worth
        return roman.upper() if style == "I" else roman
    return str(value)
