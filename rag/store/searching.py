"""What searches words and meaning: the two indexes beside the documents, or Milvus (``rag/store/milvus``).

``allowed`` is whatever ``Store.allowed`` gives, and nobody else looks into it: units here, an expression there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Units = NDArray[np.int64]
    Floats = NDArray[np.float32]


class WordSearch(Protocol):
    """Finds units by weighted terms. ``rag/lexical.LexicalIndex`` is one."""

    def __len__(self) -> int: ...

    def search(self, terms: Mapping[str, float], k: int, allowed: Any = None) -> list[tuple[int, float]]:  # noqa: ANN401
        """The best ``k`` units as ``(unit, score)``, in order ``(-score, unit)``."""
        ...

    def scores(self, terms: Mapping[str, float], units: Iterable[int]) -> dict[int, float]:
        """The score of each of these units, 0 for one that has none of the terms."""
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
