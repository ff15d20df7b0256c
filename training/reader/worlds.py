"""Questions with what was found for them, the same for everybody who is to answer: the worlds of the comparison.

RaadsQA dev: five passages as the product's own search ranks them, the right one put among them where search missed it.
The questions that nothing answers are its near misses (their own passage is there), and answerable ones whose passage
was taken away; for the latter another passage may still answer, so they are counted apart. The project's own eval set:
the whole product over its documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from rag import dutch
from rag.assistant import Assistant, index_documents
from rag.config import Config
from rag.embeddings import load_encoder
from rag.evaluation.questions import Case, load_cases
from rag.evidence import EvidenceFinder
from rag.ranking import Ranker
from rag.retrieval import Retriever
from rag.types import Citation, Evidence, Found, Hit, Sentence
from training.data import Question, Text, corpus
from training.shelf import Shelf

if TYPE_CHECKING:
    from rag.store import Store

PASSAGES = 5
ANSWERABLE, NEAR_MISS, TAKEN_AWAY = "answerable", "near miss", "taken away"
Span = tuple[str, int, int]  # document, start, end


@dataclass(frozen=True, slots=True)
class World:
    """A question with its evidence. ``right`` are the places that answer; ``case`` is that of the eval set, if any.

    ``wanted`` are the terms of the short answer of RaadsQA.
    """

    kind: str
    evidence: Evidence
    right: tuple[Span, ...] = ()
    wanted: frozenset[str] = frozenset()
    case: Case | None = None

    def is_right(self, hit: Hit, found: Sentence | Citation) -> bool:
        """Whether a sentence stands in a place that answers."""
        return any(
            hit.passage.document == document and found.start < end and start < found.end
            for document, start, end in self.right
        )


def raadsqa_worlds(
    data: Path, work: Path, models: Path, asked: Sequence[Question], finder: EvidenceFinder | None = None
) -> list[World]:
    """The worlds of questions of RaadsQA; ``finder`` is the choice of evidence, if it is not the shipped one."""
    texts = corpus(data)
    encoder = load_encoder(str(models / "embedder"))
    finder = finder or EvidenceFinder.load(models / "evidence", encoder)
    worlds: list[World] = []
    with TemporaryDirectory() as folder:
        shelf = Shelf.build(texts, encoder, Path(folder), work)
        retriever = Retriever(cast("Store", shelf), encoder, Ranker.load(models / "ranker", encoder), Config())
        bodies = {text.pid: text for text in texts}
        for question in asked:
            worlds += _worlds(question, bodies, shelf, retriever, finder)
    return worlds


def _worlds(
    question: Question, bodies: dict[str, Text], shelf: Shelf, retriever: Retriever, finder: EvidenceFinder
) -> list[World]:
    found = retriever.search(question.text, 4 * PASSAGES)
    own = [hit for hit in found if hit.passage.passage_id == question.pid]
    others = [hit for hit in found if hit.passage.passage_id != question.pid]
    least = others[PASSAGES - 2].score if len(others) >= PASSAGES - 1 else 0.0
    missed = Hit(1, least, shelf.passage(question.pid), shelf.info(question.pid))
    shown = sorted([*others[: PASSAGES - 1], *(own or [missed])], key=lambda hit: -hit.score)

    def evidence(hits: Sequence[Hit]) -> Evidence:
        ranked = [replace(hit, rank=rank) for rank, hit in enumerate(hits, 1)]
        return finder.find(question.text, ranked, lambda pid: bodies[pid].body)

    if question.answer is None:
        return [World(NEAR_MISS, evidence(shown))]
    right = tuple((question.pid, *span) for span in _spans(bodies[question.pid], question.evidence))
    wanted = frozenset(dutch.terms(question.answer))
    answered = World(ANSWERABLE, evidence(shown), right, wanted)
    return [answered, World(TAKEN_AWAY, evidence(others[:PASSAGES]))]


def _spans(text: Text, chosen: Sequence[int]) -> list[tuple[int, int]]:
    """Where sentences stand in the body, which is all of them with a space between."""
    starts = [0]
    for sentence in text.sentences:
        starts.append(starts[-1] + len(sentence) + 1)
    return [(starts[i], starts[i] + len(text.sentences[i])) for i in chosen]


def seeds_worlds(questions_file: Path, documents: Path) -> list[World]:
    """The dev questions of the project's own eval set, with the evidence that the product finds."""
    worlds = []
    with TemporaryDirectory() as folder:
        config = Config(index=folder)
        index_documents([documents], config)
        assistant = Assistant.open(config=config)
        for case in load_cases(questions_file, "dev"):
            found = next(event for event in assistant.stream(case.q) if isinstance(event, Found))
            right = tuple((gold.document, gold.start or 0, gold.end or 0) for gold in case.gold)
            kind = ANSWERABLE if case.answerable else NEAR_MISS
            worlds.append(World(kind, found.evidence, right, case=case))
    return worlds
