"""Paths → files: everything under them, what is inside archives and messages too, each with its collection."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from rag.documents import containers
from rag.errors import UnreadableFile, UsageError
from rag.indexing.collection import SIDECAR, Collections
from rag.store.known import File, Skipped

Failure = tuple[File, str]
AT_ONCE = 1 << 20  # bytes: a file of up to so many is read whole to take its fingerprint
_PARTS = attrgetter("parts")  # paths sort by these, and each is asked for them once


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: how the index calls it, where it is, and the folder that its name is relative to.

    ``member`` is its path inside ``path`` when that is a container, else empty.
    """

    file: File
    path: Path
    root: Path
    member: str = ""


@dataclass(slots=True)
class Walked:
    """What is under the roots: files to read, those that cannot be, and those that are not for reading."""

    sources: list[Source] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def existing(path: Path) -> Path:
    """The path, absolute. Raises UsageError when there is nothing there."""
    try:
        if path.exists():
            return path.absolute()
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: kan niet worden gelezen ({error}).") from error
    raise UsageError(f"{path} bestaat niet. Geef een map of een bestand dat er is.")


def walk(roots: Sequence[Path], index: Path) -> Walked:
    """Every file under the roots once, in order of root and path, the index itself left out."""
    return _Walk(index).over(roots)


class _Walk:
    def __init__(self, index: Path) -> None:
        self._index = index
        self._collections = Collections()
        self._found = Walked()

    def over(self, roots: Sequence[Path]) -> Walked:
        seen: set[Path] = set()
        for root in roots:
            folder = root if root.is_dir() else root.parent
            for path in sorted(self._files_in(root), key=_PARTS) if root.is_dir() else [root]:
                if path not in seen:
                    seen.add(path)
                    self._file(path, folder)
        for sidecar, reason in sorted(self._collections.problems.items()):
            name = storable(sidecar.parent.name + "/" + sidecar.name)
            self._found.failed.append((File(name, storable(str(sidecar)), 0, 0, closed=1), reason))
        return self._found

    def _files_in(self, root: Path) -> Iterator[Path]:
        def note(error: OSError) -> None:
            path = Path(error.filename or root)
            name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
            self._fail(path, root, storable(name), unreadable(error))

        for folder, folders, names in os.walk(root, onerror=note):
            here = [Path(folder, name) for name in sorted(folders)]
            for path in here:
                if path.name.startswith("."):
                    self._skip(path, root, "is een verborgen map")
                elif path.is_symlink():
                    self._skip(path, root, "is een koppeling naar een map; geef die map zelf op")
            folders[:] = [path.name for path in here if not path.name.startswith(".") and path != self._index]
            for name in names:
                if name.startswith("."):
                    self._skip(Path(folder, name), root, "is een verborgen bestand")
                elif name != SIDECAR:
                    yield Path(folder, name)

    def _file(self, path: Path, root: Path) -> None:
        name = storable(path.relative_to(root).as_posix())
        try:
            status = path.stat()
        except OSError as error:
            self._fail(path, root, name, unreadable(error))
            return
        belongs = self._collections.of(path, root)
        file = File(
            name, storable(str(path)), status.st_size, status.st_mtime_ns,
            collection=belongs.collection, closed=int(belongs.closed),
        )  # fmt: skip
        source = Source(file, path, root)
        if not containers.is_container(path):
            self._found.sources.append(source)
            return
        if containers.is_also_document(path):
            self._found.sources.append(source)
        self._members(source)

    def _members(self, container: Source) -> None:
        """The files in an archive or a message. They change when it does: times inside it prove nothing."""
        file = container.file
        try:
            inside = containers.members(container.path)
        except UnreadableFile as error:
            if not containers.is_also_document(container.path):  # else reading it says the same
                self._found.failed.append((file, error.reason))
            return
        for member in inside:
            belongs = self._collections.of(container.path, container.root, member.name)
            name = storable(member.name)
            own = file._replace(
                path=f"{file.path}/{name}", location=f"{file.location}/{name}", size=member.size,
                closed=int(belongs.closed),
            )  # fmt: skip
            self._found.sources.append(Source(own, container.path, container.root, member.name))

    def _fail(self, path: Path, root: Path, name: str, reason: str) -> None:
        closed = int(self._collections.of(path, root).closed)
        self._found.failed.append((File(name, storable(str(path)), 0, 0, closed=closed), reason))

    def _skip(self, path: Path, root: Path, reason: str) -> None:
        closed = int(self._collections.of(path, root).closed)
        self._found.skipped.append(Skipped(storable(path.relative_to(root).as_posix()), reason, closed))


def source_at(file: File) -> Source | None:
    """A file that the index knows, to read again from where it is; None when it is not there any more."""
    path = Path(file.location)
    for place in (path, *path.parents):
        if place.is_file():
            if place == path:
                return Source(file, place, place.parent)
            member = path.relative_to(place).as_posix()
            return Source(file, place, place.parent, member) if _holds(place, member) else None
        if place.exists():
            return None
    return None


def _holds(container: Path, member: str) -> bool:
    try:
        return containers.is_container(container) and any(m.name == member for m in containers.members(container))
    except UnreadableFile:
        return False


def fingerprint(source: Source) -> str:
    """SHA-256 of the bytes, as documents have it; empty when they cannot be read, which reading will tell."""
    try:
        if source.member:
            return hashlib.sha256(containers.member_bytes(source.path, source.member)).hexdigest()
        with source.path.open("rb", buffering=0) as stream:
            if source.file.size <= AT_ONCE:
                return hashlib.sha256(stream.read()).hexdigest()
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, UnreadableFile):
        return ""


def unreadable(error: OSError) -> str:
    """Why a file cannot be read, in Dutch."""
    return f"kan niet worden gelezen ({error.strerror or type(error).__name__})"


def storable(name: str) -> str:
    """A name without bytes that are no text: these show as a code."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
