"""Paths → files, and what to do with each: keep, read, read again, or take out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rag.errors import UsageError
from rag.store.writer import File, Known

RECENT = 2_000_000_000  # nanoseconds: a file changed so shortly before the last build may have changed again in it
Failure = tuple[File, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: how the index calls it, where it is, and the folder that its name is relative to."""

    file: File
    path: Path
    root: Path


@dataclass(slots=True)
class Plan:
    """What to do. ``again`` is read anew though its content did not change (it became, or is no longer, a copy)."""

    added: list[Source] = field(default_factory=list)
    changed: list[Source] = field(default_factory=list)
    again: list[Source] = field(default_factory=list)
    touched: list[File] = field(default_factory=list)
    removed: list[File] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    unchanged: int = 0

    @property
    def to_read(self) -> list[Source]:
        """Everything that is read, in order of name."""
        return sorted([*self.added, *self.changed, *self.again], key=lambda source: source.file.path)

    @property
    def nothing(self) -> bool:
        """Whether the documents in the index stay as they are."""
        return not (self.to_read or self.touched or self.removed)


def plan(paths: Sequence[Path], index: Path, before: Known, built: int) -> Plan:
    """Compare the files under ``paths`` with what the index holds; it was last built at ``built`` (nanoseconds).

    Raises:
        UsageError: a path does not exist.
    """
    roots = [_existing(path) for path in paths]
    result = Plan()
    sources = _named(_walk(roots, index.absolute(), result.failed), before)
    for source in sources:
        _place(source, before, built, result)
    here = {source.file.location for source in sources}
    for location, file in sorted(before.files.items()):
        if location in here:
            continue
        if any(Path(location).is_relative_to(root) for root in roots):
            result.removed.append(file)
        elif not before.usable and Path(location).is_file():
            result.added.append(Source(file, Path(location), Path(location).parent))
    _mark_copies(result, before, here)
    return result


def _existing(path: Path) -> Path:
    try:
        if path.exists():
            return path.absolute()
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: kan niet worden gelezen ({error}).") from error
    raise UsageError(f"{path} bestaat niet. Geef een map of een bestand dat er is.")


def _walk(roots: Sequence[Path], index: Path, failed: list[Failure]) -> Iterator[Source]:
    """Every file under the roots once, sorted, hidden ones and the index itself left out."""
    seen: set[Path] = set()
    for root in roots:
        folder = root if root.is_dir() else root.parent
        for path in sorted(_files_in(root, index, failed)) if root.is_dir() else [root]:
            if path in seen:
                continue
            seen.add(path)
            name = _storable(path.relative_to(folder).as_posix())
            try:
                status = path.stat()
            except OSError as error:
                failed.append((File(name, _storable(str(path)), 0, 0), _unreadable(error)))
                continue
            yield Source(File(name, _storable(str(path)), status.st_size, status.st_mtime_ns), path, folder)


def _files_in(root: Path, index: Path, failed: list[Failure]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        path = Path(error.filename or root)
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        failed.append((File(_storable(name), _storable(str(path)), 0, 0), _unreadable(error)))

    for folder, folders, names in os.walk(root, onerror=note):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and Path(folder, f) != index)
        yield from (Path(folder, name) for name in names if not name.startswith("."))


def _named(sources: Iterator[Source], before: Known) -> list[Source]:
    """Each file under a name of its own.

    The one it has in the index, else its place in its folder, else that with the folder's name in front.
    """
    found = list(sources)
    here = {source.file.location for source in found}
    names = {file.path: file.location for file in before.files.values()}
    taken = {name for name, location in names.items() if location in here or Path(location).exists()}
    result = []
    for source in found:
        old = before.files.get(source.file.location)
        name = old.path if old else _free(source, taken)
        taken.add(name)
        result.append(replace(source, file=replace(source.file, path=name)))
    return result


def _free(source: Source, taken: set[str]) -> str:
    name = source.file.path
    if name in taken:
        name = f"{source.root.name}/{name}"
    number, first = 2, name
    while name in taken:
        name, number = f"{first} ({number})", number + 1
    return name


def _place(source: Source, before: Known, built: int, result: Plan) -> None:
    """Put a file in the plan."""
    file = source.file
    old = before.files.get(file.location) if before.usable else None
    failure = before.failures.get(file.location) if before.usable else None
    settled = file.modified < built - RECENT
    if old and settled and _same_status(old, file):
        result.unchanged += 1
    elif failure and settled and _same_status(failure[0], file):
        result.failed.append((file, failure[1]))
    else:
        file = replace(file, fingerprint=_fingerprint(source.path))
        if not old:
            result.added.append(replace(source, file=file))
        elif old.fingerprint == file.fingerprint:
            result.unchanged += 1
            if not _same_status(old, file):
                result.touched.append(file)
        else:
            result.changed.append(replace(source, file=file))


def _mark_copies(result: Plan, before: Known, here: set[str]) -> None:
    """Of files with the same bytes the first by name is the document, the others are copies.

    The passages of copies get ids of their own. Files whose standing changes are read again.
    """
    away = {f.location for f in result.removed} | {s.file.location for s in result.to_read}
    stay = [f for f in before.files.values() if f.location not in away] if before.usable else []
    first: dict[str, str] = {}
    for file in sorted([*stay, *(s.file for s in result.to_read)], key=lambda f: f.path):
        first.setdefault(file.fingerprint, file.path)
    for sources in (result.added, result.changed):
        sources[:] = [_as_copy(s, first[s.file.fingerprint]) for s in sources]
    for file in stay:
        copy = int(first[file.fingerprint] != file.path)
        if file.copy != copy:
            path = Path(file.location)
            again = Source(replace(file, copy=copy), path, path.parent)
            result.again.append(again)
            result.unchanged -= file.location in here


def _as_copy(source: Source, first: str) -> Source:
    """An unreadable file has no fingerprint, and is nobody's copy."""
    file = source.file
    return replace(source, file=replace(file, copy=int(bool(file.fingerprint) and first != file.path)))


def _same_status(old: File, new: File) -> bool:
    return (old.size, old.modified) == (new.size, new.modified)


def _fingerprint(path: Path) -> str:
    """SHA-256 of the bytes, as documents have it; empty when they cannot be read, which reading will tell."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _unreadable(error: OSError) -> str:
    return f"kan niet worden gelezen ({error.strerror or type(error).__name__})"


def _storable(name: str) -> str:
    """A name without bytes that are no text: these show as a code."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
