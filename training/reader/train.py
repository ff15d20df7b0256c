"""Two stages: pretrain on running text and synthetic tasks, then reader on real questions.

Every step is a function of stage and step alone, and a checkpoint holds weights, optimizer and both, so a run that was
interrupted goes on as if it had not been. The rate warms up, stays, and falls to nothing in the last part of each
stage; how far a stage is follows from its steps or from the time spent in it. On a GPU in bfloat16, compiled.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from training.reader.batches import READER, Batches, Rows, Stream
from training.reader.measure import look
from training.reader.model import Reader, weighted_loss
from training.reader.pack import Pack
from training.reader.shape import Run
from training.reader.state import State
from training.reader.tasks import Task

CHECKPOINT, WEIGHTS = "checkpoint.pt", "weights.pt"
STAGES = ("pretrain", "reader")
TIME = (0.58, 0.42)  # of the minutes, for each stage
WARM, FALL = 0.03, 0.6  # of a stage: the rate rises in the first part, and falls after this
SAVE_SECONDS = 60.0
BETAS, DECAY, CLIP = (0.9, 0.95), 0.1, 1.0


@dataclass(frozen=True, slots=True)
class Budget:
    """How long: ``minutes`` for both stages together (None: as many steps as the run says).

    This call stops after ``piece`` minutes or ``piece_steps`` steps, if given, with a checkpoint.
    """

    minutes: float | None = None
    piece: float | None = None
    piece_steps: int | None = None


class Training:
    """A training run in ``folder``, from where it was."""

    def __init__(  # noqa: PLR0913 - what, how large, where, how long and on what
        self, pack: Pack, run: Run, folder: Path, budget: Budget, *, workers: int, device: str
    ) -> None:
        torch.manual_seed(0)
        torch.set_float32_matmul_precision("high")
        self._run, self._folder, self._budget, self._device = run, folder, budget, device
        model = Reader(run.shape).to(device)
        self.state = State(model, _optimizer(model, device))
        self.resumed = self.state.load(folder / CHECKPOINT, device)
        batches = Batches(pack, run)
        self._words = batches.maker.words
        self._held_out: tuple[list[Task], list[Task]] = (batches.maker.held_out(True), batches.maker.held_out(False))
        self._stream = Stream(batches, pack.folder, run, workers)
        compiled = (
            torch.compile(model, dynamic=False) if device == "cuda" else model
        )  # rows of two sizes, compiled each
        self._forward: Callable[[torch.Tensor], torch.Tensor] = compiled
        self._stop = threading.Event()
        self._began = self._saved = time.monotonic()
        self._steps = 0

    def go(self) -> bool:
        """Train until it is done (true), or until this piece is (false)."""
        asked_to_end = signal.signal(signal.SIGTERM, lambda *_: self._stop.set())
        try:
            while self.state.stage < len(STAGES):
                if not self._stage():
                    self._save()
                    return False
                self._save()
        finally:
            signal.signal(signal.SIGTERM, asked_to_end)
            self._stream.close()
        best = self.state.best or self.state.model.state_dict()
        beside = self._folder / (WEIGHTS + ".new")
        torch.save(best, beside)
        beside.replace(self._folder / WEIGHTS)
        return True

    def _stage(self) -> bool:
        """The rest of the present stage; false when the piece ended first."""
        state, stage = self.state, self.state.stage
        stream = self._stream.steps(stage, state.step)
        while (done := self._progress()) < 1:
            if self._piece_is_over():
                return False
            begun = time.monotonic()
            loss = self._learn(next(stream), done)
            state.step += 1
            looks = self._run.looks
            state.seconds += time.monotonic() - begun
            if int(self._progress() * looks) > int(done * looks):
                self._look(loss)
            if time.monotonic() - self._saved > SAVE_SECONDS:
                self._save()
        state.next_stage()
        return True

    def _progress(self) -> float:
        """How far the stage is, 0–1."""
        stage, minutes = self.state.stage, self._budget.minutes
        if minutes is None:
            return self.state.step / self._run.steps[stage]
        return self.state.seconds / (60 * minutes * TIME[stage])

    def _piece_is_over(self) -> bool:
        budget, spent = self._budget, time.monotonic() - self._began
        self._steps += 1
        return (
            self._stop.is_set()
            or (budget.piece is not None and spent > 60 * budget.piece)
            or (budget.piece_steps is not None and self._steps > budget.piece_steps)
        )

    def _learn(self, parts: Sequence[Rows], done: float) -> float:
        """One step; returns its loss."""
        state = self.state
        for group in state.optimizer.param_groups:
            group["lr"] = self._run.rates[state.stage] * schedule(done)
        total = torch.zeros((), device=self._device)
        for part in parts:
            ids, weights = (torch.from_numpy(a).to(self._device, non_blocking=True) for a in (part.ids, part.weights))
            with torch.autocast(self._device, torch.bfloat16, enabled=self._device == "cuda"):
                loss, weight = weighted_loss(state.model, self._forward(ids), ids.long(), weights)
            loss = part.share * loss / weight
            loss.backward()
            total += loss.detach()
        nn.utils.clip_grad_norm_(state.model.parameters(), CLIP)
        state.optimizer.step()
        state.optimizer.zero_grad(set_to_none=True)
        return float(total)

    def _look(self, loss: float) -> None:
        """Measure on the held out questions; in the last stage the best weights are kept."""
        state = self.state
        state.model.eval()
        found = look(state.model, self._words, *self._held_out, self._device)
        state.model.train()
        entry = {
            "stage": STAGES[state.stage], "step": state.step, "seconds": round(state.seconds), "loss": round(loss, 4),
            "right": round(found.right, 4), "shown": round(found.shown, 4), "refused": round(found.refused, 4),
        }  # fmt: skip
        state.log.append(entry)
        print(" ".join(f"{key} {value}" for key, value in entry.items()), flush=True)
        if state.stage == READER and found.value > state.best_value:
            state.best_value = found.value
            state.best = {name: weight.detach().clone() for name, weight in state.model.state_dict().items()}

    def _save(self) -> None:
        self.state.save(self._folder / CHECKPOINT)
        self._saved = time.monotonic()


def schedule(done: float) -> float:
    """The share of the full rate: up, level, down to nothing (Hu et al. 2024, "warmup-stable-decay")."""
    if done < WARM:
        return max(done, WARM / 20) / WARM
    return 1.0 if done < FALL else (1 - done) / (1 - FALL)


def _optimizer(model: Reader, device: str) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter 2019); norms do not decay."""
    matrices = [weight for weight in model.parameters() if weight.dim() == 2]
    norms = [weight for weight in model.parameters() if weight.dim() < 2]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": norms, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-3, betas=BETAS, fused=device == "cuda")
