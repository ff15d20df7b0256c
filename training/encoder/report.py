"""The table of what a cross-encoder is worth."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import torch

from training.encoder.cross import CrossEncoder
from training.encoder.measure import WEIGHTS, at_most, evidence, interval, ranks, reciprocal, see, speed, summary
from training.encoder.pairs import Pairs
from training.encoder.prepare import Listed


def report(
    options: argparse.Namespace, model: CrossEncoder, vectors: torch.Tensor, pairs: Pairs,
    lists: Mapping[str, Sequence[Listed]],
) -> None:  # fmt: skip
    """Choose the weights on the held out questions, and print the figures on dev."""
    apart, dev = (see(model, vectors, pairs, lists[name]) for name in ("held out", "dev"))
    print("held out", summary(apart))
    rank = max(WEIGHTS, key=lambda w: reciprocal(ranks(apart, w)))
    sentence = max(WEIGHTS, key=lambda w: evidence(apart, w).mean())
    for name, before, after in (
        ("recall@1", at_most(ranks(dev, 0.0), 1), at_most(ranks(dev, rank), 1)),
        ("recall@5", at_most(ranks(dev, 0.0), 5), at_most(ranks(dev, rank), 5)),
        ("evidence on top", evidence(dev, 0.0), evidence(dev, sentence)),
    ):
        low, high = interval(after - before)
        print(f"{name}: {before.mean():.3f} -> {after.mean():.3f}, difference {low:+.3f} to {high:+.3f}")
    print(f"weights {rank} {sentence}; alone", {k: v for k, v in summary(dev).items() if "alone" in k or "near" in k})
    model.eval()
    small = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for name, one in (("float32", model), ("int8", small)):
            print(f"{threads} threads {name}: {speed(one, vectors, pairs, lists['dev'][:40]):.0f} ms for 20 candidates")
