"""``Gathering``: what words and meaning found, with the scores that either lacks, fused: one native call.

``rag/retrieval.py`` does the same step by step, where there is no native kernel or Milvus searches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rag import native
from rag.forward import rarities, weighed
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


KNOWN = 50_000  # terms


class Gathering:
    """The two indexes of a generation and its terms, together; safe to use from several threads."""

    def __init__(self, lexical: LexicalIndex, vectors: VectorIndex, forward: ForwardIndex) -> None:
        self._lexical, self._forward = lexical, forward
        self._known: dict[str, tuple[int, float]] = {}  # number and rarity of terms that were asked for lately
        self._asked = lru_cache(32)(self._worked_out)
        self._index = native.Index.of(vectors.units, vectors.places, WINDOW_BITS, vectors.known, forward.known)

    def asked(self, terms: Mapping[str, float]) -> tuple[Ints, Floats]:
        """The numbers of terms and their weights in a score; kept for ``found``."""
        return self._asked(tuple(terms.items()))

    def _worked_out(self, terms: tuple[tuple[str, float], ...]) -> tuple[Ints, Floats]:
        asked = sorted([term for term in terms if term[1] > 0])
        known = self._learned([name for name, _ in asked])
        there = [(*known[name], boost) for name, boost in asked if name in known]
        numbers, rarity, boosts = zip(*there, strict=True) if there else ((), (), ())
        return np.array(numbers, np.int64), weighed(np.array(rarity, np.float32), boosts)

    def _learned(self, names: Sequence[str]) -> dict[str, tuple[int, float]]:
        """The number and rarity of terms, at least of those of these that occur."""
        known = self._known if len(self._known) < KNOWN else {}
        new = [name for name in names if name not in known]
        if new:
            numbers, there = self._forward.numbers_of(new)
            occur = [name for name, is_there in zip(new, there.tolist(), strict=True) if is_there]
            found = rarities(list(map(self._lexical.frequency, occur)), len(self._lexical))
            known.update(zip(occur, zip(numbers.tolist(), found.tolist(), strict=True), strict=True))
            self._known = known
        return known

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
