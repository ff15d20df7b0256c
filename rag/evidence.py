"""Hits → the sentences that answer, and how likely it is that the documents answer at all.

Boosted trees say how well a sentence answers, given the question, its passage and the question it stands under. A
logistic regression with readable coefficients says whether anything answers; both come from ``training/evidence.py``.
What is enough is not decided here but stored beside the coefficients, chosen on data by a stated rule. Knows no index
and writes no answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from rag import association, direct, premises
from rag.asking import KINDS, lacks_measure, topic
from rag.association import Associations
from rag.embeddings import Encoder, load_encoder
from rag.errors import ModelInvalid, ModelMissing
from rag.features import Analysis, Analyzer, Asked, Match, suiting
from rag.sentence_features import SENTENCE_NAMES, log_odds, most, sentence_features
from rag.sentences import sentences
from rag.trees import Forest, load_forest
from rag.types import Block, Evidence, Hit, Sentence, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.features import Floats

SENTENCES, ANSWERABILITY = "sentences.txt", "answerability.json"
READ = 5  # hits whose sentences are weighed
READING = 0.5  # what the best sentence of a hit counts beside search's own opinion (training/LOG.md)
CONTEXT = frozenset({"question", "introduction"})  # what an answer stands under
HEADINGS = frozenset({"title", "heading", "heads"})  # what running text and the rows of a table stand under
SILENT = frozenset({"label", "furniture"})  # blocks that answer nothing


@dataclass(frozen=True, slots=True)
class Answerability:
    """A logistic regression: ``scale * (x - mean)`` weighed by ``weights``, plus ``bias``.

    ``threshold`` is the likelihood from which the documents are taken to answer.
    """

    names: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    threshold: float

    def probability(self, values: dict[str, float]) -> float:
        """The likelihood (0–1) that the documents answer."""
        row = np.array([values[name] for name in self.names], np.float32)
        return float(1 / (1 + np.exp(-(self.bias + self.weights @ np.clip((row - self.mean) * self.scale, -4, 4)))))


class EvidenceFinder:
    """Chooses sentences and estimates answerability. Threads take turns, for it keeps what it worked out."""

    def __init__(
        self, forest: Forest, associations: Associations, answerability: Answerability, analyzer: Analyzer
    ) -> None:
        self._forest = forest
        self._associations = associations
        self._answerability = answerability
        self._analyzer = analyzer
        self._turn = Lock()

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None) -> EvidenceFinder:
        """Read all three models. Raises ModelMissing or ModelInvalid.

        They compare words with the embedder that they were trained with (``../embedder``); give that as ``encoder``
        when it is loaded already.
        """
        forest = load_forest(folder / SENTENCES)
        if forest.names != SENTENCE_NAMES:
            raise ModelInvalid(f"Het bewijsmodel in {folder} hoort bij een andere versie van het programma.")
        analyzer = Analyzer(encoder or load_encoder(folder.parent / "embedder"))
        associations = Associations.load(folder / association.FILE)
        return cls(forest, associations, load_answerability(folder / ANSWERABILITY), analyzer)

    def find(self, question: str, hits: Sequence[Hit], texts: Callable[[str], str]) -> Evidence:
        """The sentences of the best hits, best first; ``texts`` gives the clean text of a document by its path.

        Hits that lack what the question takes for granted (``rag.premises``) are no evidence.
        """
        if not hits:
            return Evidence(question, (), (), 0.0, answerable=False)
        lacking = [_lacking(question, hit, texts) for hit in hits]
        fitting = [number for number, missing in enumerate(lacking) if not missing]
        found, values = self.weigh(question, [hits[number] for number in fitting] or hits, texts)
        confidence = self._answerability.probability(values)
        if not fitting:
            confidence = premises.without(confidence)
            return Evidence(question, tuple(hits), tuple(found), confidence, answerable=False, missing=lacking[0])
        found = direct.ahead(question, hits, [replace(sentence, hit=fitting[sentence.hit]) for sentence in found])
        if direct.defines(question, found):
            confidence = max(confidence, direct.SURE)
        elif found and direct.is_direct(question, hits, found[0]):
            confidence = self._about(question, [hits[number] for number in fitting], texts)
        enough = bool(found) and confidence >= self._answerability.threshold
        return Evidence(question, *as_read(hits, found), confidence, enough)

    def _about(self, question: str, hits: Sequence[Hit], texts: Callable[[str], str]) -> float:
        """How likely it is that what was found is about the topic of a question: the asking itself stands nowhere."""
        contents = [hit for hit in hits if hit.passage.kind != "metadata"] or hits
        weighed = (self.weigh(topic(question), part, texts)[1] for part in (hits, contents))
        return max(map(self._answerability.probability, weighed))

    def weigh(
        self, question: str, hits: Sequence[Hit], texts: Callable[[str], str]
    ) -> tuple[list[Sentence], dict[str, float]]:
        """The sentences of the best hits, best first, and the features that tell whether they answer."""
        views = [View.of(hit, texts(hit.passage.document)) for hit in hits[:READ]]
        with self._turn:
            asked = self._analyzer.question(question)
            analyses = self._analyzer.analyse_all([(view.key, view.segments) for view in views])
            match = self._analyzer.match(asked, analyses)
        found = [hit.score for hit in hits[:READ]]
        features = sentence_features(asked, analyses, match, self._associations, found)
        scores = sigmoid(self._forest.predict(features))  # (candidates,)
        return ordered_sentences(views, scores), answerability_features(asked, analyses, match, scores, found)


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


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds → likelihood."""
    likely: NDArray[np.float64] = 1 / (1 + np.exp(-values))
    return likely


