"""A claim against the sentences it cites: what is not supported is not shown as an answer.

A claim passes when every number, date, code and name in it stands in a cited sentence, it does not deny what is said
(or the other way round), and enough of its content words are found there. The checks are deliberately literal: a true
claim in other words may be dropped, and then the reader gets the sentences themselves. Nothing is ever repaired.

Knows no models and no documents: it gets the claim and the quotes as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.denials import CLAUSE, WORD, content_words, is_number, wrong_denial, wrong_yes_no
from rag.dutch import is_ordinary_word, terms
from rag.phrases import unmarked
from rag.quantities import Day, Quantity, dates, other_readings, quantities, spoken_number

NEAR = 4  # content words on either side of a number that say what it is of
MARGIN = 2  # as many more of them must stand around another number before this one is in the wrong place
MIN_SUPPORT = 0.6  # share of content words; chosen on RaadsQA train by training/verification_threshold.py

_CODE = re.compile(r"\b(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_]{1,})[^\W_]{4,}\b")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PERCENTAGE = re.compile(r"p(?:er|ro)cent|%", re.I)
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\s+)[\s\"'“‘„«(]*$")
_SMALL_WORDS = frozenset(["van", "de", "het", "der", "den", "voor", "en", "in", "op", "te", "tegen", "met"])
_OPENERS = frozenset(["ja", "nee", "neen", "ten", "ter", "via", "na", "per", "zo", "pas", "nu", "elk", "men", "hoe"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim may be shown.

    ``support`` is the share (0–1) of its content words that the quotes hold; ``reason`` says in Dutch why not, None
    when it may.
    """

    supported: bool
    support: float
    reason: str | None = None


def verify(claim: str, quotes: Sequence[str], *, min_support: float = MIN_SUPPORT) -> Verdict:
    """Check a claim against the sentences it cites.

    Args:
        claim: one sentence, without its marks.
        quotes: the cited sentences; with none, nothing is supported.
        min_support: share of content words that must be found.
    """
    if not quotes:
        return Verdict(False, 0.0, "er is geen bron bij")
    if any(_same(claim, quote) for quote in quotes):
        return Verdict(True, 1.0)
    text = "\n".join(quotes)
    support = _support(claim, text)
    reason = (
        _wrong_date(claim, quotes)
        or _wrong_number(claim, quotes)
        or _wrong_year(claim, quotes)
        or _wrong_code(claim, text)
        or _wrong_name(claim, text)
        or wrong_yes_no(claim, quotes)
        or wrong_denial(claim, quotes)
    )
    if reason is None and support < min_support:
        reason = "te weinig van deze bewering staat in de zinnen waarnaar zij verwijst"
    return Verdict(reason is None, support, reason)


def _same(claim: str, quote: str) -> bool:
    return _letters(claim) == _letters(quote) != ""


def _letters(text: str) -> str:
    """Words and marks only: white space, the case, a final full stop and brackets make no other sentence."""
    return unmarked(text).rstrip(". ").casefold()


# --- content words --------------------------------------------------------------------------------------------------


def _support(claim: str, text: str) -> float:
    """The share of a claim's content words that stand in ``text``; a claim without any leans on the other checks."""
    content = content_words(claim)
    known = set(terms(text))
    held = sum(_held(word, known) for word in content)
    return held / len(content) if content else 1.0


def _held(word: list[str], known: set[str]) -> bool:
    """A word is there itself, or all parts of the compound are."""
    return word[0] in known or (len(word) > 1 and all(part in known for part in word[1:]))


# --- numbers and dates ----------------------------------------------------------------------------------------------


def _wrong_date(claim: str, quotes: Sequence[str]) -> str | None:
    for day in dates(claim):
        if not any(_has_date(day, quote) for quote in quotes):
            return f"de datum '{claim[day.start : day.end].strip()}' staat niet in de bron"
    return None


def _has_date(day: Day, quote: str) -> bool:
    """The quote has the date; when it gives the year elsewhere ("in 2022 … op 3 mei"), that counts."""
    years = {quantity.value for quantity in quantities(quote)}
    without_year = Day(None, day.month, day.day, day.start, day.end)
    for other in dates(quote):
        if other.covers(day) or (other.year is None and other.covers(without_year) and str(day.year) in years):
            return True
    return False


def _wrong_number(claim: str, quotes: Sequence[str]) -> str | None:
    bare = _without_dates(claim)
    there = [quantity for quote in quotes for quantity in quantities(quote)]
    loose = {value for quote in quotes for value in other_readings(quote)}
    percentage = _PERCENTAGE.search(" ".join(quotes)) is not None and not any(other.unit == "%" for other in there)
    for number in quantities(bare):
        shown = claim[number.start : number.end].strip()
        same = [other for other in there if other.value == number.value]
        if not same and number.value not in loose:
            return f"het getal '{shown}' staat niet in de bron"
        if same and not any(_units_agree(number, other, percentage) for other in same):
            return f"het getal '{shown}' staat in de bron met een andere eenheid"
        if _counts_something_else(number, bare, quotes) or _stands_elsewhere(number, bare, quotes):
            return f"het getal '{shown}' hoort in de bron bij iets anders"
    return None


def _without_dates(claim: str) -> str:
    """The claim with its dates blanked out, at the same length: their numbers were looked at already."""
    for day in dates(claim):
        claim = claim[: day.start] + " " * (day.end - day.start) + claim[day.end :]
    return claim


