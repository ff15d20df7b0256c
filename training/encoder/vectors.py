"""A vector for each word of the vocabulary: what the cross-encoder knows of its meaning before it reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.encoder.prepare import Library

DIM = 128


def narrowed(table: np.ndarray, dim: int = DIM) -> np.ndarray:
    """A table of pieces (pieces, any) in fewer dimensions: those in which it differs most (pieces, dim)."""
    _, directions = np.linalg.eigh(table.T @ table)
    narrow: np.ndarray = (table @ directions[:, ::-1][:, :dim]).astype(np.float32)
    return narrow


def word_vectors(library: Library, table: np.ndarray) -> np.ndarray:
    """Unit rows (vocabulary, dim), each the sum of its pieces; of numbers and of no word 0."""
    rows = np.add.reduceat(table[library.pieces], library.piece_starts[:-1], axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9
    rows[0] = 0
    rows[library.digits] = 0
    return rows.astype(np.float32)


def load_table(work: Path) -> np.ndarray:
    """The embedder's table of its first stage, which has seen none of RaadsQA, narrowed."""
    return narrowed(np.load(work / "weak.npy").astype(np.float32))
