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

from rag import dutch
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
    def of(cls, texts: list[Text], work: Path) -> Bm25:
        """For the benchmark's passages (title and text), kept in ``work`` until the analysis of words changes."""
        sample = " ".join(" ".join(dutch.terms(text.title + " " + text.body)) for text in texts[:50])
        file = work.parent / f"bm25-{hashlib.sha256(sample.encode()).hexdigest()[:12]}-{len(texts)}.pickle"
        if file.is_file():
            with file.open("rb") as stored:
                return cls(*pickle.load(stored))
        built = cls.build([dutch.terms(f"{text.title} {text.body}") for text in texts])
        with file.open("wb") as target:
            pickle.dump((built.weights, built.terms), target)
        return built

    def scores(self, question: str) -> np.ndarray:
        """The score of every text, ``(texts,)``; a term that is asked twice counts twice."""
        rows = [self.terms[term] for term in dutch.terms(question) if term in self.terms]
        return np.asarray(self.weights[rows].sum(axis=0)).ravel()

    def best(self, question: str, count: int) -> np.ndarray:
        """Positions of the best texts, best first."""
        return np.argsort(-self.scores(question), kind="stable")[:count]
