"""The words with content that a process meets, with what matching asks of each: ``rag.words.Words`` for indexing.

Forms come as lines (``rag/numbering.py``), and what is known of new ones is worked out for all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from rag import dutch
from rag.keyed import keys
from rag.numbering import joined, numbers, split
from rag.words import NO_START, START, Grown, Rows, Vocabulary, norms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.embeddings import StaticEncoder

    Ints = NDArray[np.int64]

_NO_PIECE = 0  # of what the encoder does not see at all


class MatchedWords:
    """A vocabulary that grows with the texts that are read. Word 0 is no word."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        self._numbers = numbers()
        self._described = 0  # of the words
        self._terms, self._pieces = Rows(np.int64, [[0]]), Rows(np.int32, [[0]])
        self._beginnings, self._norms = Grown(np.int64), Grown(np.float32)
        self._beginnings.extend([NO_START])
        self._norms.extend([np.inf])

    def of_forms(self, forms: Sequence[str]) -> Ints:
        """The numbers of words as ``rag.words.content_forms`` gives them."""
        return self._numbers.of(joined(forms)) + 1

    def forms(self, numbers: Ints) -> str:
        """The words with these numbers, none of which is 0, as lines."""
        return self._numbers.lines(numbers - 1)

    def vocabulary(self) -> Vocabulary:
        """What is known of all words met so far."""
        new = split(self._numbers.lines(np.arange(self._described, len(self._numbers))))
        self._described = len(self._numbers)
        if new:
            self._describe(new)
        return Vocabulary(self._terms.ragged, self._beginnings.values, self._pieces.ragged, self._norms.values)

    def _describe(self, new: Sequence[str]) -> None:
        pieces, sizes = self._encoder.packed(new)
        none = np.flatnonzero(sizes == 0)
        if len(none):
            pieces = np.insert(pieces, (np.cumsum(sizes) - sizes)[none], _NO_PIECE)
            sizes[none] = 1
        terms = [_terms(form) for form in new]
        self._terms.extend_flat(keys(list(chain.from_iterable(terms))), np.fromiter(map(len, terms), np.int64))
        self._pieces.extend_flat(pieces, sizes)
        self._beginnings.extend(_beginnings(new))
        self._norms.extend(norms(self._encoder, pieces, sizes))


def _terms(form: str) -> Sequence[str]:
    """The distinct terms of a word: its own stem first, then its parts."""
    terms = dutch.word_terms(form) if form.isalnum() and form.isascii() else dutch.terms(form)
    return terms if len(terms) == 1 else list(dict.fromkeys(terms))


def _beginnings(forms: Sequence[str]) -> Ints:
    """``rag.words.beginning`` of each."""
    found = np.full(len(forms), NO_START, np.int64)
    long = [place for place, form in enumerate(forms) if len(form) > START and form.isalpha()]
    found[long] = keys([forms[place][:START] for place in long])
    return found
