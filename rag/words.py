"""Every distinct word of the texts that are matched, as a number, with what matching asks of it in flat arrays.

A word is known by its search terms and its first letters (as keys, see ``key``) and by the pieces that the encoder cuts
it in. So a text is a row of numbers, and matching it takes a few operations on arrays, whatever the words are.
Knows nothing of questions, documents or indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import dutch, native
from rag.asking import ASKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.embeddings import StaticEncoder

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

START = 6  # letters
NO_START = 0  # the key of the beginning of a word that has none
CACHED = 400_000  # raw words
_NO_PIECE = 0  # of what the encoder does not see at all


@lru_cache(CACHED)
def key(term: str) -> int:
    """A term as a number of 64 bits, the same everywhere: two terms of a whole language hardly ever share one."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little", signed=True)


def form_terms(form: str) -> Sequence[str]:
    """The terms of a word as ``content`` gives them: its own stem first, then its parts."""
    return dutch.word_terms(form) if form.isalnum() and form.isascii() else dutch.terms(form)


def keys(form: str) -> list[int]:
    """The keys of a word's terms."""
    return list(map(key, dict.fromkeys(form_terms(form))))


def beginning(word: str) -> int:
    """The key of the first letters of a longer word, else ``NO_START``."""
    return key(word[:START]) if len(word) > START and word.isalpha() else NO_START


class _Forms(dict[str, tuple[str, ...]]):
    """Word as it stands → its words that have content; one word whole ("zuid-holland"), so that it can be embedded."""

    def __missing__(self, standing: str) -> tuple[str, ...]:
        if len(self) > CACHED:
            self.clear()
        tokens = dutch.tokens(standing)
        self[standing] = found = tuple(form for token in tokens for form in content_forms(token, form_terms(token)))
        return found


def content_forms(token: str, terms: Sequence[str]) -> Sequence[str]:
    """The words of a raw word (``dutch.tokens``) that have content. ``terms`` are its search terms."""
    if token.isalnum():
        return (token,) if terms and token not in ASKING else ()
    return list(_with_content(token))


def _with_content(token: str) -> Iterator[str]:
    words = dutch.token_words(token)
    forms = [token] if len(words) == 1 else words
    for form, word in zip(forms, words, strict=True):
        if word not in ASKING and dutch.terms(form):
            yield form


_FORMS = _Forms()


def content(text: str) -> list[str]:
    """The words of a text that have content, in order: without stop words and question words."""
    return list(chain.from_iterable(map(_FORMS.__getitem__, dutch.standing_words(text))))


def ranges(first: NDArray[Any], after: NDArray[Any]) -> tuple[Ints, Ints]:
    """All places from each first up to its end, one range behind another; and where each range begins and ends."""
    first = first.astype(np.int64)
    sizes = after.astype(np.int64) - first
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    return np.arange(bounds[-1]) + np.repeat(first - bounds[:-1], sizes), bounds


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of unequal length: row i is ``values[starts[i]:starts[i + 1]]``. None is empty."""

    values: NDArray[Any]
    starts: NDArray[Any]  # (rows + 1,)

    @property
    def _in_kernel(self) -> bool:
        """Whether the native kernel can take rows."""
        whole = self.values.flags.c_contiguous and self.starts.flags.c_contiguous
        return whole and self.starts.dtype == np.int64 and self.values.itemsize in (4, 8) and native.available()

    def take(self, rows: Ints) -> Ragged:
        """These rows, in this order."""
        if self._in_kernel and rows.dtype == np.int64:
            from rag.native.indexing import rows_taken

            return Ragged(*rows_taken(self.values, self.starts, np.ascontiguousarray(rows)))
        first = self.starts[rows].astype(np.int64)
        sizes = self.starts[rows + 1] - first
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(sizes, out=starts[1:])
        return Ragged(self.values[np.arange(starts[-1]) + np.repeat(first - starts[:-1], sizes)], starts)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known of every word, by number. Word 0 is no word: nothing matches it."""

    terms: Ragged  # keys; of its own stem first
    beginnings: Ints  # (words,): see ``beginning``
    pieces: Ragged  # of the encoder
    norms: Floats  # (words,): the length of the sum of its pieces' rows

    def __len__(self) -> int:
        return len(self.norms)

    def chosen(self, words: Ints) -> Vocabulary:
        """These words only, numbered in this order."""
        return Vocabulary(self.terms.take(words), self.beginnings[words], self.pieces.take(words), self.norms[words])


