"""Fit what the cross-encoder's opinion counts for: ``python -m training.close_reading`` → ``models/cross_encoder``.

On the questions of the fold that ``training.cross_encoder`` kept apart, with the log-odds of a choice of sentences and
of an estimate that have not seen them either:

1. the sentences' line: a logistic regression of being evidence, over those that are read, where something answers;
2. the answer's line: a logistic regression of whether the documents answer, over the estimate before and the opinion
   of the best sentence;
3. the threshold: the highest at which at most ``REFUSED`` of the answerable questions are refused.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.answerability import ANSWERABILITY, Answerability, load_answerability
from rag.close_reading import FILE, Line, worth_reading
from rag.cross_encoder import CrossEncoder
from rag.ranking import sigmoid
from training.cross_encoder import APART
from training.data import DEFAULT, require
from training.lessons import Lesson, lessons

REFUSED = 0.04  # of the answered questions: as many of dev and of eval/third.jsonl are refused then
SHARES = np.arange(0, 2.01, 0.05)  # of the reading beside the choice before
RULE = f"the highest at which at most {REFUSED:.0%} of the answered questions of the fold kept apart are refused"


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
    def estimates(self) -> np.ndarray:
        """The log-odds before and the best opinion (questions, 2)."""
        opinions = [opinions.max() for opinions in self.opinions]
        return np.stack([np.log(self.likely / (1 - self.likely)), opinions], axis=1)

    @property
    def answered(self) -> np.ndarray:
        """Whether what is found answers (questions,)."""
        return np.array([lesson.answerable and bool(lesson.marks.any()) for lesson in self.known])

    @property
    def silent(self) -> np.ndarray:
        """Whether the documents do not answer (questions,)."""
        return np.array([not lesson.answerable for lesson in self.known])


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


def answer_line(asked: Questions) -> Line:
    """How both estimates of a question are joined."""
    clear = asked.answered | asked.silent
    model = LogisticRegression(C=1e3).fit(asked.estimates[clear], asked.answered[clear])
    return Line(*(round(float(value), 4) for value in (*model.coef_[0], model.intercept_[0])))


def threshold_of(asked: Questions, line: Line) -> float:
    """The highest likelihood below which at most ``REFUSED`` of the answered questions are."""
    likely = sigmoid(line.of(*asked.estimates[asked.answered].T))
    return _lowest(likely)


def _lowest(likely: np.ndarray) -> float:
    return math.floor(1e5 * float(np.quantile(likely, REFUSED, method="lower"))) / 1e5


def log_odds(likely: float) -> float:
    """A likelihood as log-odds."""
    return math.log(likely / (1 - likely))


def report(asked: Questions, sentence: Line, answer: Line) -> None:
    """What both opinions together are worth beside the one before, of RaadsQA and of the worlds."""
    for invented in (False, True):
        own = np.array([lesson.invented == invented for lesson in asked.known])
        first = [
            (lesson.marks[chosen[0]], lesson.marks[chosen[np.argmax(sentence.of(lesson.odds[chosen], opinions))]])
            for lesson, chosen, opinions in zip(asked.known, asked.chosen, asked.opinions, strict=True)
        ]
        before, after = np.array(first)[own & asked.answered].mean(axis=0)
        clear = own & (asked.answered | asked.silent)
        label, rows = asked.answered[clear], asked.estimates[clear]
        areas = roc_auc_score(label, rows[:, 0]), roc_auc_score(label, answer.of(*rows.T))
        name = "worlds" if invented else "RaadsQA"
        print(
            f"{name} n={len(label)}: evidence first {before:.3f} -> {after:.3f}, AUROC {areas[0]:.3f} -> {areas[1]:.3f}"
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
    asked = Questions(found, CrossEncoder.load(folder), before)
    sentence, answer = sentence_line(asked), answer_line(asked)
    threshold = threshold_of(asked, answer)
    report(asked, sentence, answer)
    unread = log_odds(threshold) - log_odds(_lowest(asked.likely[asked.answered]))
    lines = {"sentence": sentence._asdict(), "answer": answer._asdict()}
    stored = {**lines, "threshold": threshold, "unread": round(unread, 4), "rule": RULE}
    (folder / FILE).write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(stored))


if __name__ == "__main__":
    main()
