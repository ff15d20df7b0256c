"""The layers that encoder and cross-encoder share: BERT's (Devlin et al. 2019), norm after each part.

So MiniLM's weights fit (Wang et al. 2020). Attention may be given what is known of each pair of words beforehand: how
well they match by letters and by meaning, whether they stand in one sentence, and how near. Each head learns how much
of each it adds to its scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

FAR = -1e4  # added to the scores of padding


@dataclass(frozen=True, slots=True)
class Shape:
    """How large. ``relations`` is how many things are known of each pair of words beforehand."""

    dim: int = 128
    layers: int = 2
    heads: int = 4
    inner: int = 256
    relations: int = 0
    dropout: float = 0.1


class Layer(nn.Module):
    """Attention and two dense parts, each added to what comes in and brought to unit variance."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attention, self.joined = nn.Linear(shape.dim, 3 * shape.dim), nn.Linear(shape.dim, shape.dim)
        self.outer, self.inner = nn.Linear(shape.dim, shape.inner), nn.Linear(shape.inner, shape.dim)
        self.first, self.second = (nn.LayerNorm(shape.dim, eps=1e-12) for _ in range(2))
        self.relate = nn.Parameter(torch.zeros(shape.heads, max(shape.relations, 1)))

    def forward(self, x: torch.Tensor, hidden: torch.Tensor, known: torch.Tensor | None) -> torch.Tensor:
        """(texts, words, dim); ``hidden`` (texts, 1, 1, words) is added to scores; ``known`` (texts, relations, ww)."""
        texts, words, dim = x.shape
        heads = self.shape.heads
        query, key, value = self.attention(x).view(texts, words, 3, heads, dim // heads).permute(2, 0, 3, 1, 4)
        bias = hidden
        if known is not None:
            bias = torch.matmul(self.relate, known).view(texts, heads, words, words) + hidden
        if self.training:
            scores = torch.matmul(query, key.transpose(2, 3)) * (dim // heads) ** -0.5 + bias
            mixed = torch.matmul(torch.softmax(scores, dim=-1), value)
        else:
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        mixed = self.joined(mixed.transpose(1, 2).reshape(texts, words, dim))
        x = self.first(x + self._thinned(mixed))
        added: torch.Tensor = self.second(x + self._thinned(self.inner(functional.gelu(self.outer(x)))))
        return added

    def _thinned(self, x: torch.Tensor) -> torch.Tensor:
        share = self.shape.dropout
        return functional.dropout(x, share, self.training) if share else x


class Body(nn.Module):
    """Rows of words → rows of words in their context."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.norm = nn.LayerNorm(shape.dim, eps=1e-12)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.02 if shape.dim > 256 else shape.dim**-0.5 / 2)
                nn.init.zeros_(module.bias)

    def forward(self, x: torch.Tensor, there: torch.Tensor, known: torch.Tensor | None = None) -> torch.Tensor:
        """(texts, words, dim), (texts, words) whether a word is there, (texts, relations, words * words) → first."""
        hidden = FAR * (~there)[:, None, None, :].to(x.dtype)
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x, hidden, known)
        return x
