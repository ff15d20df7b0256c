"""Who answers in the comparison, and what is kept of each answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag import dutch
from rag.answering.answerer import ModelAnswerer
from rag.answering.extractive import ExtractiveAnswerer, refusal
from rag.answering.llama import LlamaModel
from rag.answering.llm import LlmAnswerer
from rag.answering.prompts import choosing_prompt
from rag.answering.verbatim import VerbatimAnswerer
from rag.config import Config
from rag.errors import ModelError
from rag.evaluation.measures import facts_found
from rag.types import Answer, Event, Evidence, Piece, Sentence
from training.reader.worlds import ANSWERABLE, World

Stream = Callable[[Evidence], Iterator[Event]]
Pick = Callable[[Evidence], Sentence | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question. ``facts`` and ``right`` are shares of 0–1; times are in milliseconds.

    ``first``: the first sentence shown is one that answers; ``right``: one of those shown is.
    """

    kind: str
    refused: bool
    first: bool
    right: bool
    facts: float
    words: int
    first_ms: float
    total_ms: float
    exact: bool


def answerers(model: Path | None, others: Sequence[Path], threads: int) -> dict[str, Stream]:
    """Everybody who writes an answer, by name."""
    extractive = ExtractiveAnswerer()
    found: dict[str, Stream] = {"extractive": extractive.stream}
    for file in [*([model] if model else []), *others]:
        config = Config(llm=str(file), llm_threads=threads)
        loaded = LlamaModel(config)
        writing = LlmAnswerer(loaded, config, extractive.answer)
        made: list[tuple[str, ModelAnswerer]] = [("chooses", VerbatimAnswerer(loaded, config)), ("writes", writing)]
        found |= {f"{file.stem} {name}": answerer.stream for name, answerer in made}
    return found


def put(world: World, stream: Stream, *, asked_anyway: bool) -> Outcome:
    """One question to one answerer; with ``asked_anyway`` also where the evidence says that nothing answers."""
    evidence = replace(world.evidence, answerable=True) if asked_anyway else world.evidence
    started = time.perf_counter()
    first_ms, answer = 0.0, refusal(evidence, "none")
    try:
        for event in stream(evidence):
            if isinstance(event, Piece) and not first_ms:
                first_ms = 1000 * (time.perf_counter() - started)
            if isinstance(event, Answer):
                answer = event
    except ModelError as error:  # a question that fails is one that is not answered, and stays in the figures
        print(f"{world.evidence.question}: {error}", file=sys.stderr)
    total_ms = 1000 * (time.perf_counter() - started)
    hits = {hit.passage.passage_id: hit for hit in evidence.hits}
    hold = [world.is_right(hits[c.passage_id], c) for c in answer.citations if c.passage_id in hits]
    return Outcome(
        world.kind,
        not answer.answered,
        bool(hold) and hold[0],
        any(hold),
        _facts(world, answer),
        len(answer.text.split()),
        first_ms or total_ms,
        total_ms,
        all(_exact(evidence, c.passage_id, c.start, c.end, c.quote) for c in answer.citations),
    )


def _facts(world: World, answer: Answer) -> float:
    """Share of the wanted facts; for RaadsQA of the terms of its short answer."""
    if world.kind != ANSWERABLE or not answer.answered:
        return 0.0
    if world.case is not None:
        return facts_found(answer.text, world.case.facts) if world.case.facts else 0.0
    return len(world.wanted & frozenset(dutch.terms(answer.text))) / len(world.wanted) if world.wanted else 1.0


def _exact(evidence: Evidence, passage: str, start: int, end: int, quote: str) -> bool:
    """Whether a quote stands where it says, as far as the passage shows it."""
    for hit in evidence.hits:
        p = hit.passage
        if p.passage_id == passage and p.start <= start and end <= p.end:
            return p.text[start - p.start : end - p.start] == quote
    return True  # a part outside the passage: the product's own tests hold these to the document


def best_of_evidence(evidence: Evidence) -> Sentence | None:
    """The shipped choice of evidence: its best sentence."""
    return evidence.sentences[0] if evidence.sentences else None


def most_words(evidence: Evidence) -> Sentence | None:
    """The sentence that holds most of the question's words, rare ones counting more (the simplest bar)."""
    wanted = {t: w * dutch.background_idf(t) for t, w in dutch.query_terms(evidence.question).items()}

    def mass(sentence: Sentence) -> float:
        return sum(wanted.get(term, 0.0) for term in frozenset(dutch.terms(sentence.text)))

    return max(sorted(evidence.sentences, key=lambda s: (s.hit, s.start)), key=mass, default=None)


def most_words_of_best_passage(evidence: Evidence) -> Sentence | None:
    """The shipped ranking's best passage, and in it the sentence that holds most of the question's words."""
    first = tuple(s for s in evidence.sentences if s.hit == 0)
    return most_words(replace(evidence, sentences=first))


PICKS: dict[str, Pick] = {
    "weighted word overlap": most_words,
    "shipped ranking, then word overlap": most_words_of_best_passage,
    "shipped choice of evidence": best_of_evidence,
}


def shown_to(model: LlamaModel, world: World, passages: int) -> bool:
    """Whether a sentence that answers is among those that the model gets to see: it cannot do better than that."""
    prompt = choosing_prompt(world.evidence, model.count_tokens, passages, model.context)
    return any(world.is_right(world.evidence.hits[s.hit], s) for s in prompt.sentences)


def silences(model: LlamaModel, worlds: Sequence[World], passages: int) -> list[float]:
    """For each world how much the model likes "geen antwoord" above the number of a sentence (log-odds)."""
    found = []
    for world in worlds:
        prompt = choosing_prompt(world.evidence, model.count_tokens, passages, model.context)
        likings = model.first_likings(prompt.instructions, prompt.material, prompt.choices())
        found.append(likings[0] - max(likings[1:]))
    return found
