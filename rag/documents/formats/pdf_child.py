"""The process that runs PDFium, one request at a time, for ``pdf_process.py``. Started as ``python -m`` this module.

PDFium is native code that reads files of strangers: here a crash or an endless loop costs one file. Requests and
replies are a head (lengths of both parts), JSON, and bytes; nothing is unpickled.
"""

from __future__ import annotations

import ctypes
import json
import math
import struct
import sys
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

import pypdfium2 as pdfium
import pypdfium2.raw as c

from rag.documents.formats import pdf_forms
from rag.documents.formats.pdf_head import HEAD
from rag.documents.formats.pdf_layout import PageLine, page_lines
from rag.documents.formats.pdf_rules import rules
from rag.documents.formats.pdf_tables import Asked, Table
from rag.documents.formats.pdf_words import Box, View, Words
from rag.documents.pages import SCALE

MEMORY = 2 * 1024**3  # bytes of address space, where the system can limit it
MOST_CHARACTERS = 100_000  # of a page
MOST_OBJECTS = 3000  # of a page, looked at for images
MOST_PIXELS = 12_000_000
MOST_SHAPES = 300  # a page of little text and more shapes has its letters drawn
FEW_CHARACTERS = 150  # a page that is an image may bear a stamp of so many
UNREADABLE = 0.3  # share of the characters of which the file does not say what they are
_SCAN = 0.5  # share of the page that images cover from which it is a scan
_PASSWORD = 4  # FPDF_ERR_PASSWORD

Reply = tuple[dict[str, Any], bytes]


class _Reader:
    """Holds the file that is open."""

    def __init__(self) -> None:
        self._document: pdfium.PdfDocument | None = None

    def answer(self, request: dict[str, Any], payload: bytes) -> Reply:
        """Do what is asked."""
        if request["do"] == "open":
            return self._open(payload), b""
        if self._document is None:
            return {"error": "closed"}, b""
        if request["do"] == "close":
            self._close()
            return {}, b""
        page = self._document[request["page"]]
        try:
            if request["do"] == "page":
                asked = Asked(**request["asked"]) if request.get("asked") else None
                return self._read(page, request["page"], asked), b""
            return _rendered(page, request["width"], gray=request["gray"])
        finally:
            page.close()

    def _read(self, page: pdfium.PdfPage, number: int, asked: Asked | None) -> dict[str, Any]:
        """A page with what is filled in on it."""
        found = pdf_forms.beside(page)
        if not found.drawn or self._document is None or not pdf_forms.draw_in(page):
            return _read_page(page, page, found, asked)
        filled = self._document[number]
        try:
            return _read_page(filled, page, found, asked)
        finally:
            filled.close()

    def _open(self, data: bytes) -> dict[str, Any]:
        self._close()
        try:
            self._document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            return {"error": "password" if error.err_code == _PASSWORD else "broken"}
        return {"pages": len(self._document)}

    def _close(self) -> None:
        if self._document is not None:
            self._document.close()
            self._document = None


def _read_page(
    page: pdfium.PdfPage, bare: pdfium.PdfPage, found: pdf_forms.Beside, asked: Asked | None
) -> dict[str, Any]:
    """The lines of a page, with boxes in 1 / SCALE of it, and whether it is a scan. ``bare``: it before it was filled.

    ``found`` is what stands beside its contents, ``asked`` the table of questions with which the page before ends.
    """
    view = View(page)
    text = c.FPDFText_LoadPage(page.raw)
    try:
        total = max(c.FPDFText_CountChars(text), 0) if text else 0
        words = Words(text, min(total, MOST_CHARACTERS), view)
    finally:
        if text:
            c.FPDFText_ClosePage(text)
    unreadable = words.unreadable > UNREADABLE * max(words.characters, 1)
    lines = [] if unreadable else page_lines(words.level, view.height, lambda: rules(page, view), asked)
    tables = list({id(line.table): line.table for line in lines if line.table}.values())
    return {
        "lines": [_line(line, view, tables) for line in lines],
        "tables": [_table(table, view) for table in tables],
        "sideways": "" if unreadable else " ".join(word.text for word in words.sideways),
        "scan": unreadable or (words.characters < FEW_CHARACTERS and _covered(bare, view) > _SCAN),
        "values": [_value(text, view.box(*corners), view) for text, corners in found.values],
        "remarks": found.remarks,
        "ticked": found.ticked,
        "cut": total > MOST_CHARACTERS or found.cut,
        "width": view.width,
    }


