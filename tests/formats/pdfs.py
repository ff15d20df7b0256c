"""PDF files made by hand for the tests: the smallest ones, hostile ones, and scans."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

from rag.documents.formats.pdf_process import shared

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def raw(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, table))


def simple(content: bytes, pages: int = 1, stream: bytes = b"", page: bytes = b"", more: Sequence[bytes] = ()) -> bytes:
    """Pages that all draw ``content``; ``stream`` and ``page`` are put in those dictionaries, ``more`` are objects."""
    kids = b" ".join(b"%d 0 R" % (5 + n) for n in range(pages))
    drawn = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 3 0 R>>" + page + b">>>>"
    return raw(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]>>" % (kids, pages),
            HELVETICA,
            b"<</Length %d%s>>stream\n" % (len(content), stream) + content + b"\nendstream",
            *[drawn] * pages,
            *more,
        ]
    )


def line(text: str, y: int = 700) -> bytes:
    """The drawing of one line."""
    return b"BT /F 12 Tf 72 %d Td (%s) Tj ET\n" % (y, text.encode("cp1252"))


def bomb(size: int) -> bytes:
    """A page whose content unpacks twice, to ``size`` bytes."""
    packed = zlib.compress(zlib.compress(b" " * size, 9), 9)
    return simple(packed, stream=b"/Filter[/FlateDecode/FlateDecode]")


def nested_forms(depth: int) -> bytes:
    """A page that draws a form ten times, that draws a form ten times, and so on."""
    forms = [
        b"<</Type/XObject/Subtype/Form/BBox[0 0 500 500]/Resources<</Font<</F 3 0 R>>/XObject<</X %d 0 R>>>>"
        b"/Length %d>>stream\n%s\nendstream" % (7 + n, len(body), body)
        for n in range(depth)
        for body in (b"/X Do " * 10 if n < depth - 1 else line("diep"),)
    ]
    return simple(b"/X Do ", page=b"/XObject<</X 6 0 R>>", more=forms)


def scanned(data: bytes, width: int = 1240, only: Sequence[int] | None = None) -> bytes:
    """The PDF with its pages (or those numbered ``only``) as images; the others keep their text."""
    import pypdfium2 as pdfium
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    process = shared()
    total = process.open(data, "te scannen")["pages"]
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for page in range(total):
        _, image = process.ask({"do": "image", "page": page, "width": width, "gray": False})
        canvas.drawImage(ImageReader(io.BytesIO(image)), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    process.close()
    if only is None:
        return out.getvalue()
    mixed, text, images = pdfium.PdfDocument.new(), pdfium.PdfDocument(data), pdfium.PdfDocument(out.getvalue())
    for page in range(total):
        mixed.import_pages(images if page + 1 in only else text, [page])
    made = io.BytesIO()
    mixed.save(made)
    for opened in (mixed, text, images):
        opened.close()
    return made.getvalue()
