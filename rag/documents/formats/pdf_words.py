"""The characters of a PDF page, as PDFium tells them → words with their places. Part of ``pdf_child.py``.

Coordinates become points from the top left of the page as it is shown, whatever its crop box and rotation.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

from rag.documents.formats.pdf_rows import Word

Box = tuple[float, float, float, float]  # x0, y0, x1, y1

_LINE_END_HYPHEN = 0x02  # what PDFium makes of a hyphen at a line end
_LETTERS = {_LINE_END_HYPHEN: "-", 0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}
_SAME = 0.08  # of the height of a word: what may lie between the places of characters of one word
_NEAR, _BACK = 0.12, 0.4  # of the height: how far apart, and how far over each other, they may stand
_ITALIC, _FORCE_BOLD = 1 << 6, 1 << 18  # flags of a font descriptor (PDF Reference 1.7, table 123)
_LONGEST_NAME = 128  # bytes of a font's name
_LIGATURE = 0.01  # points
_FINEST = 100.0  # parts of a point


class View:
    """From the coordinates of the file to those of the page as shown."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self.width, self.height = page.get_size()
        scale = min(_FINEST, 1e6 / max(self.width, self.height, 1.0))
        size = max(int(self.width * scale), 1), max(int(self.height * scale), 1)

        def device(x: float, y: float) -> tuple[float, float]:
            a, b = ctypes.c_int(), ctypes.c_int()
            c.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, x, y, a, b)
            return a.value / scale, b.value / scale

        self._zero = device(0, 0)
        (x1, y1), (x2, y2) = device(1000, 0), device(0, 1000)
        self._x = (x1 - self._zero[0]) / 1000, (x2 - self._zero[0]) / 1000
        self._y = (y1 - self._zero[1]) / 1000, (y2 - self._zero[1]) / 1000
        self._plain = self._x[0] > 0 > self._y[1] and not self._x[1] and not self._y[0]  # not turned, as nearly all

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the file on the page."""
        left, top = self._zero
        return left + self._x[0] * x + self._x[1] * y, top + self._y[0] * x + self._y[1] * y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A rectangle of the file on the page."""
        if self._plain:
            (x, y), across, down = self._zero, self._x[0], self._y[1]
            return x + across * left, y + down * top, x + across * right, y + down * bottom
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def upright(self, along: float, up: float) -> bool:
        """Whether text that runs in this direction of the file is shown level and from left to right."""
        x, y = self._x[0] * along + self._x[1] * up, self._y[0] * along + self._y[1] * up
        return x > 0 and abs(y) < 0.05 * x

    def shows(self, box: Box) -> bool:
        """Whether any of a box is on the page."""
        return box[2] > 0 and box[3] > 0 and box[0] < self.width and box[1] < self.height and box[3] > box[1]


class Words:
    """The words of a page in the order of the file: those that stand level, and the others."""

    def __init__(self, text: Any, count: int, view: View) -> None:  # noqa: ANN401 - an FPDF_TEXTPAGE
        self.level: list[Word] = []
        self.sideways: list[Word] = []
        self.unreadable = 0  # characters that the file draws and does not name
        self._text, self._view = text, view
        self._rect, self._matrix = c.FS_RECTF(), c.FS_MATRIX()
        self._word: Word | None = None
        self._upright = True
        self._name, self._flags = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.c_int()
        self._left = 0.0  # of the character before
        self._high = 0  # the first half of a surrogate pair
        for i in range(count):
            self._take(i, c.FPDFText_GetUnicode(text, i))

    @property
    def characters(self) -> int:
        """How many characters the words have."""
        return sum(len(word.text) for words in (self.level, self.sideways) for word in words)

    def _take(self, i: int, code: int) -> None:
        letter = chr(code) if 32 <= code < 0xD800 else _LETTERS.get(code) or self._letter(code)
        if not letter:
            return
        if letter.isspace() or letter < " ":
            if self._word is not None:
                self._word.space = True
                self._word = None
            return
        self.unreadable += letter == "\ufffd" or "\ue000" <= letter <= "\uf8ff"
        rect = self._rect
        c.FPDFText_GetLooseCharBox(self._text, i, rect)
        box = self._view.box(rect.left, rect.bottom, rect.right, rect.top)
        word, before, self._left = self._word, self._left, box[0]
        if word is not None and abs(box[0] - before) < _LIGATURE:
            word.text += letter  # PDFium gives each letter of a ligature the box of the whole
            return
        if word is None or not (_goes_on(word, box) if self._upright else _close(word, box)):
            self._begin(i, letter, box)
            return
        word.text += letter
        word.x0, word.x1 = min(word.x0, box[0]), max(word.x1, box[2])
        if not self._upright:
            word.y0, word.y1 = min(word.y0, box[1]), max(word.y1, box[3])

    def _letter(self, code: int) -> str:
        """The character of a UTF-16 code; empty for the first half of a pair."""
        if 0xD800 <= code < 0xDC00:
            self._high = code
            return ""
        if 0xDC00 <= code < 0xE000:
            high, self._high = self._high, 0
            return chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00) if high else "\ufffd"
        return chr(code) if code <= 0x10FFFF else "\ufffd"

    def _begin(self, i: int, letter: str, box: Box) -> None:
        x, y = ctypes.c_double(), ctypes.c_double()
        c.FPDFText_GetCharOrigin(self._text, i, x, y)
        self.unreadable += c.FPDFText_HasUnicodeMapError(self._text, i) == 1
        c.FPDFText_GetMatrix(self._text, i, self._matrix)
        self._upright = self._view.upright(self._matrix.a, self._matrix.b)
        self._word = Word(letter, *box, self._view.point(x.value, y.value)[1])
        c.FPDFText_GetFontInfo(self._text, i, self._name, _LONGEST_NAME, self._flags)
        name, flags = self._name.value.lower(), self._flags.value
        self._word.bold = bool(flags & _FORCE_BOLD) or b"bold" in name
        self._word.italic = bool(flags & _ITALIC) or b"italic" in name or b"oblique" in name
        if self._view.shows(box):
            (self.level if self._upright else self.sideways).append(self._word)


def _goes_on(word: Word, box: Box) -> bool:
    """Whether a character belongs to the word before it: same line, same size, right after it."""
    height = word.y1 - word.y0
    if abs(box[3] - word.y1) > _SAME * height or abs(box[1] - word.y0) > _SAME * height:
        return False
    return -_BACK * height < box[0] - word.x1 < _NEAR * height


def _close(word: Word, box: Box) -> bool:
    """The same for characters that do not stand level: near each other in any direction."""
    reach = 0.6 * min(box[2] - box[0], box[3] - box[1]) + 1
    beside = max(box[0] - word.x1, word.x0 - box[2]) < reach
    return beside and max(box[1] - word.y1, word.y0 - box[3]) < reach
