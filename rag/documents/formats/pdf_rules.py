"""The lines that are drawn on a PDF page, level or upright: what a table is ruled with. Part of ``pdf_child.py``.

Coordinates are points from the top left of the page as it is shown.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

from rag.documents.formats.pdf_words import Box, View

THIN = 3.0  # points: what is no thicker is a line
MOST_OBJECTS = 6000  # of a page, looked at
MOST_RULES = 4000  # of a page
_MOST_SEGMENTS = 400  # of a path; one with more is a drawing


def rules(page: pdfium.PdfPage, view: View) -> list[Box]:
    """The level and upright lines of a page: thin shapes, the sides of frames and of coloured cells."""
    found: list[Box] = []
    for i in range(min(c.FPDFPage_CountObjects(page.raw), MOST_OBJECTS)):
        shape = c.FPDFPage_GetObject(page.raw, i)
        if c.FPDFPageObj_GetType(shape) == c.FPDF_PAGEOBJ_PATH:
            found += _lines(shape, view)
        if len(found) > MOST_RULES:
            return []
    return found


def _lines(shape: Any, view: View) -> Iterator[Box]:  # noqa: ANN401 - an FPDF_PAGEOBJECT
    a, b, e, f = (ctypes.c_float() for _ in range(4))
    if not c.FPDFPageObj_GetBounds(shape, a, b, e, f):
        return
    box = view.box(a.value, b.value, e.value, f.value)
    if _is_thin(box):
        yield box
    elif c.FPDFPath_CountSegments(shape) <= _MOST_SEGMENTS:
        yield from filter(_is_thin, _sides(shape, view))


def _is_thin(box: Box) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) <= THIN


def _sides(shape: Any, view: View) -> Iterator[Box]:  # noqa: ANN401 - an FPDF_PAGEOBJECT
    """The straight pieces of a path, each as the box around it."""
    matrix, x, y = c.FS_MATRIX(), ctypes.c_float(), ctypes.c_float()
    c.FPDFPageObj_GetMatrix(shape, matrix)
    begin = last = None
    for i in range(c.FPDFPath_CountSegments(shape)):
        segment = c.FPDFPath_GetPathSegment(shape, i)
        c.FPDFPathSegment_GetPoint(segment, x, y)
        along = matrix.a * x.value + matrix.c * y.value + matrix.e
        place = view.point(along, matrix.b * x.value + matrix.d * y.value + matrix.f)
        kind = c.FPDFPathSegment_GetType(segment)
        if kind == c.FPDF_SEGMENT_MOVETO:
            begin = place
        elif kind == c.FPDF_SEGMENT_LINETO and last:
            yield _between(last, place)
        last = place
        if begin and c.FPDFPathSegment_GetClose(segment):
            yield _between(place, begin)
            last = begin


def _between(one: tuple[float, float], other: tuple[float, float]) -> Box:
    (x0, y0), (x1, y1) = one, other
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
