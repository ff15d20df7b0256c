"""A file → ``Source``: its text in reading order, and what its format says of it. Knows nothing of what the text says.

The formats have their readers in ``formats/``; here is what they give back, and what they share. A reader that knows
more than the text (a heading, a row of a table, a footnote) says so with ``Setting``s, one a line; where none is given
the modules behind it look for signs in the text itself.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rag.errors import UnreadableFile
from rag.types import Person

LARGEST = 50 * 1024 * 1024  # bytes; a council document of more is no text document
LARGEST_PAGED = 250 * 1024 * 1024  # bytes of a file whose pages may be images
_PAGED = frozenset({".pdf", ".tif", ".tiff"})
Role = Literal[
    "text",
    "heading",
    "item",  # of a list, with its number or bullet
    "row",  # of a table, its cells parted by " | "
    "heads",  # the row of a table that says what stands in its columns
    "rest",  # of the row before it, which the end of a page breaks off: goes on cell by cell
    "note",  # a footnote: begins with its marker, which is also in ``Source.raised``; without one it goes on
    "field",  # "Van: …": tells about the document
    "signature",
]
Reading = Literal["tekst", "ocr", "geen"]
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
_AS_WINDOWS = "raadwijzer-windows"  # the name of the error handler below
_FEW_BAD = 10  # so many good characters of more than one byte to one bad byte: it is UTF-8 all the same
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_MOST_CONTROLS = 0.01  # share of control characters from which decoded text is taken for binary data


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A page of a file with pages. ``reading``: "tekst", "ocr", or "geen" when its text could not be had."""

    number: int  # from 1
    start: int  # where it begins in the text of the source
    reading: Reading = "tekst"
    confidence: float | None = None  # of the recognition of its characters, 0–1


@dataclass(frozen=True, slots=True)
class Setting:
    """How a format sets the line of the text that begins at ``start``."""

    start: int
    role: Role
    level: int = 0  # of a heading, from 1
    soft: bool = False  # its paragraph may go on in the next line
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """What a format says of a document apart from its text. Empty where it says nothing; dates are ISO 8601."""

    title: str = ""
    kind: str = ""
    date: str | None = None
    date_asked: str | None = None
    askers: tuple[Person, ...] = ()
    answered_by: tuple[Person, ...] = ()
    own_references: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, with a form feed where a page ends.

    ``markdown`` is True or False when the format settles it, None to look. ``settings`` are in order of the text and
    name the lines that are no running text; ``raised`` and ``furniture`` are spans of ``text``.
    """

    text: str
    fingerprint: str  # SHA-256 of the bytes, hex
    markdown: bool | None = None
    pages: tuple[SourcePage, ...] = ()
    boxes: str = ""  # where each word stands on its page: see ``pages.py``
    raised: tuple[tuple[int, int], ...] = ()  # figures set as superscript
    furniture: tuple[tuple[int, int], ...] = ()  # running heads, page numbers, menus
    remarks: tuple[str, ...] = ()  # Dutch, for people
    wrapped: bool = True  # lines may end where the page does; False: each line is a paragraph
    settings: tuple[Setting, ...] = ()
    fields: Fields = field(default_factory=Fields)


def read_source(file: Path, name: str) -> Source:
    """Read ``file``, which messages call ``name``. Raises UnreadableFile with a Dutch reason."""
    from rag.documents.formats import reader_for

    data = _bytes(file, name)
    return reader_for(name, data)(data, name)


def _bytes(file: Path, name: str) -> bytes:
    try:
        if not file.is_file():
            raise UnreadableFile(name, "is geen bestand")
        size = file.stat().st_size
        most = LARGEST_PAGED if file.suffix.lower() in _PAGED else LARGEST
        if size > most:
            limit = most // 1024**2
            raise UnreadableFile(name, f"is te groot ({size / 1024**2:.0f} MB; het hoogste is {limit} MB)")
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(name, f"kan niet worden gelezen ({reason})") from error


def decode(data: bytes, name: str) -> str:
    """Bytes → text without a byte order mark; line ends stay as they are. Raises UnreadableFile for binary data.

    UTF-8 when it is valid UTF-8, else UTF-16 when it says so, else what charset-normalizer makes of it, else the
    Windows code page of western Europe.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(_decoded(data, encoding, name), name)
    if b"\x00" in data:
        return _checked(_decoded(data, _utf16_by_zeros(data, name), name), name)
    try:
        return _checked(data.decode("utf-8"), name)
    except UnicodeDecodeError as error:
        return _checked(_truncated_or_legacy(data, error), name)


def _decoded(data: bytes, encoding: str, name: str) -> str:
    if encoding == "utf-16" and len(data) % 2:
        data = data[:-1]  # a file that was cut off in the middle of a character
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig" and error.end >= len(data):
            return data[: error.start].decode(encoding)
        raise UnreadableFile(name, f"is geen geldige tekst ({encoding})") from error


def _utf16_by_zeros(data: bytes, name: str) -> str:
    """UTF-16 without a mark has a zero in nearly every second byte; anything else with zeros is not text."""
    sample = data[:4096]
    half = len(sample) // 2 or 1
    if sample[1::2].count(0) > 0.7 * half and not sample[0::2].count(0):
        return "utf-16-le"
    if sample[0::2].count(0) > 0.7 * half and not sample[1::2].count(0):
        return "utf-16-be"
    raise UnreadableFile(name, "is geen tekst maar een binair bestand")


def _truncated_or_legacy(data: bytes, error: UnicodeDecodeError) -> str:
    if len(data) - error.start <= 3 and error.reason == "unexpected end of data":
        return data[: error.start].decode("utf-8")  # the file was cut off in the middle of a character
    mended = data.decode("utf-8", errors=_AS_WINDOWS)
    whole = data.decode("utf-8", errors="ignore")
    bad = len(mended) - len(whole)
    if bad * _FEW_BAD <= sum(len(run) for run in _NOT_ASCII.findall(whole)):
        return mended  # UTF-8 into which some bytes of another encoding strayed
    from charset_normalizer import from_bytes

    best = from_bytes(data[:65536], cp_isolation=["cp1252", "iso8859_15", "mac_roman", "cp850"]).best()
    return data.decode(best.encoding if best else "cp1252", errors="replace")


def _windows(error: UnicodeError) -> tuple[str, int]:
    """What to make of bytes that are no UTF-8: characters of the Windows code page of western Europe."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(_AS_WINDOWS, _windows)


def _checked(text: str, name: str) -> str:
    sample = text[:65536]
    packed = sample.encode("utf-8", "surrogatepass")
    odd = len(packed) - len(packed.translate(None, _CONTROLS)) + sample.count("\ufffd")
    if odd > max(3, _MOST_CONTROLS * len(sample)):
        raise UnreadableFile(name, "is geen tekst maar een binair bestand")
    return text
