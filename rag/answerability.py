"""Whether what was found answers at all: a logistic regression over what search and the choice of sentences saw.

Coefficients and threshold come from ``training/evidence.py``, with the rule by which the threshold was chosen. Knows
no index, no documents and no answers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.asking import KINDS, lacks_measure
from rag.errors import ModelInvalid, ModelMissing
from rag.features import Analysis, Asked, Match, suiting, weigh
from rag.sentence_features import log_odds, most

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.features import Floats

ANSWERABILITY = "answerability.json"


@dataclass(frozen=True, slots=True)
class Answerability:
    """A logistic regression: ``scale * (x - mean)`` weighed by ``weights``, plus ``bias``.

    ``threshold`` is the likelihood from which the documents are taken to answer.
    """

    names: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    threshold: float

    def probability(self, values: dict[str, float]) -> float:
        """The likelihood (0–1) that the documents answer."""
        row = np.array([values[name] for name in self.names], np.float32)
        odds = self.bias + (self.weights * np.clip((row - self.mean) * self.scale, -4, 4)).sum()
        return float(1 / (1 + np.exp(-odds)))


def load_answerability(file: Path) -> Answerability:
    """Read the coefficients. Raises ModelMissing or ModelInvalid."""
    try:
        return answerability_of(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ModelMissing(f"{file} ontbreekt: het model is niet volledig. Haal het project opnieuw op.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelInvalid(f"{file} is beschadigd. Haal het project opnieuw op.") from error


def answerability_of(stored: dict[str, Any]) -> Answerability:
    """The estimate with coefficients as they are stored. Raises KeyError, TypeError, ValueError or AttributeError."""
    rows = stored["coefficients"]
    mean, scale, weight = (
        np.array([row[key] for row in rows.values()], np.float32) for key in ("mean", "scale", "weight")
    )
    return Answerability(tuple(rows), mean, scale, weight, float(stored["bias"]), float(stored["threshold"]))


def answerability_features(
    asked: Asked, texts: Sequence[Analysis], match: Match, scores: NDArray[np.float64], hits: Sequence[float]
) -> dict[str, float]:
    """What tells whether the hits answer. ``scores`` are those of the candidate sentences, ``hits`` of the hits."""
    first, odds = match.bounds[:-1], log_odds(np.array(hits[:2]))
    in_text = np.maximum.reduceat(match.hard, first, axis=1)  # (question words, texts)
    soft_in_text = np.maximum.reduceat(match.soft, first, axis=1)
    hard = weigh(asked.weights, match.hard)
    soft = weigh(asked.weights, match.soft)
    kinds = np.array([kind for text in texts for kind in text.kinds])
    top = slice(int(match.bounds[0]), int(match.bounds[1]))
    top_context = kinds[top] == "context"
    counts = [sum(kind == "candidate" for kind in text.kinds) for text in texts]
    bests = [float(part.max()) if len(part) else 0.0 for part in np.split(scores, np.cumsum(counts)[:-1])]
    sentence = kinds == "candidate"
    mass, likeness = weigh(asked.weights, in_text), weigh(asked.weights, soft_in_text)
    missed = asked.idf[:, None] * (in_text < 0.5)
    softly_missed = asked.idf[:, None] * (1 - soft_in_text)
    numbers = asked.numbers
    best = int(np.flatnonzero(sentence)[np.argmax(scores)]) if len(scores) else 0
    best_words, best_text = match.hard[:, best], str(np.concatenate([text.texts for text in texts])[best])
    return {
        "hit score": float(odds[0]),
        "hit margin": float(odds[0] - odds[1]) if len(hits) > 1 else 0.0,
        "sentence score": bests[0],
        "best sentence score": max(bests),
        "mass": float(mass[0]),
        "best mass": float(mass.max()),
        "soft": float(likeness[0]),
        "best soft": float(likeness.max()),
        "sentence mass": most(hard[top][~top_context]),
        "sentence soft": most(soft[top][~top_context]),
        "best sentence mass": most(hard[sentence]),
        "best sentence soft": most(soft[sentence]),
        "cosine": most(match.cosine[top][~top_context]),
        "best cosine": most(match.cosine[sentence]),
        "title mass": float(hard[0]),
        "context": float(top_context.any()),
        "context mass": most(hard[top][top_context]),
        "context soft": most(soft[top][top_context]),
        "context cosine": most(match.cosine[top][top_context]),
        "neighbours": float(match.pairs[0]),
        "most missed": float(np.max(missed[:, 0], initial=0.0)),
        "most missed everywhere": float(np.max(missed.min(axis=1), initial=0.0)),
        "most missed softly": float(np.max(softly_missed[:, 0], initial=0.0)),
        "most missed softly everywhere": float(np.max(softly_missed.min(axis=1), initial=0.0)),
        "words missed": float((in_text[:, 0] < 0.5).mean()) if len(in_text) else 1.0,
        **_missing("number", numbers, in_text, best_words),
        **_missing("name", asked.names, in_text, best_words),
        **_missing("focus", asked.focus, soft_in_text, match.soft[:, best]),
        "most missed of focus": float(np.max(asked.focus * softly_missed[:, 0], initial=0.0)),
        "most missed of focus everywhere": float(np.max(asked.focus * softly_missed.min(axis=1), initial=0.0)),
        "measure missed": float(lacks_measure(asked.text, " ".join(texts[0].texts))),
        "measure missed in sentence": float(lacks_measure(asked.text, best_text)),
        "suits": float((suiting(asked, match.offers[top]) & sentence[top]).any()),
        "best sentence suits": float(suiting(asked, match.offers[best])),
        "best sentence words missed": float((best_words < 0.5).mean()) if len(best_words) else 1.0,
        "question words": float(len(asked.words)),
        "question idf": float(asked.idf.mean()) if len(asked.idf) else 0.0,
        **{f"asks {kind}": float(asked.kind == kind) for kind in KINDS},
    }


def _missing(name: str, chosen: NDArray[np.bool_], in_text: Floats, best: Floats) -> dict[str, float]:
    """Whether one of the chosen question words stands not in the first text, in none, or not in the best sentence."""
    places = {"": in_text[:, 0], " everywhere": in_text.max(axis=1), " in sentence": best}
    return {f"{name} missed{place}": float((there[chosen] < 0.5).any()) for place, there in places.items()}
