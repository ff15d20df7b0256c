"""Sentences → numbers of words, for ``rag/store/matching.py``. One ``Numbering`` serves all that a process reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from rag.asking import offered
from rag.embeddings import Encoder, StaticEncoder
from rag.features import segment_norms
from rag.store.matching import Matching, Numbered, Table
from rag.words import Words

KEPT_WORDS = 400_000  # of a process
Segment = tuple[str, list[str]]  # a sentence, and its words (``rag.dutch.standing_words``)


class Numbering:
    """Gives every word a number, and a batch of documents the table that says which these are."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        self._words = Words(encoder)

    @classmethod
    def of(cls, encoder: Encoder | None) -> Numbering | None:
        """For an encoder that is a table of word pieces; there is none for another."""
        return cls(encoder) if isinstance(encoder, StaticEncoder) else None

    def numbered(self, passages: Iterable[Sequence[Segment]]) -> Numbered:
        """The passages of a document, each as its segments."""
        found = Numbered([], [], [], [])
        for segments in passages:
            for text, words in segments:
                ids = self._words.numbers(words) or [0]
                found.ids.extend(ids)
                found.sizes.append(len(ids))
                found.offers.append(offered(text, words))
            found.segments.append(len(segments))
        return found

    def tabled(self, documents: Sequence[Numbered]) -> list[Matching]:
        """Documents that were numbered one after another, with one table of their words. The numbers begin anew."""
        ids = np.fromiter(chain.from_iterable(d.ids for d in documents), np.int64)
        sizes = np.fromiter(chain.from_iterable(d.sizes for d in documents), np.int64)
        vocabulary = self._words.vocabulary()
        lengths = segment_norms(self._encoder, vocabulary, ids, sizes)
        chosen = np.unique(np.append(ids, 0))
        table = Table(self._encoder.fingerprint, self._words.forms(chosen[1:]), vocabulary.chosen(chosen))
        places = np.searchsorted(chosen, ids).astype(np.int32)
        if len(self._words) > KEPT_WORDS:
            self._words.clear()
        word_ends, segment_ends = (np.cumsum([len(part) for part in parts]) for parts in (
            [d.ids for d in documents], [d.sizes for d in documents],
        ))  # fmt: skip
        return [
            Matching(table, own, np.array(d.sizes, np.int64), norms, np.array(d.offers, np.uint8), np.array(d.segments))
            for d, own, norms in zip(
                documents, np.split(places, word_ends[:-1]), np.split(lengths, segment_ends[:-1]), strict=True
            )
        ]
