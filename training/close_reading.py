"""Fit what the cross-encoder's opinion counts for: ``python -m training.close_reading`` → ``models/cross_encoder``.

On the questions of the fold that ``training.cross_encoder`` kept apart, with the log-odds of a choice of sentences and
of an estimate that have not seen them either:

1. the sentences' line: a logistic regression of being evidence, over those that are read, where something answers;
2. the estimate: a logistic regression of whether the documents answer, over the features of answerability and the
   opinions, without those of what a passage stands under (only the worlds have that, so it would tell them apart);
   one for short questions, and one for the others;
3. the threshold: the highest at which at most ``REFUSED`` of the answerable questions are refused that are not short.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.answerability import ANSWERABILITY, Answerability, answerability_of, load_answerability
from rag.close_reading import FILE, SHORT, Line, is_short, opinions_in, worth_reading
from rag.cross_encoder import CrossEncoder
from training.cross_encoder import APART
from training.data import DEFAULT, require
from training.evidence import logistic
from training.lessons import Lesson, lessons
from training.worlds import WITHOUT

REFUSED = 0.032  # of the answered questions: 2.4% of those to choose by in eval/ are refused then; the bound is 5%
REFUSED_SHORT = 0.1  # of the short ones, that the usual everyday questions are refused (training/LOG.md)
ANSWERED = 0.7  # share of the questions that the documents answer, where people ask: of dev and eval/third.jsonl .71
ABOVE = "context"  # how the names of the features begin that are of what a passage stands under
SHARES = np.arange(0, 2.01, 0.05)  # of the reading beside the choice before
RULE = f"the highest at which at most {REFUSED:.1%} of the answered questions of the fold kept apart are refused"


class Questions:
    """Lessons with the opinions of their best sentences."""

    def __init__(self, known: Sequence[Lesson], reader: CrossEncoder, before: Answerability) -> None:
        self.known = [lesson for lesson in known if lesson.readings]
        self.likely = np.array([before.probability(lesson.features) for lesson in self.known])  # (questions,)
        self.chosen = [worth_reading(lesson.odds) for lesson in self.known]
        self.opinions = [
            reader.odds(lesson.question, [lesson.readings[place] for place in chosen])
            for lesson, chosen in zip(self.known, self.chosen, strict=True)
        ]

    @property
    def rows(self) -> list[dict[str, float]]:
        """The features of answerability with the opinions, of every question."""
        pairs = zip(self.known, self.opinions, strict=True)
        return [lesson.features | opinions_in(opinions) for lesson, opinions in pairs]

    @property
    def weights(self) -> np.ndarray:
        """What each question counts for; those that are not answered together as much as where people ask."""
        weights = np.array([_weight(lesson) for lesson in self.known])
        weights[self.silent] *= weights[self.answered].sum() * (1 / ANSWERED - 1) / weights[self.silent].sum()
        return weights

    @property
    def answered(self) -> np.ndarray:
        """Whether what is found answers (questions,)."""
        return np.array([lesson.answerable and bool(lesson.marks.any()) for lesson in self.known])

    @property
    def silent(self) -> np.ndarray:
        """Whether the documents do not answer (questions,)."""
        return np.array([not lesson.answerable for lesson in self.known])


def _weight(lesson: Lesson) -> float:
    """RaadsQA's near misses are few, and of three documents each is gone once."""
    if lesson.index == WITHOUT:
        return 0.5
    return 1.0 if lesson.answerable or lesson.invented else 3.0


def sentence_line(asked: Questions) -> Line:
    """How both opinions of a sentence are joined.

    How much the reading counts beside the other by what puts evidence first (a softmax over the sentences of a
    question), then a logistic regression over their sum.
    """
    groups = [
        (
            asked.known[place].odds[asked.chosen[place]],
            asked.opinions[place],
            asked.known[place].marks[asked.chosen[place]],
        )
        for place in np.flatnonzero(asked.answered)
    ]
    share = max(SHARES, key=lambda share: sum(_likelihood(odds + share * read, marks) for odds, read, marks in groups))
    summed = np.concatenate([odds + share * read for odds, read, _ in groups])
    model = LogisticRegression(C=1e3).fit(summed[:, None], np.concatenate([marks for *_, marks in groups]))
    slope, bias = float(model.coef_[0, 0]), float(model.intercept_[0])
    return Line(round(slope, 4), round(slope * float(share), 4), round(bias, 4))


