"""What stands on a PDF page beside its contents: filled form fields, typed text, remarks. Part of ``pdf_child.py``.

What a field or a typed text shows is drawn into the page (PDF Reference 1.7, 8.4.4, "appearance streams"), so that it
is read in its place. A value that has no appearance is told apart. What cannot be read as text is counted: remarks in
the margin, and marks in boxes.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

MOST = 3000  # annotations of a page
LONGEST = 200_000  # bytes of a value
_DRAWN = frozenset({c.FPDF_ANNOT_WIDGET, c.FPDF_ANNOT_FREETEXT, c.FPDF_ANNOT_STAMP})
_SILENT = frozenset({c.FPDF_ANNOT_LINK, c.FPDF_ANNOT_POPUP})
_HIDDEN = c.FPDF_ANNOT_FLAG_HIDDEN | c.FPDF_ANNOT_FLAG_NOVIEW
_SECRET = 1 << 13  # the flag of a field for a password (table 228)
_STATE, _OFF = b"AS", "Off"  # which state of a mark shows


Corners = tuple[float, float, float, float]  # left, bottom, right, top, as the file has them


@dataclass(slots=True)
class Beside:
    """What was found. ``values`` have no appearance; ``remarks`` say something; ``ticked`` marks say yes to a field."""

    drawn: bool = False
    values: list[tuple[str, Corners]] = field(default_factory=list)
    remarks: int = 0
    ticked: int = 0
    cut: bool = False  # there are more than were looked at


def beside(page: pdfium.PdfPage) -> Beside:
    """Look at the annotations of a page."""
    total = c.FPDFPage_GetAnnotCount(page.raw)
    found = Beside(cut=total > MOST)
    for place in range(min(total, MOST)):
        annotation = c.FPDFPage_GetAnnot(page.raw, place)
        if not annotation:
            continue
        try:
            if not c.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                _look(annotation, found)
        finally:
            c.FPDFPage_CloseAnnot(annotation)
    return found


def draw_in(page: pdfium.PdfPage) -> bool:
    """Make what is drawn beside the contents part of them; the page is to be loaded again. False: it cannot be."""
    return bool(c.FPDFPage_Flatten(page.raw, c.FLAT_NORMALDISPLAY) == c.FLATTEN_SUCCESS)


def _look(annotation: Any, found: Beside) -> None:  # noqa: ANN401 - an FPDF_ANNOTATION
    kind = c.FPDFAnnot_GetSubtype(annotation)
    if kind in _SILENT:
        return
    if kind not in _DRAWN:
        found.remarks += bool(_string(annotation, b"Contents"))
    elif state := _string(annotation, _STATE):
        found.drawn = True
        found.ticked += state != _OFF
    elif c.FPDFAnnot_GetAP(annotation, c.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0) > 2:
        found.drawn = True
    elif kind == c.FPDF_ANNOT_WIDGET:
        flags = ctypes.c_float()
        c.FPDFAnnot_GetNumberValue(annotation, b"Ff", flags)
        value = "" if int(flags.value) & _SECRET else _string(annotation, b"V")
        name = _string(annotation, b"TU") or _string(annotation, b"T")
        if value:
            found.values.append((f"{name}: {value}" if name else value, _corners(annotation)))
    elif text := _string(annotation, b"Contents"):
        found.values.append((text, _corners(annotation)))


def _corners(annotation: Any) -> Corners:  # noqa: ANN401
    rect = c.FS_RECTF()
    c.FPDFAnnot_GetRect(annotation, rect)
    return (
        min(rect.left, rect.right),
        min(rect.bottom, rect.top),
        max(rect.left, rect.right),
        max(rect.bottom, rect.top),
    )


def _string(annotation: Any, key: bytes) -> str:  # noqa: ANN401
    """The text of an entry, on one line; empty when there is none, or it is no text."""
    size = c.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < size <= LONGEST:
        return ""
    buffer = (c.FPDF_WCHAR * (size // 2))()
    c.FPDFAnnot_GetStringValue(annotation, key, buffer, size)
    return " ".join(bytes(buffer)[: size - 2].decode("utf-16-le", "replace").split())
