"""What somebody had removed and must not come back: ``index/removed.json``. Holds digests only, no names and no text.

A file stays out by its place and by its bytes, so neither a changed version of it nor a copy under another name slips
in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import IndexDamaged

NAME = "removed.json"


@dataclass(frozen=True, slots=True)
class Removed:
    """Digests of places, of bytes, and of what the index called the files and the folders and archives they were in."""

    places: frozenset[str] = frozenset()
    fingerprints: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def holds(self, location: str, fingerprint: str = "") -> bool:
        """Whether a file is to stay out."""
        return digest(location) in self.places or fingerprint in self.fingerprints

    def named(self, path: str) -> bool:
        """Whether something with this path in the index, or in the folder or archive of this path, was removed."""
        return digest(path) in self.names

    def with_more(self, files: Iterable[tuple[str, str, str]]) -> Removed:
        """With these (location, fingerprint, path in the index) too."""
        more = list(files)
        return Removed(
            self.places | {digest(location) for location, _, _ in more},
            self.fingerprints | {fingerprint for _, fingerprint, _ in more if fingerprint},
            self.names | {digest(name) for *_, path in more for name in _and_above(path)},
        )

    def without(self, files: Iterable[tuple[str, str]]) -> Removed:
        """Without these (location, fingerprint): they may come back."""
        pairs = list(files)
        return Removed(
            self.places - {digest(location) for location, _ in pairs},
            self.fingerprints - {fingerprint for _, fingerprint in pairs},
            self.names,
        )


def digest(location: str) -> str:
    """A place on this machine, as it is kept."""
    return hashlib.sha256(location.encode("utf-8", "surrogatepass")).hexdigest()


def _and_above(path: str) -> list[str]:
    """A path and the folders above it: "a/b.txt", "a"."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]


def load(folder: Path) -> Removed:
    """What was removed from the index in a folder. Raises IndexDamaged: what must stay out is not known any more."""
    file = folder / NAME
    try:
        values = json.loads(file.read_text(encoding="ascii"))
        parts = (values["places"], values["fingerprints"], values.get("names", []))
        return Removed(*map(frozenset, parts))
    except FileNotFoundError:
        return Removed()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(
            f"{file} is niet te lezen ({error}). Daarin staat wat niet terug mag komen. Zet het bestand terug uit een "
            "reservekopie, of verwijder het en daarna opnieuw wat eruit moet: raadwijzer remove DOCUMENT"
        ) from error


def save(folder: Path, removed: Removed) -> None:
    """Keep it; whole or as it was. Needs the lock for writing."""
    from rag.store.folder import replace_file

    values = {name: sorted(held) for name, held in asdict(removed).items()}
    replace_file(folder / NAME, json.dumps(values, indent=1))
