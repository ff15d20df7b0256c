"""The few best sentences, read closely: what the cross-encoder's opinion does to their order and to the estimate.

Trees (``rag/evidence.py``) choose among all sentences in a millisecond, by how words match; the cross-encoder reads the
best of those beside the question, which takes tens of milliseconds. Both opinions are joined by lines through
log-odds, fitted on questions that neither has seen (``training/close_reading.py``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag.cross_encoder import CrossEncoder, Reading
from rag.errors import ModelInvalid, ModelMissing
from rag.ranking import sigmoid
from rag.sentence_features import log_odds

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = "joined.json"
LINES = ("sentence", "answer")
COUNT = 3  # sentences that are read at most
DOUBT = (0.1, 0.5)  # estimates between these are in doubt: only then is it read where reading must be sparing
NEAR = 1.5  # in log-odds, to the best: what is further below it hardly ever turns out better


class Line(NamedTuple):
    """``before × log-odds + reading × opinion + bias`` are the log-odds that count."""

    before: float
    reading: float
    bias: float

    def of(self, odds: NDArray[np.float64], opinion: NDArray[np.float64]) -> NDArray[np.float64]:
        """What counts, given both opinions."""
        return self.before * odds + self.reading * opinion + self.bias


@dataclass(frozen=True, slots=True)
class Joined:
    """How the opinions are joined: of sentences, and of whether anything answers at all.

    ``threshold`` is the likelihood from which the documents are taken to answer; ``unread`` is what the log-odds of an
    estimate get where nothing was read, so that this threshold holds for it too.
    """

    sentence: Line
    answer: Line
    threshold: float
    unread: float

    @classmethod
    def load(cls, file: Path) -> Joined:
        """Read the lines. Raises ModelMissing or ModelInvalid."""
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            sentence, answer = (Line(*(float(stored[part][name]) for name in Line._fields)) for part in LINES)
            return cls(sentence, answer, float(stored["threshold"]), float(stored["unread"]))
        except FileNotFoundError as error:
            raise ModelMissing(f"{file} ontbreekt: het model is niet volledig. Haal het project opnieuw op.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise ModelInvalid(f"{file} is beschadigd. Haal het project opnieuw op.") from error


def worth_reading(odds: NDArray[np.float64]) -> NDArray[np.intp]:
    """Places of the sentences with the highest log-odds, best first, as far as they come near the best."""
    best = np.argsort(-odds, kind="stable")[:COUNT]
    return best[odds[best] >= odds[best[:1]] - NEAR]


class Opinion(NamedTuple):
    """Log-odds of all sentences ``(n,)``, and what the reader thinks of the best of those that it read, if it did."""

    odds: NDArray[np.float64]
    best: float | None


class CloseReader:
    """Reads closely; safe to use from several threads."""

    def __init__(self, encoder: CrossEncoder, joined: Joined) -> None:
        self._encoder = encoder
        self.joined = joined

    @classmethod
    def load(cls, folder: Path) -> CloseReader:
        """Read the model of a folder. Raises ModelMissing or ModelInvalid."""
        return cls(CrossEncoder.load(folder), Joined.load(folder / FILE))

    def read(self, question: str, readings: Sequence[Reading], odds: NDArray[np.float64]) -> Opinion:
        """The log-odds of sentences once the best of them were read. ``odds`` are those before."""
        if not len(odds):
            return Opinion(odds, None)
        chosen = worth_reading(odds)
        opinion = self._encoder.odds(question, [readings[place] for place in chosen]).astype(np.float64)
        unread = np.full(len(odds), opinion.min())  # what looked worse before is thought no better
        unread[chosen] = opinion
        return Opinion(self.joined.sentence.of(odds, unread), float(opinion.max()))

    def estimate(self, likely: float, opinion: Opinion) -> float:
        """How likely the documents answer, given what was thought before (0–1) and what was read."""
        before = log_odds(np.array([likely])).astype(np.float64)
        if opinion.best is None:
            return float(sigmoid(before + self.joined.unread)[0])
        odds = self.joined.answer.of(before, np.array([opinion.best]))
        return float(sigmoid(odds)[0])
