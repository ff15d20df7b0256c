"""Blocks → exchanges: which questions and answers belong together, what they refer to, and what is amiss."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.labels import NUMBERS, parse_numbers
from rag.types import Block, Exchange, Span

_REFERENCE = re.compile(
    r"\b(?i:(?:antwoord(?:en)?|beantwoording|reactie)\s+(?:(?:op|bij|onder|van)\s+)?(?:de\s+)?(?:vraag|vragen)|"
    r"(?:zie|bij|onder|verwijs\w*\s+naar|verwezen\s+naar)\s+(?:de\s+)?(?:vraag|vragen)|antwoord(?:en)?)\s+"
    rf"(?P<numbers>{NUMBERS})"
)


def exchanges(blocks: Sequence[Block], text: str) -> tuple[Exchange, ...]:
    """The exchanges in order of their first number's place. Questions that share an answer form one exchange."""
    by_number: dict[str, list[Block]] = {}
    for block in blocks:
        for number in block.numbers:
            by_number.setdefault(number, []).append(block)
    found = []
    for numbers in _groups(blocks):
        own = sorted({block.start: block for number in numbers for block in by_number[number]}.items())
        spans = {
            kind: tuple(Span(block.start, block.end) for _, block in own if block.kind == kind)
            for kind in ("question", "answer", "introduction")
        }
        refers = _refers_to(text, spans["answer"], numbers)
        found.append(Exchange(numbers, spans["question"], spans["answer"], spans["introduction"], refers))
    return tuple(found)


def _groups(blocks: Sequence[Block]) -> list[tuple[str, ...]]:
    """Numbers that belong together, joined through every block that bears more than one of them."""
    leader: dict[str, str] = {}

    def find(number: str) -> str:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for block in blocks:
        if block.kind in ("question", "answer"):
            for number in block.numbers:
                leader.setdefault(number, number)
            for number in block.numbers[1:]:
                leader[find(number)] = find(block.numbers[0])
    members: dict[str, list[str]] = {}
    for number in leader:
        members.setdefault(find(number), []).append(number)
    return [tuple(sorted(numbers, key=number_order)) for numbers in members.values()]


def number_order(number: str) -> tuple[int, str]:
    """Sorts "2" before "10" and "3a" after "3"."""
    digits = re.match(r"\d*", number)
    return int(digits.group() or 0) if digits else 0, number


def _refers_to(text: str, answers: Sequence[Span], own: tuple[str, ...]) -> tuple[str, ...]:
    referred: dict[str, None] = {}
    for span in answers:
        for found in _REFERENCE.finditer(text, span.start, span.end):
            referred.update(dict.fromkeys(n for n in parse_numbers(found["numbers"]) if n not in own))
    return tuple(referred)


def remarks(found: Sequence[Exchange]) -> tuple[str, ...]:
    """What a person should know about the exchanges of a document, in Dutch."""
    said = []
    numbers = {number for exchange in found for number in exchange.numbers}
    whole = sorted({number_order(number)[0] for number in numbers})
    missing = [n for n in range(1, whole[-1]) if n not in whole] if whole and whole[-1] < 1000 else []
    said += [f"vraag {n} ontbreekt" for n in missing]
    for exchange in found:
        many = len(exchange.numbers) > 1
        name = ("vragen " if many else "vraag ") + _enumeration(exchange.numbers)
        if not exchange.answers:
            said.append(f"{name} {'hebben' if many else 'heeft'} geen antwoord")
        elif not exchange.questions:
            said.append(f"het antwoord op {name} staat er zonder de vraag")
    return tuple(said)


def _enumeration(numbers: Sequence[str]) -> str:
    return numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} en {numbers[-1]}"
