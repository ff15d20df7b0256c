"""Questions that ask two things: "Hoeveel waren het er bij A, en wie vroeg ernaar?", "Hoeveel in 2020 en in 2022?".

Each part is searched and answered by itself, for what answers one rarely answers the other. Knows no index, no models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag import dutch
from rag.asking import ASKING
from rag.phrases import MONTHS
from rag.types import Evidence, Hit, Sentence

_QUESTION_WORDS = "|".join(sorted(ASKING))
_PREPOSITIONS = "|".join(sorted(dutch.PREPOSITIONS))
_AND = re.compile(rf",?\s+en\s+(?=(?:(?:{_PREPOSITIONS})\s+)?(?:{_QUESTION_WORDS})\b)", re.IGNORECASE)
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
_MONTHS = "|".join(MONTHS)
_TIME = rf"(?:(?:{_MONTHS})\s+)?(?:19|20)\d\d"
_OF_TWO_TIMES = re.compile(  # "in 2020 en in 2022", "de vragen van 2020 en die van 2022", "zowel in 2020 als in 2022"
    rf"(?:\bzowel\s+)?(?P<left>(?:\b(?:{_PREPOSITIONS})\s+)?\b(?P<time>{_TIME}))"
    rf",?\s+(?:en|als)\s+(?:(?:die|dat)\s+)?(?P<right>(?:[^\W\d][\w’'-]*\s+){{0,4}}?(?P<other>{_TIME}))\b",
    re.IGNORECASE,
)
_NEXT_SENTENCE = re.compile(r"[.!?]\s")
_BETWEEN = re.compile(r"\b(?:tussen|vergelijk\w*|vergeleken|verschil\w*|samen)\b", re.IGNORECASE)
_OF_TWO_PLACES = re.compile(  # "bij A en bij B?"; a capital is of a name: "van Kuik en Van der Graaf"
    rf"(?P<left>\b(?P<word>{_PREPOSITIONS})\s+(?:(?!\ben\b)[^,:;]){{2,40}}?),?\s+en\s+(?P<right>(?P=word)\s+[^,:;]+)$"
)
_FEWEST = 3  # terms, its question word among them, of a part that can stand by itself


def parts(question: str) -> tuple[str, ...]:
    """The questions in a question, each whole enough to be searched; none when it asks one thing."""
    question = question.rstrip(" ?")
    cut = [part.strip(" ,") for part in _AND.split(question)]
    if len(cut) < 2:
        return _of_two(question)
    if not all(dutch.query_terms(part) for part in cut):
        return ()
    return (cut[0], *(_completed(part, cut[0]) for part in cut[1:]))


def _of_two(question: str) -> tuple[str, ...]:
    """The same asked of two times or of two places."""
    found = None if _BETWEEN.search(question) else _OF_TWO_TIMES.search(question)
    before, after = (question[: found.start()], question[found.end() :]) if found else ("", "")
    if found and found["time"].lower() != found["other"].lower() and not _NEXT_SENTENCE.search(after):
        return f"{before}{found['left']}{after}", f"{_shared(before, found)}{after}"
    found = _OF_TWO_PLACES.search(question)
    if found and dutch.query_terms(found["left"]) and dutch.query_terms(found["right"]):
        before = question[: found.start()].rstrip(" ,:")
        return f"{before} {found['left']}", f"{before} {found['right']}"
    return ()


def _shared(before: str, found: re.Match[str]) -> str:
    """What comes before two times, with the second of them."""
    right, first = found["right"], found["right"].split()[0]
    if right == found["other"]:
        return before + found["left"].removesuffix(found["time"]) + right
    if re.fullmatch(_PREPOSITIONS, first, re.IGNORECASE):
        return before + right
    again = rf"\b{re.escape(first)}\b"
    same = re.search(rf"{again}(?!.*{again})", before, re.IGNORECASE)  # "brief 2021 en brief 2022"
    return before[: same.start()] + right if same else f"{before}{right}"


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
