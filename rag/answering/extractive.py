"""Evidence → an answer made only of sentences that stand in the documents. Knows no search and no models.

This is the answer that always works: nothing is written, so nothing can be invented. What is chosen here is which of
the sentences that the evidence offers to show, how many, and in what order a person can read them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter

from rag import dutch
from rag.asking import FINITE_VERBS, document_fields, kind_of
from rag.compound import as_asked
from rag.phrases import MONTHS
from rag.types import Answer, Citation, Claim, Event, Evidence, Hit, Passage, Piece, Sentence

MAX_WORDS = 80  # what reads in one breath; the reader opens the source for more
MAX_SENTENCES = 6
CONSIDERED = 25  # sentences, best first, from which the others are chosen
KEEP = 0.3  # a further sentence must be worth at least this share of the best one (chosen on dev: eval/LOG.md)
KEEP_BESIDE_SURE = 0.5  # and this share of a best one that is sure: what is clear needs no filling
GOES_ON = 0.02  # and this share when it goes on where the best one's passage was left
LEADS_IN = 0.2  # and this share when it stands right before that: an answer begins with what answers
SURE = 0.7
FEWEST_TERMS = 3  # of a sentence that is shown apart from the passage of the best hit
ENOUGH_TERMS = 5  # of one that begins with a yes or no to another question: it says itself what it is about
SAME_QUESTION = 0.5  # share of the question's weight that stands in the question above an answer
COVERAGE = 2.0  # a sentence that covers all that is left of the question counts for three

NO_ANSWER = "Hierop vond ik geen antwoord in de documenten."

INTRODUCTION = "inleiding"  # names what a questioner says before asking: it is not the answer that was given

_YES_NO_ANSWER = re.compile(r"^(?:ja|nee|neen|jawel|dat klopt|klopt|inderdaad)\b", re.IGNORECASE)
_POINTER = re.compile(
    r"^(?:zie|voor (?:het|een) antwoord .{0,40}verwijs|(?:ik|wij) verwijs\w*|hiervoor verwijs\w*)\b"
    r".{0,60}\b(?:vra(?:ag|gen)|antwoord(?:en)?)\b[\s\d,en]{0,20}\.?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+")
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|‘[^’]*’|(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_SOURCE = re.compile(r"\W*bron(?:nen)?\b\s*:", re.IGNORECASE)
_NOTES = ("footnote", "notice")
MOST_COMMON_WORDS = 1  # of a source or a date that is no sentence: "Dadermonitor mensenhandel 2013-2017."
_LEANS_BACK = re.compile(  # says nothing without the sentence before it
    r"^(?:deze|dit|dat|die|daarvan|hiervan|daarbij|hierbij|daardoor|hierdoor|daarom|dan|zij|ze|hij"
    r"|het gaat (?:hier|daar)(?:bij)?|in diezelfde|in dezelfde|dezelfde|in \d{4} (?:ging|was|waren) dit"
    r"|hieruit|daaruit|hiertoe|daartoe|om die reden|om deze reden)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(  # reads better after it
    r"^(?:daarnaast|ook|tevens|vervolgens|ten slotte|bovendien|wel|echter)\b", re.IGNORECASE
)


class ExtractiveAnswerer:
    """Answers with verbatim sentences, each with its citation."""

    name = "extractive"

    def answer(self, evidence: Evidence) -> Answer:
        """The answer in one piece; ``answered`` is false when the evidence says that the documents are silent."""
        if not evidence.answerable or not evidence.sentences:
            return refusal(evidence, self.name)
        parts = [part for part in evidence.parts or (evidence,) if part.answerable and part.sentences]
        chosen = _distinct(s for part in parts for s in reading_order(choose(part, MAX_WORDS // len(parts))))
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
            unanswered=unanswered(evidence),
        )

    def stream(self, evidence: Evidence) -> Iterator[Event]:
        """The same answer, a piece for each sentence and the whole at the end."""
        answer = self.answer(evidence)
        for claim in answer.claims:
            yield Piece(claim, tuple(c for c in answer.citations if c.marker in claim.citations))
        yield answer


def unanswered(evidence: Evidence) -> tuple[str, ...]:
    """The questions in a question on which the documents are silent."""
    return tuple(as_asked(part.question) for part in evidence.parts if not part.answerable)


def refusal(evidence: Evidence, answerer: str, model: str | None = None) -> Answer:
    """The honest absence of an answer, with what came closest."""
    lacking = f" Dit ontbreekt in wat er het meest op lijkt: {', '.join(evidence.missing)}." if evidence.missing else ""
    return Answer(
        question=evidence.question,
        text=NO_ANSWER + lacking,
        answered=False,
        confidence=evidence.confidence,
        nearest=evidence.hits,
        answerer=answerer,
        model=model,
        missing=evidence.missing,
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
        page=page_of(hit.passage, sentence.start),
        also_in=hit.also_in,
        date_asked=hit.document.date_asked,
        label=INTRODUCTION if sentence.kind == "introduction" else hit.passage.label,
    )


def page_of(passage: Passage, position: int) -> int | None:
    """The page on which a place in the text of the passage's document stands, None when the file has no pages."""
    index = bisect_right(passage.pages, position, key=itemgetter(0))
    return passage.pages[max(index - 1, 0)][1] if passage.pages else None


