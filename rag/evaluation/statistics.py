"""Figures over many questions: intervals, paired tests, refusal, risk-coverage, calibration. Knows arrays only.

All randomness is seeded, so a report made twice is the same. Everything is numpy; shapes stand inline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
RESAMPLES = 2000
PERMUTATIONS = 10_000
SEED = 20231


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean with its 95% interval and the number of questions it rests on; ``value`` is None when there are none."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def mean_figure(values: Sequence[float]) -> Figure:
    """The mean and its percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13)."""
    if not values:
        return Figure(None, None, None, 0)
    sample = np.asarray(values, dtype=np.float64)  # (n,)
    means = sample[_resamples(len(sample))].mean(axis=1)  # (RESAMPLES,)
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(float(sample.mean()), float(low), float(high), len(sample))


def statistic_figure(statistic: Callable[[Indices], float | None], n: int, resamples: int = 500) -> Figure:
    """Any statistic of ``n`` questions with a bootstrap interval; ``statistic`` gets the chosen row numbers.

    Resamples for which it has no value (all questions of one sort) are left out of the interval.
    """
    value = statistic(np.arange(n)) if n else None
    if value is None:
        return Figure(None, None, None, n)
    drawn = [statistic(rows) for rows in _resamples(n)[:resamples]]
    low, high = np.percentile([v for v in drawn if v is not None] or [value], [2.5, 97.5])
    return Figure(value, float(low), float(high), n)


def _resamples(n: int) -> Indices:
    return np.random.default_rng(SEED).integers(0, n, size=(RESAMPLES, n))  # (RESAMPLES, n)


@dataclass(frozen=True, slots=True)
class Refusal:
    """How well silence is chosen. A question that failed for a technical reason was not refused."""

    precision: float
    recall: float
    f1: float
    wrongly_refused: float  # share of the answerable questions that were refused


def refusal(answerable: Sequence[bool], refused: Sequence[bool]) -> Refusal:
    """Precision, recall and F1 with "refused" as the positive class (as in SQuAD 2.0, Rajpurkar et al., ACL 2018)."""
    can, no = np.asarray(answerable, dtype=bool), np.asarray(refused, dtype=bool)  # (n,), (n,)
    hits = float((no & ~can).sum())
    precision = hits / no.sum() if no.any() else 0.0
    recall = hits / (~can).sum() if (~can).any() else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    wrongly = float((no & can).sum()) / can.sum() if can.any() else 0.0
    return Refusal(float(precision), float(recall), float(f1), float(wrongly))


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> tuple[Floats, Floats]:
    """Coverage (n,) and risk (n,): the share of the questions answered, surest first, and how many of those are wrong.

    Questions of equal confidence enter together (El-Yaniv and Wiener, JMLR 2010).
    """
    sure, good = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)  # (n,), (n,)
    if not len(sure):
        return np.zeros(0), np.zeros(0)
    _, level = np.unique(sure, return_inverse=True)  # (n,) which of the different confidences a question has
    wrong_share = 1 - np.bincount(level, good) / np.bincount(level)  # (levels,)
    wrong = wrong_share[level[np.argsort(-sure, kind="stable")]]  # (n,)
    taken = np.arange(1, len(sure) + 1)
    return taken / len(sure), np.cumsum(wrong) / taken


def aurc(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """Area under the risk-coverage curve: the mean risk over all coverages; lower is better.

    Geifman, Uziel and El-Yaniv, ICLR 2019.
    """
    _, risk = risk_coverage(confidence, right)
    return float(risk.mean()) if len(risk) else None


def auroc(score: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Chance that a positive scores above a negative, ties half: the Mann-Whitney statistic (Hanley and McNeil 1982).

    None when one of the two is absent.
    """
    scores, yes = np.asarray(score, dtype=np.float64), np.asarray(positive, dtype=bool)
    above, below = scores[yes], scores[~yes]  # (p,), (q,)
    if not len(above) or not len(below):
        return None
    difference = above[:, None] - below[None, :]  # (p, q)
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions with a confidence in one of ten equal steps: how sure on average, how often it was so."""

    confidence: float
    share: float
    n: int


def calibration_bins(confidence: Sequence[float], outcome: Sequence[bool], bins: int = 10) -> list[Bin]:
    """Questions in equal steps of confidence; empty steps are left out (Guo et al., ICML 2017)."""
    sure, so = np.asarray(confidence, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    step = np.minimum((sure * bins).astype(int), bins - 1)  # (n,) 1.0 belongs to the last step
    return [
        Bin(float(sure[step == b].mean()), float(so[step == b].mean()), int((step == b).sum()))
        for b in range(bins)
        if (step == b).any()
    ]


def ece(confidence: Sequence[float], outcome: Sequence[bool]) -> float | None:
    """Expected calibration error: the mean distance between confidence and outcome over ten steps; lower is better.

    The steps weigh by their size (Guo et al., ICML 2017).
    """
    bins = calibration_bins(confidence, outcome)
    total = sum(b.n for b in bins)
    return sum(b.n * abs(b.confidence - b.share) for b in bins) / total if total else None


@dataclass(frozen=True, slots=True)
class Difference:
    """Second minus first over the same questions, its 95% interval, and how often chance alone does as much."""

    value: float
    low: float
    high: float
    p: float  # two-sided
    n: int


def paired_difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Paired randomisation test (Smucker, Allan and Carterette, CIKM 2007) with a paired bootstrap interval.

    Raises ValueError when the two are not equally long.
    """
    if len(first) != len(second):
        raise ValueError("paired samples must be equally long")
    change = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)  # (n,)
    if not len(change):
        return Difference(0.0, 0.0, 0.0, 1.0, 0)
    interval = mean_figure(change.tolist())
    signs = np.random.default_rng(SEED).choice([-1.0, 1.0], size=(PERMUTATIONS, len(change)))
    by_chance = np.abs((signs * change).mean(axis=1))  # (PERMUTATIONS,)
    p = (1 + (by_chance >= abs(change.mean()) - 1e-12).sum()) / (1 + PERMUTATIONS)
    return Difference(float(change.mean()), interval.low or 0.0, interval.high or 0.0, float(p), len(change))


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and highest of some durations; empty when there are none."""
    if not values:
        return {}
    sample = np.asarray(values, dtype=np.float64)
    return {
        "p50": float(np.percentile(sample, 50)),
        "p95": float(np.percentile(sample, 95)),
        "max": float(sample.max()),
    }
