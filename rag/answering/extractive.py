"""Evidence → an answer made only of sentences that stand in the documents. Knows no search and no models.

This is the answer that always works: nothing is written, so nothing can be invented. What is chosen here is which of
the sentences that the evidence offers to show, how many, and in what order a person can read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.types import Answer, Citation, Claim, Event, Evidence, Hit, Piece, Sentence

MAX_WORDS = 80  # what reads in one breath; the reader opens the source for more
MAX_SENTENCES = 5
KEEP = 0.5  # a further sentence must score at least this share of the best one

NO_ANSWER = "Hierop vond ik geen antwoord in de documenten."

_YES_NO_QUESTION = re.compile(
    r"^(?:en\s+|maar\s+|klopt\s+het|is|zijn|was|waren|heeft|hebben|had|hadden|wordt|worden|werd|werden|kan|kunnen|kon|mag|moet"
    r"|moeten|gaat|gaan|doet|doen|komt|komen|krijgt|krijgen|vindt|vinden|weet|weten|wil|willen|zal|zullen|zou|bestaat"
    r"|bestaan|bent|deelt|herkent|staat|geldt|werkt|werken|biedt|helpt|ziet|houdt|loopt|ligt|neemt|nam|gaf|geeft)\b",
    re.IGNORECASE,
)
_YES_NO_ANSWER = re.compile(r"^(?:ja|nee|neen|jawel|dat klopt|klopt|inderdaad)\b", re.IGNORECASE)
_LEANS_BACK = re.compile(
    r"^(?:deze|dit|dat|die|daarvan|hiervan|daarbij|hierbij|daarnaast|daardoor|hierdoor|daarom|ook|tevens|vervolgens|dan"
    r"|zij|ze|hij|het gaat (?:hier|daar)(?:bij)?|in diezelfde|in dezelfde|dezelfde|in \d{4} (?:ging|was|waren) dit"
    r"|hieruit|daaruit|hiertoe|daartoe|om die reden|om deze reden|ten slotte|bovendien|wel|echter)\b",
    re.IGNORECASE,
)


class ExtractiveAnswerer:
    """Answers with verbatim sentences, each with its citation."""

    name = "extractive"

    def answer(self, evidence: Evidence) -> Answer:
        """The answer in one piece; ``answered`` is false when the evidence says that the documents are silent."""
        if not evidence.answerable or not evidence.sentences:
            return refusal(evidence, self.name)
        chosen = reading_order(choose(evidence))
        citations = tuple(cite(evidence.hits[s.hit], s, marker) for marker, s in enumerate(chosen, 1))
        claims = tuple(Claim(citation.quote, (citation.marker,)) for citation in citations)
        return Answer(
            question=evidence.question,
            text=" ".join(f"{claim.text} [{claim.citations[0]}]" for claim in claims),
            answered=True,
            confidence=evidence.confidence,
            claims=claims,
            citations=citations,
            nearest=evidence.hits,
            answerer=self.name,
        )

    def stream(self, evidence: Evidence) -> Iterator[Event]:
        """The same answer, a piece for each sentence and the whole at the end."""
        answer = self.answer(evidence)
        for claim in answer.claims:
            yield Piece(claim, tuple(c for c in answer.citations if c.marker in claim.citations))
        yield answer


def refusal(evidence: Evidence, answerer: str, model: str | None = None) -> Answer:
    """The honest absence of an answer, with what came closest."""
    return Answer(
        question=evidence.question,
        text=NO_ANSWER,
        answered=False,
        confidence=evidence.confidence,
        nearest=evidence.hits,
        answerer=answerer,
        model=model,
    )


def cite(hit: Hit, sentence: Sentence, marker: int) -> Citation:
    """The citation of a sentence of a hit."""
    return Citation(
        marker=marker,
        document=hit.document.path,
        title=hit.document.title,
        date=hit.document.date,
        questions=hit.passage.questions,
        passage_id=hit.passage.passage_id,
        quote=sentence.text,
        start=sentence.start,
        end=sentence.end,
        also_in=hit.also_in,
    )


def choose(evidence: Evidence) -> list[Sentence]:
    """The sentences to show: the best, what it leans on, a leading yes or no, and others that come near it."""
    best = evidence.sentences[0]
    chosen: list[Sentence] = []
    opening = _yes_or_no(evidence, best)
    if opening is not None:
        chosen.append(opening)
    _add(chosen, best, evidence)
    for sentence in evidence.sentences[1:]:
        if sentence.score < KEEP * best.score or len(chosen) >= MAX_SENTENCES:
            break
        _add(chosen, sentence, evidence)
    return chosen


def is_yes_no_question(question: str) -> bool:
    """Whether a Dutch question asks for a yes or a no: it opens with a finite verb."""
    return bool(_YES_NO_QUESTION.match(question.strip()))


def reading_order(sentences: list[Sentence]) -> list[Sentence]:
    """Passages in order of their best sentence, sentences of a passage as they stand in the document."""
    first: dict[int, int] = {}
    for place, sentence in enumerate(sentences):
        first.setdefault(sentence.hit, place)
    return sorted(sentences, key=lambda s: (first[s.hit], s.start))


def _yes_or_no(evidence: Evidence, best: Sentence) -> Sentence | None:
    """The "Ja" or "Nee" that opens the answer from which the best sentence comes."""
    if not is_yes_no_question(evidence.question):
        return None
    same = [s for s in evidence.sentences if s.hit == best.hit and s.kind == "answer"]
    opening = min(same, key=lambda s: s.start, default=None)
    return opening if opening is not None and _YES_NO_ANSWER.match(opening.text) else None


def _add(chosen: list[Sentence], sentence: Sentence, evidence: Evidence) -> None:
    """Add a sentence, with the one before it when it cannot be understood alone, as far as the words allow."""
    group = [sentence]
    if _LEANS_BACK.match(sentence.text):
        before = _previous(sentence, evidence)
        if before is not None:
            group.insert(0, before)
    new = [s for s in group if s not in chosen]
    while new and chosen and _words(chosen) + _words(new) > MAX_WORDS:
        new.pop(0)
    chosen.extend(new)


def _previous(sentence: Sentence, evidence: Evidence) -> Sentence | None:
    earlier = [s for s in evidence.sentences if s.hit == sentence.hit and s.end <= sentence.start]
    return max(earlier, key=lambda s: s.end, default=None)


def _words(sentences: list[Sentence]) -> int:
    return sum(len(s.text.split()) for s in sentences)
