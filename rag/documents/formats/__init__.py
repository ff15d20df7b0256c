"""Which reader a file gets: by what its first bytes say it is, and by its name where these say nothing.

A reader takes the bytes of a file and the name that messages give it, and returns a ``Source``: the text in reading
order, with a form feed where a page ends. It raises UnreadableFile with a Dutch reason, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from rag.documents.formats import docx, html, images, mail, odt, pdf, publications, text
from rag.documents.formats.packed import Packed
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
    ".docx": docx.read,
    ".docm": docx.read,
    ".dotx": docx.read,
    ".odt": odt.read,
    ".ott": odt.read,
    ".html": html.read,
    ".htm": html.read,
    ".xhtml": html.read,
    ".xml": publications.read,
    ".eml": mail.read,
    **dict.fromkeys(images.SUFFIXES, images.read),
}
SUFFIXES = frozenset(_BY_SUFFIX)
_TEXTS = frozenset({".txt", ".text", ".md", ".markdown"})
_SNIFFED = 4096  # bytes
_PDF_HEAD = 1024  # bytes within which "%PDF-" begins (PDF Reference 1.7, appendix H.3.4.1)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_XML = re.compile(rb"\s*<\?xml\b")
_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,40}:[ \t].*\r?\n(?:[ \t]+.*\r?\n)*){2,}", re.MULTILINE)
_MAIL = re.compile(rb"^(?:from|return-path|received|message-id|mime-version):", re.I | re.M)
_OFFICE = {"xl/": "een rekenblad (Excel)", "ppt/": "een presentatie (PowerPoint)"}
# What other files begin with, and what to say of them.
_OTHERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is een bestand van een oude versie van Office; bewaar het als docx"),
    (b"{\\rtf", "is een RTF-bestand; bewaar het als docx"),
    (b"GIF8", "is een afbeelding"),
    (b"\x1f\x8b", "is een ingepakt bestand (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "is een ingepakt bestand (7z)"),
    (b"Rar!", "is een ingepakt bestand (rar)"),
    (b"%!PS", "is een PostScript-bestand"),
)
_TEXTUAL = frozenset({b"{\\rtf", b"%!PS"})


def reader_for(name: str, data: bytes) -> Reader:
    """The reader of a file, by what its bytes say and else by its name. Raises UnreadableFile for an unknown kind."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in _BY_SUFFIX:
        raise UnreadableFile(name, "dit bestandstype wordt nog niet gelezen")
    if not data or data.isspace():
        raise UnreadableFile(name, "is leeg")
    head = data[:_SNIFFED].removeprefix(b"\xef\xbb\xbf")
    if b"%PDF-" in data[:_PDF_HEAD] and (suffix == ".pdf" or not data[: data.index(b"%PDF-")].strip()):
        return pdf.read
    if images.is_image(data) and suffix not in _TEXTS:
        return images.read
    if head.startswith(b"PK\x03\x04"):
        return _packed(name, data)
    for begin, reason in _OTHERS:
        if head.startswith(begin) and (suffix not in _TEXTS or begin in _TEXTUAL):
            raise UnreadableFile(name, reason)
    return _by_content(suffix, head) or _expected(name, suffix)


def _packed(name: str, data: bytes) -> Reader:
    """The reader of a file that is a zip."""
    names = Packed(data, name).names
    if any(part.startswith("word/") for part in names):
        return docx.read
    if "content.xml" in names and "mimetype" in names:
        return odt.read
    kind = next((what for start, what in _OFFICE.items() if any(part.startswith(start) for part in names)), "")
    raise UnreadableFile(
        name, f"is {kind}; dat wordt niet gelezen" if kind else "is een zip-bestand met een andere naam"
    )


def _by_content(suffix: str, head: bytes) -> Reader | None:
    """The reader that the first bytes ask for, where these leave no doubt."""
    if suffix in _TEXTS:
        return html.read if _HTML.match(head) and suffix in (".txt", ".text") else _BY_SUFFIX[suffix]
    if _HTML.match(head):
        return html.read
    if _XML.match(head):
        return html.read if suffix in (".html", ".htm", ".xhtml") else publications.read
    if suffix == ".xml" and head.lstrip().startswith(b"<"):
        return publications.read
    if _HEADER.match(head) and _MAIL.search(head):
        return mail.read
    return html.read if suffix in (".html", ".htm", ".xhtml") else None


def _expected(name: str, suffix: str) -> Reader:
    """What to do with a file that is not what its name says and nothing else we know: plain text, or a refusal."""
    if suffix in (".xml", ".eml"):
        return text.read
    if suffix in images.SUFFIXES:
        return images.read
    kinds = {".pdf": "pdf", ".docx": "Word-bestand", ".odt": "OpenDocument-bestand"}
    raise UnreadableFile(name, f"is geen {kinds.get(suffix, suffix[1:] + '-bestand')} of is beschadigd")
