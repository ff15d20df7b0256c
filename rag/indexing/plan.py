"""Files → what to do with each: keep, read, read again, rename, or take out."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePosixPath

from rag.documents.formats.ocr import can_read_now
from rag.indexing.files import Failure, Source, fingerprint, source_at, walk
from rag.store.known import File, Known, Skipped
from rag.store.removed import Removed

RECENT = 2_000_000_000  # nanoseconds: a file changed so shortly before the last build may have changed again in it
TAKEN_OUT = "is eerder verwijderd met raadwijzer remove"
_ENDING = re.compile(r"\.\w{1,8}$")


@dataclass(slots=True)
class Plan:
    """What to do.

    ``again`` is read anew though its content did not change (it became, or is no longer, a copy). ``touched`` are pairs
    of the old location and the file as it is now. ``replaced`` are the old locations of what is read again. ``moved``
    are pairs of the old and the new name.
    """

    added: list[Source] = field(default_factory=list)
    changed: list[Source] = field(default_factory=list)
    again: list[Source] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    touched: list[tuple[str, File]] = field(default_factory=list)
    removed: list[File] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    moved_from: set[str] = field(default_factory=set)  # locations
    was: dict[str, str] = field(default_factory=dict)  # location of a changed file → the one that the index has for it
    failed: list[Failure] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unchanged: int = 0

    @property
    def to_read(self) -> list[Source]:
        """Everything that is read, in order of name."""
        return sorted([*self.added, *self.changed, *self.again], key=lambda source: source.file.path)

    @property
    def nothing(self) -> bool:
        """Whether the documents in the index stay as they are."""
        return not (self.to_read or self.touched or self.removed)

    def as_noted(self, before: Known) -> bool:
        """Whether what is not read, and why, is what the index has noted already."""
        now = sorted((file.location, file.closed, why) for file, why in self.failed)
        return now == sorted((f.location, f.closed, why) for f, why in before.failures.values()) and (
            self.skipped == list(before.skipped)
        )


@dataclass(frozen=True, slots=True)
class Past:
    """What the index knows already.

    ``before`` is what the build goes on from. ``counts`` holds the files of the generation that readers see, which is
    another one when a build died half-way. ``built`` is when the first was made, in nanoseconds; ``out`` is what must
    not come back.
    """

    before: Known
    counts: dict[str, File]
    built: int
    out: Removed


def plan(
    roots: Sequence[Path], index: Path, past: Past, now: str, expect: Callable[[int], None] = lambda _: None
) -> Plan:
    """Compare the files under ``roots`` (absolute) with what the index in the folder ``index`` holds.

    ``now``, as ISO 8601, is noted with what is new or changed. ``expect`` is told early about how many bytes there will
    be to read.
    """
    before, out = past.before, past.out
    walked = walk(roots, index.absolute())
    result = Plan(failed=walked.failed, skipped=walked.skipped)
    sources = [source for source in walked.sources if not _kept_out(source.file, out, result)]
    old = _matched(sources, before)
    expect(_unseen(sources, past))
    for source in _named(sources, past, old):
        _place(source, past, old.get(source.file.location), result, now)
    result.added = [source for source in result.added if not _kept_out(source.file, out, result)]
    result.changed = [source for source in result.changed if not _kept_out(source.file, out, result)]
    matched = {file.location for file in old.values()}
    is_under = _under(roots)
    for location, file in sorted(before.files.items()):
        if location in matched:
            continue
        if is_under(location):
            result.removed.append(file)
        elif not before.usable and (elsewhere := source_at(file)):
            result.added.append(elsewhere)
    if before.usable:
        _find_moved(result, before, now)
    _mark_copies(result, before)
    result.skipped.sort(key=lambda file: (file.path, file.reason, file.closed))
    return result


def _unseen(sources: Sequence[Source], past: Past) -> int:
    """The bytes of files that the index does not hold as they are."""
    files = past.before.files if past.before.usable else {}
    held = ((source.file, files.get(source.file.location)) for source in sources)
    return sum(file.size for file, old in held if not (old and _same(old, file)))


def _under(roots: Sequence[Path]) -> Callable[[str], bool]:
    """Whether a location is one of the roots or in it; found out once for each folder."""
    themselves = {str(root) for root in roots}

    @cache
    def is_under(folder: str) -> bool:
        return any(Path(folder).is_relative_to(root) for root in roots)

    return lambda location: location in themselves or is_under(os.path.dirname(location))  # noqa: PTH120 - a Path for each takes long


def _kept_out(file: File, out: Removed, result: Plan) -> bool:
    """Whether a file was removed for good; its name is not kept either."""
    if not out.holds(file.location, file.fingerprint):
        return False
    result.skipped.append(Skipped("", TAKEN_OUT, file.closed))
    return True


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
        if old and (old.location == location or not source_at(old)):
            found[location] = old
    return found


def _named(sources: Sequence[Source], past: Past, old: dict[str, File]) -> list[Source]:
    """Each file under a name of its own.

    The one it has in the index, else its place in its folder, else that with the folder's name in front.
    """
    taken = {file.path for files in (past.before.files, past.counts) for file in files.values()}
    result = []
    for source in sources:
        known = old.get(source.file.location) or past.counts.get(source.file.location)
        name = known.path if known else _free(source, taken)
        taken.add(name)
        result.append(source if name == source.file.path else replace(source, file=source.file._replace(path=name)))
    return result


def _free(source: Source, taken: set[str]) -> str:
    name = source.file.path
    if name in taken:
        name = f"{source.root.name}/{name}"
    number, first = 2, name
    while name in taken:
        name, number = f"{first} ({number})", number + 1
    return name


def _place(source: Source, past: Past, held: File | None, result: Plan, now: str) -> None:
    """Put a file in the plan; ``held`` is what the index holds of it, which it may have to read all the same."""
    before = past.before
    seen = held or past.counts.get(source.file.location)
    first_seen, replaced = (seen.first_seen if seen else "") or now, seen.replaced if seen else None
    old = held if before.usable else None
    file = source.file
    failure = before.failures.get(file.location) if before.usable else None
    settled = file.modified < past.built - RECENT
    if old and settled and _same(old, file):
        _stays(old, file._replace(first_seen=first_seen, replaced=replaced), result)
    elif failure and settled and _same(failure[0], file) and not can_read_now(failure[1]):
        result.failed.append((file._replace(first_seen=first_seen, replaced=replaced), failure[1]))
    else:
        found = fingerprint(source)
        if seen and seen.fingerprint != found and not (old and old.fingerprint == found):
            replaced = now
        file = file._replace(first_seen=first_seen, replaced=replaced, fingerprint=found)
        if old and old.fingerprint == found:
            _stays(old, file, result)
            return
        again = result.changed if seen and before.usable else result.added
        again.append(Source(file, source.path, source.root, source.member))
        if old:
            result.replaced.append(old.location)
            result.was[file.location] = old.location


def _stays(old: File, file: File, result: Plan) -> None:
    result.unchanged += 1
    if not _same(old, file) or _belongs(old) != _belongs(file):
        result.touched.append((old.location, file))


def _find_moved(result: Plan, before: Known, now: str) -> None:
    """Bytes that are elsewhere now: their document goes along, and is not read again if it can be helped.

    A place whose file was replaced by another one that moved there has lost the document that it had.
    """
    wanted = {source.file.fingerprint for source in (*result.added, *result.changed)} - {""}
    stays = {location for location, _ in result.touched}
    left = {file.location: file for file in result.removed}  # documents that are not where they were
    left |= {location: before.files[location] for location in result.replaced}
    for location, file in before.files.items():
        if file.fingerprint in wanted and location not in stays and location not in left and not source_at(file):
            left[location] = file
    olds: dict[str, list[File]] = defaultdict(list)
    for _, file in sorted(left.items()):
        olds[file.fingerprint].append(file)
    for source in sorted((*result.added, *result.changed), key=lambda source: source.file.path):
        candidates = olds[source.file.fingerprint] if source.file.fingerprint in wanted else []
        if candidates:
            old = min(candidates, key=lambda file: (_base(file.path) != _base(source.file.path), file.path))
            candidates.remove(old)
            del left[old.location]
            _forget(result, source, old)
            _move(old, source, before, result)
    _left_behind(result, left, now)


def _forget(result: Plan, source: Source, old: File) -> None:
    """What was planned for a file and a document before they were found to belong together."""
    for planned in (result.added, result.changed):
        planned[:] = [one for one in planned if one is not source]
    result.removed = [file for file in result.removed if file.location != old.location]
    result.replaced = [location for location in result.replaced if location != old.location]


def _left_behind(result: Plan, left: dict[str, File], now: str) -> None:
    """Set right what was planned for the places that documents moved from and to."""
    changed = {result.was.get(source.file.location) for source in result.changed}
    gone = {file.location for file in result.removed}
    taken = [location for location in result.replaced if location in left and location not in changed | gone]
    result.removed += [left[location] for location in taken]
    new = [source for source in result.changed if result.was.get(source.file.location) in result.moved_from]
    result.changed = [source for source in result.changed if source not in new]
    result.added += [replace(one, file=one.file._replace(first_seen=now, replaced=None)) for one in new]


def _move(old: File, source: Source, before: Known, result: Plan) -> None:
    file = source.file._replace(first_seen=old.first_seen, replaced=old.replaced)
    result.moved.append((old.path, file.path))
    result.moved_from.add(old.location)
    if old.copy or _suffix(old.path) != _suffix(file.path) or _titled_by_name(before.titles[old.location], old.path):
        result.again.append(replace(source, file=file))
        result.replaced.append(old.location)
    else:
        result.touched.append((old.location, file))


def _titled_by_name(title: str, path: str) -> bool:
    """Whether a title was made from the name of the file, and so changes with it."""
    return title.replace("_", " ").casefold() == _ENDING.sub("", _base(path)).replace("_", " ").casefold()


def _mark_copies(result: Plan, before: Known) -> None:
    """Of files with the same bytes the first open one by name is the document, the others are copies.

    The passages of copies get ids of their own. Files whose standing changes are read again.
    """
    moved = dict(result.touched)
    away = {file.location for file in result.removed} | set(result.replaced)
    known = before.files.items() if before.usable else ()
    stay = {location: moved.get(location, file) for location, file in known if location not in away}
    stay = {location: _as_held(file, before.files[location]) for location, file in stay.items()}
    first = _first_of_each(list(stay.values()), [source.file for source in result.to_read])
    for sources in (result.added, result.changed, result.again):
        sources[:] = [_as_copy(s, first[s.file.fingerprint]) for s in sources]
    for location, file in stay.items():
        copy = int(first[file.fingerprint] != file.path)
        if before.files[location].copy != copy and (source := source_at(file)):
            result.again.append(replace(source, file=file._replace(copy=copy)))
            result.replaced.append(location)
            result.touched = [pair for pair in result.touched if pair[0] != location]


def _first_of_each(staying: list[File], coming: list[File]) -> dict[str, str]:
    """Fingerprint → the path of the file that is the document, of all files with these bytes.

    That is one that cannot be read again, where it is away and has the passages already, else the first open one.
    """
    same: dict[str, list[tuple[bool, int, str]]] = defaultdict(list)
    shared = {file.fingerprint for file in coming}
    for file in staying:
        fixed = not file.copy and file.fingerprint in shared and source_at(file) is None
        same[file.fingerprint].append((not fixed, file.closed, file.path))
    for file in coming:
        same[file.fingerprint].append((True, file.closed, file.path))
    return {fingerprint: min(files)[2] for fingerprint, files in same.items()}


def _as_held(file: File, held: File) -> File:
    """A file that stays, with the bytes and the standing that the index knows it by."""
    if file is held:
        return file
    return file._replace(fingerprint=file.fingerprint or held.fingerprint, copy=held.copy)


def _as_copy(source: Source, first: str) -> Source:
    """An unreadable file has no fingerprint, and is nobody's copy."""
    file = source.file
    copy = int(bool(file.fingerprint) and first != file.path)
    return source if copy == file.copy else replace(source, file=file._replace(copy=copy))


def _same(old: File, new: File) -> bool:
    return (old.location, old.size, old.modified) == (new.location, new.size, new.modified)


def _belongs(file: File) -> tuple[str, int]:
    return file.collection, file.closed


def _base(path: str) -> str:
    return PurePosixPath(path).name


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()
