"""Search terms → units by BM25 (Robertson and Zaragoza 2009, k1 1.2, b 0.75), through Tantivy on disk.

A unit is a window of a passage with the title and the question that belong to it. Its terms come analysed from
``rag/dutch`` and lie in one field: on RaadsQA one field finds more than a title and a body field with weights
(eval/LOG.md). Knows nothing of texts, documents or passages: terms and numbers only.

Order is ``(-score, unit)``. Two things in Tantivy would break it, and are handled here: it adds up a score in an order
that depends on how documents lie on disk, so scores closer than rounding count as equal; and deleted documents keep
counting in how rare a term is, so nothing is ever deleted: ``rag/store`` builds anew without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tantivy

from rag import native
from rag.forward import weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Units = NDArray[np.int64]
    Scores = NDArray[np.float64]
    Floats = NDArray[np.float32]
    Scored = Callable[[Sequence[str], Floats, Units], Floats]  # terms, their weights, units → scores

MEMORY = 100_000_000  # bytes that the writer may fill before it writes a segment
ROUNDING = 4e-6  # relative: scores nearer than this are equal
LISTED = 400  # up to this many allowed units are named in the query (4 µs each); above, results are sifted
SIFTED = 20_000  # unless more results than this would have to be sifted to find enough


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("unit", indexed=True, fast=True)
    return builder.build()


class LexicalWriter:
    """Adds units to the index in a folder; makes it when there is none. Nothing is visible before ``close``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(_schema(), str(folder))
        self._writer = self._index.writer(MEMORY, 1)

    def add(self, unit: int, terms: str) -> None:
        """Add a unit with its terms, joined by spaces; one without terms takes no part in lengths and rarity."""
        if not terms:
            return
        document = tantivy.Document()
        document.add_unsigned("unit", unit)
        document.add_text("terms", terms)
        self._writer.add_document(document)

    def close(self) -> None:
        """Write everything to disk and wait until it is there."""
        self._writer.commit()
        self._writer.wait_merging_threads()


