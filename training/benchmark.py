"""The retrieval benchmark: RaadsQA dev over 34,110 passages, with the product's terms and the shipped embedder."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rag.config import Config
from training.bm25 import Bm25
from training.data import Question, Text

CHUNK = 64
WEIGHT = Config().fusion_weight
POOL = 100  # best of either search that are fused, as in rag/retrieval.py


def fused(
    lexical: np.ndarray, dense: np.ndarray, weight: float = Config().fusion_weight
) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the union of both pools and their fused scores, best first (ties by position)."""
    pool = np.union1d(best(lexical, POOL), best(dense, POOL))
    score = weight * min_max(lexical[pool]) + (1 - weight) * min_max(dense[pool])
    order = np.argsort(-score, kind="stable")
    return pool[order], score[order]


def in_chunks(rows: np.ndarray, units: np.ndarray) -> Iterator[np.ndarray]:
    """The cosines of each question with all units, (units,) at a time; worked out for many at once, which is faster."""
    for begin in range(0, len(rows), CHUNK):
        yield from rows[begin : begin + CHUNK] @ units.T


def best(scores: np.ndarray, count: int) -> np.ndarray:
    """Positions of the highest scores, best first."""
    top = np.argpartition(-scores, min(count, len(scores) - 1))[:count]
    return top[np.argsort(-scores[top], kind="stable")]


def min_max(scores: np.ndarray) -> np.ndarray:
    """Scores scaled to 0–1."""
    return (scores - scores.min()) / (scores.max() - scores.min() + 1e-12)


def ranks(questions: list[Question], texts: list[Text], orders: list[np.ndarray]) -> np.ndarray:
    """The rank (1…) of the right passage in each order, 0 where it is not there."""
    place = {text.pid: index for index, text in enumerate(texts)}
    found = []
    for question, order in zip(questions, orders, strict=True):
        hit = np.flatnonzero(order == place[question.pid])
        found.append(int(hit[0]) + 1 if len(hit) else 0)
    return np.array(found)


def recall(found: np.ndarray, cut: int) -> float:
    """Share of questions whose passage is among the first ``cut``."""
    return float(np.mean((found > 0) & (found <= cut)))


def summary(found: np.ndarray) -> str:
    """R@1, R@5, R@20 and MRR@100."""
    reciprocal = np.mean([1 / rank if rank else 0.0 for rank in found])
    return " ".join(f"R@{cut} {recall(found, cut):.3f}" for cut in (1, 5, 20)) + f" MRR {reciprocal:.3f}"


def lexical_scores(questions: list[Question], bm25: Bm25) -> np.ndarray:
    """BM25 of every text for every question (questions, texts)."""
    return np.stack([bm25.scores(question.text) for question in questions])
