"""How a question and texts match, word by word and sentence by sentence: what ranking and evidence decide on.

Words match when they have the same stem (1), when one is a part of the other (less), and by meaning as far as their
vectors are alike. Every question word weighs as much as it is rare in general Dutch (``dutch.background_idf``), so
that the values mean the same in an index of five documents and of five hundred thousand. What is worked out for a
passage is kept, for the same passages come back. Knows nothing of indexes, models of ranking, or documents' structure.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from rag import dutch
from rag.asking import ASKING, focus, kind_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.embeddings import Encoder

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Segments = Sequence[tuple[str, str]]  # (kind, text)

SAME, PART_OF, HAS_PART, SAME_START = 1.0, 0.8, 0.5, 0.5  # how well words match that share a stem, a part, a beginning
START = 6  # letters
KEPT_PASSAGES = 2000
_NAME = re.compile(r"(?<=[\w,:»”’)] )[(«“‘]?([A-ZÀ-Þ][\w'’.-]*)|\b([A-Z]{2,}[\w-]*)")
_NUMBERING = re.compile(r"(?:RIS|BSD|OCW|DSB)\W?(?:\w*nummers?)?")  # names a kind of number, nobody and nothing
KEPT_WORDS = 40_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its content words (ids), their weight, which of them are numbers and names, its row and its kind."""

    text: str
    words: Ints  # (words,)
    weights: Floats  # (words,), sums to 1 unless there are no words
    idf: Floats  # (words,)
    numbers: NDArray[np.bool_]  # (words,)
    names: NDArray[np.bool_]  # (words,): with a capital in mid-sentence, and no ordinary words
    focus: NDArray[np.bool_]  # (words,): what it wants to know of; see ``rag.asking.focus``
    row: Floats  # (dim,)
    kind: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text as a run of segments (sentences): flat word ids, where each segment begins, its kind, row and text."""

    ids: Ints  # (words,); a segment without content words holds the one id 0
    starts: Ints  # (segments,)
    kinds: tuple[str, ...]  # (segments,): what the caller called them
    rows: Floats  # (segments, dim)
    texts: tuple[str, ...]  # (segments,)


@dataclass(frozen=True, slots=True)
class Match:
    """A question against the segments of several texts; text t has segments ``bounds[t]:bounds[t + 1]``."""

    hard: Floats  # (question words, segments): best match of each question word in each segment
    soft: Floats  # the same with likeness of meaning
    cosine: Floats  # (segments,)
    bounds: Ints  # (texts + 1,)
    lengths: Ints  # (segments,): words
    pairs: Floats  # (texts,): share of neighbouring question words that are neighbours in the text
    frequency: Floats  # (question words, texts): how often each question word occurs


class _TokenIds(dict[str, tuple[int, ...]]):
    """Raw word → the ids of its content words, worked out once for each raw word."""

    def __init__(self, identity: Callable[[str], int]) -> None:
        super().__init__()
        self._identity = identity

    def __missing__(self, token: str) -> tuple[int, ...]:
        ids = self[token] = tuple(filter(None, map(self._identity, dutch.token_words(token))))
        return ids


class Words:
    """Every distinct word met so far, with its terms, rarity and vector. Word 0 is no word."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.clear()

    def clear(self) -> None:
        """Forget all words."""
        self._ids = _TokenIds(self._identity)
        self._known: dict[str, int] = {}
        self._words: list[str] = [""]
        self._terms: list[tuple[str, ...]] = [()]
        self._with_term: dict[str, list[int]] = {}
        self._with_start: dict[str, list[int]] = {}
        self._rows: Floats = np.zeros((1024, self._encoder.dim), np.float32)
        self._encoded = 1

    def __len__(self) -> int:
        return len(self._words)

    def ids(self, text: str) -> list[int]:
        """The content words of a text, in order."""
        return list(chain.from_iterable(map(self._ids.__getitem__, dutch.tokens(text))))

    def _identity(self, word: str) -> int:
        """The id of a word, 0 when it has no content."""
        identity = self._known.get(word)
        return self._add(word) if identity is None else identity

    def _add(self, word: str) -> int:
        terms = tuple(dutch.terms(word))
        if not terms or word in ASKING:
            self._known[word] = 0
            return 0
        identity = len(self._words)
        self._known[word] = identity
        self._words.append(word)
        self._terms.append(terms)
        for term in dict.fromkeys(terms):
            self._with_term.setdefault(term, []).append(identity)
        if len(word) > START and word.isalpha():
            self._with_start.setdefault(word[:START], []).append(identity)
        return identity

    def stem(self, identity: int) -> str:
        """The first term of a word: its own stem."""
        return self._terms[identity][0]

    def is_number(self, identity: int) -> bool:
        """Whether a word has a digit in it."""
        return any(letter.isdigit() for letter in self._words[identity])

    def rows(self, ids: Ints) -> Floats:
        """Unit rows of words (n, dim); new words are encoded now, all at once."""
        if self._encoded < len(self._words):
            if len(self._words) > len(self._rows):
                bigger = np.zeros((2 * len(self._words), self._rows.shape[1]), np.float32)
                bigger[: self._encoded] = self._rows[: self._encoded]
                self._rows = bigger
            self._rows[self._encoded : len(self._words)] = self._encoder.encode(self._words[self._encoded :])
            self._encoded = len(self._words)
        found: Floats = self._rows[ids]
        return found

    def matches(self, identity: int) -> dict[int, float]:
        """The words that match a question word by their letters, with how well."""
        own, *parts = self._terms[identity]
        found: dict[int, float] = {}
        if not self.is_number(identity):
            found.update(dict.fromkeys(self._with_start.get(self._words[identity][:START], ()), SAME_START))
            for part in parts:
                found.update({w: HAS_PART for w in self._with_term.get(part, ()) if self._terms[w][0] == part})
        for word in self._with_term.get(own, ()):
            found[word] = SAME if self._terms[word][0] == own else PART_OF
        return found


