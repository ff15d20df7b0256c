"""How well the reader does on questions that were held out of training, from its raw scores: no search leans in.

Right: the number it likes best is that of a sentence that answers, among those of five passages. Silence: of the
questions that nothing shown answers, how many it refuses at the threshold where a tenth of the answerable is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from rag.answering.prompts import NO_ANSWER
from training.reader.model import Reader
from training.reader.tasks import Task
from training.reader.tokenizer import Words

WRONGLY = 0.1  # of the answerable questions that may be refused
ROWS = 16
STARTS = ("", "[", "[1", "[2")  # what has been written when the next token is asked for


@dataclass(frozen=True, slots=True)
class Found:
    """Figures of one look: shares, and how often the right sentence was among those shown."""

    right: float
    shown: float
    refused: float

    @property
    def value(self) -> float:
        """What the best weights are chosen by."""
        return self.right + 0.5 * self.refused


def look(model: Reader, words: Words, answered: Sequence[Task], silent: Sequence[Task], device: str) -> Found:
    """Measure on tasks of ``Maker.held_out``."""
    numbers, silence = scores(model, words, answered, device)
    _, silence_without = scores(model, words, silent, device)
    right = [bool(task.right) and int(row[: task.shown].argmax()) + 1 in task.right
             for task, row in zip(answered, numbers, strict=True)]  # fmt: skip
    threshold = float(np.quantile(silence, 1 - WRONGLY))
    return Found(
        float(np.mean(right)),
        float(np.mean([bool(task.right) for task in answered])),
        float(np.mean(silence_without > threshold)),
    )


def scores(model: Reader, words: Words, tasks: Sequence[Task], device: str) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihoods of the numbers 1–29 (tasks, 29); how much "geen antwoord" is liked above a number (tasks,)."""
    after = {start: _next(model, tasks, words.data(start) if start else [], device) for start in STARTS}
    digit = [words.data(str(d))[0] for d in range(10)]
    close, opening, no = words.data("]")[0], words.data("[")[0], words.data(NO_ANSWER)[0]
    first = after["["][:, digit]  # (tasks, 10)
    columns = [first[:, number] for number in range(1, 10)]
    for tens in (1, 2):
        second = after[f"[{tens}"]
        columns[tens - 1] = first[:, tens] + second[:, close]
        columns += [first[:, tens] + second[:, d] for d in digit]
    return np.stack(columns, axis=1), after[""][:, no] - after[""][:, opening]


@torch.no_grad()
def _next(model: Reader, tasks: Sequence[Task], start: list[int], device: str) -> np.ndarray:
    """Log-likelihoods of the next token after each prompt and ``start``, (tasks, vocabulary)."""
    rows = []
    longest = max(task.prompt for task in tasks) + len(start)
    for begin in range(0, len(tasks), ROWS):
        part = tasks[begin : begin + ROWS]
        ids = torch.zeros((ROWS, longest), dtype=torch.long)
        for row, task in enumerate(part):
            ids[row, : task.prompt + len(start)] = torch.tensor(task.ids[: task.prompt] + start)
        last = torch.tensor([task.prompt + len(start) - 1 for task in part])
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            hidden = model(ids.to(device))[torch.arange(len(part)), last]  # (part, width)
            rows.append(model.logits(hidden).float().log_softmax(-1).cpu().numpy())
    return np.concatenate(rows)
