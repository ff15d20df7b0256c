"""Invented documents with questions (``training/data/worlds``), read, searched and weighed as the product does.

Each world is a file: three documents on one theme, and questions with the sentences that answer them, or with none.
Documents and questions were written by a language model, blind to every question that is measured with.

A question is asked of an index of its own three documents, of one that holds four other worlds as well, and of one from
which the document that answers it was left out. ``python -m training.worlds --check FILE …`` says what is wrong with
worlds.
"""

from __future__ import annotations

import argparse
import json
import random
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from rag import spelling
from rag.answerability import ANSWERABILITY, load_answerability
from rag.assistant import NEAREST
from rag.association import Associations
from rag.config import Config
from rag.cross_encoder import Reading
from rag.documents import read_document
from rag.embeddings import load_encoder
from rag.evaluation.questions import find_loosely
from rag.evidence import READ, EvidenceFinder, View
from rag.features import Analyzer
from rag.indexing import build_index
from rag.ranking import Ranker, features_of
from rag.retrieval import Retriever
from rag.store import Store
from rag.store.matching import StoredMatching
from rag.trees import load_forest
from rag.types import Document, Passage
from training.data import FOLDS

FOLDER = Path(__file__).resolve().parent / "data" / "worlds"
FEWEST_QUESTIONS, FEWEST_UNANSWERED, LONGEST = 45, 15, 40  # questions, questions, words
BESIDE = 4  # other worlds in a larger index
OWN, LARGER, WITHOUT, ELSEWHERE = "own", "larger", "without", "elsewhere"  # what an index holds
STRANGERS = 25  # questions of a world that are asked of another's documents
Group = tuple[np.ndarray, np.ndarray]  # features (n, features), and which of the n are right


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence in the clean text of a document."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a world. ``evidence`` is empty when no document answers it; ``also`` says the same elsewhere."""

    text: str
    evidence: tuple[Place, ...]
    also: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Documents by their paths, and what is asked of them."""

    name: str
    files: dict[str, str]
    questions: tuple[Asked, ...]

    @property
    def fold(self) -> int:
        """Which third of the training questions its questions belong to."""
        return zlib.crc32(self.name.encode()) % FOLDS


def load_worlds(folder: Path = FOLDER) -> list[World]:
    """All worlds. Raises ValueError for a world with errors."""
    return [load_world(file) for file in sorted(folder.glob("*.jsonl"))]


def load_world(file: Path) -> World:
    """One world. Raises ValueError when it is not whole; the message has a line for each error."""
    rows = _rows(file)
    files = load_files(file)
    known = dict(zip((row["document"] for row in rows if "document" in row), read_all(files), strict=True))
    errors: list[str] = []
    questions = []
    for row in (row for row in rows if "q" in row):
        found: dict[bool, list[Place]] = {False: [], True: []}
        for name, quote, *rest in row["evidence"]:
            place = find_loosely(known[name].text, quote) if name in known else None
            if place is None:
                errors.append(f"{row['q']!r}: not in {name}: {quote!r}")
            else:
                found[bool(rest)].append(Place(f"{file.stem}-{name}", *place))
        if (row["a"] is None) != (not row["evidence"]):
            errors.append(f"{row['q']!r}: an answer without evidence or the reverse")
        questions.append(Asked(row["q"], tuple(found[False]), tuple(found[True])))
    if errors:
        raise ValueError("\n".join(errors))
    return World(file.stem, files, tuple(questions))


def load_files(file: Path) -> dict[str, str]:
    """The documents of one world by their paths."""
    return {f"{file.stem}-{row['document']}": row["text"] for row in _rows(file) if "document" in row}


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]


def read_all(files: dict[str, str]) -> list[Document]:
    """Documents as the product reads them, in order."""
    with TemporaryDirectory() as folder:
        write_files(files, Path(folder))
        return [read_document(Path(folder) / name, Path(folder)) for name in files]


def write_files(files: dict[str, str], folder: Path) -> None:
    """Lay down the documents of a world as files."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


