"""The flow from paths to a swapped-in index, top to bottom."""

from __future__ import annotations

import gc
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rag import dutch
from rag.errors import IndexDamaged, IndexMissing
from rag.indexing.files import Failure, Source, existing, fingerprint, walk
from rag.indexing.plan import Past, Plan, plan
from rag.indexing.prepare import COLLECTED, Outcome, embedded, prepare_all, wordlist
from rag.indexing.readers import Readers
from rag.store import folder, removed
from rag.store.known import known
from rag.store.writer import Draft

if TYPE_CHECKING:
    from rag.embeddings import Encoder
    from rag.store.milvus import Publisher

Progress = Callable[[int, int], None]

BATCH = 250_000  # bytes that a process reads at a time,
LARGER, BATCHES = 4, 64  # and up to so many times as many where there are that many batches all the same
KEPT_EVERY = 120.0  # seconds of work that may be lost when a build dies
KEPT_SHARE = 10  # times the seconds that keeping took last time: it may not cost more than a tenth


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a build did, in documents. ``failed`` holds (path, Dutch reason); ``passages`` all there are now.

    ``moved`` holds (old path, new path) of documents that are counted nowhere else; ``skipped`` (path, Dutch reason) of
    files that are not for reading, the path empty where the name may not be kept.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    failed: tuple[tuple[str, str], ...]
    passages: int
    seconds: float
    moved: tuple[tuple[str, str], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def worked(self) -> bool:
        """Whether any document came, left, changed or moved."""
        return bool(self.added or self.changed or self.removed or self.moved)


def build_index(  # noqa: PLR0913 - all but the first three may be left out
    paths: Sequence[str | Path],
    where: Path,
    encoder: Encoder,
    progress: Progress | None = None,
    again: Sequence[str | Path] = (),
    *,
    elsewhere: Publisher | None = None,
) -> IndexReport:
    """Build the index in ``where``, or bring it up to date.

    Files under ``paths`` that are new or changed are read, files that are gone leave, documents from elsewhere stay.
    What was removed with ``rag.indexing.remove`` stays out, but for the files under ``again``. ``progress`` is told
    (files done, files to do). A build that dies after a while is gone on with by the next one with the same paths.
    ``elsewhere`` is brought up to date as well (``rag/store/milvus``).

    Raises:
        UsageError: a path does not exist. IndexLocked: another process is writing. DiskFull: there was no room.
        IndexUnreachable: what is elsewhere cannot be brought up to date.
    """
    started = time.perf_counter()
    roots = [existing(Path(path)) for path in paths]
    made = folder.made_with(dutch.analyzer_version(), encoder.fingerprint)
    with folder.locked(where), folder.disk(where), _counted_out(), Readers(encoder) as readers:
        out = _taken_back(where, [existing(Path(path)) for path in again])
        base, past = _past(where, made, _task(roots), out)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        todo = plan(roots, where, past, now, readers.expect)
        whole = past.before.usable and todo.nothing and todo.as_noted(past.before)
        if base == _current(where) and whole and (elsewhere is None or elsewhere.published(base)):
            if elsewhere:
                elsewhere.settle(where)
            folder.forget_unfinished(where)
            folder.clear(where)
            return _report(todo, todo.failed, past.before.passages, started)
        build = _Build(where, made, _task(roots), todo, readers)
        return _report(todo, *build.run(base, progress, elsewhere), started)


@contextmanager
def _counted_out() -> Iterator[None]:
    """Look for what is not counted out less often: there is little of it, and all that is being read is looked through.

    See ``rag.indexing.prepare.start``.
    """
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTED)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _task(roots: Sequence[Path]) -> str:
    """What a build is asked to do, as one word: another one must not go on with what it left."""
    return hashlib.sha256("\0".join(sorted(map(str, roots))).encode("utf-8", "surrogateescape")).hexdigest()


def _taken_back(where: Path, again: Sequence[Path]) -> removed.Removed:
    """What must stay out; the files under ``again`` are taken off that list first."""
    out = removed.load(where)
    if again:
        files = [(source.file.location, fingerprint(source)) for source in walk(again, where.absolute()).sources]
        out = out.without(files)
        removed.save(where, out)
    return out


