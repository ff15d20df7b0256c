"""The cross-encoder's training on RaadsQA: what it draws, and what it is told.

Each step takes questions, each with its own passage and some that search found as well. The loss is that of the
passage among them and of the evidence among the passage's sentences, with what ranking and trees say added: the
cross-encoder learns what they lack. Whether a passage answers at all is learned from near misses and from the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from training.encoder.cross import CrossEncoder, Scores
from training.encoder.pairs import Pair, Pairs, batch
from training.encoder.prepare import Listed

HARDEST = 1  # of the others are the best that search found; the rest is drawn, or the lower ones go astray
DEEPEST = 10  # from so many


@dataclass(frozen=True, slots=True)
class Lesson:
    """How a step is made: questions, passages of each, and how many pairs go through the model at once.

    ``helped`` is the weight of what ranking and trees say; 0 trains a model that does without them.
    """

    questions: int = 16
    passages: int = 8
    together: int = 32
    helped: float = 1.0
    sentence: float = 0.5
    answer: float = 0.3
    half: bool = False


class Lessons:
    """The losses of steps, over lists of questions."""

    def __init__(  # noqa: PLR0913, PLR0917 - what learns, from what, and how
        self, model: CrossEncoder, vectors: torch.Tensor, pairs: Pairs, lists: Sequence[Listed], lesson: Lesson,
        device: str = "cpu",
    ) -> None:  # fmt: skip
        self._model, self._vectors, self._pairs, self._lists = model, vectors, pairs, lists
        self._lesson, self._device = lesson, device

    def loss(self, step: int) -> torch.Tensor:
        """The loss of a step, its questions in turn from an order that changes with every round."""
        size, count = self._lesson.questions, len(self._lists)
        rounds = np.arange(step * size, (step + 1) * size)
        orders = {r: np.random.default_rng(int(r)).permutation(count) for r in np.unique(rounds // count)}
        asked = [self._lists[int(orders[r // count][r % count])] for r in rounds]
        chance = np.random.default_rng([1, step])
        drawn = [self._drawn(listed, chance) for listed in asked]
        pairs = [self._pairs.of(listed, int(c)) for listed, chosen in zip(asked, drawn, strict=True) for c in chosen]
        scores = scored(self._model, self._vectors, pairs, self._lesson.together, self._device)
        total, place = torch.zeros((), device=self._device), 0
        for listed, chosen in zip(asked, drawn, strict=True):
            part = scores[place : place + len(chosen)]
            total = total + self._loss(listed, chosen, pairs[place : place + len(chosen)], part)
            place += len(chosen)
        return total / size

    def _drawn(self, listed: Listed, chance: np.random.Generator) -> np.ndarray:
        """Candidates: the question's own passage first when it is there, the best others, and some more."""
        own, others = np.flatnonzero(listed.right), np.flatnonzero(~listed.right)
        wanted = self._lesson.passages - len(own)
        rest = others[HARDEST:]
        rest = rest[:DEEPEST]
        more = chance.choice(rest, min(len(rest), max(wanted - HARDEST, 0)), replace=False)
        return np.concatenate([own, others[: min(HARDEST, wanted)], more])

    def _loss(
        self, listed: Listed, chosen: np.ndarray, pairs: Sequence[Pair], scores: Sequence[Scores]
    ) -> torch.Tensor:
        lesson = self._lesson
        passage, answers = torch.stack([s.passage[0] for s in scores]), torch.stack([s.answers[0] for s in scores])
        own = bool(listed.right[chosen[0]])
        truth = torch.zeros(len(chosen), device=self._device)
        truth[0] = float(own and listed.answered)
        weight = torch.full((len(chosen),), 0.3, device=self._device)
        weight[0] = 1.0
        loss = lesson.answer * (
            functional.binary_cross_entropy_with_logits(answers, truth, weight, reduction="sum") / weight.sum()
        )
        if not (own and listed.answered):
            return loss
        known = torch.from_numpy(listed.scores[chosen]).to(self._device)
        loss = loss + functional.cross_entropy((lesson.helped * known + passage)[None], truth.argmax()[None])
        return loss + lesson.sentence * self._sentences(listed, pairs[0], scores[0].sentences)

    def _sentences(self, listed: Listed, pair: Pair, scores: torch.Tensor) -> torch.Tensor:
        """The evidence's share of the likelihood of all sentences that are read."""
        evidence = np.isin(pair.segments - 1, listed.question.evidence)
        if not evidence.any() or len(evidence) < 3:
            return scores.sum() * 0
        known = torch.from_numpy(pair.chosen).to(self._device)
        likely = functional.log_softmax((self._lesson.helped * known + scores)[1:], dim=0)
        return -torch.logsumexp(likely[torch.from_numpy(evidence[1:]).to(self._device)], dim=0)


def scored(
    model: CrossEncoder, vectors: torch.Tensor, pairs: Sequence[Pair], together: int, device: str = "cpu"
) -> list[Scores]:
    """The scores of each pair, in order; pairs of like length go through the model together."""
    order = np.argsort([len(pair) for pair in pairs], kind="stable")
    found: list[Scores | None] = [None] * len(pairs)
    for begin in range(0, len(order), together):
        part = order[begin : begin + together]
        out = model(batch([pairs[i] for i in part], device), vectors)
        sentences = torch.split(out.sentences, [len(pairs[i].marks) for i in part])
        for row, i in enumerate(part):
            found[i] = Scores(out.passage[row : row + 1], out.answers[row : row + 1], sentences[row])
    return [one for one in found if one is not None]
