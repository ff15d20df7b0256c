"""Lets a language model write the answer, and shows of it what verification lets through.

The model sees numbered evidence sentences only (``prompts.py``), can write nothing but claims that end in existing
numbers (``grammar.py``), and every claim is checked against the whole sentences it cites (``rag/verification.py``)
before anybody sees it. What fails is dropped and reported; when nothing is left the answer is the extractive one,
marked so. Citations are the evidence sentences themselves, never text of the model. Knows no search and no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from rag.answering.answerer import ModelAnswerer, Stop
from rag.answering.extractive import cite
from rag.answering.grammar import ClaimReader, answer_grammar
from rag.answering.llama import LlamaModel
from rag.answering.prompts import NO_ANSWER, Budget, Prompt, build_prompt
from rag.answering.verbatim import VerbatimAnswerer
from rag.config import Config
from rag.errors import UsageError
from rag.types import Answer, Citation, Claim, DroppedClaim, Event, Evidence, Piece, Sentence
from rag.verification import Verdict, verify

MODES = ("auto", "schrijven", "kiezen")
SMALL = 500_000_000  # weights; a model below this chooses sentences better than it writes them

MAX_ANSWER_TOKENS = 256
FALLBACK = "extractive (terugval)"

Verify = Callable[[str, Sequence[str]], Verdict]


class LanguageModel(Protocol):
    """What writes. ``LlamaModel`` is the real one; tests have a ``ScriptedModel``."""

    name: str
    context: int  # tokens, prompt and answer together

    def count_tokens(self, text: str) -> int:
        """How many tokens ``text`` is, as data."""
        ...

    def generate(
        self,
        instructions: str,
        material: str,
        *,
        grammar: str,
        max_tokens: int = MAX_ANSWER_TOKENS,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        """Write an answer in pieces. Raises ModelError when it cannot, Cancelled when ``stop()`` becomes true."""
        ...


def open_answerer(config: Config, fallback: Callable[[Evidence], Answer]) -> LlmAnswerer | VerbatimAnswerer:
    """Load the model of the configuration; small ones choose sentences, others write, unless ``llm_mode`` says which.

    Raises UsageError for an unknown mode, and what ``LlamaModel`` raises.
    """
    if config.llm_mode not in MODES:
        raise UsageError(f"De instelling llm_mode '{config.llm_mode}' bestaat niet. Kies uit: {', '.join(MODES)}.")
    model = LlamaModel(config)
    if config.llm_mode == "kiezen" or (config.llm_mode == "auto" and model.parameters < SMALL):
        return VerbatimAnswerer(model, config)
    return LlmAnswerer(model, config, fallback)


class LlmAnswerer(ModelAnswerer):
    """Answers with verified claims of a language model."""

    def __init__(
        self, model: LanguageModel, config: Config, fallback: Callable[[Evidence], Answer], check: Verify = verify
    ) -> None:
        """``fallback`` answers when none of the model's claims holds."""
        super().__init__(model.name, config)
        self._model = model
        self._fallback = fallback
        self._check = check

    def _stream(self, evidence: Evidence, stop: Stop | None) -> Iterator[Event]:
        budget = Budget(self._config.evidence_passages, self._model.context, MAX_ANSWER_TOKENS)
        prompt = build_prompt(evidence, self._model.count_tokens, budget)
        draft = _Draft(evidence, prompt, self._check)
        yield from self._write(draft, stop)
        yield from self._finish(draft)

    def _write(self, draft: _Draft, stop: Callable[[], bool] | None) -> Iterator[Event]:
        reader = ClaimReader()
        prompt = draft.prompt
        grammar = answer_grammar(len(prompt.sentences))
        for text in self._model.generate(
            prompt.instructions, prompt.material, grammar=grammar, max_tokens=MAX_ANSWER_TOKENS, stop=stop
        ):
            for claim, numbers in reader.feed(text):
                yield from draft.add(claim, numbers)
        for claim, numbers in reader.finish():
            yield from draft.add(claim, numbers)
        draft.close(reader.rest)

    def _finish(self, draft: _Draft) -> Iterator[Event]:
        if draft.claims:
            yield self._proven(draft.evidence, draft.claims, tuple(draft.citations.values()), draft.dropped)
        elif draft.refused:
            yield self._refusal(draft.evidence)
        else:
            answer = self._fallback(draft.evidence)
            for claim in answer.claims:
                yield Piece(claim, tuple(c for c in answer.citations if c.marker in claim.citations))
            yield replace(answer, answerer=FALLBACK, model=self._model.name, dropped=tuple(draft.dropped))


@dataclass(slots=True)
class _Draft:
    """An answer in the making: the claims that hold, their citations in order of first use, and what was dropped."""

    evidence: Evidence
    prompt: Prompt
    check: Verify
    claims: list[Claim] = field(default_factory=list)
    citations: dict[int, Citation] = field(default_factory=dict)  # number in the prompt → citation
    dropped: list[DroppedClaim] = field(default_factory=list)
    refused: bool = False

    def add(self, text: str, numbers: Sequence[int]) -> Iterator[Piece]:
        """Verify a claim; yield it as a piece when it holds."""
        if any(text.casefold() == claim.text.casefold() for claim in self.claims):
            self.dropped.append(DroppedClaim(text, "dit staat al in het antwoord"))
            return
        verdict = self.check(text, self._quotes(numbers))
        if not verdict.supported:
            self.dropped.append(DroppedClaim(text, verdict.reason or "niet bewezen"))
            return
        numbers = self._needed(text, numbers, verdict)
        new = [number for number in numbers if number not in self.citations]
        for number in new:
            self._cite(number)
        claim = Claim(text, tuple(sorted(self.citations[n].marker for n in numbers)), round(verdict.support, 3))
        self.claims.append(claim)
        yield Piece(claim, tuple(self.citations[number] for number in new))

    def close(self, rest: str) -> None:
        """The model is done; ``rest`` is what it wrote that is no claim."""
        self.refused = rest.rstrip(".").casefold() == NO_ANSWER and not self.claims and not self.dropped
        if rest and not self.refused:
            self.dropped.append(DroppedClaim(rest, "deze bewering is niet afgemaakt"))

    def _sentence(self, number: int) -> Sentence:
        return self.prompt.sentences[number - 1]

    def _quotes(self, numbers: Sequence[int]) -> list[str]:
        """The cited sentences; a number that does not exist cites nothing (``[0]`` is not the last sentence)."""
        return [self._sentence(number).text for number in numbers if 0 < number <= len(self.prompt.sentences)]

    def _needed(self, text: str, numbers: Sequence[int], whole: Verdict) -> list[int]:
        """The numbers without those that add nothing: a citation that does not say it must not be shown."""
        needed = [number for number in numbers if 0 < number <= len(self.prompt.sentences)]
        for number in reversed(numbers):
            fewer = [other for other in needed if other != number]
            if fewer and (verdict := self.check(text, self._quotes(fewer))).supported:
                needed = fewer if verdict.support >= whole.support else needed
        return needed

    def _cite(self, number: int) -> None:
        sentence = self._sentence(number)
        self.citations[number] = cite(self.evidence.hits[sentence.hit], sentence, len(self.citations) + 1)
