"""E-mail messages (eml): who wrote whom, when and about what, then the text. Attachments are documents of their own.

The text is the plain part; a message that has none is read from its web page part. See ``containers.py`` for what is
attached.
"""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from rag.documents.containers import attachments, parsed_mail
from rag.documents.formats.html import write_page
from rag.documents.formats.trees import html_tree
from rag.documents.formats.writing import Row, Writer
from rag.documents.source import Fields, Source, decode
from rag.phrases import MONTHS
from rag.types import Person

_SHOWN = (("From", "Van"), ("To", "Aan"), ("Cc", "Cc"), ("Date", "Datum"), ("Subject", "Onderwerp"))
_REPLY = re.compile(r"(?:(?:re|antw|fw|fwd|doorst)\s?:\s*)+", re.IGNORECASE)
_LONGEST = 2000  # characters of a field


def read(data: bytes, name: str) -> Source:
    """Read a message. Raises UnreadableFile."""
    message = parsed_mail(data, name)
    writer = Writer()
    for header, label in _SHOWN:
        shown = _shown(message, header)
        writer.line(Row(f"{label}: {shown}" if shown else "", role="field", tight=True))
    names = ", ".join(attached for attached, _ in attachments(message))
    writer.line(Row(f"Bijlagen: {names}" if names else "", role="field", tight=True))
    typed = _write_body(message, writer, name)
    return writer.source(data, name, _fields(message), typed=typed)


def _write_body(message: EmailMessage, writer: Writer, name: str) -> bool:
    """Write the text; returns whether its lines may end where the screen did."""
    plain = message.get_body(("plain",))
    text = _text(plain, name) if isinstance(plain, EmailMessage) else ""
    if text.strip():
        writer.typed(text)
        return True
    page = message.get_body(("html",))
    if isinstance(page, EmailMessage):
        write_page(html_tree(_payload(page), name), writer)
    return False


def _payload(part: EmailMessage) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _text(part: EmailMessage, name: str) -> str:
    """The text of a part, in the encoding that it names when that holds."""
    data = _payload(part)
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (ValueError, LookupError):  # other bytes, or a name of an encoding that is none
        return decode(data, name)


def _shown(message: EmailMessage, header: str) -> str:
    """A header as a mail program shows it."""
    try:
        said = " ".join(str(message.get(header) or "").split())[:_LONGEST]
        if header != "Date" or not said:
            return said
        sent = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError):
        return ""
    return f"{sent.day} {MONTHS[sent.month - 1]} {sent.year} {sent:%H:%M}"


def _fields(message: EmailMessage) -> Fields:
    title = _REPLY.sub("", _shown(message, "Subject"))
    name, address = parseaddr(_shown(message, "From"))
    try:
        date = parsedate_to_datetime(str(message.get("Date"))).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        date = None
    sender = (Person(name or address, None, "afzender"),) if name or address else ()
    return Fields(title=title, kind="e-mail", date=date, answered_by=sender)
