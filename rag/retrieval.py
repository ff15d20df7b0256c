"""Question → hits: search words and meaning, fuse, rank, fold duplicates, follow references. Knows no prompts or pages.

Words are sought in whole passages (in windows of long ones), meaning in windows; a passage scores as its best unit.
The two scores are fused by a convex sum of min–max scores (Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions
for Hybrid Retrieval"), and a learned ranking orders the best of the sum. Order is total everywhere:
``(-score, passage id)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag import dutch, native
from rag.asking import document_fields
from rag.embeddings import question_row
from rag.ranking import Candidate
from rag.types import Filters, Hit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.config import Config
    from rag.embeddings import Encoder
    from rag.ranking import Ranker
    from rag.store import Store

    Ints = NDArray[np.int64]
    Scores = NDArray[np.float64]
    Floats = NDArray[np.float32]

POOL = 100  # windows from each of the two searches
RANKED = 40  # passages that the learned ranking orders
EXPANSION = 0.5  # weight of a term that an abbreviation brings in, beside 1 for what was typed
NOT_FOUND = -2.0  # lower than any score
FOLLOWING = 3  # so many of the best hits bring along what they refer to
FOLLOWED = 0.9  # what a hit refers to stands just below it


class Retriever:
    """Searches one opened index. ``ranker`` None leaves the fused order."""

    def __init__(self, store: Store, encoder: Encoder, ranker: Ranker | None, config: Config) -> None:
        self._store = store
        self._encoder = encoder
        self._ranker = ranker
        self._weight = config.fusion_weight

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The ``k`` best passages for a question, duplicates folded, with what the best refer to below them."""
        found = self.candidates(question, filters)
        folded = self._fold(dict(zip(found.passages, self._scores(question, found).tolist(), strict=True)))
        order = sorted([(-score, passage) for passage, score in folded.items()])[: k + FOLLOWING]
        places = [_Place(passage, -score) for score, passage in order]
        numbers = dict(zip(found.passages, found.numbers.tolist(), strict=True))
        self._store.read({passage: numbers[passage] for _, passage in order[:k]})  # nearly all that is shown
        led = self._lead(question, self._follow(places))[:k]
        by_words, by_meaning = found.lexical.tolist(), found.dense.tolist()
        return self._hits(led, dict(zip(found.passages, zip(by_words, by_meaning, strict=True), strict=True)))

    def candidates(self, question: str, filters: Filters | None = None) -> Found:
        """The union of both searches as passages with both scores, best fused first: what the ranking orders."""
        allowed = self._store.allowed(filters)
        row = question_row(self._encoder, question)  # type: ignore[arg-type]  # every object is hashable
        meaning = self._store.vectors.begin(row, POOL, allowed)
        terms = self._query_terms(question)
        words = self._store.lexical.best(terms, POOL, allowed)
        if self._ranker:
            self._ranker.prepare(question)  # while meaning is still sought
        gathering = self._store.gathering if native.available() else None
        both = words, meaning()
        found = gathering.found(terms, row, both, self._weight) if gathering else None
        return self._gathered(terms, row, *both) if found is None else self._best(*found)

    def _best(self, places: Ints, words: Scores, meaning: Scores, fused: Scores) -> Found:
        """The best passages, of which are given the places of their first units."""
        passages, numbers = self._store.at(places[:RANKED])
        return Found(passages, numbers, words[:RANKED], meaning[:RANKED], fused[:RANKED])

    def _gathered(
        self, terms: Mapping[str, float], row: Floats, by_words: tuple[Ints, Scores], by_meaning: tuple[Ints, Scores]
    ) -> Found:
        """What ``rag.store.gathering`` does, step by step."""
        units, starts = self._store.windows(np.concatenate([by_words[0], by_meaning[0]]))  # of whatever either found
        if not len(units):
            return Found([], units, np.zeros(0), np.zeros(0), np.zeros(0))
        lexical, dense = _placed(units, by_words), _placed(units, by_meaning)  # (units,)
        best = np.maximum.reduceat(lexical, starts).repeat(np.diff(starts, append=len(units)))
        _fill(lexical, units, best < 0, lambda missing: self._store.lexical.scores_of(terms, missing))
        _fill(dense, units, dense < -1, lambda missing: self._store.vectors.scores_of(row, missing))
        words, meaning = np.maximum.reduceat(lexical, starts), np.maximum.reduceat(dense, starts)  # (passages,)
        fused = fuse(words, meaning, self._weight)
        order = np.argsort(-fused, kind="stable")[:RANKED]  # units are in order of passage id
        passages, numbers = self._store.at(self._store.vectors.units.searchsorted(units[starts[order]]))
        return Found(passages, numbers, words[order], meaning[order], fused[order])

    def _query_terms(self, question: str) -> dict[str, float]:
        """The terms of a question with their weights; abbreviations bring in their full form, and the reverse."""
        weights = dutch.query_terms(question)
        for term in self._store.abbreviations().expansions(question):
            weights.setdefault(term, EXPANSION)
        return weights

    def _scores(self, question: str, found: Found) -> Scores:
        """A score for each passage found."""
        if self._ranker is None or not found.passages:
            return found.fused
        matching = self._store.matching
        if matching is not None and self._ranker.encoder.fingerprint == matching.encoder:
            return self._ranker.rank_stored(question, matching, found.numbers, found.scores)
        texts_of = self._store.search_texts(found.passages)
        candidates = [
            Candidate(passage, searched.title, searched.question, searched.body, *scores)
            for passage, *scores in zip(found.passages, *(part.tolist() for part in found.scores), strict=True)
            for searched in (texts_of[passage],)
        ]
        return self._ranker.rank(question, candidates)

    def _fold(self, scores: Mapping[str, float]) -> Mapping[str, float]:
        """One passage for each set of duplicates, with the best score of the set.

        It is the one that represents the set or, where a filter keeps that out, the first that was found.
        """
        leaders = self._store.leaders()
        if leaders.keys().isdisjoint(scores):
            return scores
        kept: dict[str, str] = {}
        best: dict[str, float] = {}
        for passage in sorted(scores):
            leader = leaders.get(passage, passage)
            shown = kept.setdefault(leader, leader if leader in scores else passage)
            best[shown] = max(scores[passage], best.get(shown, scores[passage]))
        return best

    def _hits(self, places: Sequence[_Place], near: Mapping[str, tuple[float, float]]) -> list[Hit]:
        store = self._store
        passages = store.passages([place.passage for place in places])
        infos, copies = store.info, store.leaders()
        return [
            Hit(
                rank,
                place.score,
                (passage := passages[place.passage]),
                infos(passage.document),
                store.duplicates(place.passage) if place.passage in copies else (),
                place.via,
                *(near.get(place.passage, (0.0, 0.0)) if place.known else (0.0, 0.0)),
            )
            for rank, place in enumerate(places, 1)
        ]

    def _lead(self, question: str, places: list[_Place]) -> list[_Place]:
        """The places, headed by what the best hit's document says of itself when the question asks for that.

        "Wie vroeg naar …?" is about the subject of the questions, but its answer stands at the head of the document.
        """
        if not places or not document_fields(question):
            return places
        best = self._store.passage(places[0].passage)
        own = self._store.metadata(best.document)
        if own is None or best.kind == "metadata":
            return places
        lead = _Place(own, places[0].score, via=best.passage_id)
        return [lead, *(place for place in places if place.passage != own)]

    def _follow(self, places: list[_Place]) -> list[_Place]:
        """The places, with what the best of them refer to ("zie het antwoord op vraag 4") right below those.

        What stands above its referrer already stays there.
        """
        ordered: dict[str, _Place] = {}
        for number, place in enumerate(places):
            if place.passage in ordered:
                continue
            ordered[place.passage] = place
            if number >= FOLLOWING:
                continue
            for target in self._store.referred(self._store.passage(place.passage)):
                if target not in ordered:
                    own = next((other for other in places if other.passage == target), None)
                    score = max(FOLLOWED * place.score, own.score if own else 0.0)
                    ordered[target] = _Place(target, score, via=place.passage, known=own is not None)
        return list(ordered.values())


