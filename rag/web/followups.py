"""A follow-up question and the turn before it → the question in full ("en in 2021?"). Rules only; no model.

What is understood is always shown to the person, who can change it: a wrong guess costs a click, never a wrong answer
to a question that nobody asked.
"""

from __future__ import annotations

import re

from rag.types import Answer, Filters

YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_IT = r"(?:dat|dit|(?:die|deze) vra(?:ag|gen))"  # what was asked: nothing else may stand in these questions
_THERETO = r"(?:daar|hier)(?:op)?"
_HAS, _WAS = r"(?:heeft|hebben)", r"(?:is|zijn|was|werd|werden)"


def _whole(*forms: str) -> re.Pattern[str]:
    """A question that is one of these forms from its first word to its last."""
    return re.compile(rf"^(?:en )?(?:{'|'.join(forms)})[ ?.!]*$", re.I)


WHO = _whole(
    rf"wie (?:vroeg|vroegen|stelden?) {_IT}",
    rf"wie {_HAS} {_IT} (?:gevraagd|gesteld)",
    rf"door wie {_WAS} {_IT} (?:gevraagd|gesteld)",
)
WHO_ANSWERED = _whole(
    rf"wie (?:be)?antwoordden?(?: (?:het|{_IT}|{_THERETO}))?",
    rf"wie {_HAS} (?:(?:het|{_IT}|{_THERETO}) )?(?:geantwoord|beantwoord)",
    rf"wie {_HAS} (?:{_IT}|{_THERETO}|het)(?: het)? antwoord (?:op )?gegeven",
    rf"wie (?:gaf|gaven) (?:(?:het|{_IT}|{_THERETO}) )?antwoord(?: op)?",
    rf"door wie {_WAS} {_IT} beantwoord",
)
WHEN_ASKED = _whole(rf"wanneer {_WAS} {_IT} (?:gevraagd|gesteld)")
WHEN = _whole(rf"wanneer {_WAS} {_IT}(?: beantwoord)?")
AND = re.compile(r"^en\b\s*", re.I)
POINTS_BACK = re.compile(r"\b(?:dat|dit|die|deze|daar\w*|hier\w*|zij|ze|hij|het)\b", re.I)
PLACE_OR_TIME = re.compile(r"^(?:in|bij|voor|van|over|door|op|sinds|na)\b", re.I)
ASKS = re.compile(
    r"^(?:wie|wat|waar\w*|wanneer|waarom|hoe\w*|welke?|is|zijn|heeft|hebben|kan|kunnen|wordt|worden|gaat|komt|klopt|was)\b",
    re.I,
)
SHORT = 6  # words: a longer sentence that asks something stands on its own


def understand(typed: str, before: str | None, answer: Answer | None = None) -> tuple[str, Filters]:
    """The question as understood, and the filters that follow from it.

    ``before`` is the question of the previous turn as understood. A question that stands on its own is left alone.
    """
    question = " ".join(typed.split())
    if not before or not question:
        return question, Filters()
    about_source = _about_source(question, answer)
    if about_source is not None:
        return about_source
    rest = AND.sub("", question, count=1)
    years = YEAR.findall(rest)
    if years and _only_time(rest) and YEAR.search(before):
        return _with_year(before, years[-1]), Filters()
    if AND.match(question) and not ASKS.match(rest):
        return f"{before.rstrip(' ?')}, {_lower(rest).rstrip(' ?')}?", Filters()
    if len(rest.split()) <= SHORT and ASKS.match(rest) and POINTS_BACK.search(rest):
        return f"{rest.rstrip(' ?')}? (over: {before.rstrip(' ?')})", Filters()
    return question, Filters()


def _about_source(question: str, answer: Answer | None) -> tuple[str, Filters] | None:
    """Questions about the document that was cited: who asked, who answered, when."""
    if answer is None or not answer.citations:
        return None
    here = Filters(documents=(answer.citations[0].document,))
    if WHO_ANSWERED.match(question):
        return "Wie heeft deze vragen beantwoord?", here
    if WHO.match(question):
        return "Wie heeft deze vragen gesteld?", here
    if WHEN_ASKED.match(question):
        return "Wanneer zijn deze vragen gesteld?", here
    if WHEN.match(question):
        return "Wanneer zijn deze vragen beantwoord?", here
    return None


def _only_time(rest: str) -> bool:
    without = YEAR.sub("", rest)
    words = [
        word
        for word in re.findall(r"\w+", without.lower())
        if word not in {"in", "voor", "over", "het", "jaar", "dan", "van", "op"}
    ]
    return not words


def _with_year(before: str, year: str) -> str:
    return YEAR.sub(year, before)


def _lower(text: str) -> str:
    return (
        text[:1].lower() + text[1:]
        if text[:2].isalpha() and not text[:2].isupper() and PLACE_OR_TIME.match(text)
        else text
    )
