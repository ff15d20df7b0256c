"""Images of pages (PNG, JPEG, TIFF) → Source, by OCR. Knows no PDF."""

from __future__ import annotations

import hashlib
import io
import warnings

from rag.documents.formats import ocr
from rag.documents.formats.paged import source_of
from rag.documents.source import Source
from rag.errors import UnreadableFile

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
MOST_PIXELS = 120_000_000  # an A3 sheet at 600 dots to the inch
FEWEST_WORDS = 5  # a logo or a photograph has fewer
LEAST_CONFIDENCE = 0.5
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")


def is_image(data: bytes) -> bool:
    """Whether the bytes begin as such an image."""
    return data.startswith(_BEGINNINGS)


def read(data: bytes, name: str) -> Source:
    """Read an image of a page, or several in one TIFF. Raises UnreadableFile with a Dutch reason."""
    if not is_image(data) or _pixels(data, name) > MOST_PIXELS:
        raise UnreadableFile(name, "is geen afbeelding die te lezen is (beschadigd of te groot)")
    if not ocr.available():
        raise UnreadableFile(name, f"niet gelezen: gescand (een afbeelding, {ocr.ADVICE})")
    pages = ocr.recognise(data)
    words = sum(len(line.boxes) for page in pages for line in page.lines)
    if words < FEWEST_WORDS or max((page.confidence or 0.0) for page in pages) < LEAST_CONFIDENCE:
        raise UnreadableFile(name, "is een afbeelding zonder leesbare tekst")
    return source_of(pages, hashlib.sha256(data).hexdigest(), ocr.remarks(pages))


def _pixels(data: bytes, name: str) -> int:
    """How many pixels the image says it has: read from its head alone."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                return image.width * image.height
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise UnreadableFile(name, "is geen afbeelding die te lezen is (beschadigd of te groot)") from error


def png(data: bytes, page: int, width: int, name: str) -> bytes:
    """Page ``page`` (from 1) of an image file as a PNG of at most so many pixels wide. Raises UnreadableFile."""
    from PIL import Image

    if _pixels(data, name) > MOST_PIXELS:
        raise UnreadableFile(name, "is geen afbeelding die te lezen is (beschadigd of te groot)")
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.seek(page - 1)
            shown = image.convert("RGB")
    except EOFError as error:
        raise UnreadableFile(name, f"heeft geen pagina {page}") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableFile(name, "is geen afbeelding die te lezen is (beschadigd of te groot)") from error
    if shown.width > width:
        shown = shown.resize((width, max(round(shown.height * width / shown.width), 1)))
    out = io.BytesIO()
    shown.save(out, "PNG")
    return out.getvalue()
