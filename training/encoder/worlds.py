"""What is in the index when a question is asked: the worlds that answerability is measured in, with their hits.

The worlds are those of ``training/evidence.py``; here the hits are kept as well, for the cross-encoder to read.
"""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from rag.evidence import ANSWERABILITY, READ, SENTENCES, sigmoid
from rag.ranking import MODEL, features_of
from training.benchmark import fused
from training.data import Question, questions
from training.encoder.prepare import EMBEDDER, Library, Listed, Lister
from training.evidence import WORLDS, Search, World, estimate, fit
from training.ranker import COUNT

MODELS = Path("models/evidence")
SHARE = 0.5  # of the held out questions


@dataclass(frozen=True, slots=True)
class Asked:
    """A world with its label, what ships knows of it (log-odds that it answers), and its best hits."""

    known: float
    label: bool
    near_miss: bool
    hits: Listed


class _Worlds(pickle.Unpickler):
    """``training.evidence`` is the main module when it writes its worlds."""

    def find_class(self, module: str, name: str) -> type:
        found: type = World if name == "World" else super().find_class(module, name)
        return found


class Recorder(Search):
    """Keeps the hits of worlds in ``found``, in their order."""

    def __init__(self, library: Library, *given: Path) -> None:
        super().__init__(*given)
        self._lister = Lister(self, library, READ)
        self.found: list[Listed] = []

    def world(
        self, kind: str, question: Question, members: np.ndarray, lexical: np.ndarray, cosine: np.ndarray
    ) -> World:
        """The question asked of an index that holds ``members`` only."""
        order, score = fused(lexical[members], cosine[members])
        places, score = members[order[:COUNT]], score[:COUNT].astype(np.float32)
        lister = self._lister
        asked = self.analyzer.question(question.text)
        match = lister.match(asked, [lister.analysis(i) for i in places])
        ranked = self.ranking.predict(features_of(asked, match, (lexical[places], cosine[places], score)))
        top = np.argsort(-ranked, kind="stable")[:READ]
        there = bool((places[top] == self.place[question.pid]).any())
        self.found.append(lister.listed(question, asked, places[top], ranked[top].astype(np.float32), there))
        features = self.describe(question, places[top].tolist(), sigmoid(ranked[top]).tolist())
        unanswerable = question.answer is None or "without" in kind
        label = False if unanswerable else (True if there else None)
        return World(kind, question.answer is None, features, label)


def recorded(
    library: Library, data: Path, work: Path, runs: Path, held_out: Callable[[Question], bool] | None
) -> list[Asked]:
    """The labelled worlds of held out questions of fold 0, or (None) of dev; kept in ``work``."""
    name, split = ("dev", "dev") if held_out is None else ("fold0", "train")
    file = work / f"asked-{name}.pickle"
    if file.is_file():
        kept: list[Asked] = pickle.loads(file.read_bytes())
        return kept
    stored = shipped() if held_out is None else fitted_without(runs, 0)
    embedder = EMBEDDER if held_out is None else runs / name
    search = Recorder(library, data, runs, embedder, runs / f"{MODEL}-{name}", runs / f"{SENTENCES}-{name}")
    asked = questions(data, split)
    if held_out is not None:
        asked = [question for question in asked if held_out(question)]
        asked = random.Random(0).sample(asked, int(SHARE * len(asked)))
    worlds = search.all_worlds(asked, every=False)
    pairs = [(world, hits) for world, hits in zip(worlds, search.found, strict=True) if world.label is not None]
    likely = estimate(stored, [world for world, _ in pairs])
    rows = [
        Asked(float(odds), bool(world.label), world.near_miss, hits)
        for (world, hits), odds in zip(pairs, np.log(likely / (1 - likely)), strict=True)
    ]
    file.write_bytes(pickle.dumps(rows))
    return rows


def shipped() -> dict[str, Any]:
    """The coefficients that ship."""
    stored: dict[str, Any] = json.loads((MODELS / ANSWERABILITY).read_text(encoding="utf-8"))
    return stored


def fitted_without(runs: Path, fold: int) -> dict[str, Any]:
    """Coefficients that have not seen a fold, from the worlds that ``training.evidence`` kept."""
    with (runs / WORLDS).open("rb") as stored:
        folds, _ = _Worlds(stored).load()
    return fit([world for other, worlds in enumerate(folds) if other != fold for world in worlds])


def together(known: np.ndarray, read: np.ndarray, label: np.ndarray) -> LogisticRegression:
    """What ships and what the cross-encoder says as one estimate."""
    return LogisticRegression(C=1.0, max_iter=1000).fit(np.column_stack([known, read]), label)
