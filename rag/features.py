"""How a question and texts match, word by word and sentence by sentence: what ranking and evidence decide on.

Words match when they have the same stem (1), when one is a part of the other (less), and by meaning as far as their
vectors are alike. Every question word weighs as much as it is rare in general Dutch (``dutch.background_idf``), so
that the values mean the same in an index of five documents and of five hundred thousand. All texts are matched at once,
in arrays over all their words. Knows nothing of indexes, models of ranking, or documents' structure.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import dutch, native
from rag.asking import KINDS, focus, kind_of, offered, wanted
from rag.embeddings import Encoder, StaticEncoder, question_row
from rag.errors import ModelInvalid
from rag.synonyms import synonyms
from rag.words import START, Ragged, Vocabulary, Words, content, form_terms, key, keys, norms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Segments = Sequence[tuple[str, str]]  # (kind, text)

SAME, PART_OF, HAS_PART, SAME_START = 1.0, 0.8, 0.5, 0.5  # how well words match that share a stem, a part, a beginning
KEPT_PASSAGES, KEPT_WORDS = 2000, 40_000
_NAME = re.compile(r"(?<=[\w,:»”’)] )[(«“‘]?([A-ZÀ-Þ][\w'’.-]*)|\b([A-Z]{2,}[\w-]*)")
_NUMBERING = re.compile(r"(?:RIS|BSD|OCW|DSB)\W?(?:\w*nummers?)?")  # names a kind of number, nobody and nothing


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its content words, their weight, which of them are numbers, its row and its kind."""

    text: str
    words: tuple[str, ...]  # one for each stem
    keys: tuple[tuple[int, ...], ...]  # (words,): of the stem, and of the parts; see ``rag.words.key``
    other_keys: Ints  # (others,): of the terms that mean the same as some word or tell of it, sorted
    likeness: Floats  # (words, others): how well these match each word; see ``rag.synonyms``
    weights: Floats  # (words,), sums to 1 unless there are no words
    idf: Floats  # (words,)
    numbers: NDArray[np.bool_]  # (words,)
    stems: tuple[str, ...]  # (words,)
    rows: Floats  # (words, dim): unit rows, of numbers 0
    row: Floats  # (dim,)
    kind: str
    beginnings: Ints  # (words,): the key of its first letters, 0 for numbers and short words
    told: Floats  # (len(KINDS) + 3,): what ranking is told of it: its kind, how many words and numbers, the mean idf
    flat: native.Question = field(init=False, repr=False)  # the same, for the native kernel

    def __post_init__(self) -> None:
        object.__setattr__(self, "flat", native.Question.of(self, wanted(self.kind)))

    @property
    def names(self) -> NDArray[np.bool_]:
        """Which words have a capital in mid-sentence, and are no ordinary words: ``(words,)``."""
        capital = _capital(self.text)
        return np.array([stem in capital for stem in self.stems], bool) & ~self.numbers

    @property
    def focus(self) -> NDArray[np.bool_]:
        """Which words say what it wants to know of (see ``rag.asking.focus``): ``(words,)``."""
        wanted_of = {_stem(form) for form in content(focus(self.text))}
        return np.array([stem in wanted_of for stem in self.stems], bool)


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text as a run of segments (sentences): flat word numbers, where each segment begins, what is known of it."""

    ids: Ints  # (words,); a segment without content words holds the one number 0
    starts: Ints  # (segments,)
    norms: Floats  # (segments,): the length of the sum of its words' vectors
    offers: NDArray[np.uint8]  # (segments,): see ``rag.asking.offered``
    kinds: tuple[str, ...] = ()  # (segments,): what the caller called them
    texts: tuple[str, ...] = ()  # (segments,)


@dataclass(frozen=True, slots=True)
class Texts:
    """Several texts, one after another: the fields of ``Analysis``; text t has segments ``bounds[t]:bounds[t + 1]``."""

    ids: Ints  # (words,)
    starts: Ints  # (segments,)
    norms: Floats  # (segments,)
    offers: NDArray[np.uint8]  # (segments,)
    bounds: Ints  # (texts + 1,)

    @classmethod
    def of(cls, texts: Sequence[Analysis]) -> Texts:
        """These texts in their order."""
        ends = np.cumsum([len(text.ids) for text in texts])
        return cls(
            ids=np.concatenate([text.ids for text in texts]),
            starts=np.concatenate([t.starts + (end - len(t.ids)) for t, end in zip(texts, ends, strict=True)]),
            norms=np.concatenate([text.norms for text in texts]),
            offers=np.concatenate([text.offers for text in texts]),
            bounds=np.cumsum([0, *(len(text.starts) for text in texts)]),
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A question against the segments of several texts; text t has segments ``bounds[t]:bounds[t + 1]``."""

    hard: Floats  # (question words, segments): best match of each question word in each segment
    soft: Floats  # the same with likeness of meaning
    cosine: Floats  # (segments,): of the question's row with the sum of a segment's words
    bounds: Ints  # (texts + 1,)
    lengths: Ints  # (segments,): words
    offers: NDArray[np.uint8]  # (segments,): see ``rag.asking.offered``
    pairs: Floats  # (texts,): share of neighbouring question words that are neighbours in the text
    frequency: Floats  # (question words, texts): how often each question word occurs


