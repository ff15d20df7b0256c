"""How much of its training text the reader repeats (as in Carlini et al. 2023, "Quantifying Memorization").

It is given the openings of pieces of its training text and writes on, greedily; what counts is how long it writes what
stands in the text, word for word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import Protocol

from training.reader.sources import Source, pieces, sources

OPENINGS = 200
OPENING_WORDS, WRITTEN_TOKENS = 40, 96
LONG = 20  # words from which a repetition is worth a line in the card


class Writer(Protocol):
    """What writes on. ``LlamaModel`` is the real one."""

    def continuation(self, text: str, most: int) -> str:
        """What it writes after a text, at most so many tokens."""
        ...


def openings(data: Path, count: int = OPENINGS) -> list[tuple[str, str]]:
    """Openings of training text with what follows, spread over the sources that have any."""
    used = sources(data)
    each = -(-2 * count // len(used))
    drawn = [list(islice(_cut(data, source), each)) for source in used]
    turns = [opening for round_ in range(each) for part in drawn for opening in part[round_ : round_ + 1]]
    return turns[:count]


def _cut(data: Path, source: Source) -> Iterator[tuple[str, str]]:
    for text in pieces(data, source):
        words = text.split(" ")
        if len(words) > 2 * OPENING_WORDS:
            yield " ".join(words[:OPENING_WORDS]), " " + " ".join(words[OPENING_WORDS:])


def repeated(model: Writer, cases: Sequence[tuple[str, str]]) -> list[str]:
    """For each opening, the beginning of what follows that the model writes word for word; longest first."""
    found = []
    for opening, truth in cases:
        pairs = zip(model.continuation(opening, WRITTEN_TOKENS).split(), truth.split(), strict=False)
        found.append(" ".join(mine for mine, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))
    return sorted(found, key=lambda text: -len(text.split()))
