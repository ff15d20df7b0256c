"""What somebody had removed and must not come back: ``index/removed.json``. Holds digests only, no names and no text.

A file stays out by its place and by its bytes, so neither a changed version of it nor a copy under another name slips
in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.errors import IndexDamaged

NAME = "removed.json"


@dataclass(frozen=True, slots=True)
class Removed:
    """Digests of places and of bytes."""

    places: frozenset[str] = frozenset()
    fingerprints: frozenset[str] = frozenset()

    def holds(self, location: str, fingerprint: str = "") -> bool:
        """Whether a file is to stay out."""
        return digest(location) in self.places or fingerprint in self.fingerprints

    def with_more(self, files: Iterable[tuple[str, str]]) -> Removed:
        """With these (location, fingerprint) too."""
        pairs = list(files)
        return Removed(
            self.places | {digest(location) for location, _ in pairs},
            self.fingerprints | {fingerprint for _, fingerprint in pairs if fingerprint},
        )

    def without(self, files: Iterable[tuple[str, str]]) -> Removed:
        """Without these (location, fingerprint): they may come back."""
        pairs = list(files)
        return Removed(
            self.places - {digest(location) for location, _ in pairs},
            self.fingerprints - {fingerprint for _, fingerprint in pairs},
        )


def digest(location: str) -> str:
    """A place on this machine, as it is kept."""
    return hashlib.sha256(location.encode("utf-8", "surrogatepass")).hexdigest()


def load(folder: Path) -> Removed:
    """What was removed from the index in a folder. Raises IndexDamaged: what must stay out is not known any more."""
    file = folder / NAME
    try:
        values = json.loads(file.read_text(encoding="ascii"))
        return Removed(frozenset(values["places"]), frozenset(values["fingerprints"]))
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

    values = {"places": sorted(removed.places), "fingerprints": sorted(removed.fingerprints)}
    replace_file(folder / NAME, json.dumps(values, indent=1))
