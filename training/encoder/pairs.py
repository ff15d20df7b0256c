"""A question with one passage as the cross-encoder reads it, and such pairs as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from rag.asking import KINDS, OFFERS, wanted
from training.encoder.cross import ASKED, PLACES, Read
from training.encoder.prepare import Library, Listed

ASKED_MARK, ASKED_WORD, TITLE_MARK, SENTENCE_MARK, TITLE, SENTENCE = range(6)
_KIND, _OFFERS = 6, 6 + len(KINDS)
_REST = _OFFERS + len(OFFERS)
RARE, DIGIT, MATCHED, WEIGHT, NAME, FOCUS, CHOSEN, PLACE, LENGTH, SUITS, RANKED = range(_REST, _REST + 11)
FACTS = _REST + 11
LONGEST = 28  # words of a sentence that are read


@dataclass(frozen=True, slots=True)
class Pair:
    """One question with one passage. ``segments`` are the passage's sentences that are read, its title being 0."""

    words: np.ndarray  # (words,)
    facts: np.ndarray  # (words, FACTS)
    places: np.ndarray  # (words,)
    sentences: np.ndarray  # (words,)
    hard: np.ndarray  # (words, words)
    marks: np.ndarray  # (sentences,): places of the marks of ``segments``
    segments: np.ndarray  # (sentences,)
    chosen: np.ndarray  # (sentences,): log-odds by the trees

    def __len__(self) -> int:
        return len(self.words)


