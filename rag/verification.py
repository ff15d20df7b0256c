"""A claim against the sentences it cites: what is not supported is not shown as an answer.

A claim passes when every number, date, code and name in it stands in a cited sentence, it does not deny what is said
(or the other way round), and enough of its content words are found there. The checks are deliberately literal: a true
claim in other words may be dropped, and then the reader gets the sentences themselves. Nothing is ever repaired.

Knows no models and no documents: it gets the claim and the quotes as text, and a function that makes words comparable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.quantities import Day, Quantity, dates, other_readings, quantities, spoken_number

MIN_SUPPORT = 0.6  # share of content words; chosen on RaadsQA train by training/verification_threshold.py
CLAUSE_OVERLAP = 0.5  # a clause that holds this share of a claim's words is what the claim is about

Terms = Callable[[str], list[str]]

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_CODE = re.compile(r"\b(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_]{1,})[^\W_]{4,}\b")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\s+)[\s\"'“‘„«(]*$")
_NEGATION = re.compile(r"\b(?:niet|geen|geenszins|nooit|niemand|niets|nergens|noch|zonder|evenmin|neen?)\b", re.I)
_NO_DENIAL = re.compile(r"\bniet (?:alleen|slechts|enkel|in de laatste plaats)\b|\bniet[- ]\w+(?=\w)(?<=-\w)", re.I)
_YES_NO = re.compile(r"^\W*(ja|nee|neen|jawel)\b[\s,.:;–-]*", re.I)
_CLAUSE = re.compile(r"[.;:,–()!?]\s|\s(?=(?:maar|omdat|terwijl|echter|hoewel|zodat)\s)")
_SMALL_WORDS = frozenset(["van", "de", "het", "der", "den", "voor", "en", "in", "op", "te", "tegen", "met"])
_UNIT_WORDS = frozenset(["procent", "percent", "euro", "eur", "miljoen", "miljard", "duizend", "mln", "mld", "pct"])
_OPENERS_TEXT = """
de het een en maar of want dus ja nee neen jawel er dit dat deze die daar hier daarnaast daarbij daarom daarvoor daarin
daarmee hierbij hiervoor hiermee hiervan daarvan in op bij met voor om uit van na naast als indien wanneer zo zoals door
tot tevens verder bovendien echter wel niet geen alle alleen veel meer minder meeste vanuit vanaf tijdens sinds omdat
hoewel momenteel inmiddels ten tegelijk vervolgens hierdoor daardoor toch kan is zijn heeft hebben was waren werd werden
wordt worden onder over aan tussen volgens dankzij per binnen buiten ook ze zij hij we wij men ik u uw hun haar onze
mijn wie wat welke waar elk elke ieder iedere sommige enkele enige beide ongeveer circa minstens maximaal minimaal
hooguit ruim bijna zeker slechts nog nu eerst ter te tegen via zonder rond omstreeks dan toen eind begin medio totaal
iedereen niemand niets iets
"""
_OPENERS = frozenset(_OPENERS_TEXT.split())  # words that sentences often begin with


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim may be shown.

    ``support`` is the share (0–1) of its content words that the quotes hold; ``reason`` says in Dutch why not, None
    when it may.
    """

    supported: bool
    support: float
    reason: str | None = None


def verify(
    claim: str, quotes: Sequence[str], terms: Terms | None = None, *, min_support: float = MIN_SUPPORT
) -> Verdict:
    """Check a claim against the sentences it cites.

    Args:
        claim: one sentence, without its marks.
        quotes: the cited sentences; with none, nothing is supported.
        terms: words → comparable terms; the project's own (``rag.dutch.terms``) when not given.
        min_support: share of content words that must be found.
    """
    if not quotes:
        return Verdict(False, 0.0, "er is geen bron bij")
    if any(_same(claim, quote) for quote in quotes):
        return Verdict(True, 1.0)
    terms = terms or _project_terms()
    text = "\n".join(quotes)
    support = _support(claim, text, terms)
    reason = (
        _wrong_date(claim, quotes)
        or _wrong_number(claim, quotes, terms)
        or _wrong_code(claim, text)
        or _wrong_name(claim, text, terms)
        or _wrong_yes_no(claim, quotes)
        or _wrong_denial(claim, quotes, terms)
    )
    if reason is None and support < min_support:
        reason = "te weinig van deze bewering staat in de zinnen waarnaar zij verwijst"
    return Verdict(reason is None, support, reason)


def _project_terms() -> Terms:
    from rag.dutch import terms

    return terms


def _same(claim: str, quote: str) -> bool:
    return _letters(claim) == _letters(quote) != ""


def _letters(text: str) -> str:
    """Words and marks only: white space, the case and a final full stop make no other sentence."""
    return " ".join(text.translate(_BRACKETS).split()).rstrip(". ").casefold()


_BRACKETS = str.maketrans({"[": "(", "]": ")"})  # a prompt shows the brackets of a document as parentheses


# --- words ----------------------------------------------------------------------------------------------------------


def _content(text: str, terms: Terms) -> list[list[str]]:
    """The content words of a text, each as its terms: itself, and the parts when it is a compound."""
    found = []
    for word in _WORD.findall(text):
        own = terms(word)
        if own and not _NEGATION.fullmatch(word) and not _YES_NO.match(word) and not _is_number(word):
            found.append(own)
    return found


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word.lower() in _UNIT_WORDS or spoken_number(word.lower()) is not None


