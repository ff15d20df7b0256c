"""``MilvusSearch``: words and meaning of a generation, searched in Milvus, with the scores of the embedded index.

``lexical`` and ``vectors`` answer as ``rag/lexical.LexicalIndex`` and ``rag/vectors.VectorIndex`` do; what limits them
is an ``Expression`` instead of a list of units. Milvus chooses somewhat more rows than are wanted and gives them whole;
their scores are worked out here, so that they are the same whatever kind of index chose them, and however precisely
that one counts.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rag.beside import later
from rag.errors import IndexOutdated
from rag.store import facets, folder
from rag.store.milvus import rows, words
from rag.store.milvus.publish import FOLDER, LEAVING, About, read_about
from rag.store.searching import AsArrays, Parts
from rag.vectors import QUESTION_SCALE, quantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.store.milvus.connection import Server
    from rag.types import Filters

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]
    Scores = NDArray[np.float64]
    Found = list[tuple[int, float]]

MORE, EXTRA = 1.5, 16  # rows asked for: so many times those wanted, and so many more
MOST = 16_384  # rows that Milvus gives at most
SEEN = 4_000  # rows that are kept for the next question
ASKED_AT_ONCE = 1_000  # units in one request
OUTPUT = ["unit", "state", "length", "dense", "words"]
Query = Callable[..., Sequence[Sequence[Any]]]


class Row(NamedTuple):
    """What scores are worked out from."""

    codes: NDArray[np.int8]  # (dim,)
    scale: float
    numbers: Ints  # (terms,): of terms
    counts: NDArray[np.float64]  # (terms,): how often each occurs
    length: int


@dataclass(frozen=True, slots=True)
class Expression:
    """What rows must be, in the language of Milvus; ``nothing``: no row can be that. Made of numbers only."""

    text: str
    nothing: bool = False


class MilvusSearch:
    """One generation's part in Milvus. Safe to use from several threads."""

    def __init__(
        self,
        server: Server,
        generation: Path,
        database: Query,
        closed: bool = False,
        collections: Sequence[str] = (),
    ) -> None:
        """``database`` queries the tables of the generation, without what is hidden.

        Raises:
            IndexOutdated: this generation is not in Milvus. IndexUnreachable: Milvus cannot be used.
        """
        about = read_about(generation)
        if about is None or not server("has_collection", about.collection):
            raise IndexOutdated(
                f"De index in {generation.parent.parent} staat niet, of in een andere vorm, in {server.place.shown}. "
                f"{folder.REMEDY}"
            )
        self.server = server
        self.about: About = about
        self.terms = words.Terms(generation / FOLDER, about.units)
        self.units: Ints = np.load(generation / "vectors" / "units.npy", mmap_mode="r")  # sorted
        self.average = about.tokens / max(about.units, 1)
        self._left = frozenset(np.load(generation / FOLDER / LEAVING).tolist())  # states that may still be there
        self._database = database
        self._always = _always(about, closed, collections)
        self._rows: dict[int, Row] = {}
        self._lock = threading.Lock()
        server("load_collection", about.collection)
        self.lexical = Words(self)
        self.vectors = Meaning(self)
        self.parts: Parts = (self.lexical, self.vectors, None)

    def allowed(self, filters: Filters | None) -> Expression:
        """What passes a filter and is shown at all. Raises UsageError for bad dates."""
        clauses = [self._always]
        if filters is None:
            return Expression(self._always)
        facets.where(filters)  # sees that dates are dates
        if filters.date_from:
            clauses.append(f"date >= {rows.day(filters.date_from)}")
        if filters.date_to:
            clauses.append(f"date > 0 and date <= {rows.day(filters.date_to, last=True)}")
        clauses += [f"kind in {_listed(map(rows.digest, filters.kinds))}"] if filters.kinds else []
        if filters.collections:
            clauses.append(f"collection in {_listed(map(rows.digest, filters.collections))}")
        if filters.documents:
            clauses.append(f"document in {_listed(self._numbers(filters.documents))}")
        people = [self._askers(filters.askers)] if filters.askers else []
        people += [list(map(rows.party, filters.parties))] if filters.parties else []
        people += [list(map(rows.answered, filters.answered_by))] if filters.answered_by else []
        clauses += [f"array_contains_any(people, {_listed(some)})" for some in people]
        nothing = any(not some for some in people) or any(clause.endswith("in []") for clause in clauses)
        return Expression(" and ".join(clauses), nothing)

    def nearest(self, field: str, question: object, k: int, allowed: Expression | None) -> list[int]:
        """The units of at least the best ``k`` rows, as far as there are so many; each is then in ``row``."""
        limit = min(int(MORE * k) + EXTRA, MOST)
        if allowed is not None and allowed.nothing:
            return []
        while True:
            hits = self.server(
                "search",
                self.about.collection,
                data=[question],
                anns_field=field,
                limit=limit,
                filter=allowed.text if allowed else self._always,
                output_fields=OUTPUT,
                search_params=self._parameters(field, limit),
            )[0]
            found = list(self._taken(hit["entity"] for hit in hits))
            if len(found) >= k or len(hits) < limit or limit == MOST:
                return found
            limit = min(4 * limit, MOST)

    def row(self, units: Iterable[int]) -> dict[int, Row]:
        """The rows of these units that are there."""
        wanted = sorted(set(units))
        with self._lock:
            found = {unit: self._rows[unit] for unit in wanted if unit in self._rows}
        missing = [unit for unit in wanted if unit not in found]
        for begin in range(0, len(missing), ASKED_AT_ONCE):
            some = missing[begin : begin + ASKED_AT_ONCE]
            condition = f"{self._always} and unit in {some}"
            entities = self.server("query", self.about.collection, filter=condition, output_fields=OUTPUT)
            found |= self._taken(entities)
        return found

    # --- inside

    def _parameters(self, field: str, limit: int) -> dict[str, Any]:
        """How to search: exactly among words; among rows in proportion to how many are wanted."""
        index = self.about.index if field == "dense" else ""
        by_index = {
            "HNSW": {"ef": max(2 * limit, 128)},
            "IVF_FLAT": {"nprobe": 64},
            "IVF_SQ8": {"nprobe": 64},
            "DISKANN": {"search_list": max(2 * limit, 128)},
        }
        return {"metric_type": "IP", "params": by_index.get(index, {})}

    def _taken(self, entities: Iterable[Mapping[str, Any]]) -> dict[int, Row]:
        """The rows by their units, kept for scoring; without those that readers of this generation do not see."""
        new = [one for one in entities if one["state"] not in self._left and self._is_ours(one["unit"])]
        if not new:
            return {}
        codes, scales = quantize(np.array([one["dense"] for one in new], np.float32))
        dampings = words.dampings(np.array([one["length"] for one in new]), self.about.average).tolist()
        made = {
            one["unit"]: _row(one, codes[place], float(scales[place]), dampings[place]) for place, one in enumerate(new)
        }
        with self._lock:
            self._rows = made if len(self._rows) > SEEN else self._rows | made
        return made

    def _is_ours(self, unit: int) -> bool:
        place = int(np.searchsorted(self.units, unit))
        return place < len(self.units) and int(self.units[place]) == unit

    def _numbers(self, paths: Sequence[str]) -> list[int]:
        query = f"SELECT id FROM documents WHERE path IN {facets.LISTED}"  # noqa: S608 - our own words
        return [number for (number,) in self._database(query, json.dumps(paths))]

    def _askers(self, names: Sequence[str]) -> list[int]:
        found = self._database(facets.ASKERS, json.dumps(names))
        return sorted({rows.asker(name, party) for name, party in found})


