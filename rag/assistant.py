"""Composes the whole: index, search, ask. Decides nothing about documents, ranking or wording itself.

In use::

from rag import Assistant
assistant = Assistant.open("index")
answer = assistant.ask("Hoeveel …?")
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag import compound, spelling
from rag.answering.extractive import ExtractiveAnswerer
from rag.config import Config, load_config
from rag.differences import Difference, differences
from rag.embeddings import Encoder, load_encoder
from rag.errors import ModelMissing, QuestionError, UsageError
from rag.evidence import EvidenceFinder
from rag.indexing import IndexReport, build_index
from rag.ranking import Ranker
from rag.retrieval import Retriever
from rag.store import Facets, Listing, Overview, Store
from rag.store.milvus import Publisher, server_of
from rag.types import Answer, Document, DocumentInfo, Event, Evidence, Filters, Found, Hit, Link

if TYPE_CHECKING:
    from rag.answering.llm import LlmAnswerer
    from rag.answering.verbatim import VerbatimAnswerer

NEAREST = 10  # passages that an answer shows as "dit vond ik (wél)"
LARGE = 20_000  # units: with more, sentences are read closely only where there is doubt
ANSWERERS = ("auto", "extractive", "llm")


@dataclass(frozen=True, slots=True)
class _Opened:
    """One generation of the index, and what searches it."""

    store: Store
    retriever: Retriever


class Assistant:
    """An opened index with its models. Safe to use from several threads; a language model answers one at a time.

    When the index is replaced, the next question is answered from the new one.
    """

    def __init__(
        self, store: Store, encoder: Encoder, ranker: Ranker | None, finder: EvidenceFinder, config: Config
    ) -> None:
        self.config = config
        self._encoder = encoder
        self._ranker = ranker
        self._folder = Path(config.index)
        self._stamp = (-1, -1)  # of the index as it was when ``_opened`` was seen to be its latest
        self._opened = self._with(store)
        self._opening = threading.Lock()
        self._finder = finder
        self._extractive = ExtractiveAnswerer()
        self._llm: LlmAnswerer | VerbatimAnswerer | None = None
        self._search_lock = threading.Lock()
        self._llm_lock = threading.Lock()

    @classmethod
    def open(cls, index: str | Path | None = None, *, config: Config | None = None) -> Assistant:
        """Open an index with the models of the configuration.

        Raises:
            IndexMissing, IndexOutdated, IndexDamaged: the index cannot be used; the message says what to run.
            ModelMissing, ModelInvalid: a model cannot be loaded.
        """
        config = config or load_config()
        if index is not None:
            config = replace(config, index=str(index))
        _check_answerer(config.answerer)
        encoder = load_encoder(config.embedder_path)
        store = _store(config, encoder)
        own = None if config.embedder else encoder  # ranking and evidence know only the embedder they were made with
        ranker = Ranker.load(Path(config.reranker_path), own) if config.reranker_path else None
        closely = Path(config.cross_encoder_path) if config.cross_encoder_path else None
        return cls(store, encoder, ranker, EvidenceFinder.load(Path(config.evidence_path), own, closely), config)

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The ``k`` best passages. Raises QuestionError for a question that is empty or too long."""
        opened = self._latest()
        understood = spelling.mend(self._checked(question), opened.store.words())
        with self._search_lock:
            return opened.retriever.search(understood, k, filters)

    def ask(self, question: str, *, filters: Filters | None = None, answerer: str | None = None) -> Answer:
        """The answer with its proof, or the honest absence of one."""
        for event in self.stream(question, filters=filters, answerer=answerer):
            if isinstance(event, Answer):
                return event
        raise AssertionError("a stream ends with an answer")

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        answerer: str | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        """The same, as it comes: what was found, then verified claims, then the whole answer."""
        started = time.perf_counter()
        typed = self._checked(question)
        opened = self._latest()
        understood = spelling.mend(typed, opened.store.words())
        chosen = _check_answerer(answerer or self.config.answerer)
        with self._search_lock:
            evidence = self._evidence(opened, understood, filters)
        searched = time.perf_counter()
        yield Found(evidence.hits, evidence)
        for event in self._answer(evidence, chosen, stop):
            if isinstance(event, Answer):
                timings = {"search": 1000 * (searched - started), "answer": 1000 * (time.perf_counter() - searched)}
                yield replace(
                    event,
                    question=typed,
                    understood=understood if understood != typed else "",
                    timings_ms={**event.timings_ms, **timings},
                )
            else:
                yield event

    def documents(self) -> list[DocumentInfo]:
        """All documents in the index, in order of path."""
        return self._latest().store.documents()

    def info(self, path: str) -> DocumentInfo:
        """What there is to know of a document. Raises UsageError when the index has no such document."""
        return self._latest().store.info(path)

    def document(self, path: str) -> Document:
        """A document as indexed. Raises UsageError when the index has no such document."""
        return self._latest().store.document(path)

    def original(self, path: str) -> tuple[str, str]:
        """Where the file of a document is, and the fingerprint it had. Raises UsageError when there is no such one."""
        return self._latest().store.original(path)

    def links(self, path: str) -> tuple[Link, ...]:
        """The documents that a document belongs with: its answer, what it refers to, what names it."""
        return self._latest().store.links(path)

    def failures(self) -> list[tuple[str, str]]:
        """The files that could not be read when the index was made: (path, reason)."""
        return self._latest().store.failures()

    def overview(self) -> Overview:
        """Every file that was seen, with what came of it."""
        return self._latest().store.overview()

    def listing(self, page: int = 1, size: int = 100, words: str = "") -> Listing:
        """One page of the documents, newest first; ``words`` limits it to those with these in their title or name."""
        return self._latest().store.listing(page, size, words)

    def differences(self, path: str, other: str, most: int = 5) -> tuple[Difference, ...]:
        """The first ``most`` differences between two documents. Raises UsageError when the index lacks one."""
        store = self._latest().store
        return differences(store.text(path), store.text(other), most)

    def facets(self, filters: Filters | None = None) -> Facets:
        """What can be filtered on, with counts."""
        return self._latest().store.facets(filters)

    def similar_questions(self, question: str, k: int = 5) -> list[Hit]:
        """Exchanges whose questions resemble a question: "is dit al eerder gevraagd?"."""
        return [hit for hit in self.search(question, 4 * k) if hit.passage.kind == "exchange"][:k]

    def examples(self, n: int = 4) -> list[str]:
        """Questions that the documents themselves hold, short enough to read at a glance."""
        return self._latest().store.examples(n)

    def _evidence(self, opened: _Opened, question: str, filters: Filters | None) -> Evidence:
        """The evidence for a question; where it asks several things, for each of them."""

        def found(asked: str) -> Evidence:
            hits = opened.retriever.search(asked, NEAREST, filters)
            return self._finder.find(asked, hits, opened.store.text, sparing=len(opened.store.vectors) > LARGE)

        asked = compound.parts(question)
        return compound.merged(question, found(question), [found(part) for part in asked]) if asked else found(question)

    def _answer(self, evidence: Evidence, answerer: str, stop: Callable[[], bool] | None) -> Iterator[Event]:
        if replace(self.config, answerer=answerer).llm_answers:
            with self._llm_lock:  # loading only: a model has its own queue, and who waits there can stop
                model = self._language_model()
            yield from model.stream(evidence, stop)
        else:
            yield from self._extractive.stream(evidence)

    def _language_model(self) -> LlmAnswerer | VerbatimAnswerer:
        """The language model, loaded at the first question that needs it."""
        if self._llm is None:
            from rag.answering.llm import open_answerer

            if not self.config.llm_path:
                raise ModelMissing(
                    "Er is geen taalmodel ingesteld. Kies er een met: raadwijzer models use BESTAND, "
                    "of vraag zonder taalmodel met --answerer extractive."
                )
            self._llm = open_answerer(self.config, self._extractive.answer)
        return self._llm

    def _checked(self, question: str) -> str:
        """The question on one line. Raises QuestionError."""
        question = " ".join(question.split())
        if not any(c.isalnum() for c in question):
            raise QuestionError("De vraag is leeg. Typ een vraag, bijvoorbeeld: Hoeveel meldingen waren er in 2021?")
        if len(question) > self.config.max_question_characters:
            raise QuestionError(
                f"De vraag telt {len(question)} tekens; het mogen er {self.config.max_question_characters} zijn. "
                "Maak de vraag korter."
            )
        return question

    def _latest(self) -> _Opened:
        """The index as it is now: one that was replaced is opened anew. Costs a look at one small file."""
        stamp = Store.stamp(self._folder)
        if stamp != self._stamp:
            with self._opening:
                if not self._opened.store.is_current():
                    self._opened = self._with(_store(self.config, self._encoder))
                self._stamp = stamp
        return self._opened

    def _with(self, store: Store) -> _Opened:
        return _Opened(store, Retriever(store, self._encoder, self._ranker, self.config))


def index_documents(
    paths: Sequence[Path],
    config: Config,
    progress: Callable[[int, int], None] | None = None,
    again: Sequence[Path] = (),
) -> IndexReport:
    """Build the index of the configuration, or bring it up to date. See ``rag.indexing.build_index``."""
    encoder = load_encoder(config.embedder_path)
    return build_index(paths, Path(config.index), encoder, progress, again, elsewhere=Publisher.of(config))


def _store(config: Config, encoder: Encoder) -> Store:
    """The index of the configuration. Raises UsageError for a collection that it does not have."""
    server = server_of(config)
    store = Store.open(Path(config.index), encoder.fingerprint, config.closed, config.collections, server)
    there = store.collections() if config.collections else []
    unknown = [name for name in config.collections if name not in there]
    if unknown:
        known = f"Wel: {', '.join(there)}." if there else "De documenten hebben geen collecties."
        raise UsageError(f"De collectie '{unknown[0]}' staat niet in de index. {known}")
    return store


def _check_answerer(answerer: str) -> str:
    if answerer not in ANSWERERS:
        raise UsageError(f"De antwoorder '{answerer}' bestaat niet. Kies uit: {', '.join(ANSWERERS)}.")
    return answerer
