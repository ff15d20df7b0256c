"""What the cross-encoder learns from: questions with the sentences that are found for them.

Of RaadsQA, in the whole index or a small one, and of the invented worlds: of the documents they are about, of the
others alone, and of another world's. Every sentence has the log-odds of a choice of sentences that has not seen the
question, as ``training.ranker`` and ``training.evidence`` left it in their work folder.
"""

from __future__ import annotations

import pickle
import random
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.answerability import answerability_features
from rag.association import FILE, Associations
from rag.cross_encoder import Reading
from rag.evidence import SENTENCES
from rag.ranking import MODEL, sigmoid
from rag.sentence_features import sentence_features
from training.benchmark import in_chunks
from training.data import Question, own_questions, questions
from training.evidence import Search
from training.worlds import OWN, WITHOUT, Found, Models, ask_elsewhere, ask_in, load_worlds


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with what was found for it. ``odds`` and ``marks`` are of the sentences."""

    question: str
    index: str  # "whole", "small", OWN, WITHOUT or ELSEWHERE
    invented: bool
    answerable: bool
    readings: tuple[Reading, ...]
    odds: np.ndarray
    marks: np.ndarray  # which are evidence
    features: dict[str, float]  # for answerability

    @property
    def teaches(self) -> bool:
        """Whether it is known what is right."""
        return len(self.readings) > 2 and (not self.answerable or bool(self.marks.any()))


def lessons(data: Path, work: Path, models: Path, fold: int | None, *, pairs: bool = True) -> list[Lesson]:
    """Those of a fold of RaadsQA train and of the worlds, or of RaadsQA dev (None); kept in ``work``.

    ``pairs``: those of the questions in pairs over RaadsQA's passages as well. There half are unanswered, with the
    words of the passage: good to learn reading from, but no likeness of what people ask.
    """
    if fold is None:
        return _kept(
            work / "lessons-dev.pickle", lambda: _of_passages(data, work, models, fold, questions(data, "dev"))
        )
    kept = []
    for name, asked in (("lessons", questions(data, "train")), ("lessons-own", own_questions() if pairs else [])):
        own = [question for question in asked if question.fold == fold]
        if not own:
            continue
        kept += _kept(work / f"{name}-{fold}.pickle", lambda own=own: _of_passages(data, work, models, fold, own))
    return kept + _kept(work / f"lessons-worlds-{fold}.pickle", lambda: _of_worlds(work, models, fold))


def _kept(file: Path, find: Callable[[], Iterable[Lesson]]) -> list[Lesson]:
    if not file.is_file():
        file.write_bytes(pickle.dumps(list(find())))
    return list(pickle.loads(file.read_bytes()))


def _of_passages(data: Path, work: Path, models: Path, fold: int | None, asked: Sequence[Question]) -> Iterator[Lesson]:
    name, embedder = ("dev", models / "embedder") if fold is None else (f"fold{fold}", work / f"fold{fold}")
    known = Associations.load(work / f"{name}-{FILE}")
    search = Search(data, work, embedder, work / f"{MODEL}-{name}", known, work / f"{SENTENCES}-{name}")
    yield from found_by(search, [q for q in asked if q.pid in search.place], every=fold is None)


def found_by(search: Search, asked: Sequence[Question], *, every: bool) -> Iterator[Lesson]:
    """What a search finds for questions, in the whole index and in a small one, or in one of the two."""
    rows = search.encoder.encode([question.text for question in asked])
    for question, cosines in zip(asked, in_chunks(rows, search.unit_rows), strict=True):
        chance = random.Random(zlib.crc32(question.text.encode()))
        lexical, cosine = search.bm25.scores(question.text), search.units.best(cosines)
        right = search.place[question.pid]
        small = np.union1d(search.small(right, chance), [right])
        for index in ("whole", "small") if every else (chance.choice(("whole", "small")),):
            members = np.arange(len(search.texts)) if index == "whole" else small
            yield _lesson(search, question, index, *search.hits(question, members, lexical, cosine))


def _lesson(search: Search, question: Question, index: str, hits: list[int], scores: list[float]) -> Lesson:
    assert search.sentence_model is not None
    asked, analyses = search.analysed(question, hits)
    match = search.analyzer.match(asked, analyses)
    odds = search.sentence_model.predict(sentence_features(asked, analyses, match, search.associations, scores))
    readings: list[Reading] = []
    marks: list[bool] = []
    for place, analysis in zip(hits, analyses, strict=True):
        own = readings_of(list(zip(analysis.kinds, analysis.texts, strict=True)))
        readings += own
        marks += [place == search.place[question.pid] and number in question.evidence for number in range(len(own))]
    features = answerability_features(asked, analyses, match, sigmoid(odds), scores)
    answerable = question.answer is not None
    return Lesson(question.text, index, False, answerable, tuple(readings), odds, np.array(marks, bool), features)


def readings_of(parts: Sequence[tuple[str, str]]) -> list[Reading]:
    """What is read of a passage, from its parts (``training.evidence.parts``), as ``rag.evidence.View`` has it."""
    context = [text for kind, text in parts if kind == "context"]
    sentences = [text for kind, text in parts if kind == "candidate"]
    above = context[-1] if context else ""
    pairs = zip(("", *sentences), sentences, strict=False)
    return [Reading(text, above or ("" if before else parts[0][1]), before) for before, text in pairs]


def _of_worlds(work: Path, models: Path, fold: int) -> Iterator[Lesson]:
    known = Associations.load(work / f"fold{fold}-{FILE}")
    by = Models(models, work / f"{MODEL}-fold{fold}", known, work / f"{SENTENCES}-fold{fold}")
    worlds = [world for world in load_worlds() if world.fold == fold]
    for world in worlds:
        for found in ask_in(by, world, world.files, OWN):
            yield _invented(found)
        for gone in world.files:
            left = {name: text for name, text in world.files.items() if name != gone}
            for found in ask_in(by, world, left, WITHOUT, gone):
                yield _invented(found)
        for found in ask_elsewhere(by, world, worlds):
            yield _invented(found)


def _invented(found: Found) -> Lesson:
    answerable = bool(found.question.evidence) and found.index != WITHOUT
    odds, marks = found.odds, found.sentences[1]
    return Lesson(found.question.text, found.index, True, answerable, found.readings, odds, marks, found.features)
