"""Small deterministic stand-ins for heavy parts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag import dutch


class WordEmbedder:
    """An ``Encoder`` without a model: each stem has a fixed random direction, a text is the sum of its stems."""

    def __init__(self, dim: int = 32, name: str = "woorden") -> None:
        self.name = name
        self.dim = dim
        self.fingerprint = f"{name}-{dim}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dim), np.float32)
        for place, text in enumerate(texts):
            for stem in dutch.stems(text):
                rows[place] += np.random.default_rng(zlib.crc32(stem.encode())).standard_normal(self.dim)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
