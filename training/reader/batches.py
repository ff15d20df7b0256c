"""(stage, step) → rows of tokens: the same whenever and wherever it is asked, so that training can stop anywhere.

Text is cut in blocks of the context; every epoch sees all of them in an order of its own. Tasks are made anew for every
step from a seed of its own, in processes beside the one that trains.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from training.reader.pack import RAADSQA, WEAK, Pack
from training.reader.shape import Run
from training.reader.tasks import CLOZE, COPY, Maker
from training.reader.tokenizer import Words, load_tokenizer

PRETRAIN, READER = 0, 1
MIX = {
    PRETRAIN: ((CLOZE, 0.6), (WEAK, 0.25), (COPY, 0.15)),
    READER: ((RAADSQA, 0.45), (WEAK, 0.25), (CLOZE, 0.25), (COPY, 0.05)),
}
TEXT_SHARE = 0.7  # of the loss of the first stage; the rest is that of tasks
AHEAD = 3  # steps for each process that are made before they are asked for


class Rows(NamedTuple):
    """``ids`` and ``weights`` (rows, tokens): what writing each token counts. ``share`` is that of the step's loss."""

    ids: np.ndarray
    weights: np.ndarray
    share: float


class Batches:
    """What a step sees."""

    def __init__(self, pack: Pack, run: Run) -> None:
        self._pack, self._run = pack, run
        self.maker = Maker(pack, Words(load_tokenizer(pack.tokenizer)), run.shape)

    def step(self, stage: int, step: int) -> list[Rows]:
        """The parts of a step, in order."""
        run = self._run
        if stage == PRETRAIN:
            return [self._text(step), self._tasks(stage, step, 0, 1 - TEXT_SHARE)]
        return [self._tasks(stage, step, part, 1 / run.task_parts) for part in range(run.task_parts)]

    def _text(self, step: int) -> Rows:
        run, length = self._run, self._run.shape.context
        blocks = max(1, len(self._pack.text) // length)
        places = [divmod(step * run.text_rows + row, blocks) for row in range(run.text_rows)]
        starts = [int(_order(epoch, blocks)[place]) * length for epoch, place in places]
        ids = np.stack([np.resize(self._pack.text[start : start + length], length) for start in starts])
        return Rows(ids.astype(np.int32), np.ones(ids.shape, np.float32), TEXT_SHARE)

    def _tasks(self, stage: int, step: int, part: int, share: float) -> Rows:
        run, chance = self._run, random.Random(f"{stage} {step} {part}")
        ids = np.zeros((run.task_rows, run.task_tokens), np.int32)
        weights = np.zeros(ids.shape, np.float32)
        for row in range(run.task_rows):
            task = self.maker.draw(MIX[stage], chance)
            length = min(len(task.ids), run.task_tokens)
            ids[row, :length], weights[row, :length] = task.ids[:length], task.weights[:length]
        return Rows(ids, weights, share)


@lru_cache(maxsize=4)
def _order(epoch: int, blocks: int) -> np.ndarray:
    return np.random.default_rng(epoch).permutation(blocks)


_made: dict[str, Batches] = {}  # of a process that makes batches


def _open(folder: Path, run: Run) -> None:
    _made["batches"] = Batches(Pack.load(folder), run)


def _make(stage: int, step: int) -> list[Rows]:
    return _made["batches"].step(stage, step)


class Stream:
    """Steps in order, from any step; ``workers`` processes make them ahead (0: made when asked)."""

    def __init__(self, batches: Batches, folder: Path, run: Run, workers: int) -> None:
        self._batches, self._workers = batches, workers
        self._pool = ProcessPoolExecutor(workers, get_context("spawn"), _open, (folder, run)) if workers else None

    def steps(self, stage: int, first: int) -> Iterator[list[Rows]]:
        """The steps of a stage from ``first`` on, without end."""
        if self._pool is None:
            while True:
                yield self._batches.step(stage, first)
                first += 1
        waiting: deque[Future[list[Rows]]] = deque()
        while True:
            while len(waiting) < AHEAD * self._workers:
                waiting.append(self._pool.submit(_make, stage, first + len(waiting)))
            first += 1
            yield waiting.popleft().result()

    def close(self) -> None:
        """End the processes; what they were making is dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
