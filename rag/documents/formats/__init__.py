"""Which reader a file gets: by its name, and by its first bytes where these say otherwise.

A reader takes the bytes of a file and the name that messages give it, and returns a ``Source``: the text in reading
order, with a form feed where a page ends. It raises UnreadableFile with a Dutch reason, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from rag.documents.formats import pdf, text
from rag.documents.source import Source
from rag.errors import UnreadableFile

__all__ = ["SUFFIXES", "reader_for"]

Reader = Callable[[bytes, str], Source]

_BY_SUFFIX: dict[str, Reader] = {
    ".txt": text.read,
    ".text": text.read,
    ".md": text.read_markdown,
    ".markdown": text.read_markdown,
    ".pdf": pdf.read,
}
SUFFIXES = frozenset(_BY_SUFFIX)
_PDF_HEAD = 1024  # bytes within which "%PDF-" begins (PDF Reference 1.7, appendix H.3.4.1)


def reader_for(name: str, data: bytes) -> Reader:
    """The reader of a file, by what its bytes say and else by its name. Raises UnreadableFile for an unknown kind."""
    reader = _BY_SUFFIX.get(PurePath(name).suffix.lower())
    if reader is None:
        raise UnreadableFile(name, "dit bestandstype wordt nog niet gelezen")
    if b"%PDF-" in data[:_PDF_HEAD] and not data[: data.index(b"%PDF-")].strip():
        return pdf.read
    return reader