class Pairs:
    """Makes pairs. ``room`` is how many words of a passage are read; ``helped`` whether the trees' scores are seen."""

    def __init__(self, library: Library, room: int = 128, *, helped: bool = True) -> None:
        self._library, self._room, self._helped = library, room, helped

    def of(self, listed: Listed, candidate: int) -> Pair:
        """A question with one of its candidates."""
        library = self._library
        passages = listed.passages
        sizes = library.starts[library.bounds[passages + 1]] - library.starts[library.bounds[passages]]
        counts = library.bounds[passages + 1] - library.bounds[passages]
        column, row = int(sizes[:candidate].sum()), int(counts[:candidate].sum())
        first, last = library.bounds[passages[candidate]], library.bounds[passages[candidate] + 1]
        starts = library.starts[first : last + 1] - library.starts[first]  # (segments + 1,)
        chosen = listed.chosen[row : row + last - first]
        told = listed.hard[:, column : column + starts[-1]].max(axis=0, initial=0)  # (words,)
        spans = [window(told, int(a), int(b)) for a, b in pairwise(starts)]
        kept = self._kept(np.array([b - a for a, b in spans]), chosen)
        taken = np.concatenate([np.arange(*spans[s]) for s in kept])
        segment = np.repeat(np.arange(len(kept)), [spans[s][1] - spans[s][0] for s in kept])  # (words,)
        ids = library.ids[library.starts[first] + taken]
        taken, segment, ids = (part[ids > 0] for part in (taken, segment, ids))
        return self._pair(listed, candidate, kept, chosen[kept], segment, ids, listed.hard[:, column + taken],
                          library.offers[first + kept])  # fmt: skip

    def _kept(self, sizes: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """The title and the sentences that are read, in order: all when there is room, else the best by the trees."""
        if sizes.sum() <= self._room:
            return np.arange(len(sizes))
        best = 1 + np.argsort(-chosen[1:], kind="stable")
        fitting = best[np.cumsum(sizes[best]) + sizes[0] <= self._room]
        return np.sort(np.append(fitting if len(fitting) else best[:1], 0))

    def _pair(  # noqa: PLR0913, PLR0917 - what is known of the question, of the sentences and of the words
        self, listed: Listed, candidate: int, kept: np.ndarray, chosen: np.ndarray, segment: np.ndarray,
        ids: np.ndarray, hard: np.ndarray, offers: np.ndarray,
    ) -> Pair:  # fmt: skip
        library, asked = self._library, listed.words[: ASKED - 1]
        questions, count = len(asked), len(kept)
        hard = hard[:questions] / np.float32(10)
        begin = 1 + questions
        sizes = np.bincount(segment, minlength=count)
        marks = begin + np.arange(count) + np.cumsum(sizes) - sizes
        at = begin + 1 + segment + np.arange(len(ids))  # places of the passage's words
        length = begin + count + len(ids)
        words = np.zeros(length, np.int64)
        words[1:begin], words[at] = asked, ids
        sentences = np.zeros(length, np.int64)
        sentences[marks], sentences[at] = 1 + np.arange(count), 1 + segment
        places = np.zeros(length, np.int64)
        places[1:begin], places[at] = np.arange(1, begin), at - marks[segment]
        facts = np.zeros((length, FACTS), np.float32)
        facts[0, ASKED_MARK] = facts[1:begin, ASKED_WORD] = 1
        facts[marks, np.where(kept == 0, TITLE_MARK, SENTENCE_MARK)] = 1
        facts[at, np.where(kept[segment] == 0, TITLE, SENTENCE)] = 1
        facts[0, _KIND + listed.kind] = 1
        facts[marks, _OFFERS:_REST] = np.unpackbits(offers[:, None], axis=1, bitorder="little")
        facts[:, RARE], facts[:, DIGIT] = library.idf[words] / 10, library.digits[words]
        weights = listed.weights[:questions]
        if len(ids) and questions:
            facts[1:begin, MATCHED], facts[at, MATCHED] = hard.max(axis=1), hard.max(axis=0)
            facts[at, WEIGHT] = 4 * (hard * weights[:, None]).max(axis=0)
        facts[1:begin, WEIGHT] = 4 * weights
        facts[1:begin, [NAME, FOCUS]] = listed.flags[:questions, 1:]
        facts[marks, PLACE], facts[marks, LENGTH] = kept / 10, sizes / 30
        wants = wanted(KINDS[listed.kind])
        facts[marks, SUITS] = (offers & wants != 0) | (wants == 0)
        if self._helped:
            facts[marks, CHOSEN] = chosen / 4
            facts[0, RANKED] = (listed.scores[candidate] - listed.scores.max()) / 2
        stems = library.stems[words]
        both = ((stems[:, None] == stems[None]) & (words > 0)[:, None]).astype(np.float32)
        both[1:begin, at], both[at[:, None], np.arange(1, begin)[None]] = hard, hard.T
        return Pair(words, facts, np.minimum(places, PLACES - 1), sentences, both, marks, kept, chosen)


def window(told: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """The ``LONGEST`` successive words of a sentence that match most, or all of it: where they begin and end."""
    if last - first <= LONGEST:
        return first, last
    sums = np.concatenate([[0], np.cumsum(told[first:last], dtype=np.int64)])
    begin = first + int(np.argmax(sums[LONGEST:] - sums[:-LONGEST]))
    return begin, begin + LONGEST


def batch(pairs: Sequence[Pair], device: str = "cpu") -> Read:
    """Several pairs as one batch, filled up to the longest."""
    length = max(map(len, pairs))
    count = len(pairs)
    words, places = np.zeros((count, length), np.int64), np.zeros((count, length), np.int64)
    sentences = np.full((count, length), -1, np.int64)
    facts = np.zeros((count, length, FACTS), np.float32)
    hard = np.zeros((count, length, length), np.float32)
    for row, pair in enumerate(pairs):
        size = len(pair)
        words[row, :size], places[row, :size], sentences[row, :size] = pair.words, pair.places, pair.sentences
        facts[row, :size], hard[row, :size, :size] = pair.facts, pair.hard
    marks = np.concatenate([row * length + pair.marks for row, pair in enumerate(pairs)])
    arrays = (words, facts, places, sentences, hard, marks)
    return Read(*(torch.from_numpy(array).to(device) for array in arrays))