class Words(AsArrays):
    """As ``rag/lexical.LexicalIndex``."""

    def __init__(self, search: MilvusSearch) -> None:
        self._search = search

    def __len__(self) -> int:
        return self._search.about.units

    def search(self, terms: Mapping[str, float], k: int, allowed: Expression | None = None) -> Found:
        """The best ``k`` units for weighted terms as ``(unit, score)``, best first, of what is allowed only."""
        question = self._search.terms.question(terms)
        if not question or k < 1:
            return []
        units = self._search.nearest("words", question, k, allowed)
        return words.ordered(self._scored(question, units))[:k]

    def scores(self, terms: Mapping[str, float], units: Iterable[int]) -> dict[int, float]:
        """The score of each of these units: the same as ``search`` gives, 0 for one that has none of the terms."""
        wanted = [int(unit) for unit in units]
        found = dict.fromkeys(wanted, 0.0)
        found.update(words.ordered(self._scored(self._search.terms.question(terms), wanted)))
        return found

    def frequency(self, term: str) -> int:
        """In how many units a term occurs."""
        return self._search.terms.frequency(term)

    def _scored(self, question: Mapping[int, float], units: Iterable[int]) -> Found:
        there = self._search.row(units)
        if not there or not question:
            return []
        asked = np.array(sorted(question))
        idf = np.array([question[number] for number in asked.tolist()])
        lengths = np.array([row.length for row in there.values()])
        dampings = words.dampings(lengths, self._search.average).tolist()
        return [
            (unit, _score(row, asked, idf, damping))
            for (unit, row), damping in zip(there.items(), dampings, strict=True)
        ]


