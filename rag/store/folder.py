"""Generations of an index: built aside, checked, swapped in by one rename. What is there is always whole.

    index/current                     the name of the generation that counts
    index/unfinished                  the name of a generation that a build may go on from, see ``keep``
    index/generations/<name>/         manifest.json, documents.sqlite, lexical/, terms/, vectors/, matching/
    index/removed.json                what must not come back, see removed.py
    index/lock                        held by the one process that writes

A build that dies leaves a folder that nothing points at; the next build clears it away. Readers take no lock.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag import __version__
from rag.documents import PARSER
from rag.errors import DiskFull, IndexDamaged, IndexLocked, IndexMissing, IndexOutdated, UsageError
from rag.store import packing
from rag.store.schema import FORMAT

CURRENT, UNFINISHED = "current", "unfinished"
SEALERS = 4  # files that are brought to disk at a time
EDGE = 65_536  # bytes at either end of a part that are checked whenever an index is opened
REMEDY = "Bouw de index opnieuw met: raadwijzer index MAP"


@dataclass(frozen=True, slots=True)
class Made:
    """With what an index was made; another value of any of these makes it outdated."""

    format: int
    program: str
    analyzer: str
    embedder: str
    parser: int
    dictionary: str


def made_with(analyzer: str, embedder: str) -> Made:
    """What this program would make now."""
    return Made(FORMAT, __version__, analyzer, embedder, PARSER, packing.dictionary())


def current(folder: Path) -> Path:
    """The generation that counts.

    Raises:
        IndexMissing: there is no index in this folder.
        IndexDamaged: there was one, but it is not there any more.
    """
    pointer = folder / CURRENT
    try:
        name = pointer.read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        if (folder / "generations").is_dir() and any((folder / "generations").iterdir()):
            raise IndexMissing(f"De index in {folder} is nog niet af. {REMEDY} --index {folder}") from error
        raise IndexMissing(
            f"Er is geen index in {folder}. Maak er een met: raadwijzer index MAP --index {folder}"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(
            f"De index in {folder} is niet te lezen ({_reason(error)}). {REMEDY} --index {folder}"
        ) from error
    generation = folder / "generations" / name
    if not name or Path(name).name != name or not generation.is_dir():
        raise IndexDamaged(
            f"De index in {folder} is beschadigd: de map met de gegevens ontbreekt. {REMEDY} --index {folder}"
        )
    return generation


def built(folder: Path, left: bool = False) -> int:
    """When the index (or what a build ``left`` unfinished) was made, in nanoseconds; 0: never."""
    try:
        return (folder / (UNFINISHED if left else CURRENT)).stat().st_mtime_ns
    except OSError:
        return 0


def stamp(folder: Path) -> tuple[int, int]:
    """Changes whenever another generation begins to count; cheap. Zeros: there is none."""
    try:
        status = os.stat(f"{folder}/{CURRENT}")  # noqa: PTH116 - asked at every question, and a path takes longer
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_ino


def check(folder: Path, generation: Path, made: Made) -> None:
    """See that a generation is whole and of our making: every part there, of the right size, with the right edges.

    Raises:
        IndexOutdated, IndexDamaged: it cannot be used; the message says what to run.
    """
    manifest = _manifest(folder, generation)
    found = manifest["made"]
    for name, what in (
        ("format", "een andere versie"),
        ("program", "een andere versie"),
        ("parser", "een andere manier van lezen"),
        ("analyzer", "een andere woordenlijst"),
        ("dictionary", "een andere manier van inpakken"),
    ):
        if found.get(name) != getattr(made, name):
            raise IndexOutdated(f"De index in {folder} is gemaakt met {what} van Raadwijzer. {REMEDY} --index {folder}")
    if found.get("embedder") != made.embedder:
        raise IndexOutdated(f"De index in {folder} is gemaakt met een ander taalmodel. {REMEDY} --index {folder}")
    for name, part in sorted(manifest["parts"].items()):
        _check_part(folder, generation / name, part)


def made_of(folder: Path, generation: Path) -> Made:
    """With what a generation was made, when this program can change it.

    Raises:
        IndexOutdated, IndexDamaged: it cannot; the message says what to run.
    """
    found = _manifest(folder, generation)["made"]
    ours = {"format": FORMAT, "dictionary": packing.dictionary()}
    if set(found) != set(Made.__dataclass_fields__) or any(found[name] != value for name, value in ours.items()):
        raise IndexOutdated(
            f"De index in {folder} is gemaakt met een andere versie van Raadwijzer. {REMEDY} --index {folder}"
        )
    return Made(**found)


def verify(folder: Path, generation: Path) -> None:
    """Read every byte of a generation and compare. Raises IndexDamaged."""
    for name, part in sorted(_manifest(folder, generation)["parts"].items()):
        if _digest(generation / name) != part["sha256"]:
            raise _damaged(folder, name)


def _check_part(folder: Path, file: Path, part: dict[str, Any]) -> None:
    try:
        whole = file.stat().st_size == part["size"] and _edges(file) == part["edges"]
    except OSError as error:
        raise _damaged(folder, file.name) from error
    if not whole:
        raise _damaged(folder, file.name)


def _damaged(folder: Path, part: str) -> IndexDamaged:
    return IndexDamaged(
        f"De index in {folder} is beschadigd: het onderdeel {part} ontbreekt of is niet heel. {REMEDY} --index {folder}"
    )


def _manifest(folder: Path, generation: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
        parts = manifest["parts"]
        if not isinstance(manifest["made"], dict) or not all(
            {"size", "edges", "sha256"} <= set(p) for p in parts.values()
        ):
            raise _damaged(folder, "manifest.json")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, "manifest.json") from error
    return manifest


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _edges(file: Path) -> str:
    """Digest of the first and last 64 KiB: finds what was cut off or overwritten without reading it all."""
    with file.open("rb") as stream:
        head = stream.read(EDGE)
        stream.seek(max(0, file.stat().st_size - EDGE))
        return hashlib.sha256(head + stream.read(EDGE)).hexdigest()


# --- writing -------------------------------------------------------------------------------------------------------


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the one lock for writing. Raises IndexLocked when another process has it, UsageError when it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", blocking=False)
        lock.acquire()
    except Timeout as error:
        raise IndexLocked(
            f"Een ander proces werkt nu aan de index in {folder}. Wacht tot het klaar is en probeer het opnieuw."
        ) from error
    except OSError as error:
        if _is_full(error):
            raise _full(folder) from error
        raise UsageError(f"In {folder} kan geen index staan: {_reason(error)}.") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Turns lack of room, in whatever form a library reports it, into DiskFull."""
    try:
        yield
    except Exception as error:
        if _is_full(error):
            raise _full(folder) from error
        raise


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    return any(sign in str(error).lower() for sign in ("no space left", "disk is full", "file too large"))


