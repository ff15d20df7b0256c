"""The retrieval benchmark through the product's own search: its lexical and vector index and its ``Retriever``.

Only the store of documents is left out, for the benchmark has none: ``Shelf`` stands for it. A passage of the benchmark
is one of plain text, its title the document's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from rag import dutch
from rag.embeddings import Encoder
from rag.lexical import LexicalIndex, LexicalWriter
from rag.passages import SearchText
from rag.store.schema import MOST_WINDOWS, WINDOW_BITS
from rag.types import Block, DocumentInfo, Filters, Passage
from rag.vectors import VectorIndex, quantize, write_vectors
from training.bm25 import Units
from training.data import Text


class Shelf:
    """The benchmark's passages as ``rag.retrieval.Retriever`` asks for them."""

    def __init__(self, texts: Sequence[Text], folder: Path) -> None:
        self.lexical, self.vectors = LexicalIndex(folder / "lexical"), VectorIndex(folder / "vectors")
        self._order = [text.pid for text in texts]
        self._texts = {text.pid: text for text in texts}

    @classmethod
    def build(cls, texts: Sequence[Text], encoder: Encoder, folder: Path, work: Path) -> Shelf:
        """Words of whole passages, rows of windows: as rag/indexing/prepare.py makes them of passages this short."""
        units = Units.of(list(texts), work)
        numbers = np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(units.starts)) << WINDOW_BITS
        numbers += np.arange(len(numbers)) - np.repeat(units.starts[:-1], np.diff(units.starts))
        writer = LexicalWriter(folder / "lexical")
        for place, text in enumerate(texts):
            words = dutch.tokens(f"{text.title}\n{text.body}")
            writer.add(place << WINDOW_BITS, dutch.joined_terms(words))
        writer.close()
        write_vectors(folder / "vectors", numbers, *quantize(units.rows(encoder, work)))
        return cls(texts, folder)

    def allowed(self, filters: Filters | None) -> None:
        """Every unit."""

    matching = gathering = None  # texts are read anew, and scores step by step

    def windows(self, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All units of the passages that these units are of, and where those of each begin."""
        known = self.vectors.units
        firsts = np.unique(units >> WINDOW_BITS) << WINDOW_BITS
        bounds = [np.searchsorted(known, (first, first + MOST_WINDOWS)) for first in firsts]
        sizes = np.array([b - a for a, b in bounds], int)
        return np.concatenate([known[:0], *(known[a:b] for a, b in bounds)]), np.cumsum(sizes) - sizes

    def at(self, places: np.ndarray) -> tuple[list[str], np.ndarray]:
        """Places of units → passages and their numbers."""
        numbers = self.vectors.units[places] >> WINDOW_BITS
        return [self._order[number] for number in numbers.tolist()], numbers

    def read(self, numbers: Mapping[str, int]) -> None:
        """Nothing: all texts are at hand."""

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by their ids."""
        return {pid: self.passage(pid) for pid in passage_ids}

    def search_texts(self, passage_ids: Sequence[str]) -> dict[str, SearchText]:
        """What is searched of passages."""
        return {pid: SearchText(self._texts[pid].title, "", self._texts[pid].body, "") for pid in passage_ids}

    def abbreviations(self) -> Shelf:
        """None are known."""
        return self

    def expansions(self, question: str) -> Mapping[str, float]:
        """None."""
        return {}

    def leaders(self) -> dict[str, str]:
        """None: the benchmark has one right passage, duplicates or not."""
        return {}

    def duplicates(self, passage_id: str) -> tuple[()]:
        """None."""
        return ()

    def referred(self, passage: Passage) -> list[str]:
        """None."""
        return []

    def metadata(self, path: str) -> None:
        """None."""

    def passage(self, passage_id: str) -> Passage:
        """A passage of plain text, in a document of its own."""
        body = self._texts[passage_id].body
        blocks = (Block("paragraph", 0, len(body)),)
        return Passage(passage_id, passage_id, "text", ("*",), 0, len(body), body, blocks)

    def info(self, path: str) -> DocumentInfo:
        """A document with no more than a title."""
        return DocumentInfo(path, self._texts[path].title, "document", None)
