"""What a cross-encoder is worth beside what ships: ranking, evidence, answerability, and milliseconds.

The weight with which its scores are added is chosen on training questions that neither it nor the ranking has seen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from training.encoder.cross import CrossEncoder
from training.encoder.pairs import Pairs, batch
from training.encoder.prepare import Listed
from training.encoder.rerank import scored

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
SAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model says of the lists: of each candidate, and of the sentences of each question's own passage."""

    lists: Sequence[Listed]
    passage: list[np.ndarray]  # (candidates,) for each question
    answers: list[np.ndarray]
    sentences: list[np.ndarray]  # of its own passage, the title's first
    chosen: list[np.ndarray]  # what the trees say of these
    segments: list[np.ndarray]


def see(model: CrossEncoder, vectors: torch.Tensor, pairs: Pairs, lists: Sequence[Listed], depth: int = 10) -> Seen:
    """Run the model over the best ``depth`` candidates of every question, and over its own passage."""
    model.eval()
    passage, answers, sentences, chosen, segments = [], [], [], [], []
    with torch.inference_mode():
        for listed in lists:
            own = int(np.flatnonzero(listed.right)[0]) if listed.right.any() else 0
            which = sorted({*range(min(depth, len(listed.passages))), own})
            made = [pairs.of(listed, c) for c in which]
            found = scored(model, vectors, made, 10)
            values = np.full((2, len(listed.passages)), -1e3)
            values[:, which] = [[float(s.passage) for s in found], [float(s.answers) for s in found]]
            passage.append(values[0])
            answers.append(values[1])
            at = which.index(own)
            sentences.append(found[at].sentences.numpy())
            chosen.append(made[at].chosen)
            segments.append(made[at].segments)
    return Seen(lists, passage, answers, sentences, chosen, segments)


def ranks(seen: Seen, weight: float, known: float = 1.0) -> np.ndarray:
    """The rank of the right passage of each answered question, 0 where search did not find it."""
    found = []
    for listed, passage in zip(seen.lists, seen.passage, strict=True):
        if listed.answered:
            total = known * listed.scores + weight * passage
            order = np.argsort(-total, kind="stable")
            found.append(1 + int(np.flatnonzero(listed.right[order])[0]) if listed.found else 0)
    return np.array(found)


def at_most(found: np.ndarray, cut: int) -> np.ndarray:
    """Whether each rank is among the first ``cut``."""
    return ((found > 0) & (found <= cut)).astype(float)


def evidence(seen: Seen, weight: float, known: float = 1.0) -> np.ndarray:
    """Whether the best sentence of its own passage is evidence, for each answered question."""
    right = []
    for listed, scores, chosen, segments in zip(seen.lists, seen.sentences, seen.chosen, seen.segments, strict=True):
        if listed.answered and listed.question.evidence:
            total = (known * chosen + weight * scores)[1:]
            right.append(float(segments[1:][int(np.argmax(total))] - 1 in listed.question.evidence))
    return np.array(right)


def near_misses(seen: Seen) -> float:
    """AUROC of the answer's log-odds on each question's own passage: answered against near misses."""
    own = [float(values[listed.right][0]) for listed, values in zip(seen.lists, seen.answers, strict=True)]
    return float(roc_auc_score([listed.answered for listed in seen.lists], own))


def summary(seen: Seen) -> dict[str, float]:
    """Alone, as it ships, and together at each weight."""
    found = {f"r1 {w}": at_most(ranks(seen, w), 1).mean() for w in (0.0, 0.5, 1.0)}
    found |= {"r1 alone": at_most(ranks(seen, 1.0, 0.0), 1).mean()}
    found |= {f"r5 {w}": at_most(ranks(seen, w), 5).mean() for w in (0.0, 1.0)}
    found |= {f"mrr {w}": reciprocal(ranks(seen, w)) for w in (0.0, 0.5, 1.0)}
    found |= {f"ev {w}": evidence(seen, w).mean() for w in (0.0, 0.5, 1.0)}
    found |= {"ev alone": evidence(seen, 1.0, 0.0).mean(), "near": near_misses(seen)}
    return {name: float(value) for name, value in found.items()}


def reciprocal(found: np.ndarray) -> float:
    """The mean of 1 / rank."""
    return float(np.where(found > 0, 1 / np.maximum(found, 1), 0).mean())


def interval(values: np.ndarray) -> tuple[float, float]:
    """The 95% bootstrap interval of a mean (Efron 1979)."""
    chance = np.random.default_rng(0)
    means = [values[chance.integers(0, len(values), len(values))].mean() for _ in range(SAMPLES)]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def speed(
    model: torch.nn.Module, vectors: torch.Tensor, pairs: Pairs, lists: Sequence[Listed], count: int = 20
) -> float:
    """Milliseconds of processor time for ``count`` candidates of a question, preparing them included."""
    taken = []
    with torch.inference_mode():
        for listed in lists:
            begun = time.process_time()
            model(batch([pairs.of(listed, c) for c in range(min(count, len(listed.passages)))]), vectors)
            taken.append(time.process_time() - begun)
    return 1000 * float(np.median(taken))