class Matcher:
    """Matches questions with texts whose words are numbers in a vocabulary. For one thread at a time."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        self._word_places = np.zeros(0, np.int32)
        self._piece_places = np.zeros(encoder.flat.known.pieces, np.int32)
        self._rows = np.zeros((0, encoder.dim), np.float32)  # room: new memory costs more than what is put there

    def match(self, asked: Asked, texts: Texts, vocabulary: Vocabulary) -> Match:
        """A question against several texts at once."""
        if native.available():
            found = native.match(asked.flat, texts, vocabulary, self._encoder.flat)
            hard, soft, cosine, pairs, frequency = found
            lengths = np.diff(texts.starts, append=len(texts.ids))
            return Match(hard, soft, cosine, texts.bounds, lengths, texts.offers, pairs, frequency)
        if len(self._word_places) < len(vocabulary):
            self._word_places = np.zeros(2 * len(vocabulary), np.int32)
        distinct, which = _distinct(texts.ids, self._word_places)
        terms = vocabulary.terms.take(distinct)
        hard = _hard(asked, terms, vocabulary.beginnings[distinct])  # (question words, distinct)
        soft, toward = self._soft(asked, distinct, vocabulary)
        np.maximum(soft, _with_others(hard, asked, terms), out=soft)
        first = texts.bounds[:-1]
        offsets = texts.starts[first]  # (texts,)
        hard_flat = hard.take(which, axis=1)  # (question words, words)
        # added as 64-bit floats, so that the order does not tell: what is alike is equal
        along = np.add.reduceat(toward.take(which), texts.starts, dtype=np.float64).astype(np.float32)  # (segments,)
        return Match(
            hard=np.maximum.reduceat(hard_flat, texts.starts, axis=1),
            soft=np.maximum.reduceat(soft.take(which, axis=1), texts.starts, axis=1),
            cosine=along / texts.norms,
            bounds=texts.bounds,
            lengths=np.diff(texts.starts, append=len(texts.ids)),
            offers=texts.offers,
            pairs=_neighbours(hard_flat, offsets),
            frequency=np.add.reduceat(hard_flat, offsets, axis=1, dtype=np.float64).astype(np.float32),
        )

    def _soft(self, asked: Asked, words: Ints, vocabulary: Vocabulary) -> tuple[Floats, Floats]:
        """Likeness of meaning, 0-1 ``(question words, words)``, and the product of each word with the question's row.

        A word is the sum of its pieces, so the products of the distinct pieces are all that has to be worked out.
        """
        pieces = vocabulary.pieces.take(words)
        distinct, which = _distinct(pieces.values, self._piece_places)
        towards = np.concatenate([asked.rows, asked.row[None]])  # (question words + 1, dim)
        if len(self._rows) < len(distinct):
            self._rows = np.zeros((2 * len(distinct), self._encoder.dim), np.float32)
        rows = self._encoder.table.take(distinct, axis=0, out=self._rows[: len(distinct)], mode="clip")
        products = towards @ rows.T  # (question words + 1, pieces)
        running = np.zeros((len(towards), len(which) + 1))
        np.cumsum(products.take(which, axis=1), axis=1, out=running[:, 1:])
        at = running.take(pieces.starts, axis=1)
        sums = (at[:, 1:] - at[:, :-1]).astype(np.float32)  # (question words + 1, words)
        sums[:, words == 0] = 0
        return np.clip(sums[:-1] / vocabulary.norms[words], 0, 1), sums[-1]


def _distinct(numbers: Ints, places: NDArray[np.int32]) -> tuple[Ints, NDArray[np.int32]]:
    """The distinct numbers, and which of these each is; ``places`` is room for one value per possible number."""
    order = np.arange(len(numbers), dtype=np.int32)
    places[numbers] = order
    distinct = numbers[places[numbers] == order]
    places[distinct] = np.arange(len(distinct), dtype=np.int32)
    return distinct, places[numbers]


def _hard(asked: Asked, terms: Ragged, beginnings: Ints) -> Floats:
    """How well words, of which are given their terms and beginnings, match each question word by their letters.

    ``(question words, words)``.
    """
    found = np.zeros((len(asked.words), len(beginnings)), np.float32)
    if not len(asked.words):
        return found
    stems = terms.values[terms.starts[:-1]]
    of_word = np.repeat(np.arange(len(beginnings)), np.diff(terms.starts))
    for place, (stem, *parts) in enumerate(asked.keys):
        row = found[place]
        if not asked.numbers[place]:
            if asked.beginnings[place]:
                row[beginnings == asked.beginnings[place]] = SAME_START
            for part in parts:
                row[stems == part] = HAS_PART
        row[of_word[terms.values == stem]] = PART_OF
        row[stems == stem] = SAME
    return found


def _with_others(hard: Floats, asked: Asked, terms: Ragged) -> Floats:
    """How well words, given their terms, match each question word by their letters or as another word for it.

    A whole word counts for more than a part. ``(question words, words)`` → the same.
    """
    alike = hard.copy()
    if len(asked.other_keys):
        at = np.minimum(np.searchsorted(asked.other_keys, terms.values), len(asked.other_keys) - 1)
        there = np.flatnonzero(asked.other_keys[at] == terms.values)
        of_word = np.searchsorted(terms.starts, there, side="right") - 1
        share = np.where(terms.starts[of_word] == there, np.float32(SAME), np.float32(PART_OF))
        np.maximum.at(alike.T, of_word, (asked.likeness[:, at[there]] * share).T)
    return alike


def _neighbours(hard: Floats, offsets: Ints) -> Floats:
    """For each text: the share of pairs of successive question words that stand side by side in it, in order."""
    if len(hard) < 2:
        return np.zeros(len(offsets), np.float32)
    there = hard >= HAS_PART
    both = np.zeros((len(hard) - 1, hard.shape[1]), bool)
    both[:, :-1] = there[:-1, :-1] & there[1:, 1:]
    both[:, offsets[1:] - 1] = False  # the last word of a text has no neighbour in the next
    share: Floats = np.logical_or.reduceat(both, offsets, axis=1).mean(axis=0, dtype=np.float32)
    return share


class Analyzer:
    """Turns questions and texts into numbers and rows, and matches them. For one thread at a time."""

    def __init__(self, encoder: Encoder, passages: int = KEPT_PASSAGES, words: int = KEPT_WORDS) -> None:
        """Raises ModelInvalid for an encoder that is no table of word pieces."""
        if not isinstance(encoder, StaticEncoder):
            raise ModelInvalid(
                f"Rangschikking en bewijs kunnen niet rekenen met het model {encoder.name}: zij hebben een statisch "
                "model nodig, zoals models/embedder."
            )
        self.encoder = encoder
        self._limits = (passages, words)
        self._words = Words(encoder)
        self.matcher = Matcher(encoder)
        self._kept: OrderedDict[str, Analysis] = OrderedDict()

    def question(self, text: str) -> Asked:
        """Take a question apart."""
        return asked(text, self.encoder)

    def analyse(self, name: str, segments: Callable[[], Segments]) -> Analysis:
        """The analysis of a text, kept under ``name``; ``segments`` gives its (kind, text) pairs when it is new."""
        return self.analyse_all([(name, segments)])[0]

    def analyse_all(self, wanted: Sequence[tuple[str, Callable[[], Segments]]]) -> list[Analysis]:
        """``analyse`` for each (name, segments): what is new is worked out at once, which is faster."""
        if len(self._words) > self._limits[1]:
            self._words.clear()
            self._kept.clear()
        new = {name: segments() or [("", "")] for name, segments in wanted if name not in self._kept}
        if new:
            self._kept.update(zip(new, self._analysed(list(new.values())), strict=True))
        for name, _ in wanted:
            self._kept.move_to_end(name)
        found = [self._kept[name] for name, _ in wanted]
        while len(self._kept) > self._limits[0]:
            self._kept.popitem(last=False)
        return found

    def match(self, asked: Asked, texts: Sequence[Analysis]) -> Match:
        """A question against several texts of this analyzer at once."""
        return self.matcher.match(asked, Texts.of(texts), self._words.vocabulary())

    def _analysed(self, texts: Sequence[Segments]) -> list[Analysis]:
        standing = [[dutch.standing_words(text) for _, text in segments] for segments in texts]
        numbers = [[self._words.numbers(words) or [0] for words in lists] for lists in standing]
        sizes = [np.array([len(ids) for ids in lists]) for lists in numbers]
        flat = [np.array(list(chain.from_iterable(lists)), np.int64) for lists in numbers]
        lengths = segment_norms(self.encoder, self._words.vocabulary(), np.concatenate(flat), np.concatenate(sizes))
        norms_of = np.split(lengths, np.cumsum([len(size) for size in sizes])[:-1])
        return [
            Analysis(
                ids=ids,
                starts=np.cumsum(size) - size,
                norms=norm,
                offers=np.array(
                    [offered(text, words) for (_, text), words in zip(segments, lists, strict=True)], np.uint8
                ),
                kinds=tuple(kind for kind, _ in segments),
                texts=tuple(text for _, text in segments),
            )
            for segments, lists, ids, size, norm in zip(texts, standing, flat, sizes, norms_of, strict=True)
        ]


def segment_norms(encoder: StaticEncoder, vocabulary: Vocabulary, ids: Ints, sizes: Ints) -> Floats:
    """The lengths of the sums of segments' words: the first ``sizes[0]`` of ``ids``, and so on; of no word, 1e-12."""
    pieces = vocabulary.pieces.take(ids)
    ends = np.cumsum(sizes)
    counts = np.diff(pieces.starts[np.concatenate([[0], ends])])
    return np.where(ids[ends - sizes] == 0, np.float32(1e-12), norms(encoder, pieces.values, counts))


