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
    """What to do.

    ``again`` is read anew though its content did not change (it became, or is no longer, a copy). ``touched`` are pairs
    of the old location and the file as it is now. ``replaced`` are the old locations of what is read again.
    """

    added: list[Source] = field(default_factory=list)
    changed: list[Source] = field(default_factory=list)
    again: list[Source] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    touched: list[tuple[str, File]] = field(default_factory=list)
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


def plan(roots: Sequence[Path], index: Path, before: Known, built: int) -> Plan:
    """Compare the files under ``roots`` with what the index holds; it was last built at ``built`` (nanoseconds)."""
    result = Plan()
    sources = list(_walk(roots, index.absolute(), result.failed))
    old = _matched(sources, before)
    for source in _named(sources, before, old):
        _place(source, before, old.get(source.file.location), built, result)
    matched = {file.location for file in old.values()}
    for location, file in sorted(before.files.items()):
        if location in matched:
            continue
        if any(Path(location).is_relative_to(root) for root in roots):
            result.removed.append(file)
        elif not before.usable and Path(location).is_file():
            result.added.append(Source(file, Path(location), Path(location).parent))
    _mark_copies(result, before)
    return result


def existing(path: Path) -> Path:
    """The path, absolute. Raises UsageError when there is nothing there."""
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


def _matched(sources: Sequence[Source], before: Known) -> dict[str, File]:
    """What the index holds of each file, by location.

    That is the document from there or, when the file of that name is gone from where it was, the document of that name.
    """
    here = {source.file.location for source in sources}
    names = {file.path: file for file in before.files.values() if file.location not in here}
    found: dict[str, File] = {}
    for source in sources:
        location = source.file.location
        old = before.files.get(location) or names.pop(source.file.path, None)
        if old and (old.location == location or not Path(old.location).exists()):
            found[location] = old
    return found


def _named(sources: Sequence[Source], before: Known, old: dict[str, File]) -> list[Source]:
    """Each file under a name of its own.

    The one it has in the index, else its place in its folder, else that with the folder's name in front.
    """
    taken = {file.path for file in before.files.values()}
    result = []
    for source in sources:
        known = old.get(source.file.location)
        name = known.path if known else _free(source, taken)
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


def _place(source: Source, before: Known, old: File | None, built: int, result: Plan) -> None:
    """Put a file in the plan; ``old`` is what the index holds of it."""
    file = source.file
    old = old if before.usable else None
    failure = before.failures.get(file.location) if before.usable else None
    settled = file.modified < built - RECENT
    if old and settled and _same(old, file):
        result.unchanged += 1
    elif failure and settled and _same(failure[0], file):
        result.failed.append((file, failure[1]))
    else:
        file = replace(file, fingerprint=_fingerprint(source.path))
        if not old:
            result.added.append(replace(source, file=file))
        elif old.fingerprint == file.fingerprint:
            result.unchanged += 1
            if not _same(old, file):
                result.touched.append((old.location, file))
        else:
            result.changed.append(replace(source, file=file))
            result.replaced.append(old.location)


def _mark_copies(result: Plan, before: Known) -> None:
    """Of files with the same bytes the first by name is the document, the others are copies.

    The passages of copies get ids of their own. Files whose standing changes are read again.
    """
    moved = dict(result.touched)
    away = {file.location for file in result.removed} | set(result.replaced)
    known = before.files.items() if before.usable else ()
    stay = {location: moved.get(location, file) for location, file in known if location not in away}
    first: dict[str, str] = {}
    for file in sorted([*stay.values(), *(s.file for s in result.to_read)], key=lambda f: f.path):
        first.setdefault(file.fingerprint, file.path)
    for sources in (result.added, result.changed):
        sources[:] = [_as_copy(s, first[s.file.fingerprint]) for s in sources]
    for location, file in stay.items():
        copy = int(first[file.fingerprint] != file.path)
        if before.files[location].copy != copy:
            path = Path(file.location)
            result.again.append(Source(replace(file, copy=copy), path, path.parent))
            result.replaced.append(location)


def _as_copy(source: Source, first: str) -> Source:
    """An unreadable file has no fingerprint, and is nobody's copy."""
    file = source.file
    return replace(source, file=replace(file, copy=int(bool(file.fingerprint) and first != file.path)))


def _same(old: File, new: File) -> bool:
    return (old.location, old.size, old.modified) == (new.location, new.size, new.modified)


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