def load_answerability(file: Path) -> Answerability:
    """Read the coefficients. Raises ModelMissing or ModelInvalid."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        rows = stored["coefficients"]
        mean, scale, weight = (
            np.array([row[key] for row in rows.values()], np.float32) for key in ("mean", "scale", "weight")
        )
        return Answerability(tuple(rows), mean, scale, weight, float(stored["bias"]), float(stored["threshold"]))
    except FileNotFoundError as error:
        raise ModelMissing(f"{file} ontbreekt: het model is niet volledig. Haal het project opnieuw op.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelInvalid(f"{file} is beschadigd. Haal het project opnieuw op.") from error


def answerability_features(
    asked: Asked, texts: Sequence[Analysis], match: Match, scores: NDArray[np.float64], hits: Sequence[float]
) -> dict[str, float]:
    """What tells whether the hits answer. ``scores`` are those of the candidate sentences, ``hits`` of the hits."""
    first, odds = match.bounds[:-1], log_odds(np.array(hits[:2]))
    in_text = np.maximum.reduceat(match.hard, first, axis=1)  # (question words, texts)
    soft_in_text = np.maximum.reduceat(match.soft, first, axis=1)
    hard = asked.weights @ match.hard
    soft = asked.weights @ match.soft
    kinds = np.array([kind for text in texts for kind in text.kinds])
    top = slice(int(match.bounds[0]), int(match.bounds[1]))
    top_context = kinds[top] == "context"
    counts = [sum(kind == "candidate" for kind in text.kinds) for text in texts]
    bests = [float(part.max()) if len(part) else 0.0 for part in np.split(scores, np.cumsum(counts)[:-1])]
    sentence = kinds == "candidate"
    mass, likeness = asked.weights @ in_text, asked.weights @ soft_in_text
    missed = asked.idf[:, None] * (in_text < 0.5)
    softly_missed = asked.idf[:, None] * (1 - soft_in_text)
    numbers = asked.numbers
    best = int(np.flatnonzero(sentence)[np.argmax(scores)]) if len(scores) else 0
    best_words, best_text = match.hard[:, best], str(np.concatenate([text.texts for text in texts])[best])
    return {
        "hit score": float(odds[0]),
        "hit margin": float(odds[0] - odds[1]) if len(hits) > 1 else 0.0,
        "sentence score": bests[0],
        "best sentence score": max(bests),
        "mass": float(mass[0]),
        "best mass": float(mass.max()),
        "soft": float(likeness[0]),
        "best soft": float(likeness.max()),
        "sentence mass": most(hard[top][~top_context]),
        "sentence soft": most(soft[top][~top_context]),
        "best sentence mass": most(hard[sentence]),
        "best sentence soft": most(soft[sentence]),
        "cosine": most(match.cosine[top][~top_context]),
        "best cosine": most(match.cosine[sentence]),
        "title mass": float(hard[0]),
        "context": float(top_context.any()),
        "context mass": most(hard[top][top_context]),
        "context soft": most(soft[top][top_context]),
        "context cosine": most(match.cosine[top][top_context]),
        "neighbours": float(match.pairs[0]),
        "most missed": float(np.max(missed[:, 0], initial=0.0)),
        "most missed everywhere": float(np.max(missed.min(axis=1), initial=0.0)),
        "most missed softly": float(np.max(softly_missed[:, 0], initial=0.0)),
        "most missed softly everywhere": float(np.max(softly_missed.min(axis=1), initial=0.0)),
        "words missed": float((in_text[:, 0] < 0.5).mean()) if len(in_text) else 1.0,
        **_missing("number", numbers, in_text, best_words),
        **_missing("name", asked.names, in_text, best_words),
        **_missing("focus", asked.focus, soft_in_text, match.soft[:, best]),
        "most missed of focus": float(np.max(asked.focus * softly_missed[:, 0], initial=0.0)),
        "most missed of focus everywhere": float(np.max(asked.focus * softly_missed.min(axis=1), initial=0.0)),
        "measure missed": float(lacks_measure(asked.text, " ".join(texts[0].texts))),
        "measure missed in sentence": float(lacks_measure(asked.text, best_text)),
        "suits": float((suiting(asked, match.offers[top]) & sentence[top]).any()),
        "best sentence suits": float(suiting(asked, match.offers[best])),
        "best sentence words missed": float((best_words < 0.5).mean()) if len(best_words) else 1.0,
        "question words": float(len(asked.words)),
        "question idf": float(asked.idf.mean()) if len(asked.idf) else 0.0,
        **{f"asks {kind}": float(asked.kind == kind) for kind in KINDS},
    }


def _missing(name: str, chosen: NDArray[np.bool_], in_text: Floats, best: Floats) -> dict[str, float]:
    """Whether one of the chosen question words stands not in the first text, in none, or not in the best sentence."""
    places = {"": in_text[:, 0], " everywhere": in_text.max(axis=1), " in sentence": best}
    return {f"{name} missed{place}": float((there[chosen] < 0.5).any()) for place, there in places.items()}