def weigh(weights: Floats, matches: NDArray[Any]) -> Floats:
    """What of a question is matched: the weights of its words ``(words,)`` and matches ``(words, n)`` → ``(n,)``.

    Added word by word and not by BLAS, which adds the last columns otherwise than the first, so that what is alike is
    equal; on some processors it also reads beyond so small a matrix, and then warns of an invalid value.
    """
    weight: Floats = (weights[:, None] * matches).sum(axis=0)
    return weight


def suiting(asked: Asked, offers: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether what segments offer suits the kind of a question: ``(segments,)`` → the same."""
    wants = wanted(asked.kind)
    found: NDArray[np.bool_] = (offers & wants != 0) | (wants == 0)
    return found


@lru_cache(32)
def asked(text: str, encoder: StaticEncoder) -> Asked:
    """Take a question apart."""
    distinct: dict[str, str] = {}
    for form in content(text):
        distinct.setdefault(_stem(form), form)
    words, count = tuple(distinct.values()), len(distinct)
    idf = np.array(list(map(dutch.background_idf, distinct)), np.float32)
    total = idf.sum()
    number = [not word.isalpha() and any(letter.isdigit() for letter in word) for word in words]
    other_keys, likeness = _others(["" if no_word else stem for stem, no_word in zip(distinct, number, strict=True)])
    numbers = np.array(number, bool)
    rows = encoder.encode(words)  # (words, dim)
    kind = kind_of(text)
    return Asked(
        text=text,
        words=words,
        keys=tuple(tuple(keys(word)) for word in words),
        other_keys=other_keys,
        likeness=likeness,
        weights=idf / max(float(total), 1e-6),
        idf=idf,
        numbers=numbers,
        stems=tuple(distinct),
        rows=rows * ~numbers[:, None] if any(number) else rows,
        row=question_row(encoder, text),
        kind=kind,
        beginnings=np.array(list(map(_beginning, words, number)), np.int64),
        told=np.array([*map(kind.__eq__, KINDS), count, sum(number), total / max(count, 1)], np.float32),
    )


@lru_cache(32)
def _capital(text: str) -> frozenset[str]:
    """The stems of the names in a question."""
    return frozenset(
        _stem(form)
        for found in _NAME.finditer(text)
        if not dutch.is_ordinary_word(found[0]) and not _NUMBERING.fullmatch(found[0])
        for form in content(found[0])
    )


def _stem(form: str) -> str:
    return form_terms(form)[0]


def _beginning(word: str, number: bool) -> int:
    return 0 if number or len(word) < START else key(word[:START])


def _others(stems: Sequence[str]) -> tuple[Ints, Floats]:
    """The keys of other terms for these ``(others,)``, and how well each matches each of these ``(stems, others)``."""
    found = [_other_keys(stem) for stem in stems]
    others = sorted(set().union(*found))
    place_of = dict(zip(others, range(len(others)), strict=True))
    likeness = np.zeros((len(stems), len(others)), np.float32)
    for row, own in zip(likeness, found, strict=True):  # a few tens: less time than numpy's steps would take
        for other, likely in own.items():
            row[place_of[other]] = likely
    return np.array(others, np.int64), likeness


@lru_cache(10_000)
def _other_keys(stem: str) -> dict[int, float]:
    """The keys of other terms for one, each with how well it matches."""
    return {key(other): likely for other, likely in synonyms(stem).items()}
