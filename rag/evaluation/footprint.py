"""What a set of packages takes on disk and a process in memory. Knows the standard library only."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def disk_megabytes(names: Sequence[str]) -> float:
    """The size of the files of these packages and all that they need, as installed here."""
    return sum(_size(one) for one in _closure(names)) / 1e6


def _closure(names: Sequence[str]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    todo = list(names)
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in found:
            continue
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue  # an optional need that is not installed takes no room
        found[name] = one
        todo += [
            match.group() for need in one.requires or () if "extra ==" not in need and (match := _NAME.match(need))
        ]
    return [found[name] for name in sorted(found)]


def _size(one: Distribution) -> int:
    places = [one.locate_file(file) for file in one.files or ()]
    return sum(place.stat().st_size for place in map(_path, places) if place.is_file())


def _path(place: object) -> Path:
    return Path(str(place))


def peak_megabytes() -> float:
    """The most memory this process has held so far; 0 where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
