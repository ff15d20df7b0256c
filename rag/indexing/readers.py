"""The processes that read files, beside the one that writes the index.

They start while it is still being found out what there is to read: that takes as long as starting does.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from rag.embeddings import is_light
from rag.indexing.prepare import Outcome, prepare_here, start

if TYPE_CHECKING:
    from rag.embeddings import Encoder
    from rag.indexing.files import Source

PARALLEL = 4_000_000  # bytes to read from which more processes pay for their start
AHEAD = 6  # batches for each process that may wait to be written: enough for the seconds that keeping work takes


class Readers:
    """Gives what comes of files. A model of which every process can have its own works there."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.embed = is_light(encoder)  # or what they give is still to be embedded
        self._pool: ProcessPoolExecutor | None = None
        self._workers = os.cpu_count() or 1

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def expect(self, size: int) -> None:
        """Get ready for so many bytes: little is read sooner without more processes."""
        if size >= PARALLEL and not self._pool:
            there = self.encoder if self.embed else None
            self._pool = ProcessPoolExecutor(self._workers, get_context("spawn"), start, (there,))
            for _ in range(self._workers):  # each starts one
                self._pool.submit(prepare_here, ())

    def outcomes(self, batches: Sequence[Sequence[Source]]) -> Iterator[list[Outcome]]:
        """What comes of each batch, in order; nothing when there are no processes.

        Raises BrokenProcessPool in a program that cannot start processes, or on a machine short of memory.
        """
        waiting = deque(batches)
        running: deque[Future[list[Outcome]]] = deque()
        while self._pool and (waiting or running):
            while waiting and len(running) < AHEAD * self._workers:
                running.append(self._pool.submit(prepare_here, waiting.popleft()))
            yield running.popleft().result()
        if self._pool:
            self._pool.shutdown(wait=False)  # what was read can be finished meanwhile
