"""BM25 over the benchmark's passages with the product's own terms, as one sparse matrix.

The same formula as the product's index (Robertson & Zaragoza 2009, k1 1.2, b 0.75), so that what is trained here sees
the scores it will see there; exact document lengths where Tantivy rounds them.
"""

from __future__ import annotations

import hashlib
import pickle
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from rag import dutch, passages, sentences
from rag.embeddings import Encoder
from rag.passages import windows
from rag.types import Block, Document, Passage, SourceMap
from training.data import Text

K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Bm25:
    """``weights`` (terms, texts) holds what each term adds to a text's score; ``terms`` gives each term's row."""

    weights: sparse.csr_matrix
    terms: dict[str, int]

    @classmethod
    def build(cls, documents: list[list[str]]) -> Bm25:
        """From the terms of every document."""
        vocabulary: dict[str, int] = {}
        rows, columns, counts = [], [], []
        for column, document in enumerate(documents):
            for term, count in Counter(document).items():
                rows.append(vocabulary.setdefault(term, len(vocabulary)))
                columns.append(column)
                counts.append(count)
        row, column, count = np.array(rows), np.array(columns), np.array(counts, np.float32)
        lengths = np.array([len(document) for document in documents], np.float32)
        frequency = np.bincount(row, minlength=len(vocabulary))
        idf = np.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5))
        norm = K1 * (1 - B + B * lengths / lengths.mean())
        value = idf[row] * count * (K1 + 1) / (count + norm[column])
        shape = (len(vocabulary), len(documents))
        return cls(sparse.csr_matrix((value.astype(np.float32), (row, column)), shape=shape), vocabulary)

    @classmethod
    def of(cls, units: Units, work: Path) -> Bm25:
        """For the benchmark's units, kept in ``work`` until the analysis of words or the cutting changes."""
        digest = hashlib.sha256(f"{dutch.analyzer_version()} {len(units.texts)} {units.texts[::97]}".encode())
        file = work.parent / f"bm25-{digest.hexdigest()[:12]}.pickle"
        if file.is_file():
            with file.open("rb") as stored:
                return cls(*pickle.load(stored))
        built = cls.build([dutch.terms(text) for text in units.texts])
        with file.open("wb") as target:
            pickle.dump((built.weights, built.terms), target)
        return built

    def scores(self, question: str) -> np.ndarray:
        """The score of every unit, ``(units,)``, as rag/lexical.py gives it."""
        weights = {self.terms[t]: w for t, w in dutch.query_terms(question).items() if t in self.terms}
        query = sparse.csr_matrix(
            (np.fromiter(weights.values(), np.float32), (np.zeros(len(weights), int), list(weights))),
            shape=(1, self.weights.shape[0]),
        )
        return np.asarray((query @ self.weights).todense()).ravel()


@dataclass(frozen=True, slots=True)
class Units:
    """What an index holds of the benchmark's passages: their windows, each with the title.

    Passage p has the units ``starts[p]`` up to ``starts[p + 1]``.
    """

    texts: list[str]
    starts: np.ndarray

    @classmethod
    def of(cls, texts: list[Text], work: Path) -> Units:
        """Cut as rag/passages.py cuts; kept in ``work`` until that file or rag/sentences.py changes."""
        sources = [Path(module.__file__ or "").read_bytes() for module in (passages, sentences)]
        file = work.parent / f"units-{hashlib.sha256(b''.join(sources)).hexdigest()[:12]}-{len(texts)}.pickle"
        if file.is_file():
            return cls(*pickle.loads(file.read_bytes()))
        cut = [[f"{text.title}\n{window}" for window in windowed(text.body)] for text in texts]
        units = cls([unit for units in cut for unit in units], np.cumsum([0, *map(len, cut)]))
        file.write_bytes(pickle.dumps((units.texts, units.starts)))
        return units

    @classmethod
    def whole(cls, texts: list[Text]) -> Units:
        """Each passage as one unit, as the product seeks words in passages as short as these."""
        return cls([f"{text.title}\n{text.body}" for text in texts], np.arange(len(texts) + 1))

    def rows(self, encoder: Encoder, work: Path) -> np.ndarray:
        """The units' rows (units, dim), kept in ``work`` for each embedder."""
        digest = hashlib.sha256(f"{encoder.fingerprint} {len(self.texts)} {self.texts[::97]}".encode()).hexdigest()
        file = work.parent / f"rows-{digest[:12]}.npy"
        if not file.is_file():
            np.save(file, encoder.encode(self.texts))
        return np.load(file)

    def best(self, scores: np.ndarray) -> np.ndarray:
        """Scores of units → the best of each passage."""
        return np.maximum.reduceat(scores, self.starts[:-1])


def windowed(body: str) -> list[str]:
    """The windows of a text, as the product's index has them."""
    block = Block("paragraph", 0, len(body))
    document = Document("", "", "document", body, "", SourceMap(((0, 0, len(body)),)), (block,))
    passage = Passage("", "", "text", ("*",), 0, len(body), body, (block,))
    return [body[span.start : span.end] for span in windows(document, passage)] or [body]
