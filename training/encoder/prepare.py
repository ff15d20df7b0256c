"""What the cross-encoder learns from: questions of RaadsQA with what the product's own search finds for them.

Passages are kept as the product keeps them for matching: the numbers of their content words, sentence by sentence, the
title first. Search, ranking and choice of sentences are those of models that have not seen the question (the folds of
``training.embedder_last``, ``training.ranker`` and ``training.evidence``), so that the cross-encoder learns what they
lack and not to trust them too much.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag import dutch
from rag.asking import KINDS, offered
from rag.association import FILE, Associations
from rag.embeddings import StaticEncoder, load_encoder
from rag.evidence import SENTENCES, sentence_features
from rag.features import Analysis, Asked, Match, Matcher, Texts, _hard, segment_norms
from rag.ranking import MODEL, features_of
from rag.words import Ragged, Vocabulary, Words, norms
from training.benchmark import fused, in_chunks
from training.data import FOLDS, Question, corpus, questions
from training.evidence import Search, parts
from training.ranker import COUNT

LISTED, LEARNED = 20, 12  # candidates that are kept, best first: of dev and the held out fold, of the others
EMBEDDER = Path("models/embedder")
PASSAGES = "passages.pickle"


@dataclass(frozen=True, slots=True)
class Library:
    """All passages as numbers of words. Passage p has segments ``bounds[p]:bounds[p + 1]``, its title first."""

    ids: np.ndarray  # (words,): 0 in a segment without content words
    starts: np.ndarray  # (segments + 1,)
    bounds: np.ndarray  # (passages + 1,)
    offers: np.ndarray  # (segments,): see ``rag.asking.offered``
    pieces: np.ndarray  # flat, of every word of the vocabulary
    piece_starts: np.ndarray  # (vocabulary + 1,)
    stems: np.ndarray  # (vocabulary,): words with the same number have the same stem
    idf: np.ndarray  # (vocabulary,)
    digits: np.ndarray  # (vocabulary,): whether it is a number
    terms: np.ndarray  # flat: the keys of every word's terms, see ``rag.words``
    term_starts: np.ndarray  # (vocabulary + 1,)
    beginnings: np.ndarray  # (vocabulary,)
    asked: dict[str, np.ndarray]  # the words of every question

    def vocabulary(self, encoder: StaticEncoder) -> Vocabulary:
        """As matching wants it."""
        lengths = norms(encoder, self.pieces, np.diff(self.piece_starts))
        pieces = Ragged(self.pieces, self.piece_starts)
        return Vocabulary(Ragged(self.terms, self.term_starts), self.beginnings, pieces, lengths)


@dataclass(frozen=True, slots=True)
class Listed:
    """A question, and the passages that search found for it, best first."""

    question: Question
    words: np.ndarray  # (question words,): numbers in the library's vocabulary
    weights: np.ndarray  # (question words,)
    flags: np.ndarray  # (question words, 3): number, name, focus
    kind: int  # of ``rag.asking.KINDS``
    passages: np.ndarray  # (candidates,): positions in the corpus
    scores: np.ndarray  # (candidates,): the ranking's, out of fold
    right: np.ndarray  # (candidates,): whether this is the question's own passage
    found: bool  # whether search found it; the last of the candidates else
    hard: np.ndarray  # (question words, words of all candidates): ten times how well they match by letters
    chosen: np.ndarray  # (segments of all candidates,): log-odds by the trees that choose sentences; 0 of a title

    @property
    def answered(self) -> bool:
        """Whether its own passage answers it."""
        return self.question.answer is not None


def library(data: Path) -> Library:
    """The corpus as numbers, with the vocabulary of both passages and questions."""
    texts = corpus(data)
    words = Words(load_encoder(EMBEDDER))
    ids, sizes, counts, offers = [], [], [], []
    for text in texts:
        segments = [part for _, part in parts(text, "")]
        for segment in segments:
            standing = dutch.standing_words(segment)
            numbers = words.numbers(standing) or [0]
            ids += numbers
            sizes.append(len(numbers))
            offers.append(offered(segment, standing))
        counts.append(len(segments))
    asked = {
        question.text: np.array(words.numbers(dutch.standing_words(question.text)), np.int64)
        for split in ("train", "dev")
        for question in questions(data, split)
    }
    vocabulary = words.vocabulary()
    forms = words.forms(np.arange(1, len(words)))
    stems = vocabulary.terms.values[vocabulary.terms.starts[:-1]]
    return Library(
        ids=np.array(ids, np.int32),
        starts=np.cumsum([0, *sizes]),
        bounds=np.cumsum([0, *counts]),
        offers=np.array(offers, np.uint8),
        pieces=np.asarray(vocabulary.pieces.values),
        piece_starts=np.asarray(vocabulary.pieces.starts),
        stems=np.unique(stems, return_inverse=True)[1].astype(np.int32),
        idf=np.array([0.0, *(dutch.background_idf(dutch.terms(form)[0]) for form in forms)], np.float32),
        digits=np.array([False, *(any(letter.isdigit() for letter in form) for form in forms)]),
        terms=np.asarray(vocabulary.terms.values),
        term_starts=np.asarray(vocabulary.terms.starts),
        beginnings=np.asarray(vocabulary.beginnings),
        asked=asked,
    )


class Lister:
    """Lists candidates for questions with the models of one fold (or the shipped ones)."""

    def __init__(self, search: Search, library: Library, count: int) -> None:
        self._search, self._library, self._count = search, library, count
        encoder = search.analyzer.encoder
        self._vocabulary = library.vocabulary(encoder)
        self._norms = segment_norms(encoder, self._vocabulary, library.ids.astype(np.int64), np.diff(library.starts))
        self._matcher = Matcher(encoder)

    def all(self, asked: list[Question]) -> Iterator[Listed]:
        """Every question listed, in their order."""
        search = self._search
        rows = search.encoder.encode([question.text for question in asked])  # (questions, dim)
        for question, cosines in zip(asked, in_chunks(rows, search.unit_rows), strict=True):
            lexical, cosine = search.bm25.scores(question.text), search.units.best(cosines)
            order, score = fused(lexical, cosine)
            order, score = order[:COUNT], score[:COUNT].astype(np.float32)
            yield self._listed(question, order, (lexical[order], cosine[order], score))

    def _listed(self, question: Question, order: np.ndarray, scores: tuple[np.ndarray, ...]) -> Listed:
        asked = self._search.analyzer.question(question.text)
        match = self.match(asked, [self.analysis(i) for i in order])
        ranked = self._search.ranking.predict(features_of(asked, match, scores))
        best = np.argsort(-ranked, kind="stable")[: self._count]
        own, passages, kept = self._search.place[question.pid], order[best], ranked[best].astype(np.float32)
        found = bool((passages == own).any())
        if not found:
            passages, kept = np.append(passages[:-1], own), np.append(kept[:-1], kept[-1])
        return self.listed(question, asked, passages, kept, found)

    def listed(self, question: Question, asked: Asked, passages: np.ndarray, scores: np.ndarray, found: bool) -> Listed:
        """A question with these candidates, as arrays."""
        library = self._library
        numbers = library.asked[question.text]
        numbers = numbers[np.sort(np.unique(library.stems[numbers], return_index=True)[1])]
        texts = [self.analysis(i) for i in passages]
        match = self.match(asked, texts)
        chosen = np.zeros(sum(len(text.kinds) for text in texts), np.float32)
        is_sentence = np.array([kind == "candidate" for text in texts for kind in text.kinds])
        chosen[is_sentence] = self._search.sentence_model.predict(
            sentence_features(asked, texts, match, self._search.associations)
        )
        ids = np.concatenate([text.ids for text in texts])
        distinct, which = np.unique(ids, return_inverse=True)
        terms, beginnings = self._vocabulary.terms.take(distinct), self._vocabulary.beginnings[distinct]
        hard = _hard(asked, terms, beginnings)[:, which]
        return Listed(
            question, numbers, asked.weights, np.stack([asked.numbers, asked.names, asked.focus], axis=1),
            KINDS.index(asked.kind), passages, scores, passages == self._search.place[question.pid], found,
            np.rint(10 * hard).astype(np.uint8), chosen,
        )  # fmt: skip

    def match(self, asked: Asked, texts: list[Analysis]) -> Match:
        """A question against passages of the library."""
        return self._matcher.match(asked, Texts.of(texts), self._vocabulary)

    def analysis(self, passage: int) -> Analysis:
        """A passage as matching sees it, its title first."""
        library = self._library
        first, last = library.bounds[passage], library.bounds[passage + 1]
        starts = library.starts[first : last + 1]
        return Analysis(
            ids=library.ids[starts[0] : starts[-1]].astype(np.int64),
            starts=starts[:-1] - starts[0],
            norms=self._norms[first:last],
            offers=library.offers[first:last],
            kinds=("title", *("candidate" for _ in range(last - first - 1))),
            texts=tuple(text for _, text in parts(self._search.texts[passage], "")),
        )


def list_file(work: Path, fold: int | None) -> Path:
    """Where the lists of a fold of train are kept (None: of dev)."""
    return work / ("lists-dev.pickle" if fold is None else f"lists-fold{fold}.pickle")


def fold_lists(data: Path, work: Path, runs: Path, fold: int | None, library: Library) -> Path:
    """Make the lists of a fold of train (None: of dev, with the shipped models)."""
    name, split = ("dev", "dev") if fold is None else (f"fold{fold}", "train")
    embedder = EMBEDDER if fold is None else runs / name
    associations = Associations.load(runs / f"{name}-{FILE}")
    search = Search(data, runs, embedder, runs / f"{MODEL}-{name}", associations, runs / f"{SENTENCES}-{name}")
    asked = [question for question in questions(data, split) if fold is None or question.fold == fold]
    lister = Lister(search, library, LISTED if fold in {None, 0} else LEARNED)
    file = list_file(work, fold)
    file.write_bytes(pickle.dumps(list(lister.all(asked))))
    return file


def prepare(data: Path, work: Path, runs: Path) -> None:
    """Everything that training and measuring need, in ``work``; what is there is kept."""
    work.mkdir(parents=True, exist_ok=True)
    kept = work / PASSAGES
    if not kept.is_file():
        kept.write_bytes(pickle.dumps(library(data)))
    missing = [fold for fold in (*range(FOLDS), None) if not list_file(work, fold).is_file()]
    if not missing:
        return
    stored = pickle.loads(kept.read_bytes())
    with ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(fold_lists, data, work, runs, fold, stored) for fold in missing]
        for job in jobs:
            print(job.result(), flush=True)