def _past(where: Path, made: folder.Made, task: str, out: removed.Removed) -> tuple[Path | None, Past]:
    """The generation to go on from, None to begin with nothing, and what is known already."""
    counts = known(where, made)
    left = folder.unfinished(where, task)
    if left:
        before = known(where, made, left)
        if before.usable:
            return left, Past(before, counts.files, folder.built(where, left=True), out)
    folder.forget_unfinished(where)
    return _current(where) if counts.usable else None, Past(counts, counts.files, folder.built(where), out)


def _current(where: Path) -> Path | None:
    try:
        return folder.current(where)
    except (IndexMissing, IndexDamaged):
        return None


class _Build:
    """One build: reads what is to be read into a draft, and keeps what it has done from time to time."""

    def __init__(self, where: Path, made: folder.Made, task: str, todo: Plan, readers: Readers) -> None:
        self._where = where
        self._made = made
        self._task = task
        self._todo = todo
        self._readers = readers
        self._failed = list(todo.failed)
        self._done, self._total = 0, len(todo.to_read)  # files

    def run(
        self, base: Path | None, progress: Progress | None, elsewhere: Publisher | None
    ) -> tuple[list[Failure], int]:
        """Everything that could not be read, and how many passages there are."""
        target = folder.begin(self._where)
        outcomes = _outcomes(self._todo.to_read, self._readers)
        pause = KEPT_EVERY
        first, over = True, False
        while not over:
            with Draft(target, base, sum(source.file.size for source in self._todo.to_read)) as draft:
                if first:
                    draft.remove([*self._todo.replaced, *(file.location for file in self._todo.removed)])
                    draft.touch(self._todo.touched)
                over = self._read(draft, outcomes, progress, time.perf_counter() + pause)
                started = time.perf_counter()
                draft.fail(self._failed)
                draft.skip(self._todo.skipped)
                draft.finish(self._readers.encoder.dim, over)
            if not over:
                base, target = target, folder.keep(self._where, target, self._made, self._task)
                first, pause = False, max(KEPT_EVERY, KEPT_SHARE * (time.perf_counter() - started))
        if elsewhere:
            elsewhere.publish(self._where, target, self._made)
        folder.finish(self._where, target, self._made)
        if elsewhere:
            elsewhere.settle(self._where)
        return self._failed, draft.passages

    def _read(
        self, draft: Draft, outcomes: Iterator[tuple[Source, Outcome]], progress: Progress | None, until: float
    ) -> bool:
        """Read files and add them to the draft, ``until`` it is time to keep what was done; whether all are read."""
        over = True
        for source, outcome in outcomes:
            if isinstance(outcome, str):
                self._failed.append((source.file, outcome))
            else:
                same = source.file.fingerprint == outcome.fingerprint
                file = source.file if same else source.file._replace(fingerprint=outcome.fingerprint)
                draft.add(file, outcome)
            self._done += 1
            if progress:
                progress(self._done, self._total)
            if time.perf_counter() > until:
                over = self._done == self._total
                break
        return over


def _outcomes(sources: Sequence[Source], readers: Readers) -> Iterator[tuple[Source, Outcome]]:
    """What comes of each file, embedded and in order; read by several processes when there is much."""
    batches, encoder = deque(_batches(sources)), readers.encoder
    readers.expect(sum(source.file.size for source in sources))
    try:
        for outcomes in readers.outcomes(batches):
            outcomes = outcomes if readers.embed else embedded(outcomes, encoder)  # noqa: PLW2901 - the same, embedded
            yield from zip(batches.popleft(), outcomes, strict=True)
    except BrokenProcessPool:  # a program that cannot start processes, or a machine short of memory
        readers.close()
    words = wordlist(encoder)
    while batches:
        batch = batches.popleft()
        yield from zip(batch, prepare_all(batch, encoder, words), strict=True)


def _batches(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """Files that are read together: in large batches less is done more than once."""
    total = sum(source.file.size for source in sources)
    enough = BATCH * min(max(total // (BATCH * BATCHES), 1), LARGER)
    batch: list[Source] = []
    size = 0
    for source in sources:
        batch.append(source)
        size += source.file.size
        if size >= enough:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


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
        moved=tuple(sorted(todo.moved)),
        skipped=tuple((file.path, file.reason) for file in todo.skipped),
    )
