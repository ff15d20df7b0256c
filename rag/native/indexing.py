"""Compiled twins of what indexing does with every word: see ``indexing.c``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from ctypes import CDLL, c_int32, c_int64, c_void_p
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.native.library import kernel
from rag.native.structures import begin as _address

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.words import Ragged

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float32]

LONGEST_KEYED = 128  # bytes of a term
_LETTERS = "utf-32-le"
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "table_new": (c_void_p, []),
    "table_free": (None, [c_void_p]),
    "table_numbers": (None, [c_void_p, c_void_p, c_int64, c_void_p]),
    "table_count": (c_int64, [c_void_p]),
    "table_size": (c_int64, [c_void_p, c_void_p, c_int64]),
    "table_lines": (None, [c_void_p, c_void_p, c_int64, c_void_p]),
    "cutter_new": (c_void_p, []),
    "cutter_free": (None, [c_void_p]),
    "cutter_list": (None, [c_void_p, c_void_p, c_int64, c_int32]),
    "cutter_words": (c_void_p, [c_void_p]),
    "cutter_raw": (c_void_p, [c_void_p]),
    "cutter_put": (None, [c_void_p, c_void_p, c_int64]),
    "cutter_sentence": (None, [c_void_p, *[c_int64] * 5]),
    "cutter_sentences": (c_int32, [c_void_p, c_void_p, c_int64]),
    "cutter_bounds": (c_int64, [c_void_p, c_void_p, c_int64, c_void_p]),
    "cutter_batch": (None, [c_void_p, c_void_p, c_void_p]),
    "cutter_back": (None, [c_void_p, c_int64, c_int64]),
    "cutter_odd": (None, [c_void_p, c_int64, c_int64, c_void_p]),
    "cutter_tokens": (c_int64, [c_void_p, c_int64, c_int64, *[c_void_p] * 4]),
    "pieces_new": (c_void_p, [c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_void_p, c_int32]),
    "pieces_free": (None, [c_void_p]),
    "pieces_of": (c_int64, [c_void_p, c_void_p, c_int64, c_void_p, c_void_p]),
    "lexicon_new": (c_void_p, [c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_int64]),
    "lexicon_free": (None, [c_void_p]),
    "distinct_of": (c_int64, [*[c_void_p] * 4, c_int64, c_void_p, c_int32, *[c_void_p] * 3]),
    "rows_summed": (None, [c_void_p, c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_void_p]),
    "rows_placed": (None, [c_void_p, c_void_p, c_int64, c_void_p]),
    "rows_taken": (None, [c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_void_p]),
    "minhashes_of": (None, [c_void_p, c_void_p, c_int64, c_int64, c_void_p, c_void_p]),
    "strings_joined": (None, [*[c_void_p] * 6, c_int64, c_void_p, c_void_p]),
    "keys_of": (None, [c_void_p, c_int64, c_void_p]),
    "lexicon_split": (c_int64, [c_void_p, c_void_p, c_int64, c_void_p, c_void_p]),
}


@lru_cache(1)
def _prepared(library: CDLL) -> CDLL:
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _kernel() -> CDLL:
    library = kernel()
    if library is None:
        raise RuntimeError("there is no native kernel: ask available() first")
    return _prepared(library)


def _letters(text: str) -> bytes:
    """A text as the kernel sees it: an array of code points."""
    return text.encode(_LETTERS, "surrogatepass")


def _at(array: NDArray[Any], kind: Any) -> int:  # noqa: ANN401 - a numpy type
    """The address of a contiguous array of this type. Raises TypeError for any other."""
    if array.dtype != kind or not array.flags.c_contiguous:
        raise TypeError(f"the kernel wants contiguous {np.dtype(kind)}, not {array.dtype} with steps {array.strides}")
    return _address(array)


class Numbers:
    """Strings → numbers from 0, in order of appearance: ``rag.numbering.Numbers``."""

    def __init__(self) -> None:
        self._library = _kernel()
        self._at = self._library.table_new()

    def __del__(self) -> None:
        self._library.table_free(self._at)

    def __len__(self) -> int:
        return int(self._library.table_count(self._at))

    def of(self, lines: str) -> Ints:
        """The numbers of strings, a line end after each; new ones get the next."""
        found = np.empty(lines.count("\n"), np.int64)
        self._library.table_numbers(self._at, _letters(lines), len(lines), _address(found))
        return found

    def lines(self, numbers: Ints) -> str:
        """The strings with these numbers, a line end after each."""
        return _table_lines(self._library, self._at, numbers)


class Cutter:
    """Texts that are put in, as numbers of their words and of those of their sentences; words keep their numbers."""

    def __init__(self, lists: Mapping[int, Collection[str]]) -> None:
        """``lists``: what ``rag.sentences`` knows of words, by the bits of ``indexing.c``."""
        self._library = library = _kernel()
        self._put, self._sentences = library.cutter_put, library.cutter_sentences
        self._at = library.cutter_new()
        self._counts = (c_int64 * 2).from_address(self._at)
        for bit, words in lists.items():
            joined = " ".join(sorted(words))
            library.cutter_list(self._at, _letters(joined), len(joined), bit)

    def __del__(self) -> None:
        self._library.cutter_free(self._at)

    def __len__(self) -> int:
        """How many words have a number."""
        return int(self._library.table_count(self._library.cutter_words(self._at)))

    @property
    def count(self) -> int:
        """How many words were put in."""
        return self._counts[0]

    @property
    def sentence_count(self) -> int:
        """How many sentences were put in."""
        return self._counts[1]

    def put(self, text: str) -> None:
        """Put in the words of a text between white space."""
        self._put(self._at, text.encode(_LETTERS, "surrogatepass"), len(text))

    def sentences(self, text: str) -> bool:
        """Put in a text with its sentences; False when nothing was done, and Python must."""
        done: int = self._sentences(self._at, text.encode(_LETTERS, "surrogatepass"), len(text))
        return done > 0

    def sentence(self, begin: int, end: int, letters: int) -> None:
        """Make words that were put in a sentence of so many letters."""
        self._library.cutter_sentence(self._at, begin, end, 0, letters, -1)

    def bounds(self, text: str) -> list[tuple[int, int]] | None:
        """``rag.sentences.bounds_of`` of a text; None when Python must say."""
        found = np.empty(len(text) + 1, np.int64)
        count = self._library.cutter_bounds(self._at, _letters(text), len(text), _address(found))
        return None if count < 0 else [(begin, end) for begin, end in found[: 2 * count].reshape(-1, 2).tolist()]

    def batch(self) -> tuple[Ints, Ints]:
        """The numbers of all words that were put in, and of each sentence its places and its signs."""
        found = np.empty(self.count, np.int64), np.empty((self.sentence_count, 5), np.int64)
        self._library.cutter_batch(self._at, *map(_address, found))
        return found

    def back(self, words: int = 0, sentences: int = 0) -> None:
        """Forget what was put in after so many words and sentences."""
        self._library.cutter_back(self._at, words, sentences)

    def words(self, begin: int, end: int) -> list[str]:
        """The words with these numbers."""
        table = self._library.cutter_words(self._at)
        return _table_lines(self._library, table, np.arange(begin, end)).split("\n")[:-1]

    def raw(self, numbers: Ints) -> str:
        """The raw words with these numbers, a line end after each."""
        return _table_lines(self._library, self._library.cutter_raw(self._at), numbers)

    @property
    def raw_count(self) -> int:
        """How many raw words have a number."""
        return int(self._library.table_count(self._library.cutter_raw(self._at)))

    def tokens(self, begin: int, end: int, of: Callable[[str], Sequence[str]]) -> tuple[Ints, Ints]:
        """The numbers of the raw words of these words, one word after another, and how many each has.

        ``of`` says it for words that the kernel does not know.
        """
        odd = np.empty(end - begin, np.uint8)
        self._library.cutter_odd(self._at, begin, end, _address(odd))
        given = [of(self.words(begin + n, begin + n + 1)[0]) for n in np.flatnonzero(odd).tolist()]
        lines = "".join(["".join([f"{token} " for token in tokens]) + "\n" for tokens in given])
        words = np.arange(begin, end)
        size = self._library.table_size(self._library.cutter_words(self._at), _address(words), len(words))
        numbers, sizes = np.empty(size + len(lines), np.int64), np.empty(len(words), np.int64)
        rooms = _address(odd), _letters(lines), _address(sizes), _address(numbers)
        count = self._library.cutter_tokens(self._at, begin, end, *rooms)
        return numbers[:count], sizes


class Pieces:
    """A vocabulary of word pieces: ``rag.embeddings._GreedyPieces``."""

    def __init__(self, first: Mapping[str, int], inner: Mapping[str, int], unknown: int) -> None:
        self._library = _kernel()
        known = [(_lines(some), len(_lines(some)), np.fromiter(some.values(), np.int32)) for some in (first, inner)]
        given = [each for lines, size, numbers in known for each in (_letters(lines), size, _address(numbers))]
        self._at = self._library.pieces_new(*given, unknown)

    def __del__(self) -> None:
        self._library.pieces_free(self._at)

    def of(self, words: Sequence[str]) -> tuple[NDArray[np.int32], Ints]:
        """The pieces of words, one after another, and how many each has; -1 and none where Python must say."""
        lines = _lines(words)
        found, sizes = np.empty(len(lines), np.int32), np.empty(len(words), np.int64)
        count = self._library.pieces_of(self._at, _letters(lines), len(lines), _address(sizes), _address(found))
        return found[:count], sizes


class Compounds:
    """Words that compounds are made of: ``rag.dutch.Lexicon``."""

    def __init__(self, parts: Mapping[str, float], roles: Mapping[str, int], fewest: int, fewest_part: int) -> None:
        """``roles``: what may be no part, by the bits of ``indexing.c``. ``fewest``: letters of a compound, a part."""
        self._library = _kernel()
        words = list(dict.fromkeys([*parts, *roles]))
        lines = _lines(words)
        bits = np.array([roles.get(word, 0) for word in words], np.int32)
        scores = np.array([parts.get(word, 0.0) for word in words], np.float64)
        given = _letters(lines), len(lines), _address(bits), _address(scores), fewest, fewest_part
        self._at = self._library.lexicon_new(*given)

    def __del__(self) -> None:
        self._library.lexicon_free(self._at)

    def split(self, words: Sequence[str]) -> list[list[str]]:
        """The parts of each of these words, which have nothing but small letters of ASCII."""
        lines = _lines(words)
        places, sizes = np.empty(2 * len(lines), np.int64), np.empty(len(words), np.int64)
        count = self._library.lexicon_split(self._at, _letters(lines), len(lines), _address(sizes), _address(places))
        parts = iter([lines[begin:end] for begin, end in places[: 2 * count].reshape(-1, 2).tolist()])
        return [list(islice(parts, size)) for size in sizes.tolist()]


def rows_summed(table: NDArray[np.int8], weights: Floats, pieces: NDArray[np.int32], sizes: Ints) -> Floats:
    """The sums of rows ``(rows, dim)`` times their weights: of the first ``sizes[0]`` pieces, of the next and so on."""
    sums = np.empty((len(sizes), table.shape[1]), np.float32)
    given = (_at(table, np.int8), _at(weights, np.float32), table.shape[1], _at(pieces, np.int32), _at(sizes, np.int64))
    _kernel().rows_summed(*given, len(sizes), _address(sums))
    return sums


def rows_taken(values: NDArray[Any], starts: Ints, rows: Ints) -> tuple[NDArray[Any], Ints]:
    """These rows of unequal length, and where each begins: ``rag.words.Ragged.take``, for numbers of 4 or 8 bytes."""
    library = _kernel()
    places = np.empty(len(rows) + 1, np.int64)
    at = _at(starts, np.int64), _at(rows, np.int64), len(rows)
    library.rows_placed(*at, _address(places))
    taken = np.empty(int(places[-1]), values.dtype)
    library.rows_taken(_at(values, values.dtype), values.itemsize, *at, _address(taken))
    return taken, places


def minhashes(
    hashes: NDArray[np.uint32], sizes: Ints, shortest: int, factors: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """The least of each hash over the runs of three words of each text of at least so many: ``(texts, hashes)``.

    ``hashes``: of the words, ``sizes[0]`` of the first text and so on.
    """
    least = np.empty((int((sizes >= shortest).sum()), len(factors)), np.uint32)
    given = _at(hashes, np.uint32), _at(sizes, np.int64), len(sizes), shortest, _at(factors, np.uint32)
    _kernel().minhashes_of(*given, _address(least))
    return least


def distinct(
    numbers: NDArray[np.int32], stretches: tuple[Ints, Ints, Ints], bits: NDArray[np.int32], wanted: int
) -> list[NDArray[np.int32]]:
    """The distinct numbers with one of the wanted bits in each document.

    ``stretches``: begins and ends, and how many of these each document has. ``bits``: of each number.
    """
    begins, ends, sizes = stretches
    found, places = np.empty(int((ends - begins).sum()), np.int32), np.empty(len(sizes), np.int64)
    given = _at(numbers, np.int32), _at(begins, np.int64), _at(ends, np.int64), _at(sizes, np.int64), len(sizes)
    seen = np.zeros(len(bits), np.int32)
    rooms = _address(seen), _address(found), _address(places)
    _kernel().distinct_of(*given, _at(bits, np.int32), wanted, *rooms)
    return np.split(found, places)[:-1]


def joined(strings: Ragged, numbers: Ints, begins: Ints, ends: Ints, sizes: Ints) -> list[str]:
    """Strings (rows of bytes) joined by spaces, without the empty ones.

    Of each text those of the numbers in its stretches: the first ``sizes[0]`` of ``begins`` and ``ends``, and so on.
    """
    totals = np.append(0, np.cumsum(np.diff(strings.starts)[numbers] + 1))
    room, places = np.empty(int((totals[ends] - totals[begins]).sum()), np.uint8), np.empty(len(sizes), np.int64)
    given = _at(strings.values, np.uint8), _at(strings.starts, np.int64), _at(numbers, np.int64)
    stretches = _at(begins, np.int64), _at(ends, np.int64), _at(sizes, np.int64)
    _kernel().strings_joined(*given, *stretches, len(sizes), _address(room), _address(places))
    text = room.tobytes()
    return [text[begin:end].decode("utf-8", "surrogatepass") for begin, end in pairwise([0, *places.tolist()])]


def keys(terms: Sequence[str]) -> Ints:
    """``rag.words.key`` of each of these terms, none of which has more than ``LONGEST_KEYED`` bytes in UTF-8."""
    lines, found = _lines(terms).encode("utf-8", "surrogatepass"), np.empty(len(terms), np.int64)
    _kernel().keys_of(lines, len(lines), _address(found))
    return found


def _table_lines(library: CDLL, table: int, numbers: Ints) -> str:
    at = _at(numbers, np.int64), len(numbers)
    room = np.empty(library.table_size(table, *at) + len(numbers), np.uint32)
    library.table_lines(table, *at, _address(room))
    return room.tobytes().decode(_LETTERS, "surrogatepass")


def _lines(words: Iterable[str]) -> str:
    """Words, a line end after each."""
    return "".join([f"{word}\n" for word in words])