class WatchedRanker(Ranker):
    """A ranking that keeps the last features it saw."""

    rows: np.ndarray

    def rank_stored(
        self, question: str, stored: StoredMatching, numbers: np.ndarray, scores: Sequence[np.ndarray]
    ) -> np.ndarray:
        """As ``Ranker.rank_stored``."""
        asked = self._analyzer.question(question)
        match = self._analyzer.matcher.match(asked, stored.texts(numbers), stored.vocabulary)
        lexical, dense, fused = (part.astype(np.float32) for part in scores)
        self.rows = features_of(asked, match, (lexical, dense, fused))
        return super().rank_stored(question, stored, numbers, scores)


class WatchedTrees:
    """Trees that keep the last rows they saw. Without a file they think all rows the same."""

    rows: np.ndarray
    odds: np.ndarray

    def __init__(self, file: Path | None) -> None:
        self._forest = load_forest(file) if file else None

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """As ``Forest.predict``."""
        self.rows = np.array(rows, np.float32)
        self.odds = self._forest.predict(rows) if self._forest else np.zeros(len(rows))
        return self.odds


@dataclass(frozen=True, slots=True)
class Found:
    """What the product's search and reading make of a question."""

    world: World
    index: str  # OWN, LARGER, WITHOUT or ELSEWHERE
    question: Asked
    ranking: Group  # of the candidates; empty when nothing was found
    sentences: Group  # of the sentences of the best hits
    readings: tuple[Reading, ...]  # those sentences
    odds: np.ndarray  # of those sentences, by the choice of sentences
    features: dict[str, float]  # for answerability
    label: bool | None  # whether the documents answer; None when they do and what answers was not among the hits

    @property
    def teaches(self) -> bool:
        """Whether there is something to choose, and it is known what is right."""
        return bool(self.question.evidence) and self.index != WITHOUT


class Archive:
    """An index of a world's documents, and the product's own way through it."""

    def __init__(self, folder: Path, models: Models) -> None:
        self._models = models
        self._store = Store.open(folder, models.encoder.fingerprint)
        self._retriever = Retriever(self._store, models.encoder, models.ranker, Config())
        self._documents = {document.path for document in self._store.documents()}

    def ask(self, world: World, question: Asked, index: str) -> Found:
        """Search and read, and mark what is right."""
        text = spelling.mend(" ".join(question.text.split()), self._store.words())
        right = [place for place in question.evidence + question.also if place.document in self._documents]
        candidates = self._retriever.candidates(text).passages
        passages = self._store.passages(list(candidates))
        hits = self._retriever.search(text, NEAREST)
        ranked = np.array([_holds(passages[passage], right) for passage in candidates], bool)
        ranking = (self._models.ranker.rows, ranked) if candidates else _NOTHING
        features = self._models.finder.weigh(text, hits, self._store.text).features
        views = [(hit.passage.document, View.of(hit, self._store.text(hit.passage.document))) for hit in hits[:READ]]
        marks = np.array(list(_marks(views, right)), bool)
        sentences = (self._models.read.rows, marks) if len(marks) else _NOTHING
        readings = tuple(reading for _, view in views for reading in view.readings())
        there = bool(marks.any()) if right else False
        label = True if there else None if right else False
        odds = self._models.read.odds
        return Found(world, index, question, ranking, sentences, readings, odds, features, label)


def _marks(views: Sequence[tuple[str, View]], right: Sequence[Place]) -> Iterator[bool]:
    for path, view in views:
        for span in view.spans:
            yield any(p.document == path and overlaps(p, span.start, span.end) for p in right)


_NOTHING: Group = (np.zeros((0, 0), np.float32), np.zeros(0, bool))


def _holds(passage: Passage, places: Sequence[Place]) -> bool:
    """Whether a passage has part of one of these places."""
    parts = passage.parts
    return any(
        place.document == passage.document and any(place.start < b.end and b.start < place.end for b in parts)
        for place in places
    )


def overlaps(place: Place, start: int, end: int) -> bool:
    """Whether a span and a place are the same sentence, or more than half of the shorter is in both."""
    both = min(place.end, end) - max(place.start, start)
    return both > 0.5 * min(place.end - place.start, end - start)


