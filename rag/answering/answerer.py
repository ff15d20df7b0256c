"""What the two answerers with a language model share: one interface, however the answer comes about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

from rag.answering.extractive import refusal, unanswered
from rag.config import Config
from rag.types import Answer, Citation, Claim, DroppedClaim, Event, Evidence

Stop = Callable[[], bool]


class ModelAnswerer(ABC):
    """Answers with a language model; ``model`` is its name."""

    name = "llm"

    def __init__(self, model: str, config: Config) -> None:
        self._model_name = model
        self._config = config

    def answer(self, evidence: Evidence, stop: Stop | None = None) -> Answer:
        """The answer in one piece; see ``stream``."""
        for event in self.stream(evidence, stop):
            if isinstance(event, Answer):
                return event
        raise AssertionError("a stream ends with an answer")

    def stream(self, evidence: Evidence, stop: Stop | None = None) -> Iterator[Event]:
        """A ``Piece`` for each claim as soon as it holds, and the whole ``Answer`` at the end.

        Documents that are silent are not read: the model is not asked.

        Raises:
            ModelError: the question does not fit in the model, or the model fails.
            Cancelled: ``stop()`` became true.
        """
        if not evidence.answerable or not evidence.sentences:
            yield self._refusal(evidence)
        else:
            yield from self._stream(evidence, stop)

    @abstractmethod
    def _stream(self, evidence: Evidence, stop: Stop | None) -> Iterator[Event]:
        """The same, for evidence that may answer."""

    def _refusal(self, evidence: Evidence) -> Answer:
        return refusal(evidence, self.name, self._model_name)

    def _proven(
        self,
        evidence: Evidence,
        claims: Sequence[Claim],
        citations: Sequence[Citation],
        dropped: Sequence[DroppedClaim] = (),
    ) -> Answer:
        """The answer made of claims, each followed by its marks."""
        return Answer(
            question=evidence.question,
            text=" ".join(f"{c.text} {''.join(f'[{marker}]' for marker in c.citations)}" for c in claims),
            answered=True,
            confidence=evidence.confidence,
            claims=tuple(claims),
            citations=tuple(citations),
            nearest=evidence.hits,
            answerer=self.name,
            model=self._model_name,
            dropped=tuple(dropped),
            unanswered=unanswered(evidence),
        )