def choose(evidence: Evidence, words: int = MAX_WORDS) -> list[Sentence]:
    """The sentences to show: a leading yes or no, the best, and others that come near it or add what it lacks.

    About ``words`` words of them; the first is shown whatever its length.
    """
    sentences = [s for s in evidence.sentences[:CONSIDERED] if _says_something(s, evidence)] or evidence.sentences[:1]
    selection = _Selection(evidence, words)
    best = sentences[0]
    keep = KEEP_BESIDE_SURE if best.score >= SURE else KEEP
    opening = _yes_or_no(evidence, best)
    if opening is not None:
        selection.add(opening)
    selection.add(best)
    rest = [s for s in sentences if s not in selection.chosen]
    while rest and len(selection.chosen) < MAX_SENTENCES:
        worth, sentence = max(((selection.worth(s), s) for s in rest), key=lambda pair: pair[0])
        if worth < keep * best.score:
            break
        selection.add(sentence)
        rest = [s for s in rest if s is not sentence and s not in selection.chosen]
    selection.close_gaps()
    selection.read_on(best, sentences)
    return selection.chosen


class _Selection:
    """Sentences chosen so far, and what they cover of the question."""

    def __init__(self, evidence: Evidence, words: int) -> None:
        self.chosen: list[Sentence] = []
        self._room = words
        self._texts: dict[tuple[int, str], list[Sentence]] = {}  # the sentences of a part of a hit as they stand there
        for sentence in sorted(evidence.sentences, key=lambda s: (s.hit, s.start)):
            self._texts.setdefault((sentence.hit, sentence.kind), []).append(sentence)
        weights = dutch.query_terms(evidence.question)
        self._wanted = {term: weight * dutch.background_idf(term) for term, weight in weights.items()}
        self._total = sum(self._wanted.values()) or 1.0

    def worth(self, sentence: Sentence) -> float:
        """The score of a sentence, raised by what it alone covers of the question (Carbonell and Goldstein 1998)."""
        terms = _terms(sentence.text)
        new = sum(weight for term, weight in self._wanted.items() if term in terms)
        return sentence.score * (1 + COVERAGE * new / self._total)

    def add(self, sentence: Sentence) -> None:
        """Add a sentence with its neighbours that cannot be read apart from it, as far as the words allow."""
        before, after = self._neighbours(sentence)
        group = [sentence]
        if before is not None and _LEANS_BACK.match(sentence.text):
            group.insert(0, before)
        if after is not None and _LEANS_BACK.match(after.text):
            group.append(after)
        while after is not None and sentence.kind == "signature":  # offices on one line, the names on the next ones
            group.append(after)
            after = self._neighbours(after)[1]
        if not self._fits(group):
            group = group[: group.index(sentence) + 1]
        for part in group if self._fits(group) else [sentence]:
            self._take(part)

    def close_gaps(self) -> None:
        """Add the one sentence that is missing between two that were chosen, and what a chosen one goes on from."""
        for sentence in list(self.chosen):
            _, after = self._neighbours(sentence)
            if after is not None and self._neighbours(after)[1] in self.chosen:
                self._take(after)
        for sentence in list(self.chosen):
            before, _ = self._neighbours(sentence)
            if before is not None and _CONTINUES.match(sentence.text):
                self._take(before)

    def read_on(self, best: Sentence, worthy: Sequence[Sentence]) -> None:
        """Add of ``worthy`` what stands right before or after what was chosen of the best one's passage, best first.

        A passage that answers mostly goes on answering, and reads better than sentences from here and there.
        """
        while True:
            own = sorted((s for s in self.chosen if (s.hit, s.kind) == (best.hit, best.kind)), key=lambda s: s.start)
            beside = ((self._neighbours(own[0])[0], LEADS_IN), (self._neighbours(own[-1])[1], GOES_ON))
            near = [s for s, share in beside if s is not None and s in worthy and s.score >= share * best.score]
            fitting = [s for s in near if self._fits([s])]
            if not fitting:
                return
            self._take(max(fitting, key=lambda s: s.score))

    def _take(self, sentence: Sentence) -> None:
        if sentence not in self.chosen and self._fits([sentence]):
            self.chosen.append(sentence)
            for term in dutch.terms(sentence.text):
                self._wanted.pop(term, None)

    def _fits(self, sentences: list[Sentence]) -> bool:
        new = [s for s in sentences if s not in self.chosen]
        return not self.chosen or _words(self.chosen) + _words(new) <= self._room

    def _neighbours(self, sentence: Sentence) -> tuple[Sentence | None, Sentence | None]:
        text = self._texts[sentence.hit, sentence.kind]
        at = text.index(sentence)
        return text[at - 1] if at else None, text[at + 1] if at + 1 < len(text) else None


