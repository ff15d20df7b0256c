"""The transformer (Llama: Touvron et al. 2023) in plain PyTorch, with llama.cpp's rotation of pairs of neighbours.

RMSNorm, rotary positions (Su et al. 2021, interleaved), grouped queries (Ainslie et al. 2023), SwiGLU (Shazeer 2020),
one table for input and output. A row is read from left to right; nothing else is masked.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from training.reader.shape import Shape


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Turn each pair of neighbours of ``x`` (…, tokens, head) by its position's angle."""
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2).to(x.dtype)


class Norm(nn.Module):
    """RMSNorm (Zhang and Sennrich 2019)."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scale ``x`` (…, width) to unit size."""
        return functional.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


class Block(nn.Module):
    """Attention and a gated feed-forward part, each around a norm. Names are llama.cpp's."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, keys = shape.width, shape.kv_heads * shape.head
        self.attn_norm, self.ffn_norm = Norm(width, shape.epsilon), Norm(width, shape.epsilon)
        self.attn_q = nn.Linear(width, width, bias=False)
        self.attn_k = nn.Linear(width, keys, bias=False)
        self.attn_v = nn.Linear(width, keys, bias=False)
        self.attn_output = nn.Linear(width, width, bias=False)
        self.ffn_gate = nn.Linear(width, shape.hidden, bias=False)
        self.ffn_up = nn.Linear(width, shape.hidden, bias=False)
        self.ffn_down = nn.Linear(shape.hidden, width, bias=False)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        """The residual stream (rows, tokens, width), one block further."""
        x = x + self._attend(self.attn_norm(x), cos, sin)
        h = self.ffn_norm(x)
        return x + self.ffn_down(functional.silu(self.ffn_gate(h)) * self.ffn_up(h))

    def _attend(self, h: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        rows, tokens, _ = h.shape
        q, k, v = (  # (rows, heads, tokens, head)
            part(h).view(rows, tokens, -1, self.shape.head).transpose(1, 2)
            for part in (self.attn_q, self.attn_k, self.attn_v)
        )
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        grouped = self.shape.heads > self.shape.kv_heads
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
        return self.attn_output(mixed.transpose(1, 2).reshape(rows, tokens, -1))


class Reader(nn.Module):
    """The whole model: ids (rows, tokens) → hidden states; ``logits`` turns those into scores of the next token."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList([Block(shape) for _ in range(shape.layers)])
        self.output_norm = Norm(shape.width, shape.epsilon)
        frequency = 1.0 / shape.theta ** (torch.arange(0, shape.head, 2).float() / shape.head)
        angle = torch.arange(shape.context).float()[:, None] * frequency  # (context, head / 2)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        self._start()

    def _start(self) -> None:
        """Small random weights; what is added to the residual stream smaller still (GPT-2)."""
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                deep = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(weight, 0, 0.02 / (math.sqrt(2 * self.shape.layers) if deep else 1))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Hidden states (rows, tokens, width)."""
        x = self.token_embd(ids)
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for block in self.blk:
            x = block(x, cos, sin)
        return self.output_norm(x)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Scores (…, vocabulary) of the next token."""
        return functional.linear(hidden, self.token_embd.weight)


def weighted_loss(
    model: Reader, hidden: torch.Tensor, ids: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The summed loss, and the summed weight, of the tokens that count.

    ``weights`` (rows, tokens) says how much writing ``ids[:, t]`` at its place counts; the first column never does.
    """
    counts = weights[:, 1:] > 0
    logits = model.logits(hidden[:, :-1][counts]).float()  # (counting tokens, vocabulary)
    loss = functional.cross_entropy(logits, ids[:, 1:][counts], reduction="none")
    weight = weights[:, 1:][counts]
    return (loss * weight).sum(), weight.sum()
