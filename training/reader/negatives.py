"""What our own search finds near a question and does not answer it: the other four passages that a reader is shown.

Words and vectors are summed as in the product (``training/bm25.py``). A passage whose vector is nearly that of the
right one may say the same, so it is no negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag import dutch
from rag.embeddings import load_encoder
from training.benchmark import fused, in_chunks
from training.bm25 import Bm25, Units
from training.data import Text

FOUND = 24  # negatives of a question that are kept
SAME = 0.9  # cosine from which two passages say the same
EMBEDDER = Path("models/embedder")


def hard_negatives(texts: Sequence[Text], asked: Sequence[str], right: Sequence[int], work: Path) -> list[list[int]]:
    """For each question the best passages (indices into ``texts``) that are not ``right``'s, best first.

    Args:
        texts: all passages.
        asked: the questions.
        right: the passage that each question is about.
        work: where rows and words are kept for a next time.
    """
    encoder = load_encoder(str(EMBEDDER))
    units = Units.whole(list(texts))
    bm25 = Bm25.build([dutch.terms(text) for text in units.texts])
    rows = units.rows(encoder, work)  # (texts, dim)
    found = []
    for question, place, cosine in zip(asked, right, in_chunks(encoder.encode(list(asked)), rows), strict=True):
        order, _ = fused(bm25.scores(question), cosine)
        other = order[: 2 * FOUND][rows[order[: 2 * FOUND]] @ rows[place] <= SAME]
        found.append([int(i) for i in other if i != place][:FOUND])
    return found
