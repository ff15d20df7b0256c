"""A file of any format → ``Document``: clean text, its parts, its metadata, and the map back to the source.

The flow::

    source → lines (→ markup) → furniture → footnotes → marks → questions | plain → paragraphs → builder → Document

``formats/`` is all that knows file formats. Nothing here knows searching, answering or storing.
"""

from __future__ import annotations

from pathlib import Path

from rag.documents import containers
from rag.documents.formats import SUFFIXES, reader_for
from rag.documents.reader import document
from rag.documents.source import read_source
from rag.types import Document

__all__ = ["PARSER", "SUFFIXES", "read_document", "read_member"]

# Goes up when the same file gives another document than before: an index made by an older one then says what to run.
# tests/test_parser_version.py holds it to the golden files.
PARSER = 6


def read_document(file: Path, root: Path) -> Document:
    """Read ``file``; its path in the index is relative to ``root``. Raises UnreadableFile with a Dutch reason."""
    name = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
    return document(read_source(file, name), name)


def read_member(container: Path, member: str, name: str) -> Document:
    """Read a file that is inside another, called ``name`` in the index. Raises UnreadableFile with a Dutch reason."""
    data = containers.member_bytes(container, member)
    return document(reader_for(name, data)(data, name), name)