@dataclass(frozen=True, slots=True)
class Found:
    """Passages that search found, best fused first. ``numbers``: as ``rag.store.matching`` knows them."""

    passages: Sequence[str]
    numbers: Ints  # (passages,)
    lexical: Scores  # (passages,): of the best window
    dense: Scores  # (passages,): of the best window
    fused: Scores  # (passages,)

    @property
    def scores(self) -> tuple[Scores, Scores, Scores]:
        """Lexical, dense, fused."""
        return self.lexical, self.dense, self.fused


class _Place(NamedTuple):
    """A hit to be. ``via`` is the passage whose reference led to it, ``known`` whether search found it itself."""

    passage: str
    score: float
    via: str | None = None
    known: bool = True


def _placed(units: Ints, found: tuple[Ints, Scores]) -> Scores:
    """The score of each unit (all sorted) as found; ``NOT_FOUND`` for the others."""
    scores = np.full(len(units), NOT_FOUND)
    scores[np.searchsorted(units, found[0])] = found[1]
    return scores


def _fill(scores: Scores, units: Ints, missing: NDArray[np.bool_], more: Callable[[Ints], Scores]) -> None:
    """Put the scores that ``more`` gives in the places that are missing."""
    places = missing.nonzero()[0]
    if len(places):
        scores[places] = more(units[places])


def fuse(lexical: Scores, dense: Scores, weight: float) -> Scores:
    """``weight × lexical + (1 − weight) × dense``, each scaled to 0–1 over the candidates."""
    return weight * min_max(lexical) + (1 - weight) * min_max(dense)


def min_max(scores: Scores) -> Scores:
    """Scores scaled so that the lowest is 0 and the highest 1; all 1 when they are equal and positive."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    if high - low < 1e-12:
        return np.full(len(scores), 1.0 if high > 0 else 0.0)
    scaled: Scores = (scores - low) / (high - low)
    return scaled
