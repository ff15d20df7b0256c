"""What Milvus holds of a unit: numbers only, so that nothing a person wrote ever becomes part of an expression.

    key        of the unit in this state of its document: what is added twice is there once
    unit       see rag/store/schema.py
    state      of the document: its file, and where it belongs; another value is another row
    born       the turn in which it was added: a reader sees none that are later than its own generation
    length     in terms
    document   its number in documents.sqlite
    kind, collection, people   digests; ``people`` holds one for every asker, party of an asker, and who answered
    date       30 August 2022 is 20220830, August 2022 is 20220800, 2022 is 20220000, none is 0
    closed     "besloten"
    dense      the row of the embedder, length 1
    words      see words.py

A digest cannot be read back, but whoever has the name can make it: it keeps names out of Milvus, it does not hide them.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.forward import FOLDER as FORWARD
from rag.forward import ForwardIndex
from rag.store.milvus import words
from rag.vectors import VectorIndex
from rag.words import ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.store.milvus.connection import Server

    Ints = NDArray[np.int64]

MOST_PEOPLE = 4096  # of a document: what a Milvus array can hold
NUMBERS = ("unit", "state", "born", "length", "document", "kind", "collection", "date")
FILTERED = ("state", "born", "unit", "document", "kind", "collection", "date", "closed", "people")
INDEXES: dict[str, dict[str, int]] = {  # with what to build each with
    "FLAT": {},
    "HNSW": {"M": 16, "efConstruction": 200},
    "IVF_FLAT": {"nlist": 1024},
    "IVF_SQ8": {"nlist": 1024},
    "DISKANN": {},
    "AUTOINDEX": {},
}
NO_DAY, NO_MONTH = 99, 9999  # the last of a month, of a year


@dataclass(frozen=True, slots=True)
class Held:
    """A document as far as its rows depend on it."""

    number: int
    state: int
    kind: str
    date: str | None
    collection: str
    closed: bool


def digest(*parts: object) -> int:
    """63 bits that stand for some values."""
    written = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(written, digest_size=8).digest(), "big") >> 1


def asker(name: str, party: str | None) -> int:
    """What ``people`` holds of somebody who asked."""
    return digest("asker", name, party or "")


def party(name: str) -> int:
    """What ``people`` holds of the party of somebody who asked."""
    return digest("party", name)


def answered(name: str) -> int:
    """What ``people`` holds of somebody who answered."""
    return digest("answered", name)


def day(date: str | None, last: bool = False) -> int:
    """A date, a month or a year as a number; ``last``: the last day of it. 0 for none."""
    found = re.match(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", date or "")
    if not found:
        return 0
    year, month, number = (int(part) if part else None for part in found.groups())
    if month is None:
        return int(year or 0) * 10_000 + (NO_MONTH if last else 0)
    return int(year or 0) * 10_000 + month * 100 + (number if number is not None else NO_DAY if last else 0)


def create(server: Server, collection: str, dim: int, index: str) -> None:
    """Make a collection. Raises IndexUnreachable."""
    from pymilvus import DataType

    schema = server.schema()
    schema.add_field("key", DataType.INT64, is_primary=True)
    for name in NUMBERS:
        schema.add_field(name, DataType.INT64)
    schema.add_field("closed", DataType.BOOL)
    schema.add_field("people", DataType.ARRAY, element_type=DataType.INT64, max_capacity=MOST_PEOPLE)
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dim)
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    indexes = server.indexes()
    indexes.add_index("dense", index_type=index, metric_type="IP", params=INDEXES[index])
    indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    if not server.is_lite:  # which has no such index for lists, and needs none
        for name in FILTERED:
            indexes.add_index(name, index_type="INVERTED")
    server("create_collection", collection, schema=schema, consistency_level="Bounded")
    server("create_index", collection, indexes, sync=False)  # there is nothing in it to wait for
    server("load_collection", collection)


def held(database: sqlite3.Connection) -> Iterator[Held]:
    """Every document of a generation, in order of number."""
    query = "SELECT id, fingerprint, path, kind, date, collection, closed FROM documents ORDER BY id"
    for number, fingerprint, path, kind, date, collection, closed in database.execute(query):
        state = digest(number, fingerprint, path, collection, closed)
        yield Held(number, state, kind, date, collection, bool(closed))


class Terms:
    """The terms of the units of a generation, by document."""

    def __init__(self, generation: Path, database: sqlite3.Connection) -> None:
        """``database`` has the tables of the generation."""
        owners: Ints = np.load(generation / "vectors" / "passages.npy")
        self._order = np.argsort(owners, kind="stable")  # units by passage, each one's in their order
        self._owners = owners[self._order]
        self._vectors, self._forward = VectorIndex(generation / "vectors"), ForwardIndex(generation / FORWARD)
        self._database = database

    def of(self, document: int) -> list[tuple[int, list[str]]]:
        """The units of a document, each with its terms."""
        query = "SELECT id FROM passages WHERE document = ? ORDER BY id"
        passages = np.array([number for (number,) in self._database.execute(query, (document,))], np.int64)
        places, _ = ranges(*(np.searchsorted(self._owners, passages, side) for side in ("left", "right")))
        units = self._vectors.units[self._order[places]]
        terms = self._forward.texts(self._vectors.rows_of(units))
        return [(unit, joined.split()) for unit, joined in zip(units.tolist(), terms, strict=True)]


@dataclass(frozen=True, slots=True)
class Making:
    """What rows are made from and with."""

    database: sqlite3.Connection  # of the generation
    terms: Terms  # of the same
    vectors: VectorIndex
    born: int
    average: float  # the length that weights are made with


def rows(making: Making, documents: Iterable[Held], numbers: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """The rows of documents. ``numbers``: those of their terms."""
    for document in documents:
        common = {
            "state": document.state,
            "born": making.born,
            "document": document.number,
            "kind": digest(document.kind),
            "collection": digest(document.collection),
            "date": day(document.date),
            "closed": document.closed,
            "people": _people(making.database, document.number),
        }
        units = making.terms.of(document.number)
        codes, scales = making.vectors.rows(np.array([unit for unit, _ in units], np.int64))
        dense = codes * scales[:, None]  # (units, dim)
        for place, (unit, terms) in enumerate(units):
            counts = Counter(numbers[term] for term in terms)
            yield {
                **common,
                "key": digest(unit, document.state),
                "unit": unit,
                "length": len(terms),
                "dense": dense[place],
                "words": words.weights(counts, len(terms), making.average),
            }


def _people(database: sqlite3.Connection, document: int) -> list[int]:
    query = "SELECT role, name, party FROM people WHERE document = ? AND role IN ('asker', 'answered')"
    found: dict[int, None] = {}
    for role, name, of in database.execute(query, (document,)):
        found[asker(name, of) if role == "asker" else answered(name)] = None
        if role == "asker" and of:
            found[party(of)] = None
    return list(found)[:MOST_PEOPLE]
