"""Training that can be stopped and goes on as if it had not been.

Every step is a function of its number alone: its batch is drawn and its dropout seeded by that number. A checkpoint
holds weights, optimizer, step and time. The rate warms up, stays, and falls to nothing; how far training is follows
from its steps, or from the time spent in it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

SAVE_SECONDS = 60.0
WARM, FALL = 0.05, 0.4  # of the whole: the rate rises in the first part, and falls after this
CLIP = 1.0


@dataclass(frozen=True, slots=True)
class Budget:
    """``minutes`` of training, or ``steps`` when given. This call stops after ``piece`` steps, with a checkpoint."""

    minutes: float = 10.0
    steps: int | None = None
    piece: int | None = None


@dataclass(slots=True)
class Loop:
    """One stage of training, kept in ``file``. ``look`` measures, ``looks`` times in all."""

    model: nn.Module
    file: Path
    budget: Budget
    rate: float
    decay: float = 0.05
    look: Callable[[], dict[str, float]] | None = None
    looks: int = 8
    step: int = 0
    seconds: float = 0.0
    log: list[dict[str, Any]] = field(default_factory=list)

    def go(self, loss_of: Callable[[int], torch.Tensor]) -> bool:
        """Train until the budget is spent (true) or this piece of it is (false). ``loss_of`` a step gives its loss."""
        optimizer = optimizer_for(self.model, self.rate, self.decay)
        self._load(optimizer)
        stop = threading.Event()
        before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
        saved, taken = time.monotonic(), 0
        try:
            while (done := self._progress()) < 1 and not stop.is_set() and taken != self.budget.piece:
                begun = time.monotonic()
                loss = self._learn(optimizer, loss_of, done)
                self.step, taken, self.seconds = self.step + 1, taken + 1, self.seconds + time.monotonic() - begun
                if int(self._progress() * self.looks) > int(done * self.looks):
                    self._report(loss)
                if time.monotonic() - saved > SAVE_SECONDS:
                    self._save(optimizer)
                    saved = time.monotonic()
        finally:
            signal.signal(signal.SIGTERM, before)
        self._save(optimizer)
        return self._progress() >= 1

    def _progress(self) -> float:
        if self.budget.steps is not None:
            return self.step / self.budget.steps
        return self.seconds / (60 * self.budget.minutes)

    def _learn(self, optimizer: torch.optim.Optimizer, loss_of: Callable[[int], torch.Tensor], done: float) -> float:
        self.model.train()
        torch.manual_seed(self.step)
        for group in optimizer.param_groups:
            group["lr"] = self.rate * schedule(done) * group["share"]
        loss = loss_of(self.step)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _report(self, loss: float) -> None:
        self.model.eval()
        entry = {"step": self.step, "seconds": round(self.seconds), "loss": round(loss, 4)}
        entry |= {name: round(value, 4) for name, value in (self.look() if self.look else {}).items()}
        self.log.append(entry)
        print(" ".join(f"{key} {value}" for key, value in entry.items()), flush=True)

    def _save(self, optimizer: torch.optim.Optimizer) -> None:
        kept = {"model": self.model.state_dict(), "optimizer": optimizer.state_dict()}
        write(self.file, kept | {"step": self.step, "seconds": self.seconds, "log": self.log})

    def _load(self, optimizer: torch.optim.Optimizer) -> None:
        if not self.file.is_file():
            return
        kept = torch.load(self.file, weights_only=True)
        self.model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        self.step, self.seconds, self.log = kept["step"], kept["seconds"], kept["log"]


def write(file: Path, kept: dict[str, Any]) -> None:
    """Write a checkpoint beside the old one and put it in its place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(file.name + ".new")
    with beside.open("wb") as target:
        torch.save(kept, target)
        target.flush()
        os.fsync(target.fileno())
    beside.replace(file)


def schedule(done: float) -> float:
    """The share of the full rate: up, level, down to nothing (Hu et al. 2024, "warmup-stable-decay")."""
    if done < WARM:
        return max(done, WARM / 20) / WARM
    return 1.0 if done < FALL else max((1 - done) / (1 - FALL), 0.0)


def optimizer_for(model: nn.Module, rate: float, decay: float) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019); biases, norms and what relates words do not decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            plain = weight.dim() < 2 or name.endswith("relate")
            share = 10.0 if name.endswith("relate") else 1.0
            groups.setdefault((0.0 if plain else decay, share), []).append(weight)
    described = [{"params": p, "weight_decay": d, "share": s} for (d, s), p in groups.items()]
    return torch.optim.AdamW(described, lr=rate, betas=(0.9, 0.98))


def device_of(name: str) -> str:
    """``auto`` is the GPU when there is one."""
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name
