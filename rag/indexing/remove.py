"""Takes documents out of every part of the index, for good: they do not come back when their folder is indexed again.

What is on disk afterwards is written anew without them, older generations are deleted, and ``index/removed.json`` keeps
them out by digests that tell nothing. Knows nothing of opinions: ``rag/web/feedback.py`` has its own ``remove``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import IndexLocked, UsageError
from rag.store import folder, removed
from rag.store.known import File, known
from rag.store.writer import Draft
from rag.vectors import VectorIndex

if TYPE_CHECKING:
    from rag.store.milvus import Publisher


@dataclass(frozen=True, slots=True)
class Found:
    """A file that would go. ``title`` is empty for one that could not be read."""

    file: File
    title: str = ""

    @property
    def path(self) -> str:
        """How the index calls it."""
        return self.file.path


def find(where: Path, paths: Sequence[str], closed: bool = False) -> list[Found]:
    """The files with these paths, or inside the folder or archive of that path, and every copy of them.

    Of a path that was removed before, nothing: ``remove`` takes away what may be left of it.

    Args:
        where: the folder of the index.
        paths: as ``raadwijzer documents`` shows them.
        closed: whether closed documents can be named.

    Raises:
        UsageError: a path is not in the index. IndexMissing, IndexOutdated, IndexDamaged: there is no index to use.
    """
    there = [found for found in _held(where) if closed or not found.file.closed]
    before = removed.load(where)
    chosen: dict[str, Found] = {}
    for path in paths:
        name = path.rstrip("/")
        some = [found for found in there if found.path == name or found.path.startswith(f"{name}/")]
        if not some and not before.named(name):
            raise UsageError(f"Het document '{path}' staat niet in de index. Bekijk de lijst met: raadwijzer documents")
        chosen.update((found.path, found) for found in some)
    prints = {found.file.fingerprint for found in chosen.values()} - {""}
    return sorted(
        (found for found in there if found.path in chosen or found.file.fingerprint in prints),
        key=lambda found: found.path,
    )


def remove(where: Path, paths: Iterable[str], elsewhere: Publisher | None = None) -> int:
    """Take these documents, and closed or open copies of them, out for good; gives back how many went.

    They leave what is ``elsewhere`` (``rag/store/milvus``) as well. With none to go, what earlier ones left is deleted.

    Raises:
        IndexLocked: another process is writing, or holds on to an older version of the index. DiskFull: no room.
        IndexUnreachable: what is elsewhere cannot be brought up to date.
    """
    with folder.locked(where), folder.disk(where):
        base = folder.current(where)
        wanted = set(paths)
        held = _held(where)
        prints = {found.file.fingerprint for found in held if found.path in wanted} - {""}
        going = [found.file for found in held if found.path in wanted or found.file.fingerprint in prints]
        if not going:
            if removed.load(where).places:
                _finish(where, elsewhere)
            return 0
        out = removed.load(where).with_more((file.location, file.fingerprint, file.path) for file in going)
        removed.save(where, out)  # first: what died half-way must not come back either
        folder.forget_unfinished(where)
        _without(where, base, {file.location for file in going}, elsewhere)
        _check_nothing_is_left(where)
        return len(going)


def _finish(where: Path, elsewhere: Publisher | None) -> None:
    """Take away what an earlier command could not, though its documents had left the index."""
    folder.clear(where)
    if elsewhere:
        elsewhere.settle(where)
    _check_nothing_is_left(where)


def _held(where: Path) -> list[Found]:
    """Every file that the index names, read or not."""
    generation = folder.current(where)
    there = known(where, folder.made_of(where, generation))
    read = [Found(file, there.titles[location]) for location, file in there.files.items()]
    return read + [Found(file) for file, _ in there.failures.values()]


def _without(where: Path, base: Path, locations: set[str], elsewhere: Publisher | None) -> None:
    made = folder.made_of(where, base)
    failures = [pair for location, pair in known(where, made).failures.items() if location not in locations]
    target = folder.begin(where)
    with Draft(target, base) as draft:
        draft.leave_nothing()
        draft.remove(sorted(locations))
        draft.fail(failures)
        draft.finish(VectorIndex(base / "vectors").dim)
    if elsewhere:
        elsewhere.publish(where, target, made, anew=True)
    folder.finish(where, target, made)
    if elsewhere:
        elsewhere.settle(where)


def _check_nothing_is_left(where: Path) -> None:
    counting = folder.counting(where)
    left = [path for path in folder.current(where).parent.iterdir() if path.name not in counting]
    if left:
        raise IndexLocked(
            f"De documenten zijn uit de index, maar een oudere versie kon niet worden gewist: {left[0]}. Een ander "
            "programma heeft haar nog open. Sluit de pagina van Raadwijzer en geef de opdracht nog eens."
        )
