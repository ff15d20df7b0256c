"""What searches words and meaning: the two indexes beside the documents, or Milvus (``rag/store/milvus``).

``allowed`` is whatever ``Store.allowed`` gives, and nobody else looks into it: units here, an expression there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rag.forward import FOLDER, ForwardIndex
from rag.lexical import LexicalIndex
from rag.store.gathering import Gathering
from rag.vectors import VectorIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Units = NDArray[np.int64]
    Floats = NDArray[np.float32]
    Scores = NDArray[np.float64]


class WordSearch(Protocol):
    """Finds units by weighted terms. ``rag/lexical.LexicalIndex`` is one."""

    def __len__(self) -> int: ...

    def search(self, terms: Mapping[str, float], k: int, allowed: Any = None) -> list[tuple[int, float]]:  # noqa: ANN401
        """The best ``k`` units as ``(unit, score)``, in order ``(-score, unit)``."""
        ...

    def scores(self, terms: Mapping[str, float], units: Iterable[int]) -> dict[int, float]:
        """The score of each of these units, 0 for one that has none of the terms."""
        ...

    def best(self, terms: Mapping[str, float], k: int, allowed: Any = None) -> tuple[Units, Scores]:  # noqa: ANN401
        """What ``search`` gives, as arrays."""
        ...

    def scores_of(self, terms: Mapping[str, float], units: Units) -> Scores:
        """The scores of these units (sorted, distinct): ``scores`` as an array."""
        ...

    def frequency(self, term: str) -> int:
        """In how many units a term occurs."""
        ...


class MeaningSearch(Protocol):
    """Finds units by the row of a question ``(dim,)``. ``rag/vectors.VectorIndex`` is one."""

    units: Units  # all, sorted

    def __len__(self) -> int: ...

    def search(self, row: Floats, k: int, allowed: Any = None) -> list[tuple[int, float]]:  # noqa: ANN401
        """The ``k`` nearest units as ``(unit, cosine)``, in order ``(-cosine, unit)``."""
        ...

    def scores(self, row: Floats, units: Iterable[int]) -> dict[int, float]:
        """The cosine of each of these units, 0 for one without a row."""
        ...

    def best(self, row: Floats, k: int, allowed: Any = None) -> tuple[Units, Scores]:  # noqa: ANN401
        """What ``search`` gives, as arrays."""
        ...

    def begin(self, row: Floats, k: int, allowed: Any = None) -> Callable[[], tuple[Units, Scores]]:  # noqa: ANN401
        """Begin ``best`` beside what the caller does; what this gives, gives what that gives."""
        ...

    def scores_of(self, row: Floats, units: Units) -> Scores:
        """The cosines of these units: ``scores`` as an array."""
        ...


class AsArrays:
    """For what searches and scores by lists: the same as arrays."""

    search: Callable[..., list[tuple[int, float]]]
    scores: Callable[..., dict[int, float]]

    def best(self, asked: Any, k: int, allowed: Any = None) -> tuple[Units, Scores]:  # noqa: ANN401
        """What ``search`` gives, as arrays."""
        found = self.search(asked, k, allowed)
        return np.array([unit for unit, _ in found], np.int64), np.array([score for _, score in found], np.float64)

    def scores_of(self, asked: Any, units: Units) -> Scores:  # noqa: ANN401
        """What ``scores`` gives, as an array."""
        found = self.scores(asked, units.tolist())
        return np.array([found[unit] for unit in units.tolist()], np.float64)


Parts = tuple[WordSearch, MeaningSearch, Gathering | None]


def embedded(generation: Path) -> Parts:
    """What searches a generation by itself. Raises ValueError or OSError when a part is not there or not whole."""
    vectors, forward = VectorIndex(generation / "vectors"), ForwardIndex(generation / FOLDER)
    if len(forward) != len(vectors):
        raise ValueError("the terms are not those of the rows")

    def scored(terms: Sequence[str], weights: Floats, units: Units) -> Floats:
        return forward.scores(terms, weights, vectors.rows_of(units))

    lexical = LexicalIndex(generation / "lexical", scored)
    return lexical, vectors, Gathering(lexical, vectors, forward)
