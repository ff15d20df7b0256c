"""The flow from paths to a swapped-in index, top to bottom."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag import dutch
from rag.errors import ModelInvalid
from rag.indexing.files import Failure, Plan, Source, existing, plan
from rag.indexing.prepare import Outcome, prepare, prepare_all
from rag.store import folder
from rag.store.writer import Draft, PreparedDocument, known

if TYPE_CHECKING:
    from rag.embeddings import Encoder, Rows

Progress = Callable[[int, int], None]

PARALLEL = 4_000_000  # bytes to read from which more processes pay for their start
BATCH = 500_000  # bytes that a process reads at a time
EMBEDDED = 1024  # texts embedded at a time


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a build did, in documents. ``failed`` holds (path, Dutch reason); ``passages`` all there are now."""

    added: int
    changed: int
    removed: int
    unchanged: int
    failed: tuple[tuple[str, str], ...]
    passages: int
    seconds: float


def build_index(
    paths: Sequence[str | Path], where: Path, encoder: Encoder, progress: Progress | None = None
) -> IndexReport:
    """Build the index in ``where``, or bring it up to date.

    Files under ``paths`` that are new or changed are read, files that are gone leave, documents from elsewhere stay.
    ``progress`` is told (files done, files to do).

    Raises:
        UsageError: a path does not exist. IndexLocked: another process is writing. DiskFull: there was no room.
    """
    started = time.perf_counter()
    roots = [existing(Path(path)) for path in paths]
    made = folder.made_with(dutch.analyzer_version(), encoder.fingerprint)
    with folder.locked(where), folder.disk(where):
        before = known(where, made)
        todo = plan(roots, where, before, folder.built(where))
        if before.usable and todo.nothing and _same_failures(todo, before.failures.values()):
            return _report(todo, todo.failed, before.passages, started)
        target = folder.begin(where)
        with Draft(target, folder.current(where) if before.usable else None) as draft:
            draft.remove([*todo.replaced, *(file.location for file in todo.removed)])
            for location, file in todo.touched:
                draft.touch(location, file)
            failed = todo.failed + _read_into(draft, todo.to_read, encoder, progress)
            draft.fail(failed)
            draft.finish(encoder.dim)
        folder.finish(where, target, made)
        return _report(todo, failed, draft.passages, started)


def _read_into(draft: Draft, sources: Sequence[Source], encoder: Encoder, progress: Progress | None) -> list[Failure]:
    """Read files and add them to the draft; gives back those that failed."""
    failed: list[Failure] = []
    waiting: list[tuple[Source, PreparedDocument]] = []
    texts = 0
    for done, (source, outcome) in enumerate(_outcomes(sources), 1):
        if isinstance(outcome, str):
            failed.append((source.file, outcome))
        else:
            waiting.append((source, outcome))
            texts += sum(len(p.texts) for p in outcome.passages)
        if texts >= EMBEDDED:
            _add(draft, waiting, encoder)
            waiting, texts = [], 0
        if progress:
            progress(done, len(sources))
    _add(draft, waiting, encoder)
    return failed


def _add(draft: Draft, documents: Sequence[tuple[Source, PreparedDocument]], encoder: Encoder) -> None:
    """Embed what these documents are searched by, and store them."""
    texts = [text for _, document in documents for passage in document.passages for text in passage.texts]
    rows = _encoded(encoder, texts)  # (texts, dim)
    first = 0
    for source, document in documents:
        last = first + sum(len(p.texts) for p in document.passages)
        draft.add(replace(source.file, fingerprint=document.fingerprint), document, rows[first:last])
        first = last


def _encoded(encoder: Encoder, texts: Sequence[str]) -> Rows:
    blocks = [encoder.encode(texts[begin : begin + EMBEDDED]) for begin in range(0, len(texts), EMBEDDED)]
    rows = np.concatenate([np.zeros((0, encoder.dim), np.float32), *blocks])
    if not np.isfinite(rows).all():
        raise ModelInvalid(f"Het model {encoder.name} geeft vectoren die geen getallen zijn. Kies een ander model.")
    return rows


def _outcomes(sources: Sequence[Source]) -> Iterator[tuple[Source, Outcome]]:
    """What comes of each file, in order; read by several processes when there is much."""
    done = 0
    if sum(source.file.size for source in sources) >= PARALLEL:
        try:
            for pair in _in_parallel(sources):
                yield pair
                done += 1
        except BrokenProcessPool:  # a program that cannot start processes, or a machine short of memory
            pass
    for source in sources[done:]:
        yield source, prepare(source)


def _in_parallel(sources: Sequence[Source]) -> Iterator[tuple[Source, Outcome]]:
    workers = os.cpu_count() or 1
    batches = deque(_batches(sources))
    running: deque[tuple[list[Source], Future[list[Outcome]]]] = deque()
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        while batches or running:
            while batches and len(running) < 2 * workers:
                batch = batches.popleft()
                running.append((batch, pool.submit(prepare_all, batch)))
            batch, future = running.popleft()
            yield from zip(batch, future.result(), strict=True)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _batches(sources: Sequence[Source]) -> Iterator[list[Source]]:
    batch: list[Source] = []
    size = 0
    for source in sources:
        batch.append(source)
        size += source.file.size
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _same_failures(todo: Plan, before: Iterable[Failure]) -> bool:
    return sorted((f.location, why) for f, why in todo.failed) == sorted((f.location, why) for f, why in before)


def _report(todo: Plan, failed: Sequence[Failure], passages: int, started: float) -> IndexReport:
    reasons = sorted((file.path, reason) for file, reason in failed)
    lost = {file.location for file, _ in failed}
    return IndexReport(
        added=sum(s.file.location not in lost for s in todo.added),
        changed=sum(s.file.location not in lost for s in todo.changed),
        removed=len(todo.removed),
        unchanged=todo.unchanged,
        failed=tuple(reasons),
        passages=passages,
        seconds=time.perf_counter() - started,
    )
