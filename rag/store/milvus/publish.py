"""Brings Milvus up to date with a generation of the index, before that generation begins to count.

Rows are added beside those that are there, under a turn (``born``) that no reader looks at yet; nothing is changed or
taken away. Then ``rag/store/folder.py`` makes the generation count, which says what its readers see: its turn, and the
states that they leave out. Only then ``settle`` takes away what nobody sees any more. A build that dies leaves rows
that no reader sees, and the next one takes them away first.

    index/milvus-id                      tells the collections of this index from those of others on the same server
    index/milvus-pending                 there is something to take away; see ``settle``
    index/generations/<name>/milvus/     about.json, terms.sqlite, leaving.npy
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, astuple, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rag.errors import IndexDamaged, IndexMissing, IndexUnreachable, UsageError
from rag.store import folder
from rag.store.milvus import rows
from rag.store.milvus.connection import SLOW, Server, place_of, shared
from rag.store.milvus.words import DRIFT, TermsWriter
from rag.store.tables import connect
from rag.vectors import VectorIndex

T = TypeVar("T")

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.config import Config
    from rag.store.milvus.rows import Held

    States = NDArray[np.int64]

FORMAT = 1  # goes up with every change to what is stored
FOLDER, ABOUT, LEAVING, ID, PENDING = "milvus", "about.json", "leaving.npy", "milvus-id", "milvus-pending"
TOGETHER = 200  # documents whose terms are looked up at once
ROWS = 500  # in one request: with 256 numbers each, about 1 MB
DELETED = 1000  # states in one request
EXACT = 20_000  # rows that are searched one by one when the choice of an index is left to us
ANEW = 200_000  # rows: up to so many, what is removed for good goes by filling a new collection


@dataclass(frozen=True, slots=True)
class About:
    """What a generation says of its part in Milvus."""

    format: int
    made: int  # digest of what the generation was made with
    collection: str
    index: str  # of the dense rows
    serial: int  # the last turn that its readers see
    rows: int
    units: int  # of these, how many have terms
    tokens: int  # terms of all units
    average: float  # terms of a unit, when the collection was filled


@dataclass
class _Counts:
    """Sums over units."""

    rows: int = 0
    units: int = 0
    tokens: int = 0

    def add(self, terms: list[str], sign: int) -> None:
        self.rows += sign
        self.units += sign * bool(terms)
        self.tokens += sign * len(terms)

    @property
    def average(self) -> float:
        return self.tokens / max(self.units, 1)


def read_about(generation: Path) -> About | None:
    """What a generation says; None when it has no part in Milvus, or one of another version."""
    try:
        found = json.loads((generation / FOLDER / ABOUT).read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    return About(**found) if found.get("format") == FORMAT else None


class Publisher:
    """Writes to one server, for one index at a time; used by the one process that holds the lock of that index."""

    def __init__(self, server: Server, name: str, index: str) -> None:
        """``name``: what names of collections begin with. ``index``: of the dense rows, or "auto"."""
        self._server = server
        self._name = name
        self._index = index

    @classmethod
    def of(cls, config: Config) -> Publisher | None:
        """What the settings ask for; None: nothing. Raises UsageError, IndexUnreachable."""
        server = server_of(config)
        return cls(server, config.milvus_name, config.milvus_index) if server else None

    def published(self, generation: Path | None) -> bool:
        """Whether all of a generation is in the place and the form that the settings ask for."""
        about = read_about(generation) if generation else None
        return about is not None and self._fits(about) and self._count(about.collection, "born >= 0") >= about.rows

    def publish(self, where: Path, target: Path, made: folder.Made, anew: bool = False) -> None:
        """Bring Milvus up to date with ``target``, a finished draft of the index in ``where``, and note that in it.

        ``anew``: leave nothing of what was there, where that can be done soon.

        Raises:
            IndexUnreachable: the server cannot be used; readers see what they saw.
        """
        current = _current(where)
        before = read_about(current) if current else None
        if before and (before.made != _made(made) or not self._fits(before)):
            before = None
        (target / FOLDER).mkdir()
        with closing(connect(target)) as database:
            if not (current and before and not (anew and before.rows <= ANEW)):
                about = self._fill(where, target, database, made)
            else:
                about = self._follow(current, before, target, database) or self._fill(where, target, database, made)
        (target / FOLDER / ABOUT).write_text(json.dumps(asdict(about), indent=1), encoding="ascii")
        folder.replace_file(where / PENDING, about.collection)

    def settle(self, where: Path) -> None:
        """Take away what the readers of the current generation do not see. Raises IndexUnreachable."""
        current = _current(where)
        about = read_about(current) if current else None
        if not (where / PENDING).exists() or not current or not about:
            return
        leaving = np.load(current / FOLDER / LEAVING)
        self._delete(about.collection, leaving)
        for name in self._server("list_collections"):
            if name.startswith(self._prefix(where)) and name != about.collection:
                self._server("drop_collection", name, patience=SLOW)
        if len(leaving):
            self._server("compact", about.collection, patience=SLOW)
        (where / PENDING).unlink(missing_ok=True)

    # --- inside

    def _fits(self, about: About) -> bool:
        """Whether a collection is there, by its name, with the kind of index that the settings ask for."""
        kind = about.index == self._kind(about.rows) and about.collection.startswith(f"{self._name}_")
        return kind and bool(self._server("has_collection", about.collection))

    def _kind(self, number: int) -> str:
        if self._index != "auto":
            return self._index
        return "FLAT" if number <= EXACT else "HNSW"

    def _prefix(self, where: Path) -> str:
        file = where / ID
        if not file.exists():
            folder.replace_file(file, secrets.token_hex(6))
        return f"{self._name}_{file.read_text(encoding='ascii').strip()}_"

    def _fill(self, where: Path, target: Path, database: sqlite3.Connection, made: folder.Made) -> About:
        """Everything, in a collection of its own."""
        prefix = self._prefix(where)
        there = [name for name in self._server("list_collections") if name.startswith(prefix)]
        collection = f"{prefix}{max((int(name.removeprefix(prefix)) for name in there), default=0) + 1}"
        (target / FOLDER / "terms.sqlite").unlink(missing_ok=True)
        counts = _Counts()
        terms = TermsWriter(target / FOLDER, None)
        own = rows.Terms(target, database)
        for documents in _batched(rows.held(database), TOGETHER):
            _count(own, documents, terms, counts, 1)
        vectors = VectorIndex(target / "vectors")
        about = About(
            FORMAT, _made(made), collection, self._kind(counts.rows), 1,
            counts.rows, counts.units, counts.tokens, counts.average,
        )  # fmt: skip
        rows.create(self._server, collection, vectors.dim, about.index)
        making = rows.Making(database, own, vectors, about.serial, about.average)
        self._insert(about, making, rows.held(database), terms)
        terms.close()
        np.save(target / FOLDER / LEAVING, np.zeros(0, np.int64))
        return about

    def _follow(self, current: Path, before: About, target: Path, database: sqlite3.Connection) -> About | None:
        """What is new beside what is there; None when so much changed that everything should be written anew."""
        self._server("delete", before.collection, filter=f"born > {before.serial}", patience=SLOW)
        self._delete(before.collection, np.load(current / FOLDER / LEAVING))
        terms = TermsWriter(target / FOLDER, current / FOLDER)
        counts = _Counts(before.rows, before.units, before.tokens)
        with closing(connect(current)) as older:
            old, new = _states(older), _states(database)
            stays, known = np.isin(old, new), np.isin(new, old)
            held = rows.Terms(current, older)
            for documents in _batched(_where(rows.held(older), ~stays), TOGETHER):
                _count(held, documents, terms, counts, -1)
        own = rows.Terms(target, database)
        for documents in _batched(_where(rows.held(database), ~known), TOGETHER):
            _count(own, documents, terms, counts, 1)
        far = abs(counts.average - before.average) > DRIFT * before.average
        if far or self._kind(counts.rows) != before.index:
            terms.close()
            return None
        about = replace(
            before, serial=before.serial + 1, rows=counts.rows, units=counts.units, tokens=counts.tokens
        )  # the average stays that of the weights
        making = rows.Making(database, own, VectorIndex(target / "vectors"), about.serial, about.average)
        self._insert(about, making, _where(rows.held(database), ~known), terms)
        terms.close()
        np.save(target / FOLDER / LEAVING, np.sort(old[~stays]))
        return about

    def _insert(self, about: About, making: rows.Making, documents: Iterable[Held], terms: TermsWriter) -> None:
        """Add the rows of documents and see that they arrived."""
        added = 0
        for some in _batched(_rows(making, documents, terms), ROWS):
            self._server("insert", about.collection, list(some), patience=SLOW)
            added += len(some)
        self._server("flush", about.collection, patience=SLOW)
        arrived = self._count(about.collection, f"born == {about.serial}")
        if arrived < added:
            raise IndexUnreachable(
                f"Van {added} rijen zijn er {arrived} aangekomen in {self._server.place.shown}. "
                "Geef dezelfde opdracht nog eens."
            )

    def _count(self, collection: str, condition: str) -> int:
        """How many rows there are, the very latest included."""
        named = {"filter": condition, "output_fields": ["count(*)"], "consistency_level": "Strong"}
        return int(self._server("query", collection, patience=SLOW, **named)[0]["count(*)"])

    def _delete(self, collection: str, states: States) -> None:
        for some in _batched(states.tolist(), DELETED):
            self._server("delete", collection, filter=f"state in {list(some)}", patience=SLOW)


def is_chosen(config: Config) -> bool:
    """Whether the settings put words and meaning in Milvus. Raises UsageError for settings that do not exist."""
    if config.store not in ("embedded", "milvus"):
        raise UsageError(f'store = "{config.store}" bestaat niet. Kies uit: embedded, milvus.')
    if config.store == "milvus" and config.milvus_index not in ("auto", *rows.INDEXES):
        known = ", ".join(("auto", *rows.INDEXES))
        raise UsageError(f'milvus_index = "{config.milvus_index}" bestaat niet. Kies uit: {known}.')
    plain = config.milvus_name.isascii() and config.milvus_name.replace("_", "").isalnum()
    if config.store == "milvus" and not (plain and config.milvus_name[0].isalpha() and len(config.milvus_name) <= 100):
        raise UsageError(
            f"milvus_name '{config.milvus_name}' moet met een letter beginnen; verder letters, cijfers en _."
        )
    return config.store == "milvus"


def server_of(config: Config) -> Server | None:
    """The server that the settings ask for; None: none. Raises UsageError, IndexUnreachable."""
    return shared(place_of(config)) if is_chosen(config) else None


def _current(where: Path) -> Path | None:
    try:
        return folder.current(where)
    except (IndexMissing, IndexDamaged):
        return None


def _made(made: folder.Made) -> int:
    return rows.digest(*astuple(made))


def _states(database: sqlite3.Connection) -> States:
    """The states of all documents, in order of number."""
    return np.fromiter((document.state for document in rows.held(database)), np.int64)


def _batched(values: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Values by ``size`` together (``itertools.batched`` of later Pythons)."""
    waiting = iter(values)
    while some := tuple(islice(waiting, size)):
        yield some


def _where(documents: Iterable[Held], chosen: NDArray[np.bool_]) -> Iterator[Held]:
    return (document for document, wanted in zip(documents, chosen.tolist(), strict=True) if wanted)


def _count(own: rows.Terms, documents: Iterable[Held], terms: TermsWriter, counts: _Counts, sign: int) -> None:
    """Count the units of documents and what is in them, ``sign`` 1 for more or -1 for less."""
    units: Counter[str] = Counter()
    for document in documents:
        for _, found in own.of(document.number):
            counts.add(found, sign)
            units.update(dict.fromkeys(found).keys())
    terms.count(units, sign)


def _rows(making: rows.Making, documents: Iterable[Held], terms: TermsWriter) -> Iterator[dict[str, Any]]:
    for some in _batched(documents, TOGETHER):
        units = (found for document in some for _, found in making.terms.of(document.number))
        numbers = terms.numbers(sorted({term for found in units for term in found}))
        yield from rows.rows(making, some, numbers)
