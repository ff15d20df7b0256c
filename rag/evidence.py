"""Hits → the sentences that answer, and how likely it is that the documents answer at all.

Boosted trees say how well a sentence answers, given the question, its passage and the question it stands under. A few
are read closely (``rag/close_reading.py``), and it is estimated whether any answers (``rag/answerability.py``).
The trees come from ``training/evidence.py``. Knows no index and writes no answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag import association, direct, premises
from rag.answerability import ANSWERABILITY, Answerability, answerability_features, load_answerability
from rag.asking import topic
from rag.association import Associations
from rag.close_reading import DOUBT, CloseReader, Opinion, is_short
from rag.cross_encoder import Reading
from rag.embeddings import Encoder, load_encoder
from rag.errors import ModelInvalid
from rag.features import Analyzer
from rag.ranking import sigmoid
from rag.sentence_features import SENTENCE_NAMES, log_odds, sentence_features
from rag.sentences import sentences
from rag.trees import Forest, load_forest
from rag.types import Block, Evidence, Hit, Sentence, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

SENTENCES = "sentences.txt"
READ, SPARING_READ = 8, 5  # hits whose sentences are weighed, and where reading must be sparing
READING = 1.0  # what the best sentence of a hit counts beside search's own opinion (training/LOG.md)
CONTEXT = frozenset({"question"})  # what an answer stands under; what introduces a question tells things of its own
HEADINGS = frozenset({"title", "heading", "heads"})  # what running text and the rows of a table stand under
SILENT = frozenset({"label", "furniture"})  # blocks that answer nothing


class EvidenceFinder:
    """Chooses sentences and estimates answerability. Threads take turns, for it keeps what it worked out."""

    def __init__(
        self,
        forest: Forest,
        associations: Associations,
        answerability: Answerability,
        analyzer: Analyzer,
        reader: CloseReader | None = None,
    ) -> None:
        self._forest = forest
        self._reader = reader
        self._threshold = reader.threshold if reader else answerability.threshold
        self._associations = associations
        self._answerability = answerability
        self._analyzer = analyzer
        self._turn = Lock()

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None, reader: Path | None = None) -> EvidenceFinder:
        """Read all three models, and the one that reads closely (none without ``reader``).

        They compare words with the embedder that they were trained with (``../embedder``); give that as ``encoder``
        when it is loaded already. Raises ModelMissing or ModelInvalid.
        """
        forest = load_forest(folder / SENTENCES)
        if forest.names != SENTENCE_NAMES:
            raise ModelInvalid(f"Het bewijsmodel in {folder} hoort bij een andere versie van het programma.")
        analyzer = Analyzer(encoder or load_encoder(folder.parent / "embedder"))
        associations = Associations.load(folder / association.FILE)
        estimate = load_answerability(folder / ANSWERABILITY)
        return cls(forest, associations, estimate, analyzer, CloseReader.load(reader) if reader else None)

    def find(
        self, question: str, hits: Sequence[Hit], texts: Callable[[str], str], *, sparing: bool = False
    ) -> Evidence:
        """The sentences of the best hits, best first; ``texts`` gives the clean text of a document by its path.

        When ``sparing``, they are read closely only where there is doubt whether they answer, and fewer of them.

        Hits that lack what the question takes for granted (``rag.premises``) are no evidence.
        """
        if not hits:
            return Evidence(question, (), (), 0.0, answerable=False)
        lacking = [_lacking(question, hit, texts) for hit in hits]
        fitting = [number for number, missing in enumerate(lacking) if not missing]
        weighed = self.weigh(question, [hits[number] for number in fitting] or hits, texts, sparing=sparing)
        found, confidence = weighed.sentences, self._estimate(weighed)
        if not fitting:
            confidence = premises.without(confidence)
            return Evidence(question, tuple(hits), tuple(found), confidence, answerable=False, missing=lacking[0])
        found = direct.ahead(question, hits, [replace(sentence, hit=fitting[sentence.hit]) for sentence in found])
        if direct.defines(question, found):
            confidence = max(confidence, direct.SURE)
        elif found and direct.is_direct(question, hits, found[0]):
            confidence = self._about(question, [hits[number] for number in fitting], texts)
        enough = bool(found) and confidence >= self._threshold
        return Evidence(question, *as_read(hits, found), confidence, enough)

    def _about(self, question: str, hits: Sequence[Hit], texts: Callable[[str], str]) -> float:
        """How likely it is that what was found is about the topic of a question: the asking itself stands nowhere."""
        contents = [hit for hit in hits if hit.passage.kind != "metadata"] or hits
        return max(self._estimate(self.weigh(topic(question), part, texts)) for part in (hits, contents))

    def _estimate(self, weighed: Weighed) -> float:
        """How likely it is that the documents answer."""
        likely = self._answerability.probability(weighed.features)
        return self._reader.estimate(likely, weighed.features, weighed.opinion) if self._reader else likely

    def weigh(
        self, question: str, hits: Sequence[Hit], texts: Callable[[str], str], *, sparing: bool = False
    ) -> Weighed:
        """The sentences of the best hits, and what tells whether they answer."""
        best = hits[: SPARING_READ if sparing else READ]
        views = [View.of(hit, texts(hit.passage.document)) for hit in best]
        with self._turn:
            asked = self._analyzer.question(question)
            analyses = self._analyzer.analyse_all([(view.key, view.segments) for view in views])
            match = self._analyzer.match(asked, analyses)
        found = [hit.score for hit in best]
        features = sentence_features(asked, analyses, match, self._associations, found)
        odds = self._forest.predict(features)  # (candidates,)
        values = answerability_features(asked, analyses, match, sigmoid(odds), found)
        opinion = Opinion(odds, odds[:0])
        if self._reader and not (sparing and not self._in_doubt(values)):
            readings = [reading for view in views for reading in view.readings()]
            opinion = self._reader.read(question, readings, odds, sparing=sparing)
        return Weighed(ordered_sentences(views, sigmoid(opinion.odds)), values, opinion)

    def _in_doubt(self, features: dict[str, float]) -> bool:
        """Of short questions an estimate that has read nothing knows too little."""
        return is_short(features) or DOUBT[0] <= self._answerability.probability(features) <= DOUBT[1]


class Weighed(NamedTuple):
    """Sentences, best first, and what tells whether they answer: features, and what was read closely."""

    sentences: list[Sentence]
    features: dict[str, float]
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class View:
    """A hit's passage as parts: its document's title, what it stands under, and the sentences that may answer."""

    key: str
    title: str
    context: tuple[str, ...]
    spans: tuple[Span, ...]
    kinds: tuple[Block, ...]  # the block of each span
    texts: tuple[str, ...]  # of the spans

    @classmethod
    def of(cls, hit: Hit, text: str) -> View:
        """Cut the passage of a hit into sentences, in the clean text of its document."""
        passage = hit.passage
        blocks = [block for block in passage.parts if block.kind not in SILENT]
        blocks = blocks or [Block("paragraph", passage.start, passage.end)]
        above = {"exchange": CONTEXT, "text": HEADINGS}.get(passage.kind, frozenset())
        answering = [b for b in blocks if b.kind not in above]
        answering = answering or (blocks if passage.kind == "text" else [])
        pairs = [(span, block) for block in answering for span in sentences(text, block.start, block.end)]
        under = [text[s.start : s.end] for b in blocks if b not in answering for s in sentences(text, b.start, b.end)]
        return cls(
            key=passage.passage_id,
            title=hit.document.title,
            context=tuple(under),
            spans=tuple(span for span, _ in pairs),
            kinds=tuple(block for _, block in pairs),
            texts=tuple(text[span.start : span.end] for span, _ in pairs),
        )

    def segments(self) -> list[tuple[str, str]]:
        """Title, context, sentences: what is analysed."""
        parts = [("title", self.title), *(("context", text) for text in self.context)]
        return parts + [("candidate", text) for text in self.texts]

    def readings(self) -> list[Reading]:
        """The sentences that may answer, each with what it stands under and the sentence before it."""
        above = self.context[-1] if self.context else ""
        pairs = zip(("", *self.texts), self.texts, strict=False)
        return [Reading(text, above or ("" if before else self.title), before) for before, text in pairs]


def _lacking(question: str, hit: Hit, texts: Callable[[str], str]) -> tuple[str, ...]:
    info = hit.document
    people = (part for person in (*info.askers, *info.answered_by) for part in (person.name, person.party, person.role))
    about = " ".join(filter(None, (info.title, info.path, info.date, info.date_asked, *people, *info.references)))
    parts = (texts(info.path)[part.start : part.end] for part in hit.passage.parts)
    passage = " ".join((hit.passage.text, *parts))
    return premises.unmet(question, passage, about, lambda: texts(info.path))


def ordered_sentences(views: Sequence[View], scores: NDArray[np.float64]) -> list[Sentence]:
    """The candidate sentences of all hits with their scores, best first."""
    places = [
        (number, span, block, text)
        for number, view in enumerate(views)
        for span, block, text in zip(view.spans, view.kinds, view.texts, strict=True)
    ]
    found = [
        Sentence(number, span.start, span.end, text, float(score), block.kind)
        for (number, span, block, text), score in zip(places, scores, strict=True)
    ]
    return sorted(found, key=lambda s: (-s.score, s.hit, s.start))


def as_read(hits: Sequence[Hit], found: Sequence[Sentence]) -> tuple[tuple[Hit, ...], tuple[Sentence, ...]]:
    """Hits in the order of how good search thought them and what was found in them; those not read keep their places.

    The log-odds of the best sentence count for ``READING`` of the hit's own.
    """
    best: dict[int, float] = {}
    for sentence in found:
        best[sentence.hit] = max(best.get(sentence.hit, 0.0), sentence.score)
    read = sorted(best)
    worth = log_odds(np.array([hits[number].score for number in read]))
    worth += READING * log_odds(np.array([best[number] for number in read]))
    order = list(range(len(hits)))
    for place, at in zip(read, np.argsort(-worth, kind="stable"), strict=True):
        order[place] = read[at]
    place_of = {number: place for place, number in enumerate(order)}
    return (
        tuple(replace(hits[number], rank=place + 1) for place, number in enumerate(order)),
        tuple(replace(sentence, hit=place_of[sentence.hit]) for sentence in found),
    )
