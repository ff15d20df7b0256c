"""Which collection a file belongs to, and whether it is closed ("besloten"): from its folders, or a file beside it.

``collectie.toml`` in a folder says it for that folder and all below it::

    naam = "Commissie Bestuur"
    besloten = true

Without one, a collection is the first folder below the indexed one. A folder called "besloten" is closed wherever it
stands, and so is one whose ``collectie.toml`` cannot be understood: what is closed by mistake can be mended, what was
shown cannot. Nothing below a closed folder is open.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SIDECAR = "collectie.toml"
CLOSED = "besloten"  # the name of a folder, whatever its capitals
_KEYS = {"naam": str, "name": str, "besloten": bool, "closed": bool}


@dataclass(frozen=True, slots=True)
class Belonging:
    """The collection of a file, empty for none, and whether it is closed."""

    collection: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class _Sidecar:
    name: str = ""
    closed: bool = False


class Collections:
    """Looks folders up, each once. ``problems`` holds every ``collectie.toml`` that was not understood, and why."""

    def __init__(self) -> None:
        self.problems: dict[Path, str] = {}
        self._sidecars: dict[Path, _Sidecar | None] = {}
        self._found: dict[tuple[str, Path], Belonging] = {}

    def of(self, file: Path, root: Path, member: str = "") -> Belonging:
        """Where ``file`` belongs, found below ``root``; ``member`` is its path inside a container, if it is in one."""
        place = os.path.dirname(file), root  # noqa: PTH120 - a Path for each file takes long
        found = self._found.get(place)
        if found is None:
            found = self._found[place] = self._of_folder(file.parent, root)
        if not member:
            return found
        return Belonging(found.collection, found.closed or _has_closed(PurePosixPath(member).parts[:-1]))

    def _of_folder(self, folder: Path, root: Path) -> Belonging:
        sidecars = [found for place in (folder, *folder.parents) if (found := self._sidecar(place))]
        name = next((found.name for found in sidecars if found.name), "")
        below = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
        closed = any(found.closed for found in sidecars) or _has_closed(folder.parts)
        return Belonging(name or (below[0] if below else ""), closed)

    def _sidecar(self, folder: Path) -> _Sidecar | None:
        if folder not in self._sidecars:
            self._sidecars[folder] = self._read(folder / SIDECAR)
        return self._sidecars[folder]

    def _read(self, file: Path) -> _Sidecar | None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            return self._refuse(file, f"kan niet worden gelezen ({error})")
        wrong = sorted(name for name, value in values.items() if type(value) is not _KEYS.get(name))
        if wrong:
            return self._refuse(file, f"{wrong[0]} hoort er niet, of heeft een verkeerde waarde")
        name = " ".join(str(values.get("naam", values.get("name", ""))).split())
        return _Sidecar(name, bool(values.get("besloten", values.get("closed", False))))

    def _refuse(self, file: Path, reason: str) -> _Sidecar:
        self.problems[file] = f'{reason}; de map geldt als besloten. Verwacht: naam = "…" en besloten = true of false'
        return _Sidecar(closed=True)


def _has_closed(folders: Sequence[str]) -> bool:
    return any(folder.casefold() == CLOSED for folder in folders)