class Analyzer:
    """Turns questions and texts into words and rows, and matches them."""

    def __init__(self, encoder: Encoder, passages: int = KEPT_PASSAGES, words: int = KEPT_WORDS) -> None:
        self._encoder = encoder
        self._limits = (passages, words)
        self._words = Words(encoder)
        self._kept: OrderedDict[str, Analysis] = OrderedDict()

    def question(self, text: str) -> Asked:
        """Take a question apart."""
        if len(self._words) > self._limits[1]:
            self._words.clear()
            self._kept.clear()
        distinct: dict[str, int] = {}
        for identity in self._words.ids(text):
            distinct.setdefault(self._words.stem(identity), identity)
        idf = np.array([dutch.background_idf(stem) for stem in distinct], np.float32)
        numbers = np.array([self._words.is_number(word) for word in distinct.values()], bool)
        capital = {
            self._words.stem(word)
            for found in _NAME.finditer(text)
            if not dutch.is_ordinary_word(found[0]) and not _NUMBERING.fullmatch(found[0])
            for word in self._words.ids(found[0])
        }
        names = np.array([stem in capital for stem in distinct], bool) & ~numbers
        wanted_of = {self._words.stem(word) for word in self._words.ids(focus(text))}
        central = np.array([stem in wanted_of for stem in distinct], bool)
        words = np.array(list(distinct.values()), np.int64)
        weights = idf / max(float(idf.sum()), 1e-6)
        row = self._encoder.encode([text])[0]
        return Asked(text, words, weights, idf, numbers, names, central, row, kind_of(text))

    def analyse(self, key: str, segments: Callable[[], Segments]) -> Analysis:
        """The analysis of a text, kept under ``key``; ``segments`` gives its (kind, text) pairs when it is new."""
        return self.analyse_all([(key, segments)])[0]

    def analyse_all(self, wanted: Sequence[tuple[str, Callable[[], Segments]]]) -> list[Analysis]:
        """``analyse`` for each (key, segments): what is new is encoded at once, which is several times as fast."""
        new = {key: segments() or [("", "")] for key, segments in wanted if key not in self._kept}
        rows = self._encoder.encode([text for segments in new.values() for _, text in segments])
        first = 0
        for key, segments in new.items():
            self._kept[key] = self._analysed(segments, rows[first : first + len(segments)])
            first += len(segments)
        for key, _ in wanted:
            self._kept.move_to_end(key)
        found = [self._kept[key] for key, _ in wanted]
        while len(self._kept) > self._limits[0]:
            self._kept.popitem(last=False)
        return found

    def _analysed(self, segments: Segments, rows: Floats) -> Analysis:
        texts = [text for _, text in segments]
        lists = [self._words.ids(text) or [0] for text in texts]
        sizes = np.array([len(ids) for ids in lists])
        return Analysis(
            ids=np.array(list(chain.from_iterable(lists)), np.int64),
            starts=np.cumsum(sizes) - sizes,
            kinds=tuple(kind for kind, _ in segments),
            rows=rows,
            texts=tuple(texts),
        )

    def match(self, asked: Asked, texts: Sequence[Analysis]) -> Match:
        """A question against several texts at once."""
        sizes = np.array([len(text.ids) for text in texts])
        offsets = np.cumsum(sizes) - sizes  # (texts,)
        flat = np.concatenate([text.ids for text in texts])  # (words,)
        starts = np.concatenate([text.starts + offset for text, offset in zip(texts, offsets, strict=True)])
        unique, inverse = self._distinct(flat)
        hard = self._hard(asked, unique)  # (question words, unique)
        soft = np.maximum(hard, self._soft(asked, unique))
        hard_flat = hard[:, inverse]
        return Match(
            hard=np.maximum.reduceat(hard_flat, starts, axis=1),
            soft=np.maximum.reduceat(soft[:, inverse], starts, axis=1),
            cosine=np.concatenate([text.rows for text in texts]) @ asked.row,
            bounds=np.cumsum([0, *(len(text.starts) for text in texts)]),
            lengths=np.diff(np.append(starts, len(flat))),
            pairs=_neighbours(hard_flat, offsets),
            frequency=np.add.reduceat(hard_flat, offsets, axis=1),
        )

    def _distinct(self, ids: Ints) -> tuple[Ints, Ints]:
        """The distinct ids in order, and which of these each is; a table of all words is faster than sorting."""
        there = np.zeros(len(self._words), bool)
        there[ids] = True
        return np.flatnonzero(there), (np.cumsum(there) - 1)[ids]

    def _hard(self, asked: Asked, unique: Ints) -> Floats:
        values = np.zeros((len(asked.words), len(self._words)), np.float32)
        for row, word in enumerate(asked.words):
            found = self._words.matches(int(word))
            values[row, list(found)] = list(found.values())
        hard: Floats = values[:, unique]
        return hard

    def _soft(self, asked: Asked, unique: Ints) -> Floats:
        """Likeness of meaning, 0–1; numbers are never alike."""
        rows = self._words.rows(asked.words) * ~asked.numbers[:, None]
        alike: Floats = np.clip(rows @ self._words.rows(unique).T, 0, 1)
        return alike


def _neighbours(hard: Floats, offsets: Ints) -> Floats:
    """For each text: the share of pairs of successive question words that stand side by side in it, in order."""
    if len(hard) < 2:
        return np.zeros(len(offsets), np.float32)
    there = hard >= HAS_PART
    both = np.zeros((len(hard) - 1, hard.shape[1]), bool)
    both[:, :-1] = there[:-1, :-1] & there[1:, 1:]
    share: Floats = np.maximum.reduceat(both, offsets, axis=1).mean(axis=0, dtype=np.float32)
    return share
