"""Lines that say what follows: "Vraag 2 en 3", "Antwoord op de vragen 4 t/m 6:", "1.", "(2)", "Mededeling".

Knows single lines only; what a document makes of them is for ``questions.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Role = Literal["question", "answer", "item", "notice", "questions", "answers"]

_NUMBER = r"(?:\d{1,3}[a-z]?|[IVXL]{1,6})(?!\w)"
_LINK = r"(?:\s*,\s*(?:en\s+)?|\s+en\s+|\s*&\s*|\s*/\s*|\s+t/m\s+|\s+tot\s+en\s+met\s+|\s+tot\s+|\s*[–-]\s*)"
NUMBERS = rf"{_NUMBER}(?:{_LINK}(?:vraag\s+)?{_NUMBER})*"
_BULLET = r"(?:[•·▪◦‣●■*–-]\s+)?"
_QUESTION = re.compile(
    rf"{_BULLET}(?i:vraag|vragen)(?:\s+(?i:nummer|nr\.?))?\s*(?P<numbers>{NUMBERS})\s*(?P<mark>[:.)–-])?\s*(?P<rest>.*)$"
)
_WHO = r"(?:van\s+)?(?:het\s+college|het\s+dagelijks\s+bestuur|de\s+[a-z]+|college|minister|wethouder)"
_ANSWER = re.compile(
    rf"{_BULLET}(?i:de\s+)?(?i:antwoord(?:en)?|beantwoording|reactie)(?:\s+(?i:{_WHO}))?(?:\s+(?i:op|bij))?(?:\s+(?i:de))?"
    rf"(?:\s+(?i:vraag|vragen|deelvraag))?(?:\s*(?P<numbers>{NUMBERS}))?\s*(?P<mark>[:.)–-])?\s*(?P<rest>.*)$"
)
_AD = re.compile(rf"(?i:ad)\.?\s+(?P<numbers>{NUMBERS})\s*(?P<mark>[:.)–-])?\s*(?P<rest>.*)$")
_BARE_QUESTION = re.compile(rf"{_BULLET}(?i:vraag)\s*(?P<mark>:)?\s*(?P<rest>.*)$")
_SHORT = re.compile(r"(?P<letter>[VAQ])\s?(?P<numbers>\d{1,3})?\s*(?P<mark>[:.])\s+(?P<rest>\S.*)$")
_ITEM = re.compile(
    r"(?P<style>\(?)(?P<numbers>\d{1,3}[a-z]?|[IVXL]{1,6})(?P<mark>\.\)|[.)])(?:\s+|(?=[A-ZÀ-Þ«‘“'\"])|$)(?P<rest>.*)$"
)
_NOTICE = re.compile(
    rf"{_BULLET}(?P<text>(?:Mededeling|Uitstelbericht|Uitstelbrief|Toelichting)\b[^.?!]{{0,60}}:?)$", re.IGNORECASE
)
_SECTION = re.compile(
    r"(?:de\s+)?(?P<what>vragen|antwoorden|beantwoording)(?:\s+(?:van|door)\s+.{1,60})?\s*:?$", re.IGNORECASE
)
_PIECES = re.compile(rf"({_LINK})", re.IGNORECASE)
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_LONGEST_RANGE = 60
_OPENING = re.compile(r"[A-ZÀ-Þ0-9«‘“„'\"(\[€]")
# Any label at all: lets a document without questions pass at once.
ANY = re.compile(
    r"^[ \t\xa0>#*_•·▪◦‣●■(–-]{0,12}"
    r"(?:(?i:vraag|vragen|antwoord|antwoorden|beantwoording|reactie|ad|de)\b|[VAQ]\s?\d{0,3}[:.]\s"
    r"|(?:\d{1,3}[a-z]?|[IVXL]{1,6})\\?[.)]|\d{1,3}[ \t]*\r?$)",
    re.MULTILINE,
)


# How every label in words begins.
_WORDED = re.compile(
    rf"{_BULLET}(?:de\s+)?(?:vra(?:ag|gen)|antwoord|beantwoording|reactie|ad|mededeling|uitstelb|toelichting)",
    re.IGNORECASE,
)


def begins_a_line(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a pattern that begins with "^" is found in a text: where only lines are looked at, it takes less time."""
    start = 0
    while start >= 0:
        if pattern.match(text, start):
            return True
        start = text.find("\n", start) + 1 or -1
    return False


