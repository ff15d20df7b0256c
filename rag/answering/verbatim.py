"""Lets a language model choose sentences and nothing else: every word of the answer is that of a document.

For small models, which choose better than they write. The model writes the number of a sentence and then the sentence,
held to those that were shown to it: the state is the list of sentences that begin with what has been decided so far;
allowed are their next tokens, and after a whole sentence the end. What is forced is not sampled but evaluated in one
batch with the next choice, so an answer takes a few decisions, not a decode for every token. The citation follows from
the state. Nothing has to be verified, and nothing is.

The search knows things that a small model does not, so where sentences part, what the evidence thinks of them is added
to what the model thinks (a product of two opinions; ``leanings``). Knows no llama.cpp: the model brings ``choose``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from rag.answering.answerer import ModelAnswerer, Stop
from rag.answering.extractive import cite
from rag.answering.prompts import choosing_prompt
from rag.config import Config
from rag.types import Citation, Claim, Event, Evidence, Piece, Sentence

MAX_QUOTES = 3
LEAST_SHARE = 0.001  # of the best score: a sentence that the evidence thinks nothing of can still be chosen


class ChoosingModel(Protocol):
    """What chooses. ``LlamaModel`` is the real one."""

    name: str
    context: int

    def count_tokens(self, text: str) -> int:
        """How many tokens ``text`` is, as data."""
        ...

    def choose(  # noqa: PLR0913 - what is asked, what may be chosen, and how
        self,
        instructions: str,
        material: str,
        options: Sequence[str],
        *,
        most: int,
        leanings: Sequence[float] = (),
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[int]:
        """The options that the model would write, as indices, each at most once, until it ends or ``most`` are there.

        The first option is "no answer": it comes alone or not at all. ``leanings`` are added to the model's own scores
        (logits) of what tells an option from others; none are zeros.
        """
        ...


class VerbatimAnswerer(ModelAnswerer):
    """Answers with sentences that a language model chose."""

    def __init__(self, model: ChoosingModel, config: Config) -> None:
        super().__init__(model.name, config)
        self._model = model

    def _stream(self, evidence: Evidence, stop: Stop | None) -> Iterator[Event]:
        claims: list[Claim] = []
        citations: list[Citation] = []
        for sentence in self._chosen(evidence, stop):
            citation = cite(evidence.hits[sentence.hit], sentence, len(citations) + 1)
            citations.append(citation)
            claims.append(Claim(citation.quote, (citation.marker,)))
            yield Piece(claims[-1], (citation,))
        yield self._proven(evidence, claims, citations) if claims else self._refusal(evidence)

    def _chosen(self, evidence: Evidence, stop: Stop | None) -> Iterator[Sentence]:
        config, model = self._config, self._model
        prompt = choosing_prompt(evidence, model.count_tokens, config.evidence_passages, model.context)
        for index in model.choose(
            prompt.instructions,
            prompt.material,
            prompt.choices(),
            most=MAX_QUOTES,
            leanings=leanings(prompt.sentences, config.llm_evidence_weight, config.llm_silence),
            stop=stop,
        ):
            if index == 0:
                return
            yield prompt.sentences[index - 1]


def leanings(sentences: Sequence[Sentence], weight: float, silence: float) -> list[float]:
    """What is added for "no answer" and for each sentence: ``weight`` times the log of its share of the best score."""
    best = max(sentence.score for sentence in sentences) or 1.0
    return [silence, *(weight * math.log(max(sentence.score / best, LEAST_SHARE)) for sentence in sentences)]


class Quoting:
    """Which options can still follow, token by token; knows tokens as numbers only."""

    def __init__(self, options: Sequence[Sequence[int]], leanings: Sequence[float] = ()) -> None:
        """``options`` are token sequences of which none begins another; equal ones are one choice, of the first.

        ``leanings`` is one number for each option; none are zeros.
        """
        self._options = {tuple(option): i for i, option in reversed(list(enumerate(options)))}
        self._leanings = leanings or [0.0] * len(options)
        self._start()

    def _start(self) -> None:
        self._open = sorted(self._options, key=lambda option: self._options[option])
        self._done = 0  # tokens of the option that is being written

    def __len__(self) -> int:
        return len(self._options)

    def allowed(self) -> list[int]:
        """The tokens that may come next, ascending."""
        return sorted({option[self._done] for option in self._open})

    def leaning(self, token: int) -> float:
        """What leans towards ``token``: the most of the options that would go on with it."""
        return max(self._leanings[self._options[o]] for o in self._open if o[self._done] == token)

    def advance(self, token: int) -> None:
        """Go on with ``token``, one of those allowed."""
        self._open = [option for option in self._open if option[self._done] == token]
        self._done += 1

    def decided(self) -> tuple[int, list[int]] | None:
        """The option that is certain by now, with its tokens that were not given yet; None while several can follow."""
        if len(self._open) > 1:
            return None
        return self._options[self._open[0]], list(self._open[0][self._done :])

    def remove(self, *indices: int) -> None:
        """Start anew without these options."""
        self._options = {option: i for option, i in self._options.items() if i not in indices}
        self._start()
