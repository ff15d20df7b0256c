"""Plain text and Markdown. Knows nothing of what the text says."""

from __future__ import annotations

import hashlib
import re

from rag.documents.dates import first_date
from rag.documents.source import Fields, Setting, Source, decode
from rag.errors import UnreadableFile

_FRONT = re.compile(
    r"---[ \t]*\r?\n(?P<lines>(?:[\w-]{2,40}:.*\r?\n|[ \t]*(?:-[ \t].*)?\r?\n){1,60}?)---[ \t]*(?:\r?\n|$)"
)
_KEYED = re.compile(r"^(?P<key>[\w-]{2,40}):[ \t]*(?P<value>[^\r\n]*)", re.MULTILINE)


def read(data: bytes, name: str) -> Source:
    """Text of which nothing says whether it is Markdown. Raises UnreadableFile."""
    return _source(data, name, markdown=None)


def read_markdown(data: bytes, name: str) -> Source:
    """Markdown. Raises UnreadableFile."""
    return _source(data, name, markdown=True)


def _source(data: bytes, name: str, *, markdown: bool | None) -> Source:
    decoded = decode(data, name)
    if not decoded.strip():
        raise UnreadableFile(name, "is leeg")
    if "\n" not in decoded:
        decoded = decoded.replace("\r", "\n")  # lines as old Macs end them
    front = _FRONT.match(decoded) if decoded.startswith("---") else None
    settings, fields = _front_matter(front) if front else ((), Fields())
    return Source(decoded, hashlib.sha256(data).hexdigest(), markdown, settings=settings, fields=fields)


def _front_matter(front: re.Match[str]) -> tuple[tuple[Setting, ...], Fields]:
    """The fields between lines of dashes at the top of a text, as programs that make web pages write them."""
    settings, said = [], {}
    for found in _KEYED.finditer(front.string, front.start("lines"), front.end("lines")):
        settings.append(Setting(found.start(), "field"))
        said[found["key"].lower()] = found["value"].strip().strip("\"'")
    title = next((said[key] for key in ("title", "titel", "onderwerp") if said.get(key)), "")
    date = first_date(said.get("date") or said.get("datum") or "")
    return tuple(settings), Fields(title=title, date=date)
