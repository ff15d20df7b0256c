"""Typing errors in a question, mended with words that the documents hold. Knows no index: words and counts only.

A word is mended when neither general Dutch nor the documents know it, and the documents hold one that differs by a
slip or two of the keyboard (Damerau 1964: a letter too many, too few, wrong, or two swapped). Words with a capital or a
digit are left alone: a name or a number that the documents do not hold is a reason to find nothing, not an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag import dutch

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORTEST = 5  # letters; in a shorter word one slip makes another word
LONGEST = 40  # letters; longer is no word that people type
LONG = 8  # letters; from here on two slips are allowed
REMEMBERED = 300_000  # words as they stand, with what may be meant by them

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def vocabulary(text: str) -> tuple[str, ...]:
    """The distinct words of a text, in order, that may be meant where a typing error stands."""
    return tuple(dict.fromkeys(chain.from_iterable(map(_MEANT.__getitem__, text.split()))))


def meant(tokens: Iterable[str]) -> list[str]:
    """The words of raw words (``dutch.tokens``) that may be meant where a typing error stands."""
    words = chain.from_iterable(map(dutch.token_words, tokens))
    return [w for w in words if SHORTEST <= len(w) <= LONGEST and w.isalpha()]


class _MeantWords(dict[str, tuple[str, ...]]):
    """Word as it stands in a text → its words that may be meant, worked out once for each."""

    def __missing__(self, standing: str) -> tuple[str, ...]:
        if len(self) > REMEMBERED:
            self.clear()
        self[standing] = found = tuple(meant(dutch.tokens(standing)))
        return found


_MEANT = _MeantWords()


class Vocabulary(dict[str, int]):
    """Words with how many documents hold each, at hand by their length and letters."""

    def __init__(self, words: Iterable[tuple[str, int]]) -> None:
        super().__init__(words)
        self._of_length: dict[int, tuple[list[str], NDArray[np.uint64]]] | None = None

    def near(self, word: str, slips: int) -> list[str]:
        """The words that may be so many slips from a word, and few that are not, in a fixed order.

        A slip changes at most two of the bits that tell a word's letters.
        """
        own = _letters([word])[0]
        found: list[str] = []
        for length in range(max(len(word) - slips, 1), len(word) + slips + 1):
            words, letters = self._words_of(length)
            close = np.bitwise_count(letters ^ own) <= 2 * slips
            found += [words[place] for place in np.flatnonzero(close).tolist()]
        return found

    def _words_of(self, length: int) -> tuple[list[str], NDArray[np.uint64]]:
        if self._of_length is None:
            of_length: dict[int, list[str]] = {}
            for word in self:
                of_length.setdefault(len(word), []).append(word)
            self._of_length = {size: (words, _letters(words)) for size, words in of_length.items()}
        return self._of_length.get(length, ([], np.zeros(0, np.uint64)))


def _letters(words: Sequence[str]) -> NDArray[np.uint64]:
    """Which letters words of one length have once, and which more than once, as bits: ``(words,)``."""
    letters = np.array(words, f"<U{len(words[0])}").view("<u4").reshape(len(words), -1) % 32  # (words, letters)
    letters.sort(axis=1)
    bits = np.uint64(1) << letters.astype(np.uint64)
    again = np.where(letters[:, 1:] == letters[:, :-1], bits[:, 1:] << np.uint64(32), np.uint64(0))
    found: NDArray[np.uint64] = np.bitwise_or.reduce(np.concatenate([bits, again], axis=1), axis=1)
    return found


def mend(question: str, vocabulary: Mapping[str, int], known: Callable[[str], bool] = dutch.known) -> str:
    """The question with its typing errors mended.

    Args:
        question: as it was typed.
        vocabulary: the words of the documents with how many documents hold each.
        known: whether general Dutch knows a word.
    """
    if not any(_is_odd(word, vocabulary, known) for word in _WORD.findall(question)):
        return question
    return _WORD.sub(lambda match: _mended(match[0], vocabulary, known), question)


def _is_odd(word: str, vocabulary: Mapping[str, int], known: Callable[[str], bool]) -> bool:
    """Whether a word may be a typing error; what is cheap to ask of most words is asked first."""
    if word in vocabulary or word != word.lower() or "-" in word or (len(word) < SHORTEST and word.isascii()):
        return False
    plain = dutch.fold(word)
    return not (len(plain) < SHORTEST or plain in vocabulary or known(plain))


def _mended(word: str, vocabulary: Mapping[str, int], known: Callable[[str], bool]) -> str:
    if not _is_odd(word, vocabulary, known):
        return word
    plain = dutch.fold(word)
    slips = 1 if len(plain) < LONG else 2
    alike = vocabulary.near(plain, slips) if isinstance(vocabulary, Vocabulary) else vocabulary.keys()
    near = process.extract(plain, alike, scorer=OSA.distance, score_cutoff=slips, limit=20)
    best = min(((distance, -vocabulary[found], found) for found, distance, _ in near), default=None)
    return best[2] if best else word
