"""The table of what a cross-encoder is worth beside what ships, on dev; nothing in it is chosen there."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from training.encoder.cross import CrossEncoder
from training.encoder.measure import (
    SAMPLES,
    WEIGHTS,
    at_most,
    evidence,
    interval,
    ranks,
    reciprocal,
    see,
    speed,
    summary,
)
from training.encoder.pairs import Pairs
from training.encoder.prepare import Listed
from training.encoder.worlds import Asked, together


@dataclass(frozen=True, slots=True)
class Trained:
    """A cross-encoder with what it reads by."""

    model: CrossEncoder
    vectors: torch.Tensor
    pairs: Pairs


def ranking_and_evidence(trained: Trained, lists: Mapping[str, Sequence[Listed]]) -> None:
    """Choose the weights on the held out questions, and print the figures on dev."""
    apart, dev = (see(trained.model, trained.vectors, trained.pairs, lists[name]) for name in ("held out", "dev"))
    rank = max(WEIGHTS, key=lambda weight: reciprocal(ranks(apart, weight)))
    sentence = max(WEIGHTS, key=lambda weight: evidence(apart, weight).mean())
    print(f"weights, chosen on {len(lists['held out'])} held out questions: {rank} in ranking, {sentence} of sentences")
    for name, seen in (("held out", apart), ("dev", dev)):
        for figure, before, after in (
            ("recall@1", at_most(ranks(seen, 0.0), 1), at_most(ranks(seen, rank), 1)),
            ("recall@5", at_most(ranks(seen, 0.0), 5), at_most(ranks(seen, rank), 5)),
            ("evidence on top", evidence(seen, 0.0), evidence(seen, sentence)),
        ):
            low, high = interval(after - before)
            bounds = "({:.3f}–{:.3f})".format(*interval(after))
            print(f"{name}, {figure}: {before.mean():.3f} -> {after.mean():.3f} {bounds}, by {low:+.3f} to {high:+.3f}")
        print(name, {key: round(value, 3) for key, value in summary(seen).items()}, flush=True)


def answerability(trained: Trained, apart: Sequence[Asked], dev: Sequence[Asked]) -> None:
    """Answerable or not: what ships, the cross-encoder alone, and both as fitted on the held out questions' worlds."""
    rows = [read(trained, worlds) for worlds in (apart, dev)]
    known = [np.array([world.known for world in worlds]) for worlds in (apart, dev)]
    label = [np.array([world.label for world in worlds]) for worlds in (apart, dev)]
    model = together(known[0], rows[0], label[0])
    joined = model.decision_function(np.column_stack([known[1], rows[1]]))
    near = label[1] | np.array([world.near_miss for world in dev])
    for name, part in (("all", np.ones(len(near), bool)), ("near misses", near)):
        before, alone, after = (roc_auc_score(label[1][part], s[part]) for s in (known[1], rows[1][:, 1], joined))
        low, high = area_interval(label[1][part], known[1][part], joined[part])
        print(
            f"AUROC, {name}: {before:.3f} -> {after:.3f}, by {low:+.3f} to {high:+.3f}; alone {alone:.3f}", flush=True
        )
    print("coefficients", np.round(model.coef_[0], 2))


def read(trained: Trained, worlds: Sequence[Asked]) -> np.ndarray:
    """What the cross-encoder says of a world (worlds, 2): that the best hit answers, and that any of the hits does."""
    seen = see(trained.model, trained.vectors, trained.pairs, [world.hits for world in worlds])
    return np.array([(values[0], values.max()) for values in seen.answers])


def area_interval(label: np.ndarray, before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """The 95% bootstrap interval of a difference of AUROCs."""
    chance, found = np.random.default_rng(0), []
    for _ in range(SAMPLES):
        drawn = chance.integers(0, len(label), len(label))
        found.append(roc_auc_score(label[drawn], after[drawn]) - roc_auc_score(label[drawn], before[drawn]))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def milliseconds(trained: Trained, lists: Sequence[Listed], count: int = 20) -> None:
    """Processor time for a question's candidates, with one thread and two, in float32 and with 8-bit weights."""
    trained.model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = torch.ao.quantization.quantize_dynamic(trained.model, {torch.nn.Linear}, dtype=torch.qint8)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for name, one in (("float32", trained.model), ("int8", small)):
            taken = speed(one, trained.vectors, trained.pairs, lists, count)
            print(f"{threads} threads, {name}: {taken:.0f} ms of processor time for {count} candidates", flush=True)