class Models:
    """What search and reading go by, keeping what they see. ``models`` is the folder of all shipped models.

    Without a choice of ``sentences`` all are thought as good.
    """

    def __init__(self, models: Path, ranking: Path, associations: Associations, sentences: Path | None = None) -> None:
        self.encoder = load_encoder(models / "embedder")
        self.read = WatchedTrees(sentences)
        self.ranker = WatchedRanker(load_forest(ranking), Analyzer(self.encoder))
        answerability = load_answerability(models / "evidence" / ANSWERABILITY)
        self.finder = EvidenceFinder(self.read, associations, answerability, Analyzer(self.encoder))

    @contextmanager
    def archive(self, files: dict[str, str]) -> Iterator[Archive]:
        """An index of these documents, for as long as it is used."""
        with TemporaryDirectory() as folder:
            documents, index = Path(folder) / "documents", Path(folder) / "index"
            documents.mkdir()
            write_files(files, documents)
            build_index([documents], index, self.encoder)
            yield Archive(index, self)


def ask_fold(models: Models, fold: int) -> list[Found]:
    """All questions of the worlds of a fold, of every index they are asked of."""
    worlds = load_worlds()
    return [found for world in worlds if world.fold == fold for found in ask_world(models, world, worlds)]


def ask_world(models: Models, world: World, worlds: Sequence[World]) -> Iterator[Found]:
    """The questions of a world, of every index they are asked of."""
    chance = random.Random(zlib.crc32(world.name.encode()))
    others = chance.sample([other for other in worlds if other.name != world.name], BESIDE)
    beside = {name: text for other in others for name, text in other.files.items()}
    for index, files in ((OWN, world.files), (LARGER, world.files | beside)):
        yield from ask_in(models, world, files, index)
    for gone in world.files:
        left = world.files | (beside if chance.random() < 0.5 else {})
        yield from ask_in(models, world, {name: text for name, text in left.items() if name != gone}, WITHOUT, gone)


def ask_elsewhere(models: Models, world: World, worlds: Sequence[World]) -> list[Found]:
    """Some questions of a world asked of the documents of another one of its fold, which do not answer them."""
    chance = random.Random(zlib.crc32(world.name.encode()) + 1)
    other = chance.choice([other for other in worlds if other.fold == world.fold and other.name != world.name])
    asked = chance.sample(world.questions, min(STRANGERS, len(world.questions)))
    strange = tuple(replace(question, evidence=(), also=()) for question in asked)
    return ask_in(models, replace(world, questions=strange), other.files, ELSEWHERE)


def ask_in(models: Models, world: World, files: dict[str, str], index: str, gone: str | None = None) -> list[Found]:
    """The questions of a world asked of these files; only those that a file that is ``gone`` answers."""
    with models.archive(files) as archive:
        asked = world.questions if gone is None else [q for q in world.questions if q.evidence and _only(q, gone)]
        return [archive.ask(world, question, index) for question in asked]


def _only(question: Asked, document: str) -> bool:
    return all(place.document == document for place in question.evidence + question.also)


def faults(file: Path) -> Iterator[str]:
    """What is wrong with a world, a line each."""
    try:
        world = load_world(file)
    except (ValueError, KeyError, TypeError) as error:
        yield str(error)
        return
    unanswered = sum(not question.evidence for question in world.questions)
    if len(world.questions) < FEWEST_QUESTIONS or unanswered < FEWEST_UNANSWERED:
        yield f"{len(world.questions)} questions, {unanswered} of them unanswered"
    for text, count in Counter(question.text for question in world.questions).items():
        if count > 1 or len(text.split()) > LONGEST:
            yield f"twice or too long: {text!r}"
    for document in read_all(world.files):
        labels = sum(block.kind == "answer" for block in document.blocks)
        print(f"  {document.path}: {len(document.text)} characters, {labels} answers, title {document.title!r}")


def main() -> None:
    """Check worlds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", type=Path, nargs="+", required=True)
    for file in parser.parse_args().check:
        print(file.stem)
        for fault in faults(file):
            print(f"  ERROR {fault}")


if __name__ == "__main__":
    main()
