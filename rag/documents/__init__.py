"""A file of any format → ``Document``: clean text, its parts, its metadata, and the map back to the source.

The flow::

    source → lines (→ markup) → furniture → footnotes → marks → questions | plain → paragraphs → builder → Document

``formats/`` is all that knows file formats. Nothing here knows searching, answering or storing.
"""

from __future__ import annotations

from pathlib import Path

from rag.documents.formats import SUFFIXES
from rag.documents.reader import document
from rag.documents.source import read_source
from rag.types import Document

__all__ = ["SUFFIXES", "read_document"]


def read_document(file: Path, root: Path) -> Document:
    """Read ``file``; its path in the index is relative to ``root``. Raises UnreadableFile with a Dutch reason."""
    name = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
    return document(read_source(file, name), name)
