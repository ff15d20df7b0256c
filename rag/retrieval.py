"""Question → hits: search words and meaning, fuse, rank, fold duplicates, follow references. Knows no prompts or pages.

Words are sought in whole passages (in windows of long ones), meaning in windows; a passage scores as its best unit.
The two scores are fused by a convex sum of min–max scores (Bruch, Gai and Ingber 2023, "An Analysis of Fusion Functions
for Hybrid Retrieval"), and a learned ranking orders the best of the sum. Order is total everywhere:
``(-score, passage id)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag import dutch
from rag.asking import document_fields
from rag.ranking import Candidate
from rag.types import Filters, Hit

if TYPE_CHECKING:
    from rag.config import Config
    from rag.embeddings import Encoder
    from rag.ranking import Ranker
    from rag.store import Store

POOL = 100  # windows from each of the two searches
RANKED = 40  # passages that the learned ranking orders
EXPANSION = 0.5  # weight of a term that an abbreviation brings in, beside 1 for what was typed
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
        candidates = self._candidates(question, filters)
        scores = self._scores(question, candidates)
        found = {c.passage_id: c for c in candidates}
        folded = self._fold(found, scores)
        order = sorted(folded, key=lambda passage: (-folded[passage], passage))
        hits = [self._hit(passage, folded[passage], found[passage]) for passage in order[: k + FOLLOWING]]
        led = self._lead(question, self._follow(hits), found)
        return [replace(hit, rank=rank) for rank, hit in enumerate(led[:k], 1)]

    def _candidates(self, question: str, filters: Filters | None) -> list[Candidate]:
        """The union of both searches as passages with both scores, best fused first."""
        terms = self._query_terms(question)
        row = self._encoder.encode([question])[0]  # (dim,)
        allowed = self._store.allowed(filters)
        by_words = dict(self._store.lexical.search(terms, POOL, allowed))
        by_meaning = dict(self._store.vectors.search(row, POOL, allowed))
        units = set(self._store.siblings(by_words | by_meaning))  # of whatever either search found
        passage_of = self._store.passages_of(sorted(units))
        by_words |= self._store.lexical.scores(terms, units - by_words.keys())
        by_meaning |= self._store.vectors.scores(row, units - by_meaning.keys())
        lexical, dense = best_of(by_words, passage_of), best_of(by_meaning, passage_of)
        fused = fuse(lexical, dense, self._weight)
        best = sorted(fused, key=lambda passage: (-fused[passage], passage))[:RANKED]
        texts = self._store.search_texts(best)
        return [
            Candidate(p, texts[p].title, texts[p].question, texts[p].body, lexical[p], dense[p], fused[p]) for p in best
        ]

    def _query_terms(self, question: str) -> dict[str, float]:
        """The terms of a question with their weights; abbreviations bring in their full form, and the reverse."""
        weights = dutch.query_terms(question)
        for term in self._store.abbreviations().expansions(question):
            weights.setdefault(term, EXPANSION)
        return weights

    def _scores(self, question: str, candidates: Sequence[Candidate]) -> dict[str, float]:
        if self._ranker is None:
            return {c.passage_id: c.fused for c in candidates}
        scores = self._ranker.rank(question, candidates)
        return {c.passage_id: float(score) for c, score in zip(candidates, scores, strict=True)}

    def _fold(self, found: Iterable[str], scores: Mapping[str, float]) -> dict[str, float]:
        """One passage for each set of duplicates, with the best score of the set.

        It is the one that represents the set or, where a filter keeps that out, the first that was found.
        """
        kept: dict[str, str] = {}
        best: dict[str, float] = {}
        present = set(found)
        for passage in sorted(present):
            leader = self._store.representative(passage)
            shown = kept.setdefault(leader, leader if leader in present else passage)
            best[shown] = max(scores[passage], best.get(shown, scores[passage]))
        return best

    def _hit(self, passage_id: str, score: float, candidate: Candidate | None, via: str | None = None) -> Hit:
        passage = self._store.passage(passage_id)
        return Hit(
            rank=0,
            score=score,
            passage=passage,
            document=self._store.info(passage.document),
            also_in=self._store.duplicates(passage_id),
            via=via,
            lexical=candidate.lexical if candidate else 0.0,
            dense=candidate.dense if candidate else 0.0,
        )

    def _lead(self, question: str, hits: list[Hit], found: Mapping[str, Candidate]) -> list[Hit]:
        """The hits, headed by what the best hit's document says of itself when the question asks for that.

        "Wie vroeg naar …?" is about the subject of the questions, but its answer stands at the head of the document.
        """
        if not hits or not document_fields(question):
            return hits
        best = hits[0]
        own = self._store.metadata(best.passage.document)
        if own is None or best.passage.kind == "metadata":
            return hits
        lead = self._hit(own, best.score, found.get(own), via=best.passage.passage_id)
        return [lead, *(hit for hit in hits if hit.passage.passage_id != own)]

    def _follow(self, hits: list[Hit]) -> list[Hit]:
        """The hits, with what the best of them refer to ("zie het antwoord op vraag 4") right below those.

        What stands above its referrer already stays there.
        """
        ordered: list[Hit] = []
        for place, hit in enumerate(hits):
            if _listed(ordered, hit.passage.passage_id):
                continue
            ordered.append(hit)
            if place >= FOLLOWING:
                continue
            for target in self._store.referred(hit.passage):
                if not _listed(ordered, target):
                    own = next((h for h in hits if h.passage.passage_id == target), None)
                    score = max(FOLLOWED * hit.score, own.score if own else 0.0)
                    ordered.append(
                        replace(own, score=score, via=hit.passage.passage_id)
                        if own
                        else self._hit(target, score, None, hit.passage.passage_id)
                    )
        return ordered


def best_of(scores: Mapping[int, float], passage_of: Mapping[int, str]) -> dict[str, float]:
    """Scores of windows → the best of each passage."""
    best: dict[str, float] = {}
    for unit, score in scores.items():
        passage = passage_of[unit]
        best[passage] = max(score, best.get(passage, score))
    return best


def fuse(lexical: Mapping[str, float], dense: Mapping[str, float], weight: float) -> dict[str, float]:
    """``weight × lexical + (1 − weight) × dense``, each scaled to 0–1 over the candidates."""
    first, second = min_max(lexical), min_max(dense)
    return {key: weight * first[key] + (1 - weight) * second[key] for key in sorted(first)}


def min_max(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores scaled so that the lowest is 0 and the highest 1; all 1 when they are equal and positive."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high - low < 1e-12:
        return dict.fromkeys(scores, 1.0 if high > 0 else 0.0)
    return {key: (score - low) / (high - low) for key, score in scores.items()}


def _listed(hits: Sequence[Hit], passage_id: str) -> bool:
    return any(hit.passage.passage_id == passage_id for hit in hits)
