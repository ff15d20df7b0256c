"""Passages as they are stored → values, several at once: a search shows ten of them, often of one document."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, TypeVar

from rag.store import codec, packing
from rag.types import DocumentInfo, Passage

T = TypeVar("T")
_QUERY = (  # one by one: with IN, SQLite sorts what is asked for first, which takes a fifth of the time
    "WITH asked(it) AS (VALUES {}) "
    "SELECT passage_id, passage, p.body, CASE WHEN p.body IS NULL THEN c.text END, d.path, d.info "
    "FROM asked CROSS JOIN passages p ON %s = it "
    "JOIN documents d ON d.id = p.document LEFT JOIN contents c ON c.document = p.document"
)
BY_ID, BY_NUMBER = _QUERY % "p.passage_id", _QUERY % "p.id"
_START, _END, _TEXT = (codec.place(Passage, name) for name in ("start", "end", "text"))


def values(rows: Sequence[Any], known: Container[str]) -> tuple[dict[str, Passage], dict[str, DocumentInfo]]:
    """Passages by their ids, and what there is to know of their documents by their paths, from rows of the queries.

    A passage without a body of its own is a piece of its document's text. Documents that are ``known`` are left out.

    Raises ValueError, TypeError when they are damaged.
    """
    new = {path: info for *_, path, info in rows if path not in known}
    read = codec.fields_of([*[row[1] for row in rows], *new.values()])
    found = {}
    for (passage_id, _, body, text, _, _), fields in zip(rows, read, strict=False):
        if body is None:
            fields[_TEXT] = packing.text_between(text, fields[_START], fields[_END])
        elif not fields[_TEXT]:
            fields[_TEXT] = body
        found[passage_id] = codec.made(fields, Passage)
    infos = [codec.made(fields, DocumentInfo) for fields in read[len(rows) :]]
    return found, dict(zip(new, infos, strict=True))


def kept(known: dict[str, T], new: dict[str, T], most: int) -> dict[str, T]:
    """What was read lately, with what was read now; without the former when that is too much."""
    if len(known) > most:
        return new
    known.update(new)
    return known
