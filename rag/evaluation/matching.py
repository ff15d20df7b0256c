"""Does a text hold a wanted fact, which numbers does it name, do quotes carry a claim? Knows strings only.

These are the three questions on which the measures of answers and citations rest. They are decided by the characters
themselves, so that a figure is the same on every machine; ``Judge`` is where a local entailment model can take over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from rag.phrases import MARK

Judge = Callable[[str, str], bool]  # (what is cited, the claim) -> does it carry the claim?

SUPPORT_SHARE = 0.75  # of a claim's content words that must stand in what it cites

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_WORD = re.compile(r"[^\W\d_]{3,}")
_TWENTY = """nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien
zeventien achttien negentien twintig"""
_COMMON = """aan als bij dat deze die dit door een het hun met naar niet nog ook over het uit van voor was waren werd
worden wordt zijn zich haar hier daar dan maar om per tot wel geen heeft hebben had kan kunnen zal zullen"""
_WRITTEN = {word: str(n) for n, word in enumerate(_TWENTY.split())}
_SMALL_WORDS = frozenset(_COMMON.split())


def plain(text: str) -> str:
    """The text as facts are compared: lower case, no accents, one kind of quote, dash and space."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\u00ad", ""))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    letters = re.sub(r"[«»‘’“”„´`\"]", "'", letters)
    letters = re.sub(r"\s*[‐‑–—-]\s*", "-", letters)
    letters = re.sub(r"\s+%", "%", letters)
    return re.sub(r"\s+", " ", letters).strip()


def without_markers(answer: str) -> str:
    """An answer's text without its citation marks ``[1]``."""
    return MARK.sub("", answer)


def holds(text: str, variants: Sequence[str]) -> bool:
    """Whether one of the variants stands in the text as whole words; ``*`` at the end admits any ending.

    A number does not stand in a longer number: 91 is not in 911, and 2 not in 2.500.
    """
    haystack = plain(text)
    return any(_pattern(variant).search(haystack) for variant in variants)


def _pattern(variant: str) -> re.Pattern[str]:
    wanted = plain(variant.rstrip("*"))
    tail = "" if variant.endswith("*") else r"(?!\w)(?![.,]\d)"
    return re.compile(rf"(?<!\w)(?<!\d[.,]){re.escape(wanted)}{tail}")


def numbers(text: str) -> list[str]:
    """Every number in the text, in order, as digits: ``1.013`` is ``1013``, ``18%`` is ``18``, ``elf`` is ``11``.

    "een" is left out: it is nearly always an article.
    """
    found = []
    for piece in re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+", plain(text)):
        if _NUMBER.fullmatch(piece):
            found.append(piece.replace(".", "") if _THOUSANDS.fullmatch(piece) else piece)
        elif piece in _WRITTEN and piece != "een":
            found.append(_WRITTEN[piece])
    return found


def unsupported(claim: str, quotes: Sequence[str]) -> list[str]:
    """The numbers of a claim that stand in none of its quotes."""
    there = set(numbers("\n".join(quotes)))
    return [number for number in numbers(without_markers(claim)) if number not in there]


def content_words(text: str) -> list[str]:
    """The words that carry meaning: three letters or more, not among the commonest."""
    return [word for word in _WORD.findall(plain(text)) if word not in _SMALL_WORDS]


def carries(cited: str, claim: str) -> bool:
    """Whether cited text carries a claim, by its characters. The default ``Judge``.

    Every number of the claim stands in the cited text, and at least three quarters of its content words do.
    """
    if unsupported(claim, [cited]):
        return False
    there = set(content_words(cited))
    words = content_words(without_markers(claim))
    if not words:
        return holds(cited, [without_markers(claim).strip(" .,;:!?")])
    return sum(word in there for word in words) >= SUPPORT_SHARE * len(words)
