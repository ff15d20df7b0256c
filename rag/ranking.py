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
from typing import TYPE_CHECKING

import numpy as np

from rag.asking import KINDS, suits
from rag.embeddings import Encoder, load_encoder
from rag.errors import ModelInvalid
from rag.features import Analysis, Analyzer, Asked, Match
from rag.sentences import sentences
from rag.trees import Forest, load_forest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.features import Floats

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

    def rank(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """A score in 0–1 for each candidate, in their order; higher is better."""
        if not candidates:
            return np.zeros(0)
        with self._turn:
            features = candidate_features(self._analyzer, question, candidates)
        raw = self._forest.predict(features)
        scores: NDArray[np.float64] = 1 / (1 + np.exp(-raw))
        return scores


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
    match = analyzer.match(asked, texts)
    columns = _search_columns(candidates) | _match_columns(asked, texts, match) | _question_columns(asked, len(texts))
    for name in RELATIVE:
        columns[f"{name} below best"] = columns[name] - columns[name].max()
    for name in RANKED:
        columns[f"{name} rank"] = _ranks(columns[name])
    return np.stack([columns[name.replace("_", " ")] for name in NAMES], axis=1).astype(np.float32)


def _search_columns(candidates: Sequence[Candidate]) -> dict[str, Floats]:
    lexical, dense, fused = (
        np.array([getattr(c, name) for c in candidates], np.float32) for name in ("lexical", "dense", "fused")
    )
    return {
        "lexical share": lexical / max(float(lexical.max()), 1e-6),
        "dense": dense,
        "fused": fused,
        "dense below best": dense - dense.max(),
        "lexical rank": _ranks(lexical),
        "dense rank": _ranks(dense),
        "fused rank": _ranks(fused),
    }


def _match_columns(asked: Asked, texts: Sequence[Analysis], match: Match) -> dict[str, Floats]:
    first = match.bounds[:-1]  # (texts,): the title's segment
    hard, soft = asked.weights @ match.hard, asked.weights @ match.soft  # (segments,)
    in_text, soft_in_text = (np.maximum.reduceat(m, first, axis=1) for m in (match.hard, match.soft))
    body = [slice(a + 1, b) if b > a + 1 else slice(a, b) for a, b in zip(first, match.bounds[1:], strict=True)]
    best_hard = np.array([int(np.argmax(hard[part])) + part.start for part in body])
    best_cosine = np.array([int(np.argmax(match.cosine[part])) + part.start for part in body])
    both = hard + match.cosine
    best_both = np.array([int(np.argmax(both[part])) + part.start for part in body])
    lengths = np.add.reduceat(match.lengths, first).astype(np.float32)
    saturated = match.frequency * (K1 + 1) / (match.frequency + K1 * (1 - B + B * lengths / USUAL_LENGTH))
    suiting = [suits(asked.kind, t.texts[b - f]) for t, b, f in zip(texts, best_both, first, strict=True)]
    missed = asked.idf[:, None] * (in_text < 0.5)
    softly_missed = asked.idf[:, None] * (1 - soft_in_text)
    found = asked.idf[:, None] * (in_text >= 0.8)
    numbers = asked.numbers[:, None] * asked.weights[:, None]
    return {
        "mass": asked.weights @ in_text,
        "mass title": hard[first],
        "mass sentence": hard[best_hard],
        "mass pair": np.array([_best_pair(asked, match.hard[:, part]) for part in body]),
        "soft": asked.weights @ soft_in_text,
        "soft title": soft[first],
        "soft sentence": np.array([soft[part].max() for part in body]),
        "soft pair": np.array([_best_pair(asked, match.soft[:, part]) for part in body]),
        "cosine title": match.cosine[first],
        "cosine sentence": match.cosine[best_cosine],
        "cosine second": np.array([_second(match.cosine[part]) for part in body]),
        "cosine where mass": match.cosine[best_hard],
        "soft where cosine": soft[best_cosine],
        "sentence": both[best_both],
        "suits": np.array(suiting, np.float32),
        "neighbours": match.pairs,
        "bm25": asked.weights @ saturated,
        "numbers": (numbers * in_text).sum(axis=0) / numbers.sum() if numbers.any() else -np.ones(len(texts)),
        "most missed": _column_max(missed),
        "most missed softly": _column_max(softly_missed),
        "most found": _column_max(found),
        "words missed": (in_text < 0.5).mean(axis=0) if len(in_text) else np.zeros(len(texts)),
        "length": lengths,
        "sentences": np.diff(match.bounds).astype(np.float32),
        "place of best": (best_both - first) / np.diff(match.bounds),
    }  # fmt: skip


def _question_columns(asked: Asked, count: int) -> dict[str, Floats]:
    ones = np.ones(count, np.float32)
    columns = {f"asks {kind}": ones * (asked.kind == kind) for kind in KINDS}
    columns["question words"] = ones * len(asked.words)
    columns["question numbers"] = ones * int(asked.numbers.sum())
    columns["question idf"] = ones * (float(asked.idf.mean()) if len(asked.idf) else 0.0)
    return columns


def _best_pair(asked: Asked, matches: Floats) -> float:
    """The most that two successive sentences hold together of the question's weight: (words, sentences) → value."""
    if matches.shape[1] < 2:
        return float((asked.weights @ matches).max())
    return float((asked.weights @ np.maximum(matches[:, :-1], matches[:, 1:])).max())


def _second(values: Floats) -> float:
    return float(np.partition(values, -2)[-2]) if len(values) > 1 else float(values[0])


def _column_max(values: Floats) -> Floats:
    """The largest of each column, 0 when there are no rows."""
    largest: Floats = np.max(values, axis=0, initial=0.0)
    return largest


def _ranks(values: Floats) -> Floats:
    """0 for the highest value; equal values keep their order."""
    ranks = np.empty(len(values), np.float32)
    ranks[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return ranks


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
NAMES = (
    *("lexical share", "dense", "fused", "dense below best", "lexical rank", "dense rank", "fused rank"),
    *("mass", "mass title", "mass sentence", "mass pair", "soft", "soft title", "soft sentence", "soft pair"),
    *("cosine title", "cosine sentence", "cosine second", "cosine where mass", "soft where cosine", "sentence"),
    *("suits", "neighbours", "bm25", "numbers", "most missed", "most missed softly", "most found"),
    *("words missed", "length", "sentences", "place of best"),
    *(f"asks {kind}" for kind in KINDS),
    *("question words", "question numbers", "question idf"),
    *(f"{name} below best" for name in RELATIVE),
    *(f"{name} rank" for name in RANKED),
)
NAMES = tuple(name.replace(" ", "_") for name in NAMES)
