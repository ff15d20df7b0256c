"""Learned ranking of what search found: boosted trees (LambdaMART, Burges 2010) over how question and passage match.

The features are relative to the other candidates or to general Dutch, never to the index as a whole, so one model
serves an index of any size. The model comes from ``training/ranker.py``. Knows no index and no documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import native
from rag.asking import KINDS
from rag.embeddings import Encoder, StaticEncoder, load_encoder
from rag.errors import ModelInvalid
from rag.features import Analyzer, Asked, Match, suiting, weigh
from rag.sentences import sentences
from rag.trees import Forest, load_forest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.features import Floats, Ints
    from rag.store.matching import StoredMatching

MODEL = "ranking.txt"
K1, B, USUAL_LENGTH = 1.2, 0.75, 80.0  # of the BM25 that does not depend on the index; length in content words


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that search found, as ranking sees it.

    ``question`` is the text of all its questions (empty for plain text), ``body`` the answer or the text. ``lexical``
    and ``dense`` are the scores of its best window.
    """

    passage_id: str
    title: str
    question: str
    body: str
    lexical: float
    dense: float
    fused: float


class Ranker:
    """Orders candidates. Threads take turns, for it keeps what it worked out for passages."""

    def __init__(self, forest: Forest, analyzer: Analyzer) -> None:
        self._forest = forest
        self._analyzer = analyzer
        self._turn = Lock()
        self._native = native.Ranking.of(analyzer.encoder.flat, _CHOSEN, forest.flat)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None) -> Ranker:
        """Read a ranking. Raises ModelMissing or ModelInvalid.

        It compares words with the embedder that it was trained with (``../embedder``); give that as ``encoder`` when
        it is loaded already.
        """
        forest = load_forest(folder / MODEL)
        if forest.names != NAMES:
            raise ModelInvalid(f"De rangschikking in {folder} hoort bij een andere versie van het programma.")
        return cls(forest, Analyzer(encoder or load_encoder(folder.parent / "embedder")))

    @property
    def encoder(self) -> StaticEncoder:
        """What this ranking compares words with."""
        return self._analyzer.encoder

    def prepare(self, question: str) -> Asked:
        """Take a question apart that will be ranked for."""
        return self._analyzer.question(question)

    def rank_stored(
        self, question: str, stored: StoredMatching, numbers: Ints, scores: Sequence[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """``rank`` for passages as an index has them; ``scores`` are lexical, dense and fused. Raises KeyError."""
        asked = self._analyzer.question(question)
        if native.available():
            return sigmoid(self._native.odds(asked.flat, stored.known, stored.places(numbers), scores))
        lexical, dense, fused = (part.astype(np.float32) for part in scores)
        with self._turn:
            match = self._analyzer.matcher.match(asked, stored.texts(numbers), stored.vocabulary)
        return sigmoid(self._forest.predict(features_of(asked, match, (lexical, dense, fused))))

    def rank(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """A score in 0–1 for each candidate, in their order; higher is better."""
        if not candidates:
            return np.zeros(0)
        with self._turn:
            features = candidate_features(self._analyzer, question, candidates)
        return sigmoid(self._forest.predict(features))


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds → 0–1."""
    likely: NDArray[np.float64] = 1 / (1 + np.exp(-values))
    return likely


def segments(candidate: Candidate) -> list[tuple[str, str]]:
    """The title, and every sentence of question and body."""
    parts = [("title", candidate.title)]
    for kind, text in (("question", candidate.question), ("body", candidate.body)):
        parts += [(kind, text[span.start : span.end]) for span in sentences(text)]
    return parts


def candidate_features(analyzer: Analyzer, question: str, candidates: Sequence[Candidate]) -> Floats:
    """One row for each candidate (n, len(NAMES)), in their order."""
    asked = analyzer.question(question)
    texts = analyzer.analyse_all([(c.passage_id, partial(segments, c)) for c in candidates])
    lexical, dense, fused = (
        np.array([getattr(c, name) for c in candidates], np.float32) for name in ("lexical", "dense", "fused")
    )
    return features_of(asked, analyzer.match(asked, texts), (lexical, dense, fused))


def features_of(asked: Asked, match: Match, scores: tuple[Floats, Floats, Floats]) -> Floats:
    """One row for each text of a match (n, len(NAMES)); ``scores`` are lexical, dense and fused, each ``(n,)``."""
    if native.available():
        return native.columns(asked.flat, match, scores, _CHOSEN)
    columns = _search_columns(*scores) | _match_columns(asked, match) | _question_columns(asked, len(scores[0]))
    for name in RELATIVE:
        columns[f"{name} below best"] = columns[name] - columns[name].max()
    ranks = _ranks(np.stack([columns[name] for name in RANKED]))
    columns |= {f"{name} rank": row for name, row in zip(RANKED, ranks, strict=True)}
    rows = np.empty((len(NAMES), len(scores[0])), np.float32)
    for row, name in zip(rows, _COLUMNS, strict=True):
        row[:] = columns[name]
    return rows.T


def _search_columns(lexical: Floats, dense: Floats, fused: Floats) -> dict[str, NDArray[Any]]:
    ranks = _ranks(np.stack([lexical, dense, fused]))
    return {
        "lexical share": lexical / max(float(lexical.max()), 1e-6),
        "dense": dense,
        "fused": fused,
        "dense below best": dense - dense.max(),
        "lexical rank": ranks[0],
        "dense rank": ranks[1],
        "fused rank": ranks[2],
    }


def _match_columns(asked: Asked, match: Match) -> dict[str, NDArray[Any]]:
    first, sizes = match.bounds[:-1], np.diff(match.bounds)  # (texts,): the title's segment, how many there are
    hard, soft = weigh(asked.weights, match.hard), weigh(asked.weights, match.soft)  # (segments,)
    in_text, soft_in_text = (np.maximum.reduceat(m, first, axis=1) for m in (match.hard, match.soft))
    bodies = Bodies.of(match.bounds)
    both = hard + match.cosine
    best_hard, best_soft, best_cosine, best_both = bodies.best(np.stack([hard, soft, match.cosine, both]))
    lengths = np.add.reduceat(match.lengths, first).astype(np.float32)
    saturated = match.frequency * (K1 + 1) / (match.frequency + K1 * (1 - B + B * lengths / USUAL_LENGTH))
    missed = asked.idf[:, None] * (in_text < 0.5)
    softly_missed = asked.idf[:, None] * (1 - soft_in_text)
    found = asked.idf[:, None] * (in_text >= 0.8)
    numbers = asked.numbers[:, None] * asked.weights[:, None]
    return {
        "mass": weigh(asked.weights, in_text),
        "mass title": hard[first],
        "mass sentence": hard[best_hard],
        "mass pair": bodies.best_pair(asked, match.hard, hard[best_hard]),
        "soft": weigh(asked.weights, soft_in_text),
        "soft title": soft[first],
        "soft sentence": soft[best_soft],
        "soft pair": bodies.best_pair(asked, match.soft, soft[best_soft]),
        "cosine title": match.cosine[first],
        "cosine sentence": match.cosine[best_cosine],
        "cosine second": bodies.second(match.cosine, best_cosine),
        "cosine where mass": match.cosine[best_hard],
        "soft where cosine": soft[best_cosine],
        "sentence": both[best_both],
        "suits": suiting(asked, match.offers[best_both]),
        "neighbours": match.pairs,
        "bm25": weigh(asked.weights, saturated),
        "numbers": (numbers * in_text).sum(axis=0) / numbers.sum() if numbers.any() else -np.ones(len(first)),
        "most missed": _column_max(missed),
        "most missed softly": _column_max(softly_missed),
        "most found": _column_max(found),
        "words missed": (in_text < 0.5).mean(axis=0) if len(in_text) else np.zeros(len(first)),
        "length": lengths,
        "sentences": sizes.astype(np.float32),
        "place of best": (best_both - first) / sizes,
    }


@dataclass(frozen=True, slots=True)
class Bodies:
    """The segments of several texts without their titles; a text of one segment is its own body."""

    first: Ints  # (texts,): segments
    titles: Ints  # the segments that belong to no body
    within: NDArray[np.bool_]  # (segments - 1,): whether a segment and the next are in one body
    single: NDArray[np.bool_]  # (texts,): whether the body is one segment
    text: Ints  # (segments,): of which text

    @classmethod
    def of(cls, bounds: Ints) -> Bodies:
        """The bodies of texts with segments ``bounds[t]:bounds[t + 1]``."""
        first, sizes = bounds[:-1], np.diff(bounds)
        titles = first[sizes > 1]
        within = np.ones(bounds[-1] - 1, bool)
        within[bounds[1:-1] - 1] = False
        within[titles] = False
        return cls(first, titles, within, sizes < 3, np.repeat(np.arange(len(first)), sizes))

    def best(self, rows: Floats) -> Ints:
        """The segment of each body with the highest value in each row, the first when several have it.

        ``(rows, segments)`` → ``(rows, texts)``.
        """
        values = rows.copy()
        values[:, self.titles] = -np.inf
        highest = np.maximum.reduceat(values, self.first, axis=1)
        row, at = np.nonzero(values == highest.take(self.text, axis=1))
        of = row * len(self.first) + self.text[at]
        new = np.ones(len(of), bool)
        np.not_equal(of[1:], of[:-1], out=new[1:])
        best: Ints = at[new].reshape(len(rows), -1)
        return best

    def second(self, values: Floats, best: Ints) -> Floats:
        """The second highest value of each body, the highest when it has one segment."""
        others = values.copy()
        others[self.titles] = -np.inf
        others[best] = -np.inf
        highest = np.maximum.reduceat(others, self.first)
        return np.where(self.single, values[best], highest)

    def best_pair(self, asked: Asked, matches: Floats, alone: Floats) -> Floats:
        """The most that two successive segments of a body hold together of the question's weight: ``(texts,)``.

        ``matches`` (question words, segments), ``alone`` (texts,) is what the best segment holds by itself. A body of
        one segment has that.
        """
        together = weigh(asked.weights, np.maximum(matches[:, :-1], matches[:, 1:]))
        paired = np.append(np.where(self.within, together, -np.inf), np.float32(-np.inf))
        return np.where(self.single, alone, np.maximum.reduceat(paired, self.first))


def _question_columns(asked: Asked, count: int) -> dict[str, NDArray[Any]]:
    return dict(zip(_OF_QUESTION, np.repeat(asked.told[:, None], count, axis=1), strict=True))


def _column_max(values: Floats) -> Floats:
    """The largest of each column, 0 when there are no rows."""
    largest: Floats = np.max(values, axis=0, initial=0.0)
    return largest


def _ranks(rows: NDArray[Any]) -> NDArray[np.int64]:
    """In each row 0 for the highest value; equal values keep their order."""
    order = np.argsort(-rows, axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable")


RELATIVE = (
    "fused",
    "mass",
    "mass sentence",
    "mass pair",
    "soft",
    "soft sentence",
    "soft pair",
    "cosine sentence",
    "sentence",
    "bm25",
)
RANKED = ("mass sentence", "soft sentence", "cosine sentence", "sentence", "bm25", "soft")
_OF_QUESTION = (*(f"asks {kind}" for kind in KINDS), "question words", "question numbers", "question idf")
NAMES = (
    *("lexical share", "dense", "fused", "dense below best", "lexical rank", "dense rank", "fused rank"),
    *("mass", "mass title", "mass sentence", "mass pair", "soft", "soft title", "soft sentence", "soft pair"),
    *("cosine title", "cosine sentence", "cosine second", "cosine where mass", "soft where cosine", "sentence"),
    *("suits", "neighbours", "bm25", "numbers", "most missed", "most missed softly", "most found"),
    *("words missed", "length", "sentences", "place of best"),
    *_OF_QUESTION,
    *(f"{name} below best" for name in RELATIVE),
    *(f"{name} rank" for name in RANKED),
)
NAMES = tuple(name.replace(" ", "_") for name in NAMES)
_COLUMNS = tuple(name.replace("_", " ") for name in NAMES)
_CHOSEN = native.Columns.of([_COLUMNS.index(name) for name in RELATIVE], [_COLUMNS.index(name) for name in RANKED])
