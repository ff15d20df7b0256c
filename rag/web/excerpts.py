"""Document → what stands around a quote: the question above it, the answer it is part of. Knows no HTML.

Everything is cut from ``document.text`` by offset, so what is shown is what is in the file, and the quote is found
without searching for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from rag.types import Block, Document, Exchange, Span

AROUND = 160  # characters of context on either side of a quote


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote in its surroundings. ``question`` is the question that the passage answers, if it answers one.

    ``first`` is where ``before`` begins in the text of the document, ``last`` where ``after`` ends.
    """

    question: str
    before: str
    quote: str
    after: str
    cut_before: bool  # text of the same block was left out in front
    cut_after: bool
    first: int = 0
    last: int = 0

    @property
    def start(self) -> int:
        """Where the quote begins in the text of the document."""
        return self.first + len(self.before)

    @property
    def end(self) -> int:
        """Where the quote ends in the text of the document."""
        return self.start + len(self.quote)


def excerpt(document: Document, start: int, end: int, around: int = AROUND) -> Excerpt:
    """The quote ``document.text[start:end]`` with at most ``around`` characters of its own block on either side."""
    block = block_at(document, start)
    low, high = (block.start, max(block.end, end)) if block else (start, end)
    first = _word_start(document.text, max(low, start - around), low)
    last = _word_end(document.text, min(high, end + around), high)
    before, after = document.text[first:start].lstrip(), document.text[end:last].rstrip()
    return Excerpt(
        question=question_text(document, exchange_at(document, start)),
        before=before,
        quote=document.text[start:end],
        after=after,
        cut_before=first > low,
        cut_after=last < high,
        first=start - len(before),
        last=end + len(after),
    )


def between(one: Excerpt, other: Excerpt) -> str | None:
    """The text between two quotes when their surroundings meet, the first before the other; None when they do not."""
    if one.end <= other.start <= one.last:
        return one.after[: other.start - one.end]
    if one.end <= other.first <= one.last:
        return one.after[: other.first - one.end] + other.before
    return None


def block_at(document: Document, position: int) -> Block | None:
    """The block that holds the character at ``position``."""
    return next((block for block in document.blocks if block.start <= position < block.end), None)


def exchange_at(document: Document, position: int) -> Exchange | None:
    """The question and answer that the character at ``position`` belongs to, by its answer, question or footnote."""
    for exchange in document.exchanges:
        for span in (*exchange.answers, *exchange.questions, *exchange.introductions):
            if span.start <= position < span.end:
                return exchange
    block = block_at(document, position)
    if block is None or not block.numbers:
        return None
    return next((one for one in document.exchanges if set(block.numbers) & set(one.numbers)), None)


def question_text(document: Document, exchange: Exchange | None) -> str:
    """The words of the questions of an exchange, on one line; empty without one."""
    if exchange is None:
        return ""
    return " ".join(slice_of(document, span) for span in exchange.questions)


def slice_of(document: Document, span: Span) -> str:
    """The words of a span on one line."""
    return " ".join(document.text[span.start : span.end].split())


def digest(words: str) -> str:
    """The words of a link in a few characters: they tell whether other words have come in their place."""
    return sha256(words.encode()).hexdigest()[:8]


def is_moved(document: Document, start: int, end: int, expected: str) -> bool:
    """Whether other words than those of the digest ``expected`` stand there; an empty one tells nothing."""
    return bool(expected) and digest(document.text[max(start, 0) : max(end, 0)]) != expected


def _word_start(text: str, position: int, low: int) -> int:
    while position > low and not text[position - 1].isspace():
        position -= 1
    return position


def _word_end(text: str, position: int, high: int) -> int:
    while position < high and not text[position].isspace():
        position += 1
    return position
