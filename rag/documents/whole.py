"""Whether a document is whole: questions without an answer, numbers that are missing, pages that could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.documents.exchanges import number_order
from rag.types import Document, Page, Paging

DOUBTFUL = 0.7  # mean certainty of a page's characters below which a person should look at the page
HIGHEST = 1000  # a question with such a number is numbered in another way


def unanswered(document: Document) -> tuple[str, ...]:
    """The numbers of the questions that nothing answers, in order."""
    answered = {number for exchange in document.exchanges if exchange.answers for number in exchange.numbers}
    asked = dict.fromkeys(number for exchange in document.exchanges for number in exchange.numbers)
    return tuple(number for number in asked if number not in answered)


def missing_numbers(document: Document) -> tuple[str, ...]:
    """The whole numbers that no question has, from 1 to the last that one has ("2a" counts as 2)."""
    numbers = {number for exchange in document.exchanges for number in exchange.numbers}
    there = {number_order(number)[0] for number in numbers} - {0}
    last = max(there, default=0)
    return tuple(str(n) for n in range(1, last) if n not in there) if last < HIGHEST else ()


def paging(pages: Sequence[Page]) -> Paging | None:
    """What there is to say of pages; None without any."""
    if not pages:
        return None
    sure = [page.confidence for page in pages if page.reading == "ocr" and page.confidence is not None]
    return Paging(
        total=len(pages),
        unread=ranges(page.number for page in pages if page.reading == "geen"),
        recognised=sum(page.reading == "ocr" for page in pages),
        confidence=round(sum(sure) / len(sure), 4) if sure else None,
        least=round(min(sure), 4) if sure else None,
        doubtful=ranges(p.number for p in pages if p.reading == "ocr" and (p.confidence or 0.0) < DOUBTFUL),
    )


def ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Numbers as stretches from the first to the last, both in it."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)
