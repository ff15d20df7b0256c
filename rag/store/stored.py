"""Passages as they are stored → values, several at once: a search shows ten of them, often of one document."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, TypeVar

from rag.store import codec, packing
from rag.types import DocumentInfo, Passage

T = TypeVar("T")
_QUERY = (
    "SELECT passage_id, passage, p.body, CASE WHEN p.body IS NULL THEN c.text END, d.path, d.info FROM passages p "
    "JOIN documents d ON d.id = p.document LEFT JOIN contents c ON c.document = p.document WHERE"
)
BY_ID, BY_NUMBER = f"{_QUERY} passage_id IN", f"{_QUERY} p.id IN"
_START, _END, _TEXT = (codec.place(Passage, name) for name in ("start", "end", "text"))


def passages(rows: Sequence[Any]) -> dict[str, Passage]:
    """Passages by their ids from the rows of ``BY_ID`` or ``BY_NUMBER``.

    One without a body of its own is a piece of its document's text.

    Raises ValueError, TypeError when they are damaged.
    """
    found = {}
    for fields, (passage_id, _, body, text, _, _) in zip(codec.fields_of([row[1] for row in rows]), rows, strict=True):
        if body is None:
            fields[_TEXT] = packing.text_between(text, fields[_START], fields[_END])
        elif not fields[_TEXT]:
            fields[_TEXT] = body
        found[passage_id] = codec.made(fields, Passage)
    return found


def kept(known: dict[str, T], new: dict[str, T], most: int) -> dict[str, T]:
    """What was read lately, with what was read now; without the former when that is too much."""
    if len(known) > most:
        return new
    known.update(new)
    return known


def infos(rows: Sequence[Any], known: Container[str]) -> dict[str, DocumentInfo]:
    """What there is to know of the documents of these rows, by their paths; not of those that are known."""
    new = {path: info for *_, path, info in rows if path not in known}
    return dict(zip(new, [codec.made(fields, DocumentInfo) for fields in codec.fields_of(new.values())], strict=True))
