"""Whether what was found is about what was asked for. Knows no HTML.

A search always finds something, also for a subject that is in no document. A hit is about a subject when most of its
telling words stand in the passage or the title above it, or when it means nearly the same. The limits were set by hand
on 52 subjects, half of them in the seeds and half of them not.
"""

from __future__ import annotations

from collections.abc import Iterable

from rag import dutch
from rag.synonyms import synonyms
from rag.types import Hit

MOST_WORDS = 0.75  # share of a subject's words, by how telling they are, that is enough by itself
SOME_WORDS, NEAR = 0.5, 0.2  # that is enough together with a cosine from here on
VERY_NEAR = 0.45  # cosine that is enough by itself
OTHER_WORD = 0.7  # what a synonym counts for, beside 1 for the word itself


def about(subject: str, hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """The hits that are about a subject, in the order in which they come."""
    words = _telling(subject)
    return tuple(hit for hit in hits if _is_about(words, hit))


def _is_about(words: list[tuple[str, frozenset[str], float]], hit: Hit) -> bool:
    share = covered(words, f"{hit.document.title}\n{hit.passage.text}")
    return hit.dense >= VERY_NEAR or share >= MOST_WORDS or (share >= SOME_WORDS and hit.dense >= NEAR)


def covered(words: list[tuple[str, frozenset[str], float]], text: str) -> float:
    """The share (0–1) of the words, as ``_telling`` gives them, that a text has."""
    there = set(dutch.terms(text))
    weight = sum(telling for *_, telling in words)
    found = sum(telling * _has(there, whole, parts) for whole, parts, telling in words)
    return found / weight if weight else 0.0


def _has(there: set[str], whole: str, parts: frozenset[str]) -> float:
    if whole in there or (parts and parts <= there):
        return 1.0
    return OTHER_WORD if not there.isdisjoint(synonyms(whole)) else 0.0


def _telling(subject: str) -> list[tuple[str, frozenset[str], float]]:
    """The words of a subject: the term of each, those of its parts, and how telling it is."""
    found = []
    for word in dict.fromkeys(dutch.words(subject)):
        terms = dutch.word_terms(word)
        if terms:
            whole = max(terms, key=len)
            found.append((whole, frozenset(terms) - {whole}, dutch.background_idf(whole)))
    return found
