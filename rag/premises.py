"""What a question takes for granted, and whether a passage can be about that.

"Hoeveel meldingen waren er in Rotterdam in 2022?" cannot be answered by a passage that never names 2022, in a document
that never names Rotterdam, however many of its other words it shares. What is checked is only what leaves no doubt: the
year, names, and the measure that is asked for (an amount of money, a share, a telephone number). How often it errs on
RaadsQA is in ``training/LOG.md``. Knows no index, no models and no answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from rapidfuzz import fuzz

from rag import dutch
from rag.asking import ASKING, kind_of, missing_measure

LIKELIHOOD_RATIO = 0.03  # unmet premises of the answerable against those of the unanswerable; see training/LOG.md
_ALIKE = 84  # of 100: a name that is this like one of the document is that name with a typing error
_SHORTEST_STEM = 4  # letters by which "Rotterdamse" and "Rotterdam" are the same

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_LONGER_THAN_A_YEAR = re.compile(
    r"\b(?:sinds|vanaf|na|voor|vóór|tot|tussen|over|rond|eind|begin)\s+(?:\w+\s+)?((?:19|20)\d\d)\b", re.IGNORECASE
)
_SPAN = re.compile(
    r"\b((?:19|20)\d\d)\s*(?:[-–/]|t/m|tot(?: en met)?|en)\s*(?:\w+\s+)?((?:19|20)?\d\d)\b", re.IGNORECASE
)
_NAME = re.compile(r"(?<!\w)[^\W\d_][\w'’.-]*")  # no part of a number: "2020Z02502"
_NUMBERING = re.compile(r"(?:RIS|BSD|OCW|DSB|VSO|JenV)\W?(?:\w*nummers?)?|[A-Z]", re.IGNORECASE)
_PLACE = re.compile(  # names that are made of ordinary words: "Schilderswijk", "Maasvlakte"
    r".{3,}(?:straat|laan|weg|plein|wijk|buurt|kwartier|vlakte|polder|dijk|kade|gracht|singel|haven|park|dorp|oord)"
)
_COUNTRY = re.compile(r"(?:Nederland|Belgi|Vlaams|Vlaanderen|Europ)")  # goes without saying where documents are from
_BETWEEN = r"\w*[\s,&/-]+(?:(?:van|voor|de|het|en|der|tegen|in|te|op|met|tot)\s+)*"


def unmet(question: str, passage: str, about: str, document: Callable[[], str]) -> tuple[str, ...]:
    """What a passage would have to mention to answer a question, and does not: in Dutch, for people.

    ``passage`` is its text with the question it stands under; ``about`` what is known of its document (title, dates,
    people); ``document`` gives the whole text, which is asked for only when a name is in neither.
    """
    found = [f"het jaar {year}" for year in _missing_years(question, passage, about)]
    measure = missing_measure(question, passage)
    if measure:
        found.append(measure)
    return (*found, *_missing_names(question, passage, about, document))


def without(likelihood: float) -> float:
    """The likelihood that documents answer, when no passage meets what the question takes for granted."""
    odds = LIKELIHOOD_RATIO * likelihood / max(1 - likelihood, 1e-6)
    return odds / (1 + odds)


def _missing_years(question: str, passage: str, about: str) -> list[str]:
    """Years of a question that a passage has not. What is counted must have its year beside it.

    Of anything else the document's own date may be the year that is meant.
    """
    text = passage if kind_of(question) == "hoeveel" else f"{passage} {about}"
    open_ended = frozenset(_LONGER_THAN_A_YEAR.findall(question))
    spans = [(int(first), _end(first, last)) for first, last in _SPAN.findall(text)]
    return [
        year
        for year in dict.fromkeys(_YEAR.findall(question))
        if year not in open_ended
        and year not in text
        and f"’{year[2:]}" not in text
        and not any(first <= int(year) <= last for first, last in spans)
    ]


def _end(first: str, last: str) -> int:
    return int(last) if len(last) == 4 else int(first[:2] + last)


@lru_cache(64)
def names(question: str) -> tuple[str, ...]:
    """The names in a question, in order: words with a capital that are no ordinary Dutch words."""
    if question.isupper():
        return ()
    words = [word.rstrip(".'’-") for word in _NAME.findall(question)]
    opening = words[:1] if words and words[0][1:].islower() else []  # it may have its capital for that
    found = dict.fromkeys(part for word in words[len(opening) :] for part in _capitals(word))
    return tuple([name for name in found if not _NUMBERING.fullmatch(name) and not _COUNTRY.match(name)])


def _capitals(word: str) -> Iterable[str]:
    """The parts of a word ("IND-besluit", "Oost-Brabant") that are names."""
    parts = word.split("-")
    if all(part[:1].isupper() for part in parts):
        parts = [word]
    for part in parts:
        ordinary = dutch.fold(part) in ASKING or (dutch.is_ordinary_word(part) and not _PLACE.fullmatch(part))
        if part[:1].isupper() and (not ordinary or _is_abbreviation(part)):
            yield part


def _is_abbreviation(name: str) -> bool:
    return len(name) > 1 and name.isupper()


def _missing_names(question: str, passage: str, about: str, document: Callable[[], str]) -> list[str]:
    near = f"{passage} {about}"
    missing = [name for name in names(question) if not _mentions(near, name)]
    return [name for name in missing if not _mentions(document(), name)] if missing else []


def _mentions(text: str, name: str) -> bool:
    """Whether a text has a name, in another form ("Haagse"), written in full ("OM"), or with a typing error."""
    if _is_abbreviation(name) and re.search(rf"\b{re.escape(name)}", text):
        return True
    folded, wanted = _folded(text), dutch.fold(name)
    stem = wanted[: max(_SHORTEST_STEM, len(wanted) - 4)]
    short = len(wanted) <= _SHORTEST_STEM
    if not (short and _is_abbreviation(name)) and re.search(rf"\b{re.escape(wanted if short else stem)}", folded):
        return True
    letters = [letter for letter in dutch.fold(name.replace("en", "")) if letter.isalpha()]
    if 2 <= len(letters) <= 6 and sum(letter.isupper() for letter in name) >= 2:
        return bool(re.search(r"\b" + _BETWEEN.join(letters), folded))
    near = " ".join(dict.fromkeys(word for word in folded.split() if wanted[:2] in word))  # a few of a long text
    alike = (word for word in dict.fromkeys(dutch.words(near)) if word[:2] == wanted[:2])
    return any(fuzz.ratio(word, wanted) >= _ALIKE for word in alike)


@lru_cache(16)
def _folded(text: str) -> str:
    """The folded text of a document, which comes back for every name and question."""
    return dutch.fold(text)
