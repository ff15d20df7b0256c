"""``Gathering``: what words and meaning found, with the scores that either lacks, fused: one native call.

``rag/retrieval.py`` does the same step by step, where there is no native kernel or Milvus searches.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rag import native
from rag.lexical import ROUNDING
from rag.store.schema import WINDOW_BITS
from rag.vectors import QUESTION_SCALE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.forward import ForwardIndex
    from rag.lexical import LexicalIndex
    from rag.vectors import VectorIndex

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]
    Scores = NDArray[np.float64]


class Gathering:
    """The two indexes of a generation and its terms, together; safe to use from several threads."""

    def __init__(self, lexical: LexicalIndex, vectors: VectorIndex, forward: ForwardIndex) -> None:
        self._lexical, self._forward = lexical, forward
        self._asked = lru_cache(32)(self._worked_out)
        self._index = native.Index.of(vectors.units, vectors.places, WINDOW_BITS, vectors.known, forward.known)

    def asked(self, terms: Mapping[str, float]) -> tuple[Ints, Floats]:
        """The numbers of terms and their weights in a score; kept for ``found``."""
        return self._asked(tuple(terms.items()))

    def _worked_out(self, terms: tuple[tuple[str, float], ...]) -> tuple[Ints, Floats]:
        names, weights = self._lexical.weights(dict(terms))
        numbers, there = self._forward.numbers_of(names)
        return numbers, weights[there]

    def found(
        self,
        terms: Mapping[str, float],
        row: Floats,
        by: tuple[tuple[Ints, Scores], tuple[Ints, Scores]],
        weight: float,
    ) -> tuple[Ints, Scores, Scores, Scores] | None:
        """Passages that words or meaning (``by``, units with scores) found for terms and a row, best fused first.

        Gives the place of each one's first unit, its lexical and dense scores, of the best window, and these fused.
        None for a ``row`` that the kernel cannot take.
        """
        settings = QUESTION_SCALE, ROUNDING, weight
        found = self._index.found((*self.asked(terms), np.ascontiguousarray(row, np.float32)), settings, *by)
        return None if found is None else (found["place"], found["lexical"], found["dense"], found["fused"])
