"""The same questions with one part switched off, or with other chunks: what does each part bring?

Search variants go through the real retriever with other settings. The two ways of cutting are compared in one small
search of their own (BM25 and the embedder, fused), so that nothing but the cutting differs. Verification is undone by
putting back the sentences that it left out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import dutch
from rag.errors import UsageError
from rag.evaluation.questions import Case
from rag.evaluation.records import Row
from rag.evaluation.statistics import Floats
from rag.retrieval import fuse

if TYPE_CHECKING:
    from rag.embeddings import Encoder
    from rag.types import Document

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "lexical": ("Alleen woorden (BM25)", {"fusion_weight": 1.0, "reranker": "geen"}),
    "dense": ("Alleen betekenis (embedder)", {"fusion_weight": 0.0, "reranker": "geen"}),
    "fused": ("Woorden en betekenis samen", {"reranker": "geen"}),
    "unread": ("Samen, met geleerde volgorde", {"cross_encoder": "geen"}),
    "reranked": ("Het geheel, met nalezen van de beste zinnen", {}),
}
CHUNKS, VERIFICATION = "chunks", "verification"
NAMES = (*VARIANTS, CHUNKS, VERIFICATION)
CHUNK_TOKENS = 512
_TOKEN = re.compile(r"\w+|[^\w\s]")


def chosen(wanted: str) -> tuple[str, ...]:
    """``"lexical,chunks"`` or ``"all"`` as names. Raises UsageError for a name that does not exist."""
    names = NAMES if wanted == "all" else tuple(part.strip() for part in wanted.split(",") if part.strip())
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise UsageError(f"De ablatie '{unknown[0]}' bestaat niet. Kies uit: all, {', '.join(NAMES)}.")
    return names


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a document that is searched as one."""

    document: str
    start: int
    end: int
    text: str


def fixed_chunks(document: Document, tokens: int = CHUNK_TOKENS) -> list[Piece]:
    """A document cut every ``tokens`` words and marks, blind to what stands there."""
    marks = [match.span() for match in _TOKEN.finditer(document.text)]
    cuts = [marks[i : i + tokens] for i in range(0, len(marks), tokens)]
    return [_piece(document, cut[0][0], cut[-1][1]) for cut in cuts]


def passage_chunks(document: Document) -> list[Piece]:
    """A document cut by its questions and answers, as the product does."""
    from rag.passages import passages

    return [_piece(document, passage.start, passage.end) for passage in passages(document)]


def _piece(document: Document, start: int, end: int) -> Piece:
    return Piece(document.path, start, end, document.text[start:end])


class PieceSearch:
    """BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75) and cosine over pieces, fused as the product fuses them."""

    def __init__(self, pieces: Sequence[Piece], encoder: Encoder) -> None:
        self._pieces = list(pieces)
        self._encoder = encoder
        self._rows = encoder.encode([piece.text for piece in pieces])  # (n, dim)
        self._bags = [Counter(dutch.terms(piece.text)) for piece in pieces]
        self._lengths = [sum(bag.values()) for bag in self._bags]
        self._documents_with = Counter(term for bag in self._bags for term in bag)

    def search(self, question: str, k: int) -> list[dict[str, object]]:
        """The best pieces as kept hits."""
        cosine: Floats = self._rows @ self._encoder.encode([question])[0]  # (n,)
        lexical = np.array(self._bm25(sorted(set(dutch.terms(question)))))
        fused = fuse(lexical, cosine.astype(np.float64), 0.5)
        best = np.argsort(-fused, kind="stable")[:k].tolist()
        return [self._hit(rank, place, float(fused[place])) for rank, place in enumerate(best, 1)]

    def _bm25(self, terms: Sequence[str]) -> list[float]:
        n, average = len(self._pieces), float(np.mean(self._lengths)) or 1.0
        idf = {t: math.log(1 + (n - (df := self._documents_with[t]) + 0.5) / (df + 0.5)) for t in terms}
        return [
            sum(idf[t] * bag[t] * 2.2 / (bag[t] + 1.2 * (0.25 + 0.75 * length / average)) for t in terms if bag[t])
            for bag, length in zip(self._bags, self._lengths, strict=True)
        ]

    def _hit(self, rank: int, index: int, score: float) -> dict[str, object]:
        piece = self._pieces[index]
        return {
            "rank": rank,
            "score": round(score, 6),
            "document": piece.document,
            "questions": [],
            "passage_id": f"{piece.document}:{piece.start}",
            "spans": [[piece.start, piece.end]],
            "via": None,
            "also_in": [],
            "text": piece.text[:300],
            "length": piece.end - piece.start,
        }


def chunk_rows(
    cases: Sequence[Case], documents: Sequence[Document], encoder: Encoder, cut: Callable[[Document], list[Piece]]
) -> list[Row]:
    """The questions put to a search over pieces; rows with hits only."""
    search = PieceSearch([piece for document in documents for piece in cut(document)], encoder)
    return [Row(case, tuple(search.search(case.q, 20))) for case in cases]


def characters_to_read(rows: Sequence[Row]) -> float:
    """How long the first hit is on average: big chunks are found easily and read slowly."""
    lengths = [sum(end - start for start, end in row.hits[0]["spans"]) for row in rows if row.hits]
    return float(np.mean(lengths)) if lengths else 0.0


def without_verification(rows: Sequence[Row]) -> list[Row]:
    """The rows as they would be if no claim had been refused: what was left out is said again, without a source."""
    return [_restored(row) for row in rows]


def _restored(row: Row) -> Row:
    if not row.answer or not row.answer.get("dropped"):
        return row
    dropped = [{"text": claim["text"], "citations": []} for claim in row.answer["dropped"]]
    claims = [*row.answer["claims"], *dropped]
    text = " ".join([row.answer["text"], *(claim["text"] for claim in dropped)])
    return replace(row, answer={**row.answer, "answered": True, "claims": claims, "text": text, "dropped": []})
