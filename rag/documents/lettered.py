"""Labels with letters for numbers, as the document means them: "Vraag B.", "Vraag I." among letters, "Vraag ii."."""

from __future__ import annotations

from dataclasses import replace

from rag.documents.labels import Label, arabic

_ROMAN = frozenset("ivxl")
_LETTERS = {"1": "i", "5": "v", "10": "x", "50": "l"}


def settled(labels: list[tuple[int, Label]]) -> list[tuple[int, Label]]:
    """The labels of a document; those with letters go when its questions have figures, or do not begin at the first."""
    lettered = [found for _, found in labels if found.style == "a"]
    if not lettered:
        return labels
    asked = [found for _, found in labels if found.role == "question" and found.numbers]
    numbers = [number for found in asked for number in found.numbers]
    counts = any(found.style == "0" for found in asked)
    if counts or not numbers or numbers[0] not in ("a", "i", "1"):
        return [(i, found) for i, found in labels if found.style != "a"]
    read = (
        _as_roman if all(_ROMAN.issuperset(number) for found in lettered for number in found.numbers) else _as_letters
    )
    return [(i, read(found) if found.style in ("a", "I") and found.role != "item" else found) for i, found in labels]


def _as_roman(found: Label) -> Label:
    return replace(found, numbers=tuple(arabic(number.upper()) for number in found.numbers))


def _as_letters(found: Label) -> Label:
    return replace(found, numbers=tuple(_LETTERS.get(number, number) for number in found.numbers))