@lru_cache(1024)
def _terms(text: str) -> frozenset[str]:
    return frozenset(dutch.terms(text))


def reading_order(sentences: list[Sentence]) -> list[Sentence]:
    """Passages in order of their best sentence, sentences of a passage as they stand in the document."""
    first: dict[int, int] = {}
    for place, sentence in enumerate(sentences):
        first.setdefault(sentence.hit, place)
    return sorted(sentences, key=lambda s: (first[s.hit], s.start))


def _distinct(sentences: Iterable[Sentence]) -> list[Sentence]:
    """Each sentence once, in order."""
    return list({(s.hit, s.start): s for s in sentences}.values())


def _yes_or_no(evidence: Evidence, best: Sentence) -> Sentence | None:
    """The "Ja" or "Nee" that opens the answer from which the best sentence comes, if it answers this question."""
    if kind_of(evidence.question) != "ja of nee" or not _same_question(evidence, best.hit):
        return None
    same = [s for s in evidence.sentences if s.hit == best.hit and s.kind == "answer"]
    opening = min(same, key=lambda s: s.start, default=None)
    return opening if opening is not None and _YES_NO_ANSWER.match(opening.text) else None


def _says_something(sentence: Sentence, evidence: Evidence) -> bool:
    """Whether a sentence can be shown: no bare address, no bare "Ja." of another passage or to another question.

    Nor a bare source or date, unless that is what the question asks for.
    """
    if _only_refers(sentence) and not _asks_for(evidence.question, sentence):
        return False
    if sentence.kind not in ("answer", "footnote", "introduction", "notice"):
        return True
    if _POINTER.match(sentence.text) and len(evidence.sentences) > 1:
        return False  # what it points at comes along by itself
    said = len(dutch.stems(_ADDRESS.sub("", sentence.text)))
    if _YES_NO_ANSWER.match(sentence.text) and said < ENOUGH_TERMS and not _same_question(evidence, sentence.hit):
        return False
    return said >= (1 if sentence.hit == 0 else FEWEST_TERMS)


def _only_refers(sentence: Sentence) -> bool:
    """Whether it is no sentence but says where something stands, or when: "Jaarbeeld CoMensha 2021.", "Bron: CBS".

    A note with a number, of names without a verb; elsewhere what calls itself a source.
    """
    source = bool(_SOURCE.match(sentence.text))
    noted = sentence.kind in _NOTES and (any(map(str.isdigit, sentence.text)) or bool(_ADDRESS.search(sentence.text)))
    if not (source or noted):
        return False
    words = _WORD.findall(_QUOTED.sub(" ", _ADDRESS.sub(" ", sentence.text)))
    common = [word for word in words if word[0].islower() and word not in MONTHS and len(word) > 2]
    if not FINITE_VERBS.isdisjoint(map(dutch.fold, common)):
        return False
    return sum(bool(dutch.stems(word)) for word in common) <= MOST_COMMON_WORDS


def _asks_for(question: str, sentence: Sentence) -> bool:
    """Whether a question may be answered by a bare source or date: it asks when, or for what the note says it is."""
    first = _WORD.search(sentence.text)
    named = first is not None and not set(dutch.stems(first[0])).isdisjoint(dutch.stems(question))
    return named or kind_of(question) == "wanneer" or bool(document_fields(question))


def _same_question(evidence: Evidence, number: int) -> bool:
    """Whether the question is also what the document was asked: its words stand in the question above the answer."""
    hit = evidence.hits[number]
    start = hit.passage.start
    asked = " ".join(
        hit.passage.text[max(part.start - start, 0) : max(part.end - start, 0)]
        for part in hit.passage.parts
        if part.kind == "question"
    )
    weights = {
        term: weight * dutch.background_idf(term) for term, weight in dutch.query_terms(evidence.question).items()
    }
    above = frozenset(dutch.terms(asked))
    return sum(w for term, w in weights.items() if term in above) >= SAME_QUESTION * sum(weights.values())


def _words(sentences: list[Sentence]) -> int:
    return sum(len(s.text.split()) for s in sentences)
