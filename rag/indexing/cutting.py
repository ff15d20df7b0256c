"""Texts that are read together → numbers of their words, and where their sentences are. Compiled where that can be.

Both kinds of cutter give the same numbers: words get them in order of appearance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag import dutch, native, sentences
from rag.numbering import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

PENDING = 50_000  # words that are looked up at a time


class Cutter(Protocol):
    """Takes texts; what was put in is counted in words and in sentences."""

    def __len__(self) -> int:
        """How many words have a number."""

    @property
    def count(self) -> int:
        """How many words were put in."""

    @property
    def sentence_count(self) -> int:
        """How many sentences were put in."""

    def put(self, text: str) -> None:
        """Put in the words of a text between white space."""

    def sentences(self, text: str) -> bool:
        """Put in a text with its sentences; False when nothing was done.

        That is so when a sentence ends inside a word, or white space may part a number; and whenever a cutter likes.
        """

    def sentence(self, begin: int, end: int, letters: int) -> None:
        """Make words that were put in a sentence of so many letters."""

    def batch(self) -> tuple[Ints, Ints]:
        """The numbers of all words, and what there is to know of each sentence ``(sentences, 5)``.

        From which word up to which, and from which letter of its text up to which; and its signs, as
        ``rag.asking.settled_by`` wants them: -1 when they are not known.
        """

    def back(self, words: int = 0, sentences: int = 0) -> None:
        """Forget what was put in after so many words and sentences."""

    def words(self, begin: int, end: int) -> list[str]:
        """The words with these numbers."""

    def raw(self, numbers: Ints) -> str:
        """The raw words with these numbers, a line end after each."""

    @property
    def raw_count(self) -> int:
        """How many raw words have a number."""

    def tokens(self, begin: int, end: int, of: Callable[[str], Sequence[str]]) -> tuple[Ints, Ints]:
        """The numbers of the raw words of these words, one word after another, and how many each has.

        ``of`` gives the raw words of one. Must be asked for all words, in order.
        """


def cutter() -> Cutter:
    """One that knows no words yet."""
    if native.available():
        from rag.native.indexing import Cutter as Compiled

        return Compiled(sentences.LISTS)
    return PlainCutter()


class PlainCutter:
    """A cutter in Python."""

    def __init__(self) -> None:
        self._words, self._raw = Numbers(), Numbers()
        self._pending: list[str] = []
        self._numbered: list[Ints] = []
        self._base = 0  # words that are numbered
        self._sentences: list[tuple[int, int, int, int, int]] = []

    def __len__(self) -> int:
        """See ``Cutter``."""
        self._number()
        return len(self._words)

    @property
    def count(self) -> int:
        """See ``Cutter``."""
        return self._base + len(self._pending)

    @property
    def sentence_count(self) -> int:
        """See ``Cutter``."""
        return len(self._sentences)

    def put(self, text: str) -> None:
        """See ``Cutter``."""
        self._pending += text.split()
        if len(self._pending) > PENDING:
            self._number()

    def sentences(self, text: str) -> bool:
        """See ``Cutter``."""
        bounds = sentences.bounds_of(text)
        if dutch.is_parted(text) or any(map(_no_space, bounds, bounds[1:])):
            return False
        words = [text[start:end].split() for start, end in bounds]
        ends = accumulate(map(len, words), initial=self.count)
        self._sentences += [(*words, *places, -1) for words, places in zip(pairwise(ends), bounds, strict=True)]
        self._pending += chain.from_iterable(words)
        if len(self._pending) > PENDING:
            self._number()
        return True

    def sentence(self, begin: int, end: int, letters: int) -> None:
        """See ``Cutter``."""
        self._sentences.append((begin, end, 0, letters, -1))

    def batch(self) -> tuple[Ints, Ints]:
        """See ``Cutter``."""
        self._number()
        words = np.concatenate([np.zeros(0, np.int64), *self._numbered])
        return words, np.array(self._sentences, np.int64).reshape(-1, 5)

    def back(self, words: int = 0, sentences: int = 0) -> None:
        """See ``Cutter``."""
        self._numbered = [self.batch()[0][:words]]
        self._base = words
        del self._sentences[sentences:]

    def words(self, begin: int, end: int) -> list[str]:
        """See ``Cutter``."""
        return self._words.words[begin:end]

    def raw(self, numbers: Ints) -> str:
        """See ``Cutter``."""
        return joined(map(self._raw.words.__getitem__, numbers.tolist()))

    @property
    def raw_count(self) -> int:
        """See ``Cutter``."""
        return len(self._raw)

    def tokens(self, begin: int, end: int, of: Callable[[str], Sequence[str]]) -> tuple[Ints, Ints]:
        """See ``Cutter``."""
        found = [[self._raw[token] for token in of(word)] for word in self.words(begin, end)]
        sizes = np.fromiter(map(len, found), np.int64, len(found))
        return np.fromiter(chain.from_iterable(found), np.int64, int(sizes.sum())), sizes

    def _number(self) -> None:
        """Look up what is pending."""
        if self._pending:
            self._numbered.append(np.fromiter(map(self._words.__getitem__, self._pending), np.int64))
            self._base += len(self._pending)
            self._pending.clear()


def _no_space(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether nothing stands between two sentences."""
    return before[1] == after[0]


class Numbers(dict[str, int]):
    """Word → its number, in order of appearance."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self.words)
        self.words.append(word)
        return number
