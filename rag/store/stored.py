"""Passages as they are stored → values, several at once: a search shows ten of them, often of one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rag.store import codec
from rag.types import Passage

QUERY = (
    "SELECT passage_id, passage, p.body, CASE WHEN p.body IS NULL THEN c.text END, d.path, d.info FROM passages p "
    "JOIN documents d ON d.id = p.document LEFT JOIN contents c ON c.document = p.document WHERE passage_id IN"
)


def passages(rows: Sequence[Any]) -> Iterator[tuple[str, Passage]]:
    """Passages by their ids from the rows of ``QUERY``. Raises ValueError, TypeError, zlib.error when they are damaged.

    One without a body of its own is a piece of its document's text, of which no more is unpacked than is asked for.
    """
    found = {row[0]: codec.passage(row[1], row[2] or "") for row in rows}
    packed = {path: text for _, _, body, text, path, _ in rows if body is None}
    ends = dict.fromkeys(packed, 0)
    for passage_id, _, body, _, path, _ in rows:
        if body is None:
            ends[path] = max(found[passage_id].end, ends[path])
    texts = {path: codec.unpack_start(text, ends[path]) for path, text in packed.items()}
    for passage_id, _, body, _, path, _ in rows:
        passage = found[passage_id]
        yield passage_id, replace(passage, text=texts[path][passage.start : passage.end]) if body is None else passage
