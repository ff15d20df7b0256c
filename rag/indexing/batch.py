"""A batch of texts as numbers of words: cut once, looked up once, and worked out for all of them together.

First the texts are put in (``add``, ``sentence``, ``sentences``), each of which gives where its words are; after
``settle`` everything that is stored of them can be asked for. Knows texts, no documents.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag import asking, dutch
from rag.embeddings import StaticEncoder, unit_rows
from rag.features import segment_norms
from rag.indexing.wordlist import BEFORE_PLACE, CAPITAL, FIGURES, NAME_LINK, Wordlist
from rag.sentences import bounds_of
from rag.store.duplicates import minhashes
from rag.store.matching import Matching, Table
from rag.store.wordcounts import Held
from rag.words import ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

KEPT = 400_000  # words of a process; when there are more, all are forgotten between two batches
Stretch = tuple[int, int]  # of the words of a batch: from, up to
_NOTHING = (0, 0)


class Said(NamedTuple):
    """Where a text is in a batch: its words as ``dutch.standing_words`` has them, and as they stand."""

    standing: Stretch = _NOTHING
    raw: Stretch = _NOTHING


class Batch:
    """Texts that are read together. ``segments`` counts the sentences put in so far."""

    def __init__(self, words: Wordlist) -> None:
        if len(words) > KEPT:
            words.forget()
        self._wordlist = words
        self._cutter = words.cutter
        self._cutter.back()
        self._apart: list[str] = []  # texts for ``meant``
        self._texts: list[str] = []  # that sentences are of
        self._firsts: list[int] = []  # of each its first sentence
        self._offers: dict[int, int] = {}  # of sentences that are better looked at by themselves
        self._offering = "", 0  # the last text of which that was asked
        self._numbers: Ints = np.zeros(0, np.int64)
        self._sentences: Ints = np.zeros((0, 5), np.int64)
        self._tokens: Ints = np.zeros(0, np.int64)
        self._counts: Ints = np.zeros(1, np.int64)  # up to each word, how many tokens there are

    @property
    def encoder(self) -> StaticEncoder | None:
        """With one it can give rows, and what to match by."""
        return self._wordlist.encoder

    @property
    def segments(self) -> int:
        """How many sentences there are so far."""
        return self._cutter.sentence_count

    def add(self, text: str) -> Said:
        """Put a text in."""
        raw = self._put(text)
        return Said(self._put("\n".join(dutch.standing_words(text))), raw) if dutch.is_parted(text) else Said(raw, raw)

    def distinct(self, text: str) -> int:
        """Put in a text of which only the distinct words count, for ``meant``."""
        self._apart.append(text)
        return len(self._apart) - 1

    def sentence(self, text: str, said: Said) -> None:
        """Make a text that was put in a sentence, whatever it is."""
        if text != self._offering[0]:
            self._offering = text, asking.offered(text)
        self._offers[self._cutter.sentence_count] = self._offering[1]
        self._sentence(text, *said.standing)

    def sentences(self, text: str) -> Said:
        """Put a text in, and its sentences."""
        cutter = self._cutter
        begin, first = cutter.count, cutter.sentence_count
        if not cutter.sentences(text):
            return self._looked_at(text)
        self._texts.append(text)
        self._firsts.append(first)
        own = begin, cutter.count
        return Said(own, own)

    def _looked_at(self, text: str) -> Said:
        """Put a text in whose words may not be those of its sentences."""
        parted = dutch.is_parted(text)
        for start, end in bounds_of(text):
            sentence = text[start:end]
            words = dutch.standing_words(sentence) if parted else sentence.split()
            self._offers[self.segments] = asking.offered(sentence, words)
            self._sentence(sentence, *self._put("\n".join(words)))
        return self.add(text)

    def place(self) -> tuple[int, int, int]:
        """To go back to with ``back_to`` when a document turns out to be unreadable half-way."""
        return self._cutter.count, self.segments, len(self._texts)

    def back_to(self, place: tuple[int, int, int]) -> None:
        """Forget all texts that were put in since."""
        words, sentences, texts = place
        self._cutter.back(words, sentences)
        del self._texts[texts:], self._firsts[texts:]
        self._offers = {number: offers for number, offers in self._offers.items() if number < sentences}

    def _put(self, text: str) -> Stretch:
        begin = self._cutter.count
        self._cutter.put(text)
        return begin, self._cutter.count

    def _sentence(self, text: str, begin: int, end: int) -> None:
        self._texts.append(text)
        self._firsts.append(self._cutter.sentence_count)
        self._cutter.sentence(begin, end, len(text))

    # --- once all texts are in

    def settle(self) -> None:
        """Work out what there is to know of all words."""
        self._numbers, self._sentences = self._cutter.batch()
        self._cutter.back()
        apart = [self._put(text) for text in self._apart]
        numbers = self._cutter.batch()[0]
        self._cutter.back()
        self._wordlist.settle()
        tokens = self._wordlist.tokens(numbers)
        self._apart_tokens = tokens.values
        self._apart_bounds = [(int(tokens.starts[begin]), int(tokens.starts[end])) for begin, end in apart]
        tokens = self._wordlist.tokens(self._numbers)
        self._tokens, self._counts = tokens.values, tokens.starts

    def count(self, said: Stretch) -> int:
        """The raw words in a stretch."""
        return int(self._counts[said[1]] - self._counts[said[0]])

    def terms(self, texts: Sequence[Sequence[Stretch]]) -> list[str]:
        """The search terms of texts, joined by spaces; each text is one or more stretches."""
        begins, ends, sizes = _flat(texts)
        return self._wordlist.terms(self._tokens, self._counts[begins], self._counts[ends], sizes)

    def minhashes(self, texts: Sequence[Sequence[Stretch]]) -> list[bytes]:
        """See ``rag.store.duplicates.minhashes``; each text is one or more stretches."""
        begins, ends, sizes = _flat(texts)
        begins, ends = self._counts[begins], self._counts[ends]  # of their tokens
        figures = self._figures(begins, ends, sizes)
        tokens = self._tokens[ranges(begins, ends)[0]]
        return minhashes(self._wordlist.hashes(tokens), _sums(ends - begins, sizes), figures)

    def _figures(self, begins: Ints, ends: Ints, sizes: Ints) -> list[str]:
        """The distinct numbers of more than one figure in each text, sorted, joined by spaces."""
        marked = np.flatnonzero(self._wordlist.told(self._tokens) & FIGURES)
        tokens = self._tokens[marked].tolist()
        low, high = np.searchsorted(marked, begins).tolist(), np.searchsorted(marked, ends).tolist()
        bounds = np.append(0, np.cumsum(sizes)).tolist()
        found = []
        for first, last in pairwise(bounds):
            own = {token for n in range(first, last) for token in tokens[low[n] : high[n]]}
            found.append(" ".join(sorted(map(self._wordlist.token, own))))
        return found

    def rows(self, texts: Sequence[Sequence[Stretch]]) -> NDArray[np.float32]:
        """Unit rows ``(len(texts), dim)`` of texts, each of which is one or more stretches of words as they stand."""
        encoder = self.encoder
        if encoder is None:
            raise ValueError("this batch has no encoder of its own")
        begins, ends, sizes = _flat(texts)
        places, bounds = ranges(begins, ends)
        pieces = self._wordlist.pieces(self._numbers[places])
        counts = _sums(np.diff(pieces.starts[bounds]), sizes)
        return unit_rows(encoder.sums(pieces.values, counts))

    def meant(self, documents: Sequence[tuple[int, Sequence[Stretch]]]) -> list[Held]:
        """The words of documents that typing errors may stand for.

        From what ``distinct`` gave of a part of each, and from where the words of all its other parts are.
        """
        counts, after = self._counts, len(self._tokens)
        apart = [self._apart_bounds[place] for place, _ in documents]
        begins, ends, sizes = _flat(
            [[(begin, end), *said] for (begin, end), (_, said) in zip(apart, documents, strict=True)]
        )
        firsts = np.cumsum(sizes) - sizes  # the stretches that are apart
        rest = np.ones(len(begins), bool)
        rest[firsts] = False
        begins[rest], ends[rest] = counts[begins[rest]], counts[ends[rest]]
        begins[firsts] += after
        ends[firsts] += after
        return self._wordlist.meant(np.append(self._tokens, self._apart_tokens), (begins, ends, sizes))

    def matching(self, segments: Sequence[Sequence[int]]) -> list[Matching]:
        """For documents, of which is given how many segments each of their passages has, what they are matched by."""
        matched, encoder = self._wordlist.matched, self.encoder
        if matched is None or encoder is None:
            raise ValueError("this batch has no encoder of its own")
        begins, ends = self._sentences[:, 0], self._sentences[:, 1]
        places, bounds = ranges(self._counts[begins], self._counts[ends])  # of their tokens
        tokens = self._tokens[places]
        forms = self._wordlist.forms(tokens)
        sizes = np.diff(forms.starts[bounds])
        none = np.flatnonzero(sizes == 0)  # these get word 0, which is no word
        ids = np.insert(forms.values.astype(np.int64), forms.starts[bounds[none]], 0)
        sizes[none] = 1
        vocabulary = matched.vocabulary()
        norms = segment_norms(encoder, vocabulary, ids, sizes)
        offers = self._offered(_joined_bits(self._wordlist.told(tokens), bounds), *ranges(begins, ends))
        chosen, place = _in_order(ids, len(vocabulary))
        table = Table(encoder.fingerprint, matched.forms(chosen[1:]), vocabulary.chosen(chosen))
        local = place[ids]
        found, first = [], 0
        words = np.append(0, np.cumsum(sizes))
        for counts in segments:
            last = first + sum(counts)
            own = slice(first, last)
            found.append(
                Matching(
                    table, local[words[first] : words[last]], sizes[own], norms[own], offers[own],
                    np.array(counts, np.int64),
                )
            )  # fmt: skip
            first = last
        return found

    def _offered(self, bits: NDArray[np.int32], places: Ints, bounds: Ints) -> NDArray[np.uint8]:
        """What each sentence offers, as ``asking.offered``.

        ``bits``: what its tokens tell; ``places`` and ``bounds``: where its words are.
        """
        marks = self._wordlist.marks(self._numbers[places])
        sizes = np.diff(bounds)
        bits = bits | _joined_bits(marks, bounds)
        if (self._sentences[:, 4] >= 0).any():
            settled = asking.settled_by(bits, self._sentences[:, 4])
            return self._with_offers(settled)
        following = np.append(marks[1:], 0)
        following[bounds[1:][sizes > 0] - 1] = 0  # not those of another sentence
        capital = marks & CAPITAL != 0
        person = capital & (following & (CAPITAL | NAME_LINK) != 0)
        place = (marks & BEFORE_PLACE != 0) & (following & CAPITAL != 0)
        owners = np.repeat(np.arange(len(sizes)), sizes)
        deciding = np.flatnonzero(bits & asking.IN_SENTENCE)
        found: NDArray[np.int32] = bits & asking.ALL
        for n in deciding.tolist():
            found[n] = asking.settled(self._text(n), int(bits[n]) & asking.TOLD)
        for n in np.unique(owners[person]).tolist():
            found[n] |= asking.person_named(self._text(n))
        for n in np.unique(owners[place]).tolist():
            found[n] |= asking.place_named(self._text(n))
        return self._with_offers(found)

    def _with_offers(self, found: NDArray[np.int32]) -> NDArray[np.uint8]:
        """What sentences offer, with that of those that were looked at by themselves."""
        found[list(self._offers)] = list(self._offers.values())
        return found.astype(np.uint8)

    def _text(self, sentence: int) -> str:
        """A sentence, by its number."""
        _, _, start, stop, _ = self._sentences[sentence].tolist()
        return self._texts[bisect_right(self._firsts, sentence) - 1][start:stop]


def _flat(texts: Sequence[Sequence[Stretch]]) -> tuple[Ints, Ints, Ints]:
    """Where all stretches begin and end, one text after another, and how many each text has."""
    flat = np.array([stretch for text in texts for stretch in text], np.int64).reshape(-1, 2).T.copy()
    return flat[0], flat[1], np.fromiter(map(len, texts), np.int64, len(texts))


def _in_order(ids: Ints, words: int) -> tuple[Ints, NDArray[np.int32]]:
    """Word 0 and then these in order of appearance; and the place of each word of the vocabulary among them.

    So tables, and the index, are the same whatever this process read before.
    """
    first = np.full(words, -1, np.int64)
    first[ids[::-1]] = np.arange(len(ids))[::-1]  # the last that is noted is the first
    first[0] = -1
    found = np.flatnonzero(first >= 0)
    chosen = np.append(0, found[np.argsort(first[found])])
    place = np.zeros(words, np.int32)
    place[chosen] = np.arange(len(chosen))
    return chosen, place


def _joined_bits(bits: NDArray[np.int32], bounds: Ints) -> NDArray[np.int32]:
    """The bits of each range, put together."""
    found = np.zeros(len(bounds) - 1, np.int32)
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled):
        found[filled] = np.bitwise_or.reduceat(bits, bounds[filled])
    return found


def _sums(values: Ints, sizes: Ints) -> Ints:
    """The sum of the first ``sizes[0]`` values, of the next, and so on."""
    totals = np.append(0, np.cumsum(values))
    ends = np.cumsum(sizes)
    found: Ints = totals[ends] - totals[ends - sizes]
    return found
