"""Where training is: weights, optimizer, stage, step and time. Written whole or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from training.reader.model import Reader


@dataclass(slots=True)
class State:
    """``step`` is the next step of ``stage``; ``seconds`` were spent in the stage, ``all_seconds`` in all of it.

    ``best`` are the weights that did best on held out questions in the last stage, and how well.
    """

    model: Reader
    optimizer: torch.optim.Optimizer
    stage: int = 0
    step: int = 0
    seconds: float = 0.0
    best: dict[str, torch.Tensor] | None = None
    best_value: float = -1.0
    log: list[dict[str, Any]] = field(default_factory=list)

    def save(self, file: Path) -> None:
        """Write a checkpoint beside the old one and put it in its place."""
        beside = file.with_name(file.name + ".new")
        kept = {name: getattr(self, name) for name in _PLAIN}
        kept |= {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        with beside.open("wb") as target:
            torch.save(kept, target)
            target.flush()
            os.fsync(target.fileno())
        beside.replace(file)

    def load(self, file: Path, device: str) -> bool:
        """Go on from a checkpoint; false when there is none."""
        if not file.is_file():
            return False
        kept = torch.load(file, map_location=device, weights_only=True)
        self.model.load_state_dict(kept["model"])
        self.optimizer.load_state_dict(kept["optimizer"])
        for name in _PLAIN:
            setattr(self, name, kept[name])
        return True

    def next_stage(self) -> None:
        """The stage is done."""
        self.stage, self.step, self.seconds = self.stage + 1, 0, 0.0


_PLAIN = ("stage", "step", "seconds", "best", "best_value", "log")
