"""Passages as they are stored → values, several at once: a search shows ten of them, often of one document."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, TypeVar

from rag.store import codec
from rag.types import DocumentInfo, Passage

T = TypeVar("T")
BEGINNINGS = 400  # of documents, none longer than
SHORT = 20_000  # characters
QUERY = (
    "SELECT passage_id, passage, p.body, CASE WHEN p.body IS NULL THEN c.text END, d.path, d.info FROM passages p "
    "JOIN documents d ON d.id = p.document LEFT JOIN contents c ON c.document = p.document WHERE passage_id IN"
)


_START, _END, _TEXT = (codec.place(Passage, name) for name in ("start", "end", "text"))


def passages(rows: Sequence[Any], beginnings: dict[str, str]) -> tuple[dict[str, Passage], dict[str, str]]:
    """Passages by their ids from the rows of ``QUERY``; and the beginnings of texts that are kept for the next.

    One without a body of its own is a piece of its document's text, of which no more is unpacked than is asked for, and
    nothing where ``beginnings`` (by path) reach far enough.

    Raises ValueError, TypeError, zlib.error when they are damaged.
    """
    read = codec.fields_of([row[1] for row in rows])
    packed: dict[str, tuple[bytes, int]] = {}
    for fields, (_, _, body, text, path, _) in zip(read, rows, strict=True):
        if body is None:
            packed[path] = text, max(fields[_END], packed[path][1] if path in packed else 0)
    texts = {}
    for path, (text, end) in packed.items():
        known = beginnings.get(path, "")
        texts[path] = known if len(known) >= end else codec.unpack_start(text, end)
    found = {}
    for fields, (passage_id, _, body, _, path, _) in zip(read, rows, strict=True):
        if body is None:
            fields[_TEXT] = texts[path][fields[_START] : fields[_END]]
        elif not fields[_TEXT]:
            fields[_TEXT] = body
        found[passage_id] = codec.made(fields, Passage)
    return found, kept(beginnings, {path: text for path, text in texts.items() if len(text) <= SHORT}, BEGINNINGS)


def kept(known: dict[str, T], new: dict[str, T], most: int) -> dict[str, T]:
    """What was read lately, with what was read now; without the former when that is too much."""
    if len(known) > most:
        return new
    known.update(new)
    return known


def infos(rows: Sequence[Any], known: Container[str]) -> dict[str, DocumentInfo]:
    """What there is to know of the documents of the rows of ``QUERY``, by their paths; not of those that are known."""
    new = {path: info for *_, path, info in rows if path not in known}
    return dict(zip(new, [codec.made(fields, DocumentInfo) for fields in codec.fields_of(new.values())], strict=True))
