"""The page itself, for the viewer: an image of a page of the original file, and what to mark on it.

The rectangles come from ``pages.boxes``; this module gives the image under them. The original is read from where the
index found it, and only shown when it still is the file that was read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from rag.documents import containers
from rag.documents.formats import images
from rag.documents.formats.pdf_process import PdfDied, shared
from rag.documents.source import LARGEST_PAGED
from rag.errors import UnreadableFile

WIDEST, NARROWEST = 2400, 100  # pixels
SECONDS = 15.0


def original(location: str, fingerprint: str) -> bytes:
    """The bytes of the file at ``location``, as the index has it: a path, with a member behind that of a container.

    Raises:
        UnreadableFile: it is gone, cannot be read, or is no longer the file with this ``fingerprint``.
    """
    path = Path(location)
    data = _bytes(path)
    if hashlib.sha256(data).hexdigest() != fingerprint:
        raise UnreadableFile(path.name, "is veranderd sinds het is geïndexeerd; werk de index bij met raadwijzer index")
    return data


def _bytes(path: Path) -> bytes:
    try:
        if path.is_file():
            if path.stat().st_size > LARGEST_PAGED:
                raise UnreadableFile(path.name, "is te groot om te tonen")
            return path.read_bytes()
        outer = next((parent for parent in path.parents if parent.is_file()), None)
    except OSError as error:
        raise UnreadableFile(path.name, f"kan niet worden gelezen ({error.strerror or error})") from error
    if outer is None:
        raise UnreadableFile(path.name, "is er niet meer; de tekst zoals die is gelezen staat nog in de index")
    return containers.member_bytes(outer, path.relative_to(outer).as_posix())


def page_image(data: bytes, page: int, width: int, name: str = "dit bestand") -> bytes:
    """Page ``page`` (from 1) of a PDF or an image as a PNG, ``width`` pixels wide (within bounds).

    Raises:
        UnreadableFile: there is no such page, or it cannot be drawn.
    """
    wide = min(max(width, NARROWEST), WIDEST)
    if images.is_image(data):
        return images.png(data, page, wide, name)
    process = shared()
    with process.lock:
        try:
            opened = process.open(data, hashlib.sha256(data).hexdigest())
            if not 1 <= page <= opened.get("pages", 0):
                raise UnreadableFile(name, f"heeft geen pagina {page} die getoond kan worden")
            request = {"do": "image", "page": page - 1, "width": wide, "gray": False}
            reply, image = process.ask(request, seconds=SECONDS)
        except PdfDied as error:
            raise UnreadableFile(name, f"pagina {page} kan niet worden getoond") from error
    if "error" in reply:
        raise UnreadableFile(name, f"pagina {page} kan niet worden getoond")
    return image