def _full(folder: Path) -> DiskFull:
    return DiskFull(
        f"De schijf met {folder} is vol. De index van vóór deze poging is niet veranderd. "
        "Maak ruimte en probeer het opnieuw."
    )


def begin(folder: Path) -> Path:
    """An empty folder for the next generation; what earlier builds left unfinished is cleared away."""
    generations = folder / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    clear(folder)
    numbers = [int(path.name) for path in generations.iterdir() if path.name.isdigit()]
    draft = generations / f"{max(numbers, default=0) + 1:08d}"
    draft.mkdir()
    return draft


def finish(folder: Path, draft: Path, made: Made) -> None:
    """Seal a generation with its manifest and make it the one that counts."""
    _seal(draft, made)
    replace_file(folder / CURRENT, draft.name)
    forget_unfinished(folder)
    clear(folder)


def keep(folder: Path, draft: Path, made: Made, task: str) -> Path:
    """Seal what a long build has done so far, to go on from when it dies; gives an empty folder for what follows.

    ``task`` says what the build was asked to do, in one word. Readers keep to the generation that counts.
    """
    _seal(draft, made)
    replace_file(folder / UNFINISHED, f"{draft.name} {task}")
    return begin(folder)


def unfinished(folder: Path, task: str) -> Path | None:
    """The generation that a build with the same task left to go on from when it died, if any."""
    name, _, left = _words_in(folder / UNFINISHED).partition(" ")
    generation = folder / "generations" / name
    return generation if name and left == task and generation.is_dir() else None


def forget_unfinished(folder: Path) -> None:
    """Do not go on from what a build left."""
    (folder / UNFINISHED).unlink(missing_ok=True)


def _seal(draft: Path, made: Made) -> None:
    files = sorted(path for path in draft.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    sealed = _sealed_before(draft)
    with ThreadPoolExecutor(SEALERS) as beside:
        known = beside.map(lambda file: _sealed(file, sealed), files)
        parts = {file.relative_to(draft).as_posix(): part for file, part in zip(files, known, strict=True)}
    manifest = draft / "manifest.json"
    manifest.write_text(json.dumps({"made": asdict(made), "parts": parts}, indent=1), encoding="utf-8")
    _sync(manifest)
    for path in (*(p for p in draft.rglob("*") if p.is_dir()), draft, draft.parent):
        _sync(path)


def _sealed(file: Path, sealed: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Bring a file to disk, and what the manifest says of it. ``sealed``: what is known of files, by inode."""
    status = file.stat()
    known = sealed.get(status.st_ino) if status.st_nlink > 1 else None
    if known:
        return known
    file.chmod(0o644)  # some are made by libraries for their own user only
    _sync(file)
    return {"size": status.st_size, "edges": _edges(file), "sha256": _digest(file)}


def _sealed_before(draft: Path) -> dict[int, dict[str, Any]]:
    """What the manifests of other generations say of their files, by inode: a draft may share some of these."""
    found: dict[int, dict[str, Any]] = {}
    for generation in sorted(draft.parent.iterdir()):
        if generation == draft or not (generation / "manifest.json").is_file():
            continue
        for name, part in _manifest(draft.parent.parent, generation)["parts"].items():
            if (generation / name).is_file():
                found[(generation / name).stat().st_ino] = part
    return found


def replace_file(file: Path, text: str) -> None:
    """Write a small file so that it is the old one or the new one at every moment."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="ascii")
    _sync(new)
    new.replace(file)
    _sync(file.parent)


def counting(folder: Path) -> set[str]:
    """The names of the generations that count: the one that is read, and the one that a build goes on from."""
    return {_words_in(folder / pointer).partition(" ")[0] for pointer in (CURRENT, UNFINISHED)}


def clear(folder: Path) -> None:
    """Remove every generation but those that count. A reader that has one open keeps it until it closes."""
    keep = counting(folder)
    for path in sorted((folder / "generations").iterdir()):
        if path.name not in keep:
            shutil.rmtree(
                path, ignore_errors=True
            )  # Windows refuses while a reader has it open; the next build tries again


def _words_in(pointer: Path) -> str:
    try:
        return pointer.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def link_or_copy(source: Path, target: Path) -> None:
    """The same files under another folder, without copying where the disk allows it. For files that never change."""
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(path for path in source.iterdir() if path.is_file() and not path.name.endswith(".lock")):
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
