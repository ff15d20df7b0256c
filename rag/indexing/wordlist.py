"""Every distinct word of the texts that a process reads, as a number, with what indexing asks of it in flat arrays.

A word here is what stands between white space (``rag.dutch.standing_words``). It is looked up once for each place where
it stands; the pieces to embed, and its raw words (tokens) with their search terms, hashes and the words to match by,
then come by number, for a whole batch of texts at a time. Knows nothing of documents and passages.
"""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import asking, dutch, native, spelling
from rag.embeddings import StaticEncoder
from rag.indexing import cutting
from rag.indexing.cutting import Numbers
from rag.indexing.matched import MatchedWords
from rag.numbering import Strings, joined, split
from rag.store.duplicates import word_hash
from rag.store.wordcounts import Held
from rag.words import Grown, Ragged, Rows, content_forms, ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

# Marks beside the bits of ``rag.asking``.
FIGURES, CAPITAL, NAME_LINK, BEFORE_PLACE, MEANT, OTHERS_MEANT = (1 << (24 + place) for place in range(6))
_NAME_LINKS = frozenset({"van", "de", "der", "den"})
_BEFORE_PLACE = ("in", "te", "op", "naar", "bij", "de", "het")  # ends of words, see ``rag.asking``


class Wordlist:
    """The words met so far, and the raw words (``rag.dutch.tokens``) in them, which are far fewer.

    ``settle`` must come between new numbers and what is known of them.
    """

    def __init__(self, encoder: StaticEncoder | None) -> None:
        self.encoder = encoder
        self.forget()

    def forget(self) -> None:
        """Forget all words."""
        self.cutter = cutting.cutter()
        self._known = 0  # words that are worked out
        self._tokens: list[str] = []
        self._number_of: dict[str, int] = {}  # of tokens
        self._marks, self._pieces, self._token_rows = Grown(np.int32), Rows(np.int32), Rows(np.int32)
        self._terms = Strings()  # of each token its search terms, joined by spaces
        self._others_meant: dict[int, list[str]] = {}  # of tokens that are no word themselves: see ``meant``
        self._told, self._hashes, self._forms = Grown(np.int32), Grown(np.uint32), Rows(np.int32)
        self.matched = MatchedWords(self.encoder) if self.encoder else None

    def __len__(self) -> int:
        return len(self.cutter)

    def settle(self) -> None:
        """Work out what is asked of new words and tokens."""
        first, self._known = self._known, len(self.cutter)
        self._token_rows.extend_flat(*self.cutter.tokens(first, self._known, dutch.tokens))
        new = self.cutter.words(first, self._known)
        self._marks.extend(list(map(_marks, new)))
        if self.encoder:
            self._pieces.extend_flat(*self.encoder.packed(new))
        self._settle_tokens(split(self.cutter.raw(np.arange(len(self._tokens), self.cutter.raw_count))))

    def _settle_tokens(self, new: list[str]) -> None:
        self._number_of.update(zip(new, count(len(self._tokens))))
        self._tokens += new
        terms = dutch.terms_of(new)
        self._terms.extend(list(map(" ".join, terms)))
        self._hashes.extend(list(map(word_hash, new)))
        bits = [self._bits(number, token) for number, token in enumerate(new, len(self._told))]
        self._told.extend(bits)
        if self.matched:
            forms = list(map(content_forms, new, terms))
            numbers = self.matched.of_forms(list(chain.from_iterable(forms)))
            self._forms.extend_flat(numbers, np.fromiter(map(len, forms), np.int64, len(forms)))

    def marks(self, numbers: Ints) -> NDArray[np.int32]:
        """Of each word its marks."""
        found: NDArray[np.int32] = self._marks.values[numbers]
        return found

    def pieces(self, numbers: Ints) -> Ragged:
        """Of each word the pieces that the encoder cuts it in."""
        return self._pieces.ragged.take(numbers)

    def tokens(self, numbers: Ints) -> Ragged:
        """Of each word the numbers of its tokens."""
        return self._token_rows.ragged.take(numbers)

    def token(self, number: int) -> str:
        """A token by its number."""
        return self._tokens[number]

    def terms(self, tokens: Ints, begins: Ints, ends: Ints, sizes: Ints) -> list[str]:
        """The search terms of texts, joined by spaces: of the tokens in each one's stretches, see ``Strings.texts``."""
        return self._terms.texts(tokens, begins, ends, sizes)

    def told(self, tokens: NDArray[Any]) -> NDArray[np.int32]:
        """Of each token what it tells of its sentence (``rag.asking.told``), and other marks."""
        found: NDArray[np.int32] = self._told.values[tokens]
        return found

    def hashes(self, tokens: Ints) -> NDArray[np.uint32]:
        """Of each token its hash."""
        found: NDArray[np.uint32] = self._hashes.values[tokens]
        return found

    def forms(self, tokens: Ints) -> Ragged:
        """Of each token the numbers of its words with content in ``matched``."""
        return self._forms.ragged.take(tokens)

    def meant(self, tokens: NDArray[np.int32], stretches: tuple[Ints, Ints, Ints]) -> list[Held]:
        """The distinct words that typing errors in documents may stand for.

        ``stretches``: where those of ``tokens`` begin and end, and how many of these each document has.
        """
        more = Numbers()  # words that are no token
        found = [self._meant(own, more) for own in self._that_mean(tokens, *stretches)]
        place = np.zeros(len(self._tokens) + len(more), np.int32)  # in the table, of each number
        for numbers in found:
            place[numbers] = 1
        known = np.flatnonzero(place)
        place[known] = np.arange(len(known))
        table = self.cutter.raw(known[known < len(self._tokens)]) + joined(more.words)
        return [Held(table, place[numbers]) for numbers in found]

    def _that_mean(self, tokens: NDArray[np.int32], begins: Ints, ends: Ints, sizes: Ints) -> list[NDArray[np.int32]]:
        """The distinct tokens of each document that are a word or hold one."""
        wanted = MEANT | OTHERS_MEANT
        if native.available():
            from rag.native.indexing import distinct

            return distinct(tokens, (begins, ends, sizes), self._told.values, wanted)
        places, bounds = ranges(begins, ends)
        own = np.split(tokens[places], bounds[np.cumsum(sizes)])[:-1]
        return [some[self.told(some) & wanted != 0] for some in map(_distinct, own)]

    def _meant(self, tokens: NDArray[np.int32], more: Numbers) -> Ints:
        """The words meant by distinct tokens, as numbers: of tokens, and behind these of ``more``."""
        told = self.told(tokens)
        others = tokens[told & OTHERS_MEANT != 0].tolist()
        words = chain.from_iterable(map(self._others_meant.__getitem__, others))
        known = self._number_of
        numbers = [known[word] if word in known else len(known) + more[word] for word in words]
        own = tokens[told & MEANT != 0].astype(np.int64)
        return _distinct(np.append(own, numbers)) if numbers else own

    def _bits(self, number: int, token: str) -> int:
        """What a new token tells, as ``told`` gives it. ``meant`` is noted apart for one that is no word itself."""
        bits = asking.told_by(token) | _figures(token)
        if token.isdigit():
            return bits
        if token.isalpha():
            return bits | MEANT if spelling.SHORTEST <= len(token) <= spelling.LONGEST else bits
        words = spelling.meant((token,))
        if words:
            self._others_meant[number] = words
        return bits | OTHERS_MEANT if words else bits


def _distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Each value once, sorted. For a few thousand this takes a fraction of the time of numpy's own."""
    values = np.sort(values)
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values


def _marks(word: str) -> int:
    found = CAPITAL if "A" <= word[0] <= "Z" else 0
    if "€" in word or "%" in word:
        found |= asking.AMOUNT
    if word in _NAME_LINKS:
        found |= NAME_LINK
    return found | (BEFORE_PLACE if word.endswith(_BEFORE_PLACE) else 0)


def _figures(raw: str) -> int:
    return FIGURES if raw < ":" and len(raw) > 1 else 0  # digits come before ":"
