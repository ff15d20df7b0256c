"""The few best sentences, read closely: what the cross-encoder's opinion does to their order and to the estimate.

Trees (``rag/evidence.py``) choose among all sentences in a millisecond, by how words match; the cross-encoder reads the
best of those beside the question, which takes tens of milliseconds. Both opinions of a sentence are joined by a line
through log-odds; whether anything answers is estimated from the opinions beside all other features. Questions of few
words have an estimate of their own: that one of them is found says little, and what was thought of the sentences more.
Fitted on questions that none of these has seen (``training/close_reading.py``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag.answerability import ANSWERABILITY, Answerability, load_answerability
from rag.cross_encoder import CrossEncoder, Reading
from rag.errors import ModelInvalid, ModelMissing
from rag.ranking import sigmoid
from rag.sentence_features import log_odds

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = "joined.json"
SHORT = "answerability_short.json"
FEW = 3  # words with content: a question with no more is short
BEST, MEAN = "best opinion", "mean opinion"  # of what is read: the features that answerability gets besides its own
COUNT, NEAR = 6, 3.0  # sentences that are read at most, and how near to the best, in log-odds (training/LOG.md)
SPARING = 3, 1.5  # the same where reading must be sparing
DOUBT = (0.1, 0.5)  # estimates between these are in doubt: only then is it read where reading must be sparing


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
    """How both opinions of a sentence are joined.

    ``unread`` is what the log-odds of an estimate get where nothing was read, so that the threshold of the other holds
    for it too.
    """

    sentence: Line
    unread: float

    @classmethod
    def load(cls, file: Path) -> Joined:
        """Read the line. Raises ModelMissing or ModelInvalid."""
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            return cls(Line(*(float(stored["sentence"][name]) for name in Line._fields)), float(stored["unread"]))
        except FileNotFoundError as error:
            raise ModelMissing(f"{file} ontbreekt: het model is niet volledig. Haal het project opnieuw op.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise ModelInvalid(f"{file} is beschadigd. Haal het project opnieuw op.") from error


def worth_reading(odds: NDArray[np.float64], *, sparing: bool = False) -> NDArray[np.intp]:
    """Places of the sentences with the highest log-odds, best first, as far as they come near the best."""
    count, near = SPARING if sparing else (COUNT, NEAR)
    best = np.argsort(-odds, kind="stable")[:count]
    return best[odds[best] >= odds[best[:1]] - near]


class Opinion(NamedTuple):
    """Log-odds of all sentences ``(n,)``, and what the reader thought of those that it read ``(0–COUNT,)``."""

    odds: NDArray[np.float64]
    read: NDArray[np.float64]


def opinions_in(read: NDArray[np.float64]) -> dict[str, float]:
    """The features of what was thought of one or more sentences."""
    return {BEST: float(read.max()), MEAN: float(read.mean())}


def is_short(features: dict[str, float]) -> bool:
    """Whether a question, by its features for answerability, is short."""
    return features["question words"] <= FEW


class CloseReader:
    """Reads closely; safe to use from several threads."""

    def __init__(
        self, encoder: CrossEncoder, joined: Joined, answerability: Answerability, short: Answerability
    ) -> None:
        """``short`` estimates for short questions; the threshold of the other holds for both."""
        self._encoder = encoder
        self._joined = joined
        self._answerability = answerability
        self._short = short

    @classmethod
    def load(cls, folder: Path) -> CloseReader:
        """Read the model of a folder. Raises ModelMissing or ModelInvalid."""
        estimates = (load_answerability(folder / name) for name in (ANSWERABILITY, SHORT))
        return cls(CrossEncoder.load(folder), Joined.load(folder / FILE), *estimates)

    @property
    def threshold(self) -> float:
        """The likelihood from which the documents are taken to answer."""
        return self._answerability.threshold

    def read(
        self, question: str, readings: Sequence[Reading], odds: NDArray[np.float64], *, sparing: bool = False
    ) -> Opinion:
        """The log-odds of sentences once the best were read, fewer when ``sparing``. ``odds`` are those before."""
        if not len(odds):
            return Opinion(odds, odds)
        chosen = worth_reading(odds, sparing=sparing)
        opinion = self._encoder.odds(question, [readings[place] for place in chosen]).astype(np.float64)
        unread = np.full(len(odds), opinion.min())  # what looked worse before is thought no better
        unread[chosen] = opinion
        return Opinion(self._joined.sentence.of(odds, unread), opinion)

    def estimate(self, likely: float, features: dict[str, float], opinion: Opinion) -> float:
        """How likely the documents answer, given what was thought before (0–1), the features, and what was read."""
        if not len(opinion.read):
            return float(sigmoid(log_odds(np.array([likely])).astype(np.float64) + self._joined.unread)[0])
        estimate = self._short if is_short(features) else self._answerability
        return estimate.probability(features | opinions_in(opinion.read))
