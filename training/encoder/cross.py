"""The cross-encoder: reads a question and a passage together, scores the passage and each of its sentences.

A word comes in as its static vector, what is known of it beforehand (how rare it is, how well it matches the other
side) and its place in its sentence. Before the question stands a mark with its kind, before each sentence one with what
it offers: their rows give the passage's scores and the sentence's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from training.encoder.body import Body, Shape

RELATIONS = 4  # letters, meaning, one sentence, near each other
PLACES = 48
ASKED = 17  # places of a question: its mark and at most 16 words


class Read(NamedTuple):
    """Questions with passages, as one batch. ``marks`` are places of sentence marks, flat over texts and words."""

    words: torch.Tensor  # (texts, words): rows of the table of vectors
    facts: torch.Tensor  # (texts, words, facts)
    places: torch.Tensor  # (texts, words): in the sentence
    sentences: torch.Tensor  # (texts, words): which sentence it is of; 0 the question, 1 the title; -1 nothing
    hard: torch.Tensor  # (texts, words, words): how well two words match by letters, 0–1
    marks: torch.Tensor  # (sentences,)


class Scores(NamedTuple):
    """What comes out: log-odds, to be added to those of ranking and of the choice of sentences."""

    passage: torch.Tensor  # (texts,): how well it answers beside others
    answers: torch.Tensor  # (texts,): whether it answers at all
    sentences: torch.Tensor  # (sentences,): in the order of ``marks``


@dataclass(frozen=True, slots=True)
class CrossShape:
    """``vector`` is the size of a word's static vector, ``facts`` how much is known of it."""

    body: Shape
    vector: int
    facts: int

    def described(self) -> dict[str, object]:
        """As plain values, for a checkpoint."""
        return asdict(self)


class CrossEncoder(nn.Module):
    """``vectors`` (vocabulary, vector) are unit rows, row 0 nothing; no part of the weights, they stay as they are."""

    def __init__(self, shape: CrossShape) -> None:
        super().__init__()
        dim = shape.body.dim
        self.shape = shape
        self.enter = nn.Linear(shape.vector, dim, bias=False)
        self.facts = nn.Linear(shape.facts + 1, dim)
        self.places = nn.Embedding(PLACES, dim)
        nn.init.normal_(self.places.weight, std=0.02)
        self.body = Body(shape.body)
        self.passage = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, 2))
        self.sentence = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, 1))
        for head in (self.passage, self.sentence):
            nn.init.zeros_(head[2].weight)

    def forward(self, read: Read, vectors: torch.Tensor) -> Scores:
        """Scores of a batch."""
        texts, words = read.words.shape
        rows = functional.embedding(read.words, vectors)  # (texts, words, vector)
        alike = torch.matmul(rows, rows.transpose(1, 2))  # (texts, words, words)
        there = read.sentences >= 0
        asked = read.sentences[:, :ASKED] == 0  # a question's words are the first
        block = alike[:, :ASKED]  # (texts, question words, words)
        to_passage = (block * asked[:, :, None]).amax(dim=1)
        to_question = (block * (read.sentences != 0)[:, None]).amax(dim=2)
        best = to_passage.clone()
        best[:, :ASKED] = torch.where(asked, to_question, to_passage[:, :ASKED])
        x = self.enter(rows) * rows.shape[2] ** 0.5 + self.places(read.places)
        x = x + self.facts(torch.cat([read.facts, best[:, :, None]], dim=2))
        same = (read.sentences[:, :, None] == read.sentences[:, None, :]).to(rows.dtype)
        at = torch.arange(words, device=rows.device)
        near = torch.exp(-(at[:, None] - at[None]).abs() / 2.0) * same
        known = torch.stack([read.hard, alike, same, near], dim=1).view(texts, RELATIONS, words * words)
        out = self.body(x, there, known)
        both = self.passage(out[:, 0])
        marked = out.reshape(texts * words, -1)[read.marks]
        return Scores(both[:, 0], both[:, 1], self.sentence(marked)[:, 0])