class LexicalIndex:
    """A finished index, for searching; safe to use from several threads."""

    def __init__(self, folder: Path, scored: Scored | None = None) -> None:
        """``scored`` gives the scores of units in less time than a search takes.

        Raises ValueError or OSError when the folder holds no index of ours.
        """
        self._scored = scored
        if not tantivy.Index.exists(str(folder)):
            raise ValueError(f"{folder} holds no lexical index")
        self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, terms: Mapping[str, float], k: int, allowed: Units | None = None) -> list[tuple[int, float]]:
        """The best ``k`` units for weighted terms as ``(unit, score)``, best first, of ``allowed`` (sorted) only."""
        return pairs(self.best(terms, k, allowed))

    def scores(self, terms: Mapping[str, float], units: Iterable[int]) -> dict[int, float]:
        """The score of each of these units: the same as ``search`` gives, 0 for one that has none of the terms."""
        wanted = np.array(sorted(set(units)), np.int64)
        return dict(zip(wanted.tolist(), self.scores_of(terms, wanted).tolist(), strict=True))

    def best(self, terms: Mapping[str, float], k: int, allowed: Units | None = None) -> tuple[Units, Scores]:
        """What ``search`` gives, as arrays."""
        query = self._query(terms)
        if query is None or k < 1 or (allowed is not None and not len(allowed)):
            return np.zeros(0, np.int64), np.zeros(0)
        limit = k + 8
        if allowed is not None:
            limit = int(1.2 * k * len(self) / len(allowed)) + 8
            if len(allowed) <= LISTED or limit > SIFTED:
                query, allowed, limit = self._within(query, allowed), None, k + 8
        while True:
            hits = self._searcher.search(query, limit, count=False).hits
            units, scores = self._sifted(hits, allowed)
            settled = len(units) > k and not _equal(float(scores[k - 1]), hits[-1][0])
            if len(hits) < limit or settled:
                units, scores = _ordered(units, scores)
                return units[:k], scores[:k]
            limit *= 4

    def scores_of(self, terms: Mapping[str, float], units: Units) -> Scores:
        """The scores of these units (sorted, distinct): ``scores`` as an array."""
        found = np.zeros(len(units))
        if self._scored and len(units):
            self._score(self._scored, terms, units, found)
            return found
        for begin in range(0, len(units), LISTED):
            some = units[begin : begin + LISTED]
            there, scores = self.best(terms, LISTED, some)
            found[begin + np.searchsorted(some, there)] = scores
        return found

    def weights(self, terms: Mapping[str, float]) -> tuple[list[str], Floats]:
        """The terms that count, in order, and what each counts for in a score."""
        asked = sorted(term for term, boost in terms.items() if boost > 0)
        return asked, weights(list(map(self.frequency, asked)), len(self), [terms[term] for term in asked])

    def _score(self, scored: Scored, terms: Mapping[str, float], units: Units, found: Scores) -> None:
        """Put the scores of units where there is one, with ``search``'s rounding."""
        raw = scored(*self.weights(terms), units)
        there = raw.nonzero()[0]
        places, scores = _ordered(there, raw[there].astype(np.float64))
        found[places] = scores

    def frequency(self, term: str) -> int:
        """In how many units a term occurs."""
        return int(self._searcher.doc_freq("terms", term))

    def _query(self, terms: Mapping[str, float]) -> tantivy.Query | None:
        clauses = [
            (
                tantivy.Occur.Should,
                self._term(term) if weight == 1 else tantivy.Query.boost_query(self._term(term), weight),
            )
            for term, weight in sorted(terms.items())
            if weight > 0
        ]
        return tantivy.Query.boolean_query(clauses) if clauses else None

    def _term(self, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "terms", term, "freq")

    def _within(self, query: tantivy.Query, allowed: Units) -> tantivy.Query:
        """The query, for these units only; being one of them adds nothing to a score."""
        if len(allowed) <= LISTED:  # four times as fast as a set, for so few
            each = [tantivy.Query.term_query(self._schema, "unit", unit, "basic") for unit in allowed.tolist()]
            named = tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in each])
        else:
            named = tantivy.Query.term_set_query(self._schema, "unit", allowed.tolist())
        unscored = tantivy.Query.boost_query(tantivy.Query.const_score_query(named, 1.0), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, unscored), (tantivy.Occur.Must, query)])

    def _sifted(self, hits: list[tuple[float, tantivy.DocAddress]], allowed: Units | None) -> tuple[Units, Scores]:
        """Units and scores of hits, of ``allowed`` only."""
        found = self._searcher.fast_field_values("unit", [address for _, address in hits])
        units = np.array(found, np.int64)
        scores = np.array([score for score, _ in hits], np.float64)
        if allowed is None or not len(units):
            return units, scores
        inside = allowed[np.minimum(np.searchsorted(allowed, units), len(allowed) - 1)] == units
        return units[inside], scores[inside]


def pairs(found: tuple[Units, Scores]) -> list[tuple[int, float]]:
    """Units and scores side by side."""
    return list(zip(found[0].tolist(), found[1].tolist(), strict=True))


def _equal(first: float, second: float) -> bool:
    return abs(first - second) <= ROUNDING * max(abs(first), abs(second), 1e-9)


def _ordered(units: Units, scores: Scores) -> tuple[Units, Scores]:
    """Sorted by ``(-score, unit)``, where a run of scores that rounding alone keeps apart is given one score."""
    if native.available():
        return native.ordered(units, scores, ROUNDING)
    down = np.argsort(-scores, kind="stable")
    units, scores = units[down], scores[down]  # scores are positive
    first = np.ones(len(scores), bool)
    first[1:] = scores[:-1] - scores[1:] > ROUNDING * scores[:-1]
    levels = np.array([float(f"{score:.5g}") for score in scores[first].tolist()])
    scores = levels[np.cumsum(first) - 1] if len(levels) else scores
    best = np.lexsort((units, -scores))
    return units[best], scores[best]
