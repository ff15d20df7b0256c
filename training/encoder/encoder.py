"""The encoder: word pieces → one row for a text, the mean of its pieces in their context."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from training.encoder.body import Body, Shape

LONGEST = 160  # pieces


class Encoder(nn.Module):
    """``table`` (pieces, dim) also guesses hidden pieces; piece 0 is padding, ``hidden`` stands for a hidden one."""

    def __init__(self, shape: Shape, pieces: int) -> None:
        super().__init__()
        self.table = nn.Embedding(pieces, shape.dim)
        self.places = nn.Embedding(LONGEST, shape.dim)
        self.hidden = nn.Parameter(torch.zeros(shape.dim))
        self.body = Body(shape)
        self.guess = nn.Sequential(nn.Linear(shape.dim, shape.dim), nn.GELU(), nn.LayerNorm(shape.dim))
        for weight in (self.table.weight, self.places.weight):
            nn.init.normal_(weight, std=0.02)

    def forward(self, ids: torch.Tensor, masked: torch.Tensor | None = None) -> torch.Tensor:
        """(texts, pieces), 0 where there is none; (texts, pieces) which are hidden → (texts, pieces, dim)."""
        x = self.table(ids)
        if masked is not None:
            x = torch.where(masked[:, :, None], self.hidden, x)
        x = x + self.places.weight[: ids.shape[1]]
        found: torch.Tensor = self.body(x, ids > 0)
        return found

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Unit rows of texts (texts, dim)."""
        there = (ids > 0).to(torch.float32)[:, :, None]
        summed = (self.forward(ids) * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
        return functional.normalize(summed, dim=1)

    def masked_loss(self, ids: torch.Tensor, masked: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        """How well hidden pieces are guessed among those of the batch and ``others`` (drawn pieces)."""
        out = self.guess(self.forward(ids, masked)[masked])  # (hidden, dim)
        right = ids[masked]
        choices, place = torch.unique(torch.cat([right, others]), return_inverse=True)
        scores = out @ self.table(choices).T
        return functional.cross_entropy(scores, place[: len(right)])
