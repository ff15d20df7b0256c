"""Questions whose answer has a form of its own.

What a document says of itself, what an abbreviation stands for, and what somebody does. "Wanneer zijn deze vragen
beantwoord?" is answered by the sentence that holds the document's date, whatever other words it has; "Wat doet Fier?"
by one of which Fier is the subject. Knows no index and no models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from rag import dutch
from rag.abbreviations import abbreviations
from rag.asking import FINITE_VERBS, document_fields
from rag.quantities import dates
from rag.types import DocumentInfo, Hit, Sentence

_REFERENCES = (  # how a number is asked for, and how it looks
    (r"\bris\b", r"RIS\s?\d+"),
    (r"\bkenmerk\b", r"\b[A-Z]{2,5}/\d+|\b\d{7,}\b|kenmerk"),
    (r"\baanhangsel\b", r"[Aa]anhangsel"),
    (r"nummer\b", r"\d{4}Z\d{4,}|\b[A-Z]{2,5}/?\s?\d{4,}"),
)
_REFERENCE = tuple((re.compile(asked), re.compile(given)) for asked, given in _REFERENCES)
_LABEL = re.compile(r"\bris\b|\b[a-z]*(?:kenmerk|nummer)\b")
SURE = 0.95  # how likely it is that a sentence which spells out the abbreviation answers: nothing else it could be
_PEOPLE_AND_DATES = frozenset({"asked", "answered", "asker", "answerer", "party"})
_LEAST = 0.02  # what other sentences keep of their score beside one that answers directly
_STANDS_FOR = re.compile(
    r"\b(?:waar|wat)\s+(?:staat|betekent|is|houdt)\s+(?:de\s+)?(?:afkorting\s+|letters\s+)?([\w&-]+)\s*"
    r"(?:voor|een afkorting van|de afkorting van|in|\?|$)|\bafkorting\s+([\w&-]+)",
    re.IGNORECASE,
)
_DOES = re.compile(
    r"(?:en )?wat (?:doet|doen|biedt|bieden) (?:eigenlijk |precies )?(?:de |het |stichting )?"
    r"(?P<who>(?!(?:je|jij|u|we|wij|men|zij|ze|ik)\b)[\w&’'-]+(?: [\w&’'-]+){0,2}?)"
    r"(?: (?:eigenlijk|precies|zoal|allemaal|nou|nu))*\W*"
)
_SUBJECT_WITHIN = 5  # words before somebody's name, where a sentence may begin with another phrase
_STATES = dutch.as_set(  # verbs by which nothing is done, or not now
    "was waren had hadden werd werden kon konden zou zouden kreeg kregen ging gingen kwam kwamen is zijn heeft hebben "
    "wordt worden kan kunnen mag mogen moet moeten vindt vinden staat staan bestaat bestaan verwacht zegt stelt schat"
)
_NO_VERBS = dutch.as_set("niet naast direct juist eerst vast kort groot tussen wegens")  # that end as verbs do


def ahead(question: str, hits: Sequence[Hit], found: Sequence[Sentence]) -> list[Sentence]:
    """Sentences with those first that answer directly, when the question has such a form; else as they are."""
    test = _test(question)
    chosen = [sentence for sentence in found if test(hits[sentence.hit], sentence)] if test else []
    if not chosen:
        return list(found)
    if "reference" in document_fields(question):  # a number is of one document: that of the best sentence
        best = hits[max(chosen, key=lambda s: s.score).hit].document.path
        chosen = [sentence for sentence in chosen if hits[sentence.hit].document.path == best]
    raised = [replace(s, score=0.5 + 0.5 * s.score) for s in chosen]
    others = [replace(s, score=_LEAST * s.score) for s in found if s not in chosen]
    return sorted(raised + others, key=lambda s: (-s.score, s.hit, s.start))


def is_direct(question: str, hits: Sequence[Hit], sentence: Sentence) -> bool:
    """Whether a question asks who asked or answered something, or when, and this sentence says it."""
    test = _test(question) if _PEOPLE_AND_DATES.issuperset(document_fields(question) or ("",)) else None
    return test is not None and test(hits[sentence.hit], sentence)


def _test(question: str) -> Callable[[Hit, Sentence], bool] | None:
    """What makes a sentence of a hit a direct answer to this question."""
    short = asked_abbreviation(question)
    if short:
        return lambda hit, sentence: spells_out(sentence.text, short)
    who = who_does(question)
    if who:
        return lambda hit, sentence: does(sentence.text, who)
    fields = document_fields(question)
    if "reference" in fields:
        folded = dutch.fold(question)
        given = next((given for asked, given in _REFERENCE if asked.search(folded)), None)
        label = _LABEL.search(folded)
        return _states_number(label[0] if label else "", given) if given else None
    if not fields:
        return None
    if "signer" in fields:
        return lambda hit, sentence: sentence.kind == "signature"
    return lambda hit, sentence: (
        hit.passage.kind == "metadata" and any(states(field, hit.document, sentence.text) for field in fields)
    )


def _states_number(label: str, given: re.Pattern[str]) -> Callable[[Hit, Sentence], bool]:
    """Whether a sentence holds a number of its document, beside the label that is asked for where one stands there.

    Of a document whose numbers are not known: whether it looks as such a number does (``given``).
    """

    def states_it(hit: Hit, sentence: Sentence) -> bool:
        own = [number.removeprefix("RIS") for number in hit.document.own_references]
        written = [number for number in own if number in hit.passage.text]
        if not written:
            return bool(given.search(sentence.text))
        lines = [line for line in hit.passage.text.split("\n") if any(number in line for number in written)]
        labelled = any(label in dutch.fold(line) for line in lines)
        return any(number in sentence.text for number in written) and (
            not labelled or label in dutch.fold(sentence.text)
        )

    return states_it


def states(field: str, info: DocumentInfo, sentence: str) -> bool:
    """Whether a sentence states a field of its document (see ``rag.asking.document_field``)."""
    match field:
        case "asked" | "answered":
            day = info.date_asked if field == "asked" else info.date
            return day is not None and _has_day(sentence, day)
        case "party":
            return any(person.party and person.party in sentence for person in (*info.askers, *info.answered_by))
        case "asker" | "answerer":
            people = info.askers if field == "asker" else info.answered_by
            return any(person.name in sentence for person in people)
        case _:
            return False


def asked_abbreviation(question: str) -> str | None:
    """The abbreviation whose full form a question asks for."""
    found = _STANDS_FOR.search(question)
    short = (found[1] or found[2]) if found else None
    return short if short and sum(letter.isupper() for letter in short) >= 2 else None


def who_does(question: str) -> str | None:
    """Of whom or what a question asks no more than what it does ("Wat doet **fier**?"), folded."""
    found = _DOES.fullmatch(dutch.fold(question).strip())
    return found["who"] if found and not set(found["who"].split()) & dutch.PREPOSITIONS else None


def does(sentence: str, who: str) -> bool:
    """Whether somebody (folded) does something in a sentence: is its subject, or the one by whom it is done."""
    folded = dutch.fold(sentence)
    found = re.search(rf"(?<!\w){re.escape(who)}(?!\w)", folded)
    if not found:
        return False
    before = dutch.words(folded[: found.start()])
    after = dutch.words(folded[found.end() :])
    if before[:1] == ["door"] and len(before) <= 2:
        return True
    if len(before) > _SUBJECT_WITHIN or not dutch.PREPOSITIONS.isdisjoint(before):
        return False
    beside = [word for word in before[-2:] if word not in ("de", "het", "en")][-1:]
    if after[:1] == ["en"]:  # "AVIM en Zeden trekken"
        after = after[2:]
    return any(_is_doing(word) for word in (*beside, *after[:1]))


def _is_doing(word: str) -> bool:
    """Whether a word looks like a verb in the present tense."""
    if word in _STATES or word in _NO_VERBS or word in dutch.PREPOSITIONS:
        return False
    return word in FINITE_VERBS or (len(word) > 3 and word.endswith(("t", "en")))


def defines(question: str, found: Sequence[Sentence]) -> bool:
    """Whether a question asks for the full form of an abbreviation and the best sentence gives it."""
    short = asked_abbreviation(question)
    return bool(short and found and spells_out(found[0].text, short))


def spells_out(sentence: str, short: str) -> bool:
    """Whether a sentence gives the full form of an abbreviation: "Nationaal Rapporteur Mensenhandel (NRM)"."""
    return any(found == short for found, _ in abbreviations(sentence))


def _has_day(sentence: str, day: str) -> bool:
    """Whether a sentence has this day (ISO 8601); a day that does not exist is in none."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        return False
    return any(
        (found.year, found.month, found.day) == (wanted.year, wanted.month, wanted.day) for found in dates(sentence)
    )
