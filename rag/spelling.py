"""Typing errors in a question, mended with words that the documents hold. Knows no index: words and counts only.

A word is mended when neither general Dutch nor the documents know it, and the documents hold one that differs by a
slip or two of the keyboard (Damerau 1964: a letter too many, too few, wrong, or two swapped). Words with a capital or a
digit are left alone: a name or a number that the documents do not hold is a reason to find nothing, not an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag import dutch

SHORTEST = 5  # letters; in a shorter word one slip makes another word
LONGEST = 40  # letters; longer is no word that people type
LONG = 8  # letters; from here on two slips are allowed
REMEMBERED = 300_000  # words as they stand, with what may be meant by them

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def vocabulary(text: str) -> tuple[str, ...]:
    """The distinct words of a text, in order, that may be meant where a typing error stands."""
    return tuple(dict.fromkeys(chain.from_iterable(map(_MEANT.__getitem__, text.split()))))


class _MeantWords(dict[str, tuple[str, ...]]):
    """Word as it stands in a text → its words that may be meant, worked out once for each."""

    def __missing__(self, standing: str) -> tuple[str, ...]:
        if len(self) > REMEMBERED:
            self.clear()
        words = chain.from_iterable(map(dutch.token_words, dutch.tokens(standing)))
        self[standing] = found = tuple(w for w in words if SHORTEST <= len(w) <= LONGEST and w.isalpha())
        return found


_MEANT = _MeantWords()


class Vocabulary(dict[str, int]):
    """Words with how many documents hold each, at hand by their length."""

    def __init__(self, words: Iterable[tuple[str, int]]) -> None:
        super().__init__(words)
        self._of_length: dict[int, list[str]] | None = None

    def near(self, length: int, slips: int) -> list[str]:
        """The words that are at most so much longer or shorter."""
        if self._of_length is None:
            of_length: dict[int, list[str]] = {}
            for word in self:
                of_length.setdefault(len(word), []).append(word)
            self._of_length = of_length
        lengths = range(length - slips, length + slips + 1)
        return list(chain.from_iterable(self._of_length.get(other, ()) for other in lengths))


def mend(question: str, vocabulary: Mapping[str, int], known: Callable[[str], bool] = dutch.known) -> str:
    """The question with its typing errors mended.

    Args:
        question: as it was typed.
        vocabulary: the words of the documents with how many documents hold each.
        known: whether general Dutch knows a word.
    """
    return _WORD.sub(lambda match: _mended(match[0], vocabulary, known), question)


def _mended(word: str, vocabulary: Mapping[str, int], known: Callable[[str], bool]) -> str:
    plain = dutch.fold(word)
    if len(plain) < SHORTEST or word != word.lower() or "-" in word or plain in vocabulary or known(plain):
        return word
    slips = 1 if len(plain) < LONG else 2
    alike = vocabulary.near(len(plain), slips) if isinstance(vocabulary, Vocabulary) else vocabulary.keys()
    near = process.extract(plain, alike, scorer=OSA.distance, score_cutoff=slips, limit=20)
    best = min(((distance, -vocabulary[found], found) for found, distance, _ in near), default=None)
    return best[2] if best else word