class Words:
    """A vocabulary that grows with the texts that are read."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        self.clear()

    def clear(self) -> None:
        """Forget all words."""
        self._numbers: dict[str, int] = {}
        self._standing = _Numbers(self._number)
        self._forms: list[str] = []
        self._described = 0  # of the forms
        self._terms, self._pieces = Rows(np.int64, [[0]]), Rows(np.int32, [[0]])
        self._beginnings, self._norms = Grown(np.int64), Grown(np.float32)
        self._beginnings.extend([NO_START])
        self._norms.extend([np.inf])

    def __len__(self) -> int:
        return 1 + len(self._numbers)

    def numbers(self, standing: Iterable[str]) -> list[int]:
        """The numbers of the words that have content, of a text's words as they stand (``dutch.standing_words``)."""
        return list(chain.from_iterable(map(self._standing.__getitem__, standing)))

    def of_forms(self, forms: Iterable[str]) -> list[int]:
        """The numbers of words as ``content_forms`` gives them."""
        return list(map(self._number, forms))

    def forms(self, numbers: Ints) -> tuple[str, ...]:
        """The words with these numbers, none of which is 0."""
        forms = self._forms
        return tuple(forms[number - 1] for number in numbers.tolist())

    def vocabulary(self) -> Vocabulary:
        """What is known of all words met so far."""
        new, self._described = self._forms[self._described :], len(self._forms)
        if new:
            pieces, sizes = self._encoder.packed(new)
            none = np.flatnonzero(sizes == 0)
            pieces = np.insert(pieces, (np.cumsum(sizes) - sizes)[none], _NO_PIECE)
            sizes[none] = 1
            self._terms.extend(list(map(keys, new)))
            self._pieces.extend_flat(pieces, sizes)
            self._beginnings.extend(list(map(beginning, new)))
            self._norms.extend(norms(self._encoder, pieces, sizes))
        return Vocabulary(self._terms.ragged, self._beginnings.values, self._pieces.ragged, self._norms.values)

    def _number(self, form: str) -> int:
        number = self._numbers.get(form)
        if number is None:
            self._forms.append(form)
            number = self._numbers[form] = len(self._forms)
        return number


def norms(encoder: StaticEncoder, pieces: NDArray[Any], sizes: Sequence[int] | Ints) -> Floats:
    """The lengths of sums of pieces' rows: of the first ``sizes[0]`` pieces, then the next. No size is 0."""
    sums = encoder.sums(pieces, np.asarray(sizes, np.int64))
    found: Floats = np.maximum(np.sqrt(np.einsum("ij,ij->i", sums, sums)), np.float32(1e-12))
    return found


class _Numbers(dict[str, tuple[int, ...]]):
    """Word as it stands → the numbers of its words, found once for each."""

    def __init__(self, number: Any) -> None:  # noqa: ANN401 - a bound method
        super().__init__()
        self._number = number

    def __missing__(self, standing: str) -> tuple[int, ...]:
        self[standing] = found = tuple(map(self._number, _FORMS[standing]))
        return found


class Grown:
    """An array that grows at its end."""

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - a numpy type
        self._room = np.zeros(1024, kind)
        self._size = 0

    def extend(self, values: Sequence[Any] | NDArray[Any]) -> None:
        """Add values."""
        size = self._size + len(values)
        if size > len(self._room):
            room = np.zeros(2 * size, self._room.dtype)
            room[: self._size] = self.values
            self._room = room
        self._room[self._size : size] = values
        self._size = size

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> NDArray[Any]:
        """All values so far. They stay as they are when more are added."""
        return self._room[: self._size]


class Rows:
    """A ``Ragged`` that grows at its end, whose rows may be empty."""

    def __init__(self, kind: Any, first: Sequence[Sequence[int]] = ()) -> None:  # noqa: ANN401 - a numpy type
        self._kind = kind
        self._values, self._starts = Grown(kind), Grown(np.int64)
        self._starts.extend([0])
        self.extend(first)

    def extend(self, rows: Sequence[Sequence[int]]) -> None:
        """Add rows."""
        self.extend_flat(chain.from_iterable(rows), np.fromiter(map(len, rows), np.int64, len(rows)))

    def extend_flat(self, values: Iterable[int] | NDArray[Any], sizes: Ints) -> None:
        """Add rows that lie one behind another, and have these sizes."""
        self._starts.extend(len(self._values) + np.cumsum(sizes))
        self._values.extend(
            values if isinstance(values, np.ndarray) else np.fromiter(values, self._kind, int(sizes.sum()))
        )

    @property
    def ragged(self) -> Ragged:
        """All rows so far."""
        return Ragged(self._values.values, self._starts.values)
