"""The encoder's two stages: guessing hidden pieces of running text, then questions beside their texts."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from training.embedder import Bags
from training.encoder.encoder import LONGEST, Encoder
from training.pairs import all_pairs, paragraphs

HIDDEN = 0.3  # of the pieces
TEXTS, PAIRS = 32, 64  # of a step
DRAWN = 2048  # other pieces that a hidden one is guessed among
SCALE = 20.0
ASKED = 40  # pieces of a question
RUN = 8  # neighbours in a batch, from the same law or debate


def running_text(data: Path, tokenizer: Tokenizer, most: int) -> Bags:
    """Paragraphs as pieces, in an order that mixes the sources."""
    chance = random.Random(0)
    found = [" ".join(part) for part in islice(paragraphs(data, chance), 4 * most)]
    return Bags.cut(tokenizer, chance.sample(found, min(most, len(found))), LONGEST)


def questions_and_texts(data: Path, tokenizer: Tokenizer, most: int) -> tuple[Bags, Bags]:
    """Weak pairs as pieces: runs of neighbours, drawn from all sources."""
    found = all_pairs(data, random.Random(0))
    starts = random.Random(0).sample(range(0, max(len(found) - RUN, 1), RUN), min(most, len(found)) // RUN)
    chosen = [pair for start in starts for pair in found[start : start + RUN]]
    return Bags.cut(tokenizer, [q for q, _ in chosen], ASKED), Bags.cut(tokenizer, [t for _, t in chosen], LONGEST)


def filled(bags: Bags, chosen: np.ndarray) -> torch.Tensor:
    """The pieces of the chosen texts, filled up with 0 to the longest."""
    sizes = bags.starts[chosen + 1] - bags.starts[chosen]
    ids = np.zeros((len(chosen), int(sizes.max())), np.int64)
    ids[np.arange(ids.shape[1]) < sizes[:, None]] = bags.places(chosen)[0]
    return torch.from_numpy(ids)


class Masked:
    """Losses of the first stage."""

    def __init__(self, encoder: Encoder, texts: Bags, device: str = "cpu") -> None:
        self._encoder, self._texts, self._device = encoder, texts, device
        self._order = np.argsort(np.diff(texts.starts), kind="stable")

    def loss(self, step: int) -> torch.Tensor:
        """Of a step: texts of like length, a share of whose pieces is hidden."""
        chance = np.random.default_rng([2, step])
        first = int(chance.integers(0, max(len(self._order) - TEXTS, 1)))
        ids = filled(self._texts, self._order[first : first + TEXTS])
        masked = (torch.from_numpy(chance.random(ids.shape)) < HIDDEN) & (ids > 0)
        masked[0, 0] = True
        others = torch.from_numpy(chance.integers(2, self._encoder.table.num_embeddings, DRAWN))
        return self._encoder.masked_loss(*(part.to(self._device) for part in (ids, masked, others)))


class Contrast:
    """Losses of the second stage: a question's own text among those of the batch, and the reverse."""

    def __init__(self, encoder: Encoder, questions: Bags, texts: Bags, device: str = "cpu") -> None:
        self._encoder, self._questions, self._texts, self._device = encoder, questions, texts, device

    def loss(self, step: int) -> torch.Tensor:
        """Of a step: runs of neighbours, so that some of the others are hard."""
        chance = np.random.default_rng([3, step])
        runs = chance.choice((len(self._questions.starts) - 1) // RUN, PAIRS // RUN, replace=False)
        chosen = (RUN * runs[:, None] + np.arange(RUN)).ravel()
        asked, found = (
            self._encoder.rows(filled(bags, chosen).to(self._device)) for bags in (self._questions, self._texts)
        )
        scores = SCALE * asked @ found.T
        right = torch.arange(len(chosen), device=self._device)
        return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2


def encoded(encoder: Encoder, tokenizer: Tokenizer, texts: list[str], together: int = 64) -> np.ndarray:
    """Unit rows of texts (texts, dim)."""
    bags = Bags.cut(tokenizer, texts, LONGEST)
    order = np.argsort(np.diff(bags.starts), kind="stable")
    found = np.empty((len(texts), encoder.table.embedding_dim), np.float32)
    device = encoder.table.weight.device
    encoder.eval()
    with torch.inference_mode():
        for begin in range(0, len(order), together):
            part = order[begin : begin + together]
            found[part] = encoder.rows(filled(bags, part).to(device)).cpu().numpy()
    return found
