"""Plain text and Markdown. Knows nothing of what the text says."""

from __future__ import annotations

import hashlib

from rag.documents.source import Source, decode
from rag.errors import UnreadableFile


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
    return Source(decoded, hashlib.sha256(data).hexdigest(), markdown)
