"""Passages as they are stored → values, several at once: a search shows ten of them, often of one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    read = [codec.Fields(row[1], Passage) for row in rows]
    packed = {path: text for _, _, body, text, path, _ in rows if body is None}
    ends = dict.fromkeys(packed, 0)
    for fields, (_, _, body, _, path, _) in zip(read, rows, strict=True):
        if body is None:
            ends[path] = max(fields["end"], ends[path])
    texts = {path: codec.unpack_start(text, ends[path]) for path, text in packed.items()}
    for fields, (passage_id, _, body, _, path, _) in zip(read, rows, strict=True):
        if body is None:
            fields["text"] = texts[path][fields["start"] : fields["end"]]
        elif not fields["text"]:
            fields["text"] = body
        yield passage_id, fields.value()
