"""Deterministic stand-ins for a language model, and evidence to feed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.errors import Cancelled
from rag.types import DocumentInfo, Evidence, Hit, Passage, Sentence


class ScriptedModel:
    """Writes what it is told to, a few characters at a time. It keeps the prompts it was given."""

    def __init__(self, script: str, *, context: int = 4096, piece: int = 3) -> None:
        self.name = "script"
        self.context = context
        self.script = script
        self.piece = piece
        self.prompts: list[tuple[str, str]] = []
        self.grammars: list[str] = []

    def count_tokens(self, text: str) -> int:
        """A token is three characters: what Dutch is to tokenizers that were not made for it."""
        return -(-len(text) // 3)

    def generate(
        self,
        instructions: str,
        material: str,
        *,
        grammar: str,
        max_tokens: int = 256,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        self.prompts.append((instructions, material))
        self.grammars.append(grammar)
        for start in range(0, len(self.script), self.piece):
            if stop is not None and stop():
                raise Cancelled("Het antwoord is afgebroken.")
            yield self.script[start : start + self.piece]


MEETINGS = [
    "Ja, het college kent dit onderzoek.",
    "In 2021 zijn 43 meldingen gedaan bij het meldpunt.",
    "Op 20 oktober 2022 is de raad hierover geïnformeerd.",
    "Er is geen aanleiding om het beleid te wijzigen.",
    "Wethouder De Wit spreekt hierover met de politie in Rotterdam.",
]


def make_evidence(
    sentences: Sequence[str] = MEETINGS,
    *,
    question: str = "Hoeveel meldingen zijn er gedaan?",
    answerable: bool = True,
    passages: int = 1,
    title: str = "Beantwoording schriftelijke vragen",
) -> Evidence:
    """Evidence in which the sentences stand one after the other in each of ``passages`` documents."""
    text = " ".join(sentences)
    hits, found = [], []
    for number in range(passages):
        path = f"{number:03}.txt"
        passage = Passage(f"p{number}", path, "exchange", (str(number + 1),), 0, len(text), text)
        info = DocumentInfo(path, title, "schriftelijke vragen", "2022-08-30")
        hits.append(Hit(number + 1, 1 - number / 10, passage, info))
        start = 0
        for place, sentence in enumerate(sentences):
            score = round(0.9 - place / 100 - number / 10, 3)
            found.append(Sentence(number, start, start + len(sentence), sentence, score))
            start += len(sentence) + 1
    found.sort(key=lambda s: -s.score)
    return Evidence(question, tuple(hits), tuple(found), 0.9 if answerable else 0.1, answerable)
