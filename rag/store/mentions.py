"""Which documents name a person: as asker, as the one who answered, in the text, or in the name of the file.

Capitals and accents do not count, whole words do. Knows who is named, not what is done about it.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UsageError
from rag.store import packing
from rag.store.tables import connect

SHORTEST = 3  # letters: a shorter name is in every document


@dataclass(frozen=True, slots=True)
class Mention:
    """A document that names somebody. ``times`` counts the places in its text."""

    path: str
    title: str
    date: str | None
    closed: bool
    asked: bool = False
    answered: bool = False
    times: int = 0

    @property
    def named(self) -> bool:
        """Whether it does at all; the name of its file counts with ``times``."""
        return self.asked or self.answered or self.times > 0


def counter(name: str) -> Callable[[str], int]:
    """A function that counts how often a text has this name. Raises UsageError for one that is too short to seek."""
    words = _plain(name).split()
    if sum(map(len, words)) < SHORTEST:
        raise UsageError(f"'{name}' is te kort om op te zoeken. Geef de naam zoals die in de stukken staat.")
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)")
    return lambda text: len(pattern.findall(_plain(text)))


def documents_naming(generation: Path, name: str) -> list[Mention]:
    """The files of a finished generation that name somebody, closed ones too, in order of path.

    Of a file that could not be read only its name is known; it has no title.
    """
    count = counter(name)
    with closing(connect(generation)) as database:
        people = _people(database, count)
        columns = "d.id, path, title, date, closed, text"
        query = f"SELECT {columns} FROM documents d JOIN contents ON document = d.id ORDER BY path"  # noqa: S608
        found = []
        for number, path, title, date, closed, text in database.execute(query):
            times = count(packing.unpack_text(text)) or count(_name(path, title))
            roles = people.get(number, set())
            found.append(Mention(path, title, date, bool(closed), "asker" in roles, "answered" in roles, times))
        for path, closed in database.execute("SELECT path, closed FROM failures"):
            found.append(Mention(path, "", None, bool(closed), times=count(_name(path))))
    return sorted((mention for mention in found if mention.named), key=lambda mention: mention.path)


def _people(database: sqlite3.Connection, count: Callable[[str], int]) -> dict[int, set[str]]:
    roles: dict[int, set[str]] = {}
    for document, role, person in database.execute("SELECT document, role, name FROM people"):
        if count(person):
            roles.setdefault(document, set()).add(role)
    return roles


def _name(*parts: str) -> str:
    """The name of a file (and its title) as words."""
    return " ".join(re.sub(r"[_/.]+", " ", part) for part in parts)


def _plain(text: str) -> str:
    """Without capitals and accents."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return text.casefold()