def _support(claim: str, text: str, terms: Terms) -> float:
    """The share of a claim's content words that stand in ``text``; a claim without any leans on the other checks."""
    content = _content(claim, terms)
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


def _wrong_number(claim: str, quotes: Sequence[str], terms: Terms) -> str | None:
    bare = _without_dates(claim)
    there = [quantity for quote in quotes for quantity in quantities(quote)]
    loose = {value for quote in quotes for value in other_readings(quote)}
    percentage = any("procent" in quote.lower() or "percent" in quote.lower() or "%" in quote for quote in quotes)
    for number in quantities(bare):
        shown = claim[number.start : number.end].strip()
        same = [other for other in there if other.value == number.value]
        if not same and number.value not in loose:
            return f"het getal '{shown}' staat niet in de bron"
        if same and not any(_units_agree(number, other, percentage) for other in same):
            return f"het getal '{shown}' staat in de bron met een andere eenheid"
        if _counts_something_else(number, bare, quotes, terms):
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


def _counts_something_else(number: Quantity, claim: str, quotes: Sequence[str], terms: Terms) -> bool:
    """Whether the quotes give another number for what is counted here, and never this one ("43 meldingen")."""
    counted = _counted(claim, number, terms)
    if not counted:
        return False
    others = False
    for quote in quotes:
        for quantity in quantities(quote):
            if counted & _counted(quote, quantity, terms):
                if quantity.value == number.value:
                    return False
                others = True
    return others


def _counted(text: str, number: Quantity, terms: Terms) -> set[str]:
    """The terms of the word that follows a number, small words and units aside."""
    for word in _WORD.findall(text[number.end : number.end + 60])[:3]:
        if not _is_number(word) and (own := terms(word)):
            return {own[0]}
        if word.lower() not in ("van", "de", "het", "procent", "euro"):
            return set()
    return set()


# --- names ----------------------------------------------------------------------------------------------------------


def _wrong_code(claim: str, text: str) -> str | None:
    there = {code.casefold() for code in _CODE.findall(text)}
    wrong = [code for code in _CODE.findall(claim) if code.casefold() not in there and not _ordinal_like(code)]
    return f"'{wrong[0]}' staat niet in de bron" if wrong else None


def _ordinal_like(code: str) -> bool:
    """A number with an ending ("16e", "100ste"), which is checked as a number."""
    return re.fullmatch(r"\d+(?:e|de|ste|ers?)", code) is not None


def _wrong_name(claim: str, text: str, terms: Terms) -> str | None:
    known = set(terms(text))
    plain = {word for found in _WORD.findall(text.casefold()) for word in (found, *re.split(r"[-'’.]", found))}
    for match in _WORD.finditer(claim):
        name = match[0]
        if not _is_name(name, claim, match.start()) or _named(name, plain, known, text, terms):
            continue
        return f"de naam '{name}' staat niet in de bron"
    return None


def _is_name(word: str, claim: str, start: int) -> bool:
    """A capitalised word; at the start of a sentence only when it is no word that sentences often begin with."""
    if not word[0].isupper() or any(c.isdigit() for c in word):
        return False
    if len(word) > 1 and word.isupper():
        return True
    return not (_SENTENCE_START.search(claim[:start]) and word.lower() in _OPENERS)


def _named(name: str, plain: set[str], known: set[str], text: str, terms: Terms) -> bool:
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
    letters = "".join(word[0] for word in _WORD.findall(text) if word.lower() not in _SMALL_WORDS)
    return name.casefold() in letters.casefold() and len(name) > 2


# --- yes and no -----------------------------------------------------------------------------------------------------


def _wrong_yes_no(claim: str, quotes: Sequence[str]) -> str | None:
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


def _wrong_denial(claim: str, quotes: Sequence[str], terms: Terms) -> str | None:
    """A claim that denies where its source does not, or affirms what the source denies."""
    rest = _YES_NO.sub("", claim, count=1)
    content = _content(rest, terms)
    if not content:
        return None
    mine = _denies(rest)
    if mine and not any(_denies(quote) for quote in quotes):
        return "de bewering ontkent iets, en de bron niet"
    about = [clause for quote in quotes for clause in _about(content, quote, terms)]
    if about and all(_denies(clause) != mine for clause in about):
        return "de bron ontkent dit" if not mine else "de bewering ontkent wat de bron zegt"
    return None


def _about(content: list[list[str]], quote: str, terms: Terms) -> list[str]:
    """The clauses of a quote that speak of most that the claim speaks of; the whole quote when no clause does."""
    quote = _YES_NO.sub("", quote, count=1)
    clauses = [clause for clause in _CLAUSE.split(quote) if clause.strip()]
    shares = [sum(_held(word, set(terms(clause))) for word in content) / len(content) for clause in clauses]
    best = max(shares, default=0.0)
    if best < CLAUSE_OVERLAP:
        return []
    return [clause for clause, share in zip(clauses, shares, strict=True) if share == best]


def _denies(text: str) -> bool:
    return _NEGATION.search(_NO_DENIAL.sub(" ", text)) is not None