class Meaning(AsArrays):
    """As ``rag/vectors.VectorIndex``."""

    def __init__(self, search: MilvusSearch) -> None:
        self._search = search
        self.units = search.units

    def __len__(self) -> int:
        return len(self.units)

    def search(self, row: Floats, k: int, allowed: Expression | None = None) -> Found:
        """The ``k`` units nearest to ``row (dim,)`` as ``(unit, cosine)``, best first, of what is allowed only."""
        if k < 1:
            return []
        units = self._search.nearest("dense", row.astype(np.float32).tolist(), k, allowed)
        return sorted(self.scores(row, units).items(), key=lambda pair: (-pair[1], pair[0]))[:k]

    def begin(self, row: Floats, k: int, allowed: Expression | None = None) -> Callable[[], tuple[Ints, Scores]]:
        """Begin ``best``, while words are searched as well; what this gives, gives what that gives."""
        return later(partial(self.best, row, k, allowed))

    def scores(self, row: Floats, units: Iterable[int]) -> dict[int, float]:
        """The cosine of each of these units with ``row``: the same as ``search`` gives; 0 for units without a row."""
        wanted = [int(unit) for unit in units]
        found = dict.fromkeys(wanted, 0.0)
        there = self._search.row(wanted)
        if there:
            question = np.rint(row * QUESTION_SCALE).astype(np.int32)  # (dim,)
            sums = np.stack([one.codes for one in there.values()]).astype(np.int32) @ question  # (units,)
            scales = np.array([one.scale for one in there.values()], np.float32).astype(np.float64)
            found.update(zip(there, np.round(sums * (scales / QUESTION_SCALE), 7).tolist(), strict=True))
        return found


def _always(about: About, closed: bool, collections: Sequence[str]) -> str:
    """What every row must be: of this generation or before it, and of what is shown."""
    clauses = [f"born <= {about.serial}"]
    clauses += [] if closed else ["closed == false"]
    clauses += [f"collection in {_listed(map(rows.digest, collections))}"] if collections else []
    return " and ".join(clauses)


def _listed(numbers: Iterable[int]) -> str:
    """Numbers as Milvus writes a list; anything else does not get past ``int``."""
    return "[" + ", ".join(str(int(number)) for number in numbers) + "]"


def _row(entity: Mapping[str, Any], codes: NDArray[np.int8], scale: float, damping: float) -> Row:
    pairs = sorted((int(number), float(weight)) for number, weight in entity["words"].items())
    numbers = np.array([number for number, _ in pairs], np.int64)
    counts = words.counts_of(np.array([weight for _, weight in pairs]), damping)
    return Row(codes, scale, numbers, counts, int(entity["length"]))


def _score(row: Row, asked: Ints, idf: NDArray[np.float64], damping: float) -> float:
    """The BM25 score of a row; ``asked`` are the terms of the question, sorted, beside their weights."""
    places = np.minimum(np.searchsorted(asked, row.numbers), len(asked) - 1)
    shared = asked[places] == row.numbers
    counts = row.counts[shared]
    return float((idf[places[shared]] * counts / (counts + damping)).sum())