def _line(line: PageLine, view: View, tables: Sequence[Table]) -> dict[str, Any]:
    x, y = SCALE / (view.width or 1.0), SCALE / (view.height or 1.0)
    return {
        "text": line.text,
        "height": round(line.height, 2),
        "gap": line.gap,
        "indent": line.indent,
        "column": line.column,
        "boxes": [
            (start, length, _whole(x * x0), _whole(y * y0), _whole(x * x1), _whole(y * y1))
            for start, length, x0, y0, x1, y1 in line.boxes
        ],
        "raised": line.raised,
        "bold": line.bold,
        "italic": line.italic,
        "role": line.role,
        "table": next((n for n, table in enumerate(tables) if table is line.table), None),
    }


def _table(table: Table, view: View) -> dict[str, Any]:
    """How a table stands on the page."""
    x = SCALE / (view.width or 1.0)
    return {
        "columns": [(_whole(x * left), _whole(x * right)) for left, right in table.columns],
        "ruled": table.ruled,
        "open_above": table.open_above,
        "open_below": table.open_below,
        "asked": None if table.asked is None else asdict(table.asked),
    }


def _value(text: str, box: Box, view: View) -> dict[str, Any]:
    """A value that is not drawn, as one word that fills its field."""
    x, y = SCALE / (view.width or 1.0), SCALE / (view.height or 1.0)
    placed = (_whole(x * box[0]), _whole(y * box[1]), _whole(x * box[2]), _whole(y * box[3]))
    return {"text": text, "box": (0, len(text), *placed)}


def _whole(value: float) -> int:
    return min(max(round(value), 0), SCALE)


def _covered(page: pdfium.PdfPage, view: View) -> float:
    """The share of the page that images cover; 1 when it is drawn in very many shapes."""
    covered, shapes = 0.0, 0
    a, b, e, f = (ctypes.c_float() for _ in range(4))
    for i in range(min(c.FPDFPage_CountObjects(page.raw), MOST_OBJECTS)):
        found = c.FPDFPage_GetObject(page.raw, i)
        kind = c.FPDFPageObj_GetType(found)
        shapes += kind == c.FPDF_PAGEOBJ_PATH
        if kind in (c.FPDF_PAGEOBJ_IMAGE, c.FPDF_PAGEOBJ_FORM) and c.FPDFPageObj_GetBounds(found, a, b, e, f):
            x0, y0, x1, y1 = view.box(a.value, b.value, e.value, f.value)
            width, height = min(x1, view.width) - max(x0, 0.0), min(y1, view.height) - max(y0, 0.0)
            covered += max(width, 0.0) * max(height, 0.0)
    return 1.0 if shapes > MOST_SHAPES else covered / max(view.width * view.height, 1.0)


def _rendered(page: pdfium.PdfPage, width: int, *, gray: bool) -> Reply:
    """The page as an image of so many pixels wide: PGM when gray, else PNG."""
    wide, high = page.get_size()
    scale = min(width / max(wide, 1.0), math.sqrt(MOST_PIXELS / max(wide * high, 1.0)))
    form = c.FPDFBitmap_Gray if gray else c.FPDFBitmap_BGR
    bitmap = page.render(scale=scale, grayscale=gray, rev_byteorder=True, force_bitmap_format=form)
    try:
        length, stride, data = bitmap.width * (1 if gray else 3), bitmap.stride, bytes(bitmap.buffer)
        rows = [data[y * stride : y * stride + length] for y in range(bitmap.height)]
        size = bitmap.width, bitmap.height
    finally:
        bitmap.close()
    return {"width": size[0], "height": size[1]}, (_pgm if gray else _png)(rows, *size)


def _pgm(rows: list[bytes], width: int, height: int) -> bytes:
    return b"P5\n%d %d\n255\n" % (width, height) + b"".join(rows)


def _png(rows: list[bytes], width: int, height: int) -> bytes:
    """PNG of 8-bit RGB rows (ISO/IEC 15948)."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + row for row in rows), 4)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _serve(requests: BinaryIO, replies: BinaryIO) -> None:
    reader = _Reader()
    while len(head := requests.read(HEAD.size)) == HEAD.size:
        first, second = HEAD.unpack(head)
        request, payload = json.loads(requests.read(first)), requests.read(second)
        try:
            reply, data = reader.answer(request, payload)
        except (pdfium.PdfiumError, MemoryError, ValueError, OverflowError, ctypes.ArgumentError) as error:
            reply, data = {"error": type(error).__name__}, b""
        body = json.dumps(reply, separators=(",", ":")).encode()
        replies.write(HEAD.pack(len(body), len(data)) + body + data)
        replies.flush()


if __name__ == "__main__":
    _limit_memory()
    _serve(sys.stdin.buffer, sys.stdout.buffer)
