"""Dutch yes, no and not: what a claim denies, and whether its source denies that too.

What a denial is about is read from the words beside it, within its clause; that is crude, and measured (LOG.md of
``training/``). Knows nothing of numbers, names or citations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.dutch import terms
from rag.quantities import spoken_number

SCOPE = 3  # content words on either side of a denial among which one must match

WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
CLAUSE = re.compile(r"[.;:,–()!?]\s|\s(?=(?:maar|omdat|terwijl|echter|hoewel|zodat|dat|en|die|waarbij)\s)")
_NEGATION = re.compile(r"\b(?:niet|geen|geenszins|nooit|niemand|niets|nergens|noch|zonder|evenmin|neen?)\b", re.I)
_NO_DENIAL = re.compile(r"\bniet-\w+|\bniet (?:alleen|slechts|enkel)\b", re.I)  # "niet-gebruikers", "niet alleen"
_YES_NO = re.compile(r"^\W*(ja|nee|neen|jawel)\b[\s,.:;–-]*", re.I)
_UNIT_WORDS = frozenset(["procent", "percent", "euro", "eur", "miljoen", "miljard", "duizend", "mln", "mld", "pct"])


def content_words(text: str) -> list[list[str]]:
    """The content words of a text, each as its terms: itself, and the parts when it is a compound."""
    found = []
    for word in WORD.findall(text):
        own = terms(word)
        if own and not _NEGATION.fullmatch(word) and not _YES_NO.match(word) and not is_number(word):
            found.append(own)
    return found


def is_number(word: str) -> bool:
    """Whether a word is a number, in digits or letters, or the unit of one."""
    return word[0].isdigit() or word.lower() in _UNIT_WORDS or spoken_number(word.lower()) is not None


def wrong_yes_no(claim: str, quotes: Sequence[str]) -> str | None:
    """A "Ja" against a source that says "Nee"; a "Nee" against one that says "Ja" or denies nothing."""
    said = _YES_NO.match(claim)
    if not said:
        return None
    answers = {found[1].lower()[0] for quote in quotes if (found := _YES_NO.match(quote))}  # "j" or "n"
    mine = said[1].lower()[0]
    rest = claim[said.end() :].strip()
    if answers and mine not in answers:
        return f"de bron zegt niet '{said[1].lower()}'"
    if not answers and (not rest or (mine == "n" and not any(_denies(quote) for quote in quotes))):
        return f"de bron zegt niet met zoveel woorden '{said[1].lower()}'"
    return None


def wrong_denial(claim: str, quotes: Sequence[str]) -> str | None:
    """A claim that denies what its source does not deny, or affirms what the source denies.

    What a denial is about are the content words beside it: "geen" and "zonder" speak of the words that follow, "niet"
    of one on either side.
    """
    rest = _YES_NO.sub("", claim, count=1)
    denied = [scope for quote in quotes for scope in _denials(quote)]
    unused = list(denied)  # a denial in the source carries one in the claim: "niet geen" says the opposite
    for mine in filter(lambda denial: denial.core, _denials(rest)):
        match = next((other for other in unused if mine.core & other.around), None)
        if match is None:
            return "de bewering ontkent iets wat de bron niet ontkent"
        unused.remove(match)
    said = {term for word in content_words(rest) for term in word}
    own = {term for mine in _denials(rest) for term in mine.around}
    for other in denied:
        if other.core and other.core <= said and not other.core & own:
            return "de bron ontkent dit"
    return None


@dataclass(frozen=True, slots=True)
class _Denial:
    """The terms that a denial is about (``core``) and those near it (``around``)."""

    core: frozenset[str]
    around: frozenset[str]


def _denials(text: str) -> Iterator[_Denial]:
    """The denials of a text; a scope ends where its clause ends."""
    for clause in CLAUSE.split(_NO_DENIAL.sub(" ", text)):
        for match in _NEGATION.finditer(clause):
            before = [word[0] for word in content_words(clause[: match.start()])]
            after = [word[0] for word in content_words(clause[match.end() :])]
            follows = match[0].lower() in ("geen", "zonder", "geenszins") or not before
            core = after[:1] if follows else before[-1:] + after[:1]
            yield _Denial(frozenset(core), frozenset(before[-SCOPE:] + after[:SCOPE]))


def _denies(text: str) -> bool:
    return _NEGATION.search(_NO_DENIAL.sub(" ", text)) is not None
