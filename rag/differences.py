"""How two texts that are nearly the same differ: the sentences that only one has, and those that were changed.

Knows nothing of documents. Pairs come from Ratcliff and Obershelp's matching (``difflib``) over whole sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rag.sentences import sentences

Kind = Literal["anders", "alleen hier", "alleen daar"]
MOST_SENTENCES = 3_000  # of either text; longer ones are compared up to there
SAME_SENTENCE = 0.5  # share of words in common from which a sentence is another one's new version
AROUND = 6  # words shown before and after what differs in a changed sentence
LONGEST = 200  # characters of a sentence that only one has
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two texts differ. ``here`` and ``there`` are what each says, "" where it says nothing."""

    kind: Kind
    here: str
    there: str


def differences(here: str, there: str, most: int = 5) -> tuple[Difference, ...]:
    """The first ``most`` differences between two texts, in order of place. Spaces between words do not count."""
    ours, theirs = _sentences(here), _sentences(there)
    found: list[Difference] = []
    for difference in _differences(ours, theirs):
        found.append(difference)
        if len(found) == most:
            break
    return tuple(found)


def _differences(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Difference]:
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    for change, a, b, c, d in matcher.get_opcodes():
        if change == "equal":
            continue
        left, right = list(ours[a:b]), list(theirs[c:d])
        while left and right and _is_version(left[0], right[0]):
            yield Difference("anders", *_narrowed(left.pop(0).split(), right.pop(0).split()))
        yield from (Difference("alleen hier", _shortened(one), "") for one in left)
        yield from (Difference("alleen daar", "", _shortened(one)) for one in right)


def _is_version(first: str, second: str) -> bool:
    """Whether two sentences are the same one, changed."""
    return SequenceMatcher(None, first.split(), second.split(), autojunk=False).ratio() >= SAME_SENTENCE


def _narrowed(first: list[str], second: list[str]) -> tuple[str, str]:
    """Two sentences, cut down to where they differ with a few words around it."""
    same = 0
    while same < min(len(first), len(second)) and first[same] == second[same]:
        same += 1
    end = 0
    while end < min(len(first), len(second)) - same and first[-1 - end] == second[-1 - end]:
        end += 1
    begin = max(same - AROUND, 0)

    def shown(words: list[str]) -> str:
        stop = min(len(words) - end + AROUND, len(words))
        middle = " ".join(words[begin:stop])
        return f"{'… ' if begin else ''}{_shortened(middle)}{' …' if stop < len(words) else ''}"

    return shown(first), shown(second)


def _sentences(text: str) -> list[str]:
    spans = sentences(text, 0, len(text))
    return [_SPACE.sub(" ", text[span.start : span.end]).strip() for span in spans[:MOST_SENTENCES]]


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: text.rfind(" ", 0, LONGEST)] + " …"