def _likelihood(scores: np.ndarray, marks: np.ndarray) -> float:
    """The log of the share that evidence has of all; 0 where none was read."""
    if not marks.any():
        return 0.0
    share = np.exp(scores - scores.max())
    return float(np.log(share[marks].sum() / share.sum()))


def estimate_of(asked: Questions) -> dict[str, Any]:
    """The coefficients of the estimate with the opinions among the features, as stored."""
    rows, clear = asked.rows, asked.answered | asked.silent
    names = [name for name in rows[0] if not name.startswith(ABOVE)]
    matrix = np.array([[row[name] for name in names] for row in rows], np.float64)
    stored = logistic(matrix[clear], asked.answered[clear], names, asked.weights[clear])
    answered = [row for row, answered in zip(rows, asked.answered, strict=True) if answered]
    likely = np.array([answerability_of({**stored, "threshold": 0.0}).probability(row) for row in answered])
    return {"threshold": _lowest(likely), "rule": RULE, **stored}


def at_threshold(stored: dict[str, Any], asked: Questions, threshold: float) -> dict[str, Any]:
    """An estimate with its bias moved, so that ``REFUSED_SHORT`` of the answered are below the threshold of another."""
    estimate = answerability_of(stored)
    answered = [row for row, answered in zip(asked.rows, asked.answered, strict=True) if answered]
    own = _lowest(np.array([estimate.probability(row) for row in answered]), REFUSED_SHORT)
    below = f"{REFUSED_SHORT:.1%} of the answered short questions are below it"
    rule = f"that of {ANSWERABILITY}; the bias is moved so that {below}"
    moved = round(stored["bias"] + log_odds(threshold) - log_odds(own), 6)
    return {**stored, "threshold": threshold, "rule": rule, "bias": moved}


def _lowest(likely: np.ndarray, share: float = REFUSED) -> float:
    return math.floor(1e5 * float(np.quantile(likely, share, method="lower"))) / 1e5


def log_odds(likely: float) -> float:
    """A likelihood as log-odds."""
    return math.log(likely / (1 - likely))


def report(asked: Questions, sentence: Line, estimate: Answerability) -> None:
    """What both opinions together are worth beside the one before, of RaadsQA and of the worlds."""
    after = np.array([estimate.probability(row) for row in asked.rows])
    for invented in (False, True):
        own = np.array([lesson.invented == invented for lesson in asked.known])
        first = [
            (lesson.marks[chosen[0]], lesson.marks[chosen[np.argmax(sentence.of(lesson.odds[chosen], opinions))]])
            for lesson, chosen, opinions in zip(asked.known, asked.chosen, asked.opinions, strict=True)
        ]
        evidence = np.array(first)[own & asked.answered].mean(axis=0)
        clear = own & (asked.answered | asked.silent)
        label = asked.answered[clear]
        if label.all() or not label.any():
            continue
        areas = [roc_auc_score(label, likely[clear]) for likely in (asked.likely, after)]
        refused = (after[own & asked.silent] < estimate.threshold).mean()
        print(
            f"{'worlds' if invented else 'RaadsQA'} n={len(label)}: evidence first {evidence[0]:.3f} -> "
            f"{evidence[1]:.3f}, AUROC {areas[0]:.3f} -> {areas[1]:.3f}, refused {refused:.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--work", type=Path, default=Path("training/runs/embedder"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    options = parser.parse_args()
    folder = options.models / "cross_encoder"
    before = load_answerability(options.models / "evidence" / ANSWERABILITY)
    found = lessons(require(options.data), options.work, options.models, APART, pairs=False)
    reader = CrossEncoder.load(folder)
    asked, short = (
        Questions([lesson for lesson in found if is_short(lesson.features) == wanted], reader, before)
        for wanted in (False, True)
    )
    sentence, stored = sentence_line(asked), estimate_of(asked)
    estimate = answerability_of(stored)
    short_stored = at_threshold(estimate_of(short), short, estimate.threshold)
    report(asked, sentence, estimate)
    report(short, sentence, answerability_of(short_stored))
    unread = log_odds(estimate.threshold) - log_odds(_lowest(asked.likely[asked.answered]))
    line = {"sentence": sentence._asdict(), "unread": round(unread, 4)}
    for name, values in ((FILE, line), (ANSWERABILITY, stored), (SHORT, short_stored)):
        (folder / name).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({**line, "threshold": estimate.threshold}))


if __name__ == "__main__":
    main()