def _units_agree(number: Quantity, other: Quantity, percentage: bool) -> bool:
    if number.unit == "%":
        return other.unit == "%" or (not other.unit and percentage)  # a table says "percentage" in its head
    return other.unit != "%" and (number.unit == other.unit or not other.unit or not number.unit)


def _counts_something_else(number: Quantity, claim: str, quotes: Sequence[str]) -> bool:
    """Whether the quotes give another number for what is counted here, and never this one ("43 meldingen")."""
    counted = _counted(claim, number)
    if not counted:
        return False
    others = False
    for quote in quotes:
        for quantity in quantities(quote):
            if counted & _counted(quote, quantity):
                if quantity.value == number.value:
                    return False
                others = True
    return others


def _stands_elsewhere(number: Quantity, claim: str, quotes: Sequence[str]) -> bool:
    """Whether the words around a number stand around another number in the quotes, and hardly around this one."""
    mine = _around(claim, number)
    best = {True: 0, False: 0}
    for quote in quotes:
        for other in quantities(quote):
            same = other.value == number.value
            best[same] = max(best[same], len(mine & _around(quote, other)))
    return best[False] >= best[True] + MARGIN


def _around(text: str, number: Quantity) -> set[str]:
    """The terms of the content words near a number, within its clause."""
    before, after = CLAUSE.split(text[: number.start])[-1], CLAUSE.split(text[number.end :])[0]
    return {word[0] for word in content_words(before)[-NEAR:] + content_words(after)[:NEAR]}


def _counted(text: str, number: Quantity) -> set[str]:
    """The terms of the word that follows a number, small words and units aside."""
    for word in WORD.findall(text[number.end : number.end + 60])[:3]:
        if not is_number(word) and (own := terms(word)):
            return {own[0]}
        if word.lower() not in ("van", "de", "het", "procent", "euro"):
            return set()
    return set()


def _wrong_year(claim: str, quotes: Sequence[str]) -> str | None:
    """A number that the source gives for another year ("in 2021 43, in 2022 57"); clauses with one year count."""
    given: dict[str, set[str]] = {}
    for quote in quotes:
        for year, values in _yearly(quote):
            for value in values:
                given.setdefault(value, set()).add(year)
    for year, values in _yearly(claim):
        wrong = [value for value in values if year not in given.get(value, {year})]
        if wrong:
            return f"het getal '{wrong[0]}' hoort in de bron bij een ander jaar dan {year}"
    return None


def _yearly(text: str) -> Iterator[tuple[str, list[str]]]:
    """The clauses with exactly one year, as the year and the other numbers."""
    for clause in CLAUSE.split(text):
        values = [quantity.value for quantity in quantities(clause)]
        years = {value for value in values if _YEAR.fullmatch(value)}
        if len(years) == 1:
            yield years.pop(), [value for value in values if not _YEAR.fullmatch(value)]


# --- names ----------------------------------------------------------------------------------------------------------


def _wrong_code(claim: str, text: str) -> str | None:
    there = {code.casefold() for code in _CODE.findall(text)}
    wrong = [code for code in _CODE.findall(claim) if code.casefold() not in there and not _ordinal_like(code)]
    return f"'{wrong[0]}' staat niet in de bron" if wrong else None


def _ordinal_like(code: str) -> bool:
    """A number with an ending ("16e", "100ste"), which is checked as a number."""
    return re.fullmatch(r"\d+(?:e|de|ste|ers?)", code) is not None


def _wrong_name(claim: str, text: str) -> str | None:
    known = set(terms(text))
    plain = {word for found in WORD.findall(text.casefold()) for word in (found, *re.split(r"[-'’.]", found))}
    for match in WORD.finditer(claim):
        name = match[0]
        if not _is_name(name, claim, match.start()) or _named(name, plain, known, text):
            continue
        return f"de naam '{name}' staat niet in de bron"
    return None


def _is_name(word: str, claim: str, start: int) -> bool:
    """A capitalised word; at the start of a sentence only when it is no word that sentences often begin with."""
    if not word[0].isupper() or any(c.isdigit() for c in word):
        return False
    if len(word) > 1 and word.isupper():
        return True
    return not (_SENTENCE_START.search(claim[:start]) and _may_open(word.lower()))


def _may_open(word: str) -> bool:
    return word in _OPENERS or spoken_number(word) is not None or is_ordinary_word(word)


def _named(name: str, plain: set[str], known: set[str], text: str) -> bool:
    """Whether all parts of a name stand in the text, in any form ("Amsterdams"), or its letters as initials (CKM)."""
    if len(name) > 1 and name.isupper() and _initials(name, text):
        return True
    for part in re.split(r"[-'’.]", name.casefold()):
        if len(part) < 2 or part in plain:
            continue
        own = terms(part)
        close = any(len(part) > 3 and _is_form(part, word) for word in plain)
        if not close and not (own and own[0] in known):
            return False
    return True


def _is_form(name: str, word: str) -> bool:
    """One begins with the other and little follows: "amsterdam", "amsterdams", "amsterdamse"."""
    short, long = sorted((name, word), key=len)
    return len(short) > 3 and long.startswith(short) and len(long) - len(short) <= 2


def _initials(name: str, text: str) -> bool:
    letters = "".join(word[0] for word in WORD.findall(text) if word.lower() not in _SMALL_WORDS)
    return name.casefold() in letters.casefold() and len(name) > 2
