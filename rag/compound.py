"""Questions that ask two things: "Hoeveel meldingen waren er bij A, en wie vroeg ernaar?".

Each part is searched and answered by itself, for what answers one rarely answers the other. Knows no index, no models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag import dutch
from rag.asking import ASKING
from rag.types import Evidence, Hit, Sentence

_QUESTION_WORDS = "|".join(sorted(ASKING))
_AND = re.compile(
    rf",?\s+en\s+(?=(?:(?:met|voor|in|van|door|sinds|op|bij|aan|tot|vanaf)\s+)?(?:{_QUESTION_WORDS})\b)", re.IGNORECASE
)
_SHORTENED = re.compile(
    rf"^(?:{_QUESTION_WORDS})(?:\s+(?:vaak|veel|lang|groot))?(?:\s+(?:is|was|zijn|waren|dat|die|ze|er))*"
    r"\s+(in|bij|van|aan|voor|op|tegen|naar|over|door|uit|met)\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:daar(?:van|bij|in|voor|over|aan|op|na|naar|mee|door)?|er(?:van|bij|in|voor|over|aan|op|na|naar|mee|door)|dat|dit|die"
    r"|deze|hij|zij|ze|hun|het)\b",
    re.IGNORECASE,
)
_FEWEST = 3  # terms, its question word among them, of a part that can stand by itself


def parts(question: str) -> tuple[str, ...]:
    """The questions in a question, each whole enough to be searched; none when it asks one thing."""
    cut = [part.strip(" ,") for part in _AND.split(question.rstrip(" ?"))]
    if len(cut) < 2 or not all(dutch.query_terms(part) for part in cut):
        return ()
    return (cut[0], *(_completed(part, cut[0]) for part in cut[1:]))


def _completed(part: str, first: str) -> str:
    """A later part with what it leaves out because the first part said it ("en hoeveel bij B?")."""
    shortened = _SHORTENED.match(part)
    if shortened:
        same = re.search(rf"\b{shortened[1]}\b(?!.*\b{shortened[1]}\b)", first, re.IGNORECASE)
        if same:
            return f"{first[: same.start()]}{part[shortened.start(1) :]}"
    if _LEANS.search(part) or len(dutch.query_terms(part)) < _FEWEST:
        return f"{part} ({first})"
    return part


def as_asked(part: str) -> str:
    """A part as it stood in the question, without what was completed."""
    return part.partition(" (")[0]


def merged(question: str, whole: Evidence, found: Sequence[Evidence]) -> Evidence:
    """The evidence for each part as one: its hits together, those of the parts in turn and then those of the whole."""
    hits: dict[str, Hit] = {}
    longest = max((len(part.hits) for part in found), default=0)
    for place in range(longest):
        for part in found:
            if place < len(part.hits):
                hits.setdefault(part.hits[place].passage.passage_id, part.hits[place])
    for hit in whole.hits:
        hits.setdefault(hit.passage.passage_id, hit)
    ranked = tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits.values(), 1))
    place_of = {hit.passage.passage_id: place for place, hit in enumerate(ranked)}
    moved = tuple(replace(part, hits=ranked, sentences=_moved(part, place_of)) for part in found)
    best: dict[tuple[int, int], Sentence] = {}
    for sentence in (sentence for part in moved if part.answerable for sentence in part.sentences):
        key = (sentence.hit, sentence.start)
        best[key] = max(best.get(key, sentence), sentence, key=lambda s: s.score)
    answered = [part.confidence for part in moved if part.answerable]
    return Evidence(
        question=question,
        hits=ranked,
        sentences=tuple(sorted(best.values(), key=lambda s: (-s.score, s.hit, s.start))),
        confidence=min(answered) if answered else max(part.confidence for part in moved),
        answerable=bool(answered),
        missing=() if answered else next((part.missing for part in moved if part.missing), ()),
        parts=moved,
    )


def _moved(part: Evidence, place_of: dict[str, int]) -> tuple[Sentence, ...]:
    return tuple(replace(s, hit=place_of[part.hits[s.hit].passage.passage_id]) for s in part.sentences)
