"""A question, the sentences of some passages, and what to write: in the very prompt that the product asks with.

Four kinds: questions of RaadsQA; weak pairs; sentences to be found by some of their rare words (cloze); sentences to be
found by their number (copy). The passages stand in shuffled order. Where nothing answers, "geen antwoord" is written:
the passage is left out, or it is a near miss. Loss is on what is written only; what decides weighs most.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.answering.chat import ChatTemplate
from rag.answering.prompts import CHOOSING, Prompt, choosing_prompt
from rag.types import DocumentInfo, Evidence, Hit, Passage, Sentence
from training.reader.pack import RAADSQA, Asked, Pack
from training.reader.shape import Shape
from training.reader.tokenizer import BOS, END, EOS, TEMPLATE, Words

SHOWN = 5  # passages, as in the product
SILENT = 0.3  # share of tasks that nothing answers
FIRST, CHOICE, NEXT, COPIED = 8.0, 8.0, 2.0, 0.3  # weights: answer or not, the number, go on or end, the words
CLOZE, COPY = "sleutelwoorden", "nummer"
_WORD = re.compile(r"[a-zà-ÿ0-9]{2,}")
_YEARS = ("2017", "2019", "2020", "2021", "2022", "2023")


@dataclass(frozen=True, slots=True)
class Task:
    """``ids`` of prompt and answer; ``weights`` says what writing each counts (the prompt: nothing).

    ``prompt`` is the length of the prompt, ``shown`` how many sentences it numbers, ``right`` the numbers that answer.
    """

    ids: list[int]
    weights: list[float]
    prompt: int
    shown: int
    right: tuple[int, ...]


class Maker:
    """Makes tasks from a pack. The same state of ``chance`` gives the same task."""

    def __init__(self, pack: Pack, words: Words, shape: Shape) -> None:
        self._pack, self.words, self._context = pack, words, shape.context
        before, self._after = ChatTemplate(TEMPLATE, BOS, EOS).around(CHOOSING)
        self._fixed = words.trusted(before)
        self._held_out = {q.passage for q in pack.questions if q.held_out}
        counts = Counter(stem for passage in pack.passages for s in passage.sentences for stem in set(stems(s)))
        self._rarity = {stem: math.log(1e6 / count) for stem, count in counts.items()}
        learned = [q for q in pack.questions if not q.held_out]
        self._asked = {
            kind: [q for q in learned if (q.origin == RAADSQA) == kind and (q.evidence or q.origin == RAADSQA)]
            for kind in (True, False)
        }

    def draw(self, mix: Sequence[tuple[str, float]], chance: random.Random) -> Task:
        """A task of a kind drawn by its share."""
        kinds, shares = zip(*mix, strict=True)
        while True:
            kind = chance.choices(kinds, shares)[0]
            task = self._kind(kind, chance)
            if task is not None:
                return task

    def held_out(self, answered: bool) -> list[Task]:
        """The held out questions, each among the four hardest passages beside it, or without its passage.

        Sentences are shown as the overlap of words orders them, so the right one may be missing, as in use.
        """
        chance = random.Random(0)
        tasks = []
        for question in self._pack.questions:
            if question.held_out and (question.evidence or not answered):
                near = list(question.negatives[:SHOWN])
                keep = answered or not question.evidence  # a near miss keeps its passage
                shown = [question.passage, *near[: SHOWN - 1]] if keep else near
                tasks.append(self._task(question.text, shown, question if answered else None, chance))
        return [task for task in tasks if task is not None]

    def _kind(self, kind: str, chance: random.Random) -> Task | None:
        if kind == CLOZE:
            return self._cloze(chance)
        if kind == COPY:
            return self._copy(chance)
        asked = self._asked[kind == RAADSQA]
        return self._question(chance.choice(asked), chance) if asked else None

    def _question(self, question: Asked, chance: random.Random) -> Task | None:
        near = list(question.negatives)
        others = chance.sample(near[:8], min(2, len(near))) + chance.sample(near, min(SHOWN, len(near)))
        others = list(dict.fromkeys(others))
        count = chance.randint(2, SHOWN)
        without = bool(question.evidence) and chance.random() < SILENT
        shown = others[:count] if without else [question.passage, *others[: count - 1]]
        return self._task(question.text, shown, None if without else question, chance, sure=True)

    def _cloze(self, chance: random.Random) -> Task | None:
        """Some rare words of a sentence, among passages that stand near it: find the sentence."""
        place = chance.randrange(len(self._pack.passages))
        sentences = self._pack.passages[place].sentences
        if place in self._held_out or not sentences:
            return None
        number = chance.randrange(len(sentences))
        words = [w for w in sentences[number].split() if len(w) > 3]
        if len(words) < 4:
            return None
        rare = sorted(words, key=lambda w: -self._rarity.get(w.lower()[:6], 0.0))[:8]
        kept = chance.sample(rare, min(len(rare), chance.randint(2, 5)))
        text = chance.choice(("{}", "Wat staat er over {}?", "waar gaat het over {}")).format(" ".join(kept))
        around = [i for i in range(place - 4, place + 5) if i != place and 0 <= i < len(self._pack.passages)]
        others = chance.sample(around, min(2, len(around)))
        others += [chance.randrange(len(self._pack.passages)) for _ in range(SHOWN - 1 - len(others))]
        without = chance.random() < SILENT / 2
        asked = Asked(text, place, (number,), (), CLOZE)
        return self._task(text, others if without else [place, *others], None if without else asked, chance, sure=True)

    def _copy(self, chance: random.Random) -> Task | None:
        shown = [chance.randrange(len(self._pack.passages)) for _ in range(chance.randint(1, 3))]
        number = chance.randint(1, 12)
        made = self._prompt(f"Neem zin {number} over.", shown, (), chance)
        return None if made is None or len(made[0].sentences) < number else self._written(made[0], (number,))

    def _task(
        self, text: str, shown: Sequence[int], asked: Asked | None, chance: random.Random, *, sure: bool = False
    ) -> Task | None:
        """``asked`` says what is right (None: nothing is); with ``sure`` its sentences are always shown."""
        right = {(asked.passage, i) for i in asked.evidence} if asked else set()
        made = self._prompt(text, shown, right if sure else (), chance)
        if made is None:
            return None
        prompt, order = made
        numbers = tuple(n for n, s in enumerate(prompt.sentences, 1) if (order[s.hit], s.start) in right)
        return None if sure and right and not numbers else self._written(prompt, numbers)

    def _prompt(
        self, text: str, shown: Sequence[int], first: Iterable[tuple[int, int]], chance: random.Random
    ) -> tuple[Prompt, list[int]] | None:
        """The product's prompt of ``first`` and of what shares most words, and the passages of its hits, shuffled."""
        shown = [i for i in dict.fromkeys(shown) if self._pack.passages[i].sentences]
        order = chance.sample(shown, len(shown))
        wanted = {stem: self._rarity.get(stem, 9.0) for stem in stems(text)}
        found = []
        for hit, place in enumerate(order):
            for number, sentence in enumerate(self._pack.passages[place].sentences):
                score = sum(wanted.get(stem, 0.0) for stem in set(stems(sentence))) + 99 * ((place, number) in first)
                found.append((-score, _sentence(hit, number, sentence)))
        if not found:
            return None
        best = [sentence for _, sentence in sorted(found, key=lambda pair: (pair[0], pair[1].hit, pair[1].start))]
        hits = tuple(_hit(rank, self._pack.passages[i].title, chance) for rank, i in enumerate(order))
        fitting = self._fitted(text, hits, best).sentences
        return self._fitted(text, hits, sorted(fitting, key=lambda s: (s.hit, s.start))), order

    def _fitted(self, text: str, hits: tuple[Hit, ...], sentences: Sequence[Sentence]) -> Prompt:
        evidence = Evidence(text, hits, tuple(sentences), 1.0, answerable=True)
        return choosing_prompt(evidence, self.words.count, SHOWN, self._context)

    def _written(self, prompt: Prompt, numbers: tuple[int, ...]) -> Task:
        """Prompt and answer as ids, as ``LlamaModel.choose`` evaluates them."""
        words, choices = self.words, prompt.choices()
        ids = [*self._fixed, *words.lines(prompt.material), *words.trusted(self._after)]
        length = len(ids)
        weights = [0.0] * length
        for place, number in enumerate(numbers[:3] or (0,)):
            mark, _, rest = choices[number].partition(" ") if number else ("", "", choices[0])
            marked = words.data(mark) if mark else []
            copied = words.lines(f"{' ' * bool(mark)}{rest}\n")
            ids += [*marked, *copied]
            written = (
                [NEXT, *[CHOICE] * (len(marked) - 1), *[COPIED] * len(copied)] if marked else [COPIED] * len(copied)
            )
            weights += [FIRST, *written[1:]] if place == 0 else written
        ids += words.trusted(END)
        weights += [NEXT if numbers else COPIED]
        return Task(ids, weights, length, len(prompt.sentences), numbers)


def stems(text: str) -> list[str]:
    """Words cut off after six letters: crude, but it needs no library."""
    return [word[:6] for word in _WORD.findall(text.lower()) if len(word) > 3 or word.isdigit()]


def _sentence(hit: int, number: int, text: str) -> Sentence:
    """A sentence whose ``start`` is its number in the passage."""
    return Sentence(hit, number, number + 1, text, 1.0, "paragraph")


def _hit(rank: int, title: str, chance: random.Random) -> Hit:
    """A found passage with what the prompt says of it: title, and often a date and a question number."""
    date = f"{chance.choice(_YEARS)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    numbers = (str(chance.randint(1, 20)),) if chance.random() < 0.4 else ("*",)
    info = DocumentInfo("", title or "document", "document", date if chance.random() < 0.6 else None)
    return Hit(rank + 1, 1.0, Passage("", "", "text", numbers, 0, 0, ""), info)
