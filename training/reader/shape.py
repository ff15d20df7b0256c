"""How large the model is, and what a training run of that size looks like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A Llama-style transformer. ``hidden`` is the width of its feed-forward part, ``context`` counts tokens."""

    vocabulary: int
    width: int
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    context: int = 2048
    theta: float = 1e5
    epsilon: float = 1e-5

    @property
    def head(self) -> int:
        """The width of one attention head."""
        return self.width // self.heads

    @property
    def parameters(self) -> int:
        """How many weights it has; input and output share the table of tokens."""
        attention = 2 * self.width * (self.heads + self.kv_heads) * self.head
        block = attention + 3 * self.width * self.hidden + 2 * self.width
        return self.vocabulary * self.width + self.layers * block + self.width


@dataclass(frozen=True, slots=True)
class Run:
    """A training run of one size.

    A step of the first stage sees ``text_rows`` rows of ``context`` tokens of running text and ``task_rows`` tasks of
    ``task_tokens`` tokens; one of the second stage ``task_parts`` times ``task_rows`` tasks. ``steps`` are those of the
    two stages where no time is given.
    """

    shape: Shape
    text_rows: int
    task_rows: int
    task_parts: int
    task_tokens: int = 1152  # a prompt of 900 and what is written; what is longer loses the end of its last quote
    rates: tuple[float, float] = (1.5e-3, 4e-4)
    steps: tuple[int, int] = (6000, 3000)
    looks: int = 12  # evaluations in a stage
    held_out: int = 400  # questions of train that are measured on and never learned from


FULL = Run(Shape(16_384, 512, 8, 1536, 8, 4), text_rows=44, task_rows=32, task_parts=4)
LARGE = Run(Shape(16_384, 512, 12, 1536, 8, 4), text_rows=44, task_rows=32, task_parts=4)  # too slow for a first word
TOY = Run(
    Shape(1024, 64, 2, 128, 2, 1, context=1024),
    text_rows=2,
    task_rows=2,
    task_parts=2,
    task_tokens=704,
    rates=(3e-3, 1e-3),
    steps=(6, 4),
    looks=1,
    held_out=6,
)
SIZES = {"full": FULL, "large": LARGE, "toy": TOY}
