"""Learn which words go with which questions (``rag/association.py``): a logistic regression over pairs of the two.

A sentence of the passage that answers is evidence or it is not; its features are all pairs of a cue of the question
with one of its words: words of the Dutch list only, so that no name is kept. From RaadsQA train and the invented
worlds. ``training/evidence.py`` trains it for each fold, for the choice of sentences learns from scores of questions
that were not learnt from here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from rag.association import FIRST, Associations, cues_of, words_of
from rag.sentences import sentences
from training.data import Text, corpus, questions
from training.worlds import Asked, World, load_worlds, overlaps, read_all

LEAST_CUE, LEAST_WORD = 12, 25  # questions, sentences in which a cue or a word occurs
REGULARISATION = 0.02


@dataclass(frozen=True, slots=True)
class Example:
    """The sentences of a passage, and which of them answer a question."""

    fold: int
    question: str
    sentences: tuple[str, ...]
    marks: tuple[bool, ...]


def examples(data: Path) -> list[Example]:
    """All questions that learn: of RaadsQA train and of the worlds."""
    texts = {text.pid: text for text in corpus(data)}
    asked = [question for question in questions(data, "train") if question.evidence]
    real = [
        Example(q.fold, q.text, cut, tuple(place in q.evidence for place in range(len(cut))))
        for q in asked
        for cut in (_cut(texts[q.pid]),)
    ]
    return real + [example for world in load_worlds() for example in _of_world(world)]


def _cut(text: Text) -> tuple[str, ...]:
    return text.sentences or tuple(text.body[span.start : span.end] for span in sentences(text.body))


def _of_world(world: World) -> Iterator[Example]:
    documents = {document.path: document for document in read_all(world.files)}
    for question in world.questions:
        for path in dict.fromkeys(place.document for place in question.evidence):
            text = documents[path].text
            blocks = [b for b in documents[path].blocks if _touched(question, path, b.start, b.end)]
            spans = [span for block in blocks for span in sentences(text, block.start, block.end)]
            yield Example(
                world.fold,
                question.text,
                tuple(text[span.start : span.end] for span in spans),
                tuple(_is_evidence(question, path, span.start, span.end) for span in spans),
            )


def _touched(question: Asked, path: str, start: int, end: int) -> bool:
    return any(p.document == path and p.start < end and start < p.end for p in question.evidence)


def _is_evidence(question: Asked, path: str, start: int, end: int) -> bool:
    return any(p.document == path and overlaps(p, start, end) for p in question.evidence + question.also)


def train(chosen: Iterable[Example], listed: Container[str]) -> Associations:
    """The weights of all cues and words that occur often enough; words must be ``listed``, unless they are numbers."""
    known = list(chosen)
    cues = _frequent((cues_of(example.question) for example in known), LEAST_CUE)
    words = _frequent((words_of(sentence) for example in known for sentence in example.sentences), LEAST_WORD)
    kept = [word for word in words if not word.strip(FIRST)[0].isalpha() or word.strip(FIRST) in listed]
    words = {word: place for place, word in enumerate(kept)}
    matrix = _pairs(known, cues, words)
    marks = np.array([mark for example in known for mark in example.marks])
    model = LogisticRegression(C=REGULARISATION, solver="liblinear", max_iter=50).fit(matrix, marks)
    return Associations(list(cues), list(words), model.coef_.reshape(len(cues), len(words)).astype(np.float32))


def _frequent(several: Iterable[Iterable[str]], least: int) -> dict[str, int]:
    counts = Counter(one for each in several for one in set(each))
    return {one: place for place, one in enumerate(sorted(one for one, count in counts.items() if count >= least))}


def _pairs(known: list[Example], cues: dict[str, int], words: dict[str, int]) -> csr_matrix:
    """One row for each sentence, with a one for each pair of cue and word."""
    columns, ends = [], [0]
    for example in known:
        of_question = np.array([cues[cue] for cue in cues_of(example.question) if cue in cues], int)
        for sentence in example.sentences:
            of_sentence = np.array([words[word] for word in words_of(sentence) if word in words], int)
            columns.append((of_question[:, None] * len(words) + of_sentence).ravel())
            ends.append(ends[-1] + len(columns[-1]))
    ones = np.ones(ends[-1], np.float32)
    return csr_matrix((ones, np.concatenate(columns), np.array(ends)), shape=(len(ends) - 1, len(cues) * len(words)))