@dataclass(frozen=True, slots=True)
class Label:
    """What a line says of what follows. ``rest`` is where in the line the content begins (its length: nowhere)."""

    role: Role
    numbers: tuple[str, ...]
    rest: int
    style: str = ""  # of an item: how its number is set


def label(text: str) -> Label | None:
    """The label at the start of a line, None when it is an ordinary line."""
    first = text[0]
    if first in "VvAaBbRrDd•·▪◦‣●■*–-MmUuTt":
        found = _word_label(text)
        if found:
            return found
    if first.isdigit() or first in "(IVXL":
        if text.isdigit() and len(text) < 4:
            return Label("item", (text,), len(text), "0")
        item = _ITEM.match(text)
        if item and (not item["style"] or item["mark"] == ")"):
            style = item["style"] + ("0" if item["numbers"][0].isdigit() else "I") + item["mark"]
            return Label("item", (arabic(item["numbers"]),), item.start("rest"), style)
    return None


def short_label(text: str) -> Label | None:
    """Read "V: …?", "A3: …": labels only where a document uses both."""
    found = _SHORT.match(text)
    if not found:
        return None
    role: Role = "answer" if found["letter"] == "A" else "question"
    return Label(role, (found["numbers"],) if found["numbers"] else (), found.start("rest"))


def _word_label(text: str) -> Label | None:
    if not _WORDED.match(text):
        return None
    section = _SECTION.match(text)
    if section:
        return Label("questions" if section["what"].lower() == "vragen" else "answers", (), len(text))
    question = _QUESTION.match(text)
    if question and _sets_apart(question):
        return Label("question", parse_numbers(question["numbers"]), question.start("rest"))
    answer = _AD.match(text) or _ANSWER.match(text)
    if answer and _sets_apart(answer):
        numbers = parse_numbers(answer["numbers"]) if answer["numbers"] else ()
        return Label("answer", numbers, answer.start("rest"))
    bare = _BARE_QUESTION.match(text)
    if bare and (bare["mark"] or not bare["rest"]):
        return Label("question", (), bare.start("rest"))
    notice = _NOTICE.match(text)
    return Label("notice", (), notice.start("text")) if notice else None


def _sets_apart(found: re.Match[str]) -> bool:
    """Whether the words are a label and not the beginning of a sentence ("Vraag 4 is al beantwoord.")."""
    rest: str = found["rest"]
    if not found["numbers"]:
        whole = found.string.strip().lower().endswith(("antwoord", "college"))
        return found["mark"] == ":" or (not rest and whole)
    return not rest or found["mark"] in (":", ".", ")") or bool(_OPENING.match(rest))


def parse_numbers(text: str) -> tuple[str, ...]:
    """Read "2 en 3" as ("2", "3"); "4 t/m 6" → ("4", "5", "6"); Roman numbers become Arabic."""
    pieces = _PIECES.split(text)
    numbers: list[str] = []
    for index in range(0, len(pieces), 2):
        number = arabic(re.sub(r"(?i)vraag\s+", "", pieces[index].strip()))
        link = pieces[index - 1].strip().lower() if index else ""
        if link in ("t/m", "tot en met", "tot", "-", "–") and number.isdigit() and numbers and numbers[-1].isdigit():
            low, high = int(numbers[-1]) + 1, int(number)
            numbers += [str(n) for n in range(low, min(high, low + _LONGEST_RANGE))]
        if number not in numbers:
            numbers.append(number)
    return tuple(numbers)


def arabic(number: str) -> str:
    """A Roman number in Arabic figures; anything else as it is."""
    if not number or any(c not in _ROMAN for c in number):
        return number.lower()
    values = [_ROMAN[c] for c in number]
    following = [*values[1:], 0]
    return str(sum(-v if v < after else v for v, after in zip(values, following, strict=True)))
