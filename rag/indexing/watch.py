"""Follows folders and builds when something in them changed: once for a burst, and not while a file is being written.

Knows no index: it calls ``build``. Changes come from ``watchdog``; where the machine cannot report that many folders,
they are looked at from time to time instead.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

QUIET = 1.0  # seconds without a change before a build begins
PATIENCE = 60.0  # seconds that a file which is held open for writing, and does not change, is waited for
RETRY = 10.0  # seconds after which a build that failed is tried again
LOOKED = 5.0  # seconds between looks, where changes are not reported
_STEP = 0.1


def watch(
    roots: Sequence[Path],
    index: Path,
    build: Callable[[], bool],
    stop: threading.Event,
    quiet: float = QUIET,
) -> None:
    """Call ``build`` at once, and again whenever files under ``roots`` changed, until ``stop`` is set.

    ``build`` gives False when it could not be done; it is then tried again. What changes in the folder ``index`` and in
    hidden files counts for nothing.
    """
    # A folder made within one just made is met twice by watchdog, which keeps it once and says so: nothing is missed.
    warnings.filterwarnings("ignore", "Callback with id .* already exists for watch", RuntimeWarning)
    changes = Changes(roots, index.absolute())
    running = _started(Observer(), changes, roots)
    try:
        due: float | None = 0.0  # when to build whatever changed: now, and again after a build that failed
        while not stop.is_set():
            if (due is not None and time.monotonic() >= due) or changes.settled(quiet):
                changes.forget()
                due = None if build() else time.monotonic() + RETRY
            stop.wait(min(_STEP, quiet))
    finally:
        running.stop()
        running.join()


def _started(observer: BaseObserver, changes: Changes, roots: Sequence[Path]) -> BaseObserver:
    """An observer at work; one that looks for itself when the system reports no more folders."""
    try:
        _schedule(observer, changes, roots)
        observer.start()
    except OSError:  # inotify: no more watches, or a file system that has none
        observer.stop()
        observer = PollingObserver(timeout=LOOKED)
        _schedule(observer, changes, roots)
        observer.start()
    return observer


def _schedule(observer: BaseObserver, changes: Changes, roots: Sequence[Path]) -> None:
    folders = sorted({root if root.is_dir() else root.parent for root in roots})
    inner = [folder for folder in folders if any(folder != one and folder.is_relative_to(one) for one in folders)]
    for folder in folders:
        if folder not in inner:
            observer.schedule(changes, str(folder), recursive=True)


class Changes(FileSystemEventHandler):
    """What changed since it was last forgotten, and which of these files somebody is still writing."""

    def __init__(self, roots: Sequence[Path], index: Path) -> None:
        self._roots = roots
        self._index = index
        self._lock = threading.Lock()
        self._last: float | None = None  # when something last changed, monotonic
        self._new: set[str] = set()  # files that were made and not closed yet
        self._open: dict[str, int] = {}  # file → how many hold it open
        self._written: dict[str, float] = {}  # file that changed while it was open → when it last did

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Take note of an event; called from the observer's thread."""
        paths = [str(path) for path in (event.src_path, event.dest_path) if path]
        if event.is_directory and event.event_type in ("opened", "closed_no_write", "modified"):
            return  # what changed in it is reported of its own
        if not any(self._counts(Path(path)) for path in paths):
            return
        with self._lock:
            self._note(event.event_type, paths[0])

    def _note(self, kind: str, path: str) -> None:
        now = time.monotonic()
        if kind == "opened":
            self._open[path] = self._open.get(path, 0) + 1
            if path in self._new:
                self._written[path] = now
        elif kind == "closed_no_write":  # somebody read it
            self._close(path)
        else:
            self._last = now
            if kind in ("closed", "deleted", "moved"):
                self._close(path, all_of_them=kind != "closed")
            elif kind == "created":
                self._new.add(path)
            elif path in self._open:
                self._written[path] = now

    def _close(self, path: str, *, all_of_them: bool = False) -> None:
        left = 0 if all_of_them else self._open.get(path, 0) - 1
        if left > 0:
            self._open[path] = left
            return
        self._open.pop(path, None)
        self._written.pop(path, None)
        self._new.discard(path)

    def _counts(self, path: Path) -> bool:
        """Whether a file is one that indexing looks at."""
        if path.is_relative_to(self._index):
            return False
        below = [path.relative_to(root).parts for root in self._roots if path.is_relative_to(root)]
        return any(not any(part.startswith(".") for part in parts) for parts in below)

    def settled(self, quiet: float) -> bool:
        """Whether something changed, nothing did for ``quiet`` seconds, and no file is half written."""
        with self._lock:
            now = time.monotonic()
            if self._last is None or now - self._last < quiet:
                return False
            return all(now - since > PATIENCE for since in self._written.values())

    def forget(self) -> None:
        """What changed so far is taken care of."""
        with self._lock:
            self._last = None
