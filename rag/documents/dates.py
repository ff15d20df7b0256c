"""Dutch dates in a text, and what the words before them say they are the date of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from rag.phrases import MONTHS

_DATE = re.compile(
    rf"(?P<day>\d{{1,2}})(?:\s+(?P<month>{'|'.join(MONTHS)})\s+|[-/](?P<number>\d{{1,2}})[-/])(?P<year>\d{{4}})\b"
    r"|(?P<iso>\d{4}-\d\d-\d\d)\b",
    re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_BEGIN = re.compile(r"\d(?=\d?(?:\s|[-/])|\d\d\d-)")  # of a date; a search for it is quick
_ASKED_AFTER = re.compile(r"\s+(?:heeft|hebben|stelde|stelden|diende|dienden|ontving|ontvingen)\b", re.IGNORECASE)
_LOOK_BACK = 90  # characters before a date
_ANSWERED = re.compile(
    r"(?:\b(?:ontvangen|beantwoord|verzonden|datum antwoord|datum|vastgesteld|gepubliceerd|publicatiedatum)\b"
    r"(?:\s+(?:op|d\.d\.))?\s*:?\s+|^[A-Z][\w ]{2,25},\s+)$",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(
    r"(?:\b(?:ingezonden|ingediend|datum vra(?:ag|gen)|gesteld)\b(?:\s+(?:op|d\.d\.))?\s*:?\s+|\bh(?:eeft|ebben) op\s+|"
    r"\b(?:vragen|brief)\b[^.?\n]{0,80}\b(?:van|d\.d\.|op)\s+)$",
    re.IGNORECASE,
)


# Words before a date, in what is said of it: "Besluit Gedeputeerde Staten:", "binnengekomen bij de griffie op".
_PART = re.compile(r"[\n|;]|\s[–-]\s|(?<![A-Z])(?<!d)\.\s|,\s(?=\S)(?!d\.d\.)")
_ROW = re.compile(r"\|?[^|]{2,40}\|\s*$")
_OF_ANSWER = (
    r"(?:(?:be)?antwoord\w*|besluit\w*|\w+besluit|reactie|verz[eo]n\w+|afgedaan|afdoening|vastgesteld|behandeld|"
    r"toegezonden|dagtekening|datum brief)"
)
_OF_QUESTION = r"(?:ingezonden|ingediend|indien\w+|ingekomen|binnengekomen|gesteld|vragen|uw brief|ontvangst\w*)"
_SAID = re.compile(
    rf"(?:.*\b(?:(?P<answer>{_OF_ANSWER})|(?P<question>{_OF_QUESTION}))\b)"
    r"(?:\s+[\w.&()/-]+){0,9}?(?:\s*[:,]|,?\s+(?:op|van|d\.d\.|ontvangen)|\s*)\s*$",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:ontvangen|datum)\b", re.IGNORECASE
)  # of the questions when the answer has a date of its own


def dates(text: str) -> tuple[str | None, str | None]:
    """When it was answered or published, and when it was asked: the first date of each, ISO 8601, None when unsaid.

    A line that is nothing but a date is the date of the document, when no date is introduced by a word. "Ontvangen" is
    said of the answer, and of the questions where another date is the answer's.
    """
    found: dict[str, str] = {}
    for iso, start, end in _all_dates(text):
        found.setdefault(_of(text, start, end), iso)
    answered, unsure, asked = found.get("answered"), found.get("unsure"), found.get("asked")
    if answered and unsure and not asked and unsure <= answered:
        asked = unsure
    return answered or unsure or found.get("alone"), asked


def _of(text: str, start: int, end: int) -> str:
    """What the date at a place is the date of: "asked", "answered", "unsure", "alone" on its line, or nothing said."""
    before = text[max(start - _LOOK_BACK, 0) : start]
    line = before.rsplit("\n", 1)[-1]
    if _ROW.match(line):
        before = line.strip("| ") + ": "
    words = _PART.split(before)[-1]
    said = _SAID.match(words)
    if "uitstel" in words.lower():
        return ""
    if said:
        return "answered" if said["answer"] else "asked"
    if _ASKED.search(before) or (before.endswith("Op ") and _ASKED_AFTER.match(text, end)):
        return "asked"
    if _ANSWERED.search(before):
        return "unsure" if _UNSURE.search(words) else "answered"
    return "alone" if before[-1:] in ("", "\n") and text[end : end + 1] in ("", "\n") else ""


def first_date(text: str) -> str | None:
    """The first date in a text, ISO 8601."""
    return next((iso for iso, _, _ in _all_dates(text)), None)


def is_date(text: str) -> bool:
    """Whether a text is a date and nothing else."""
    return bool(_DATE.fullmatch(text.strip()))


def is_day(text: str) -> bool:
    """Whether a text is a day that exists, in the one form that fields have: "2021-01-31", not "2021-02-31"."""
    try:
        return bool(_ISO.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _all_dates(text: str) -> Iterator[tuple[str, int, int]]:
    """The days of a text in order, ISO 8601, with where they stand; a day that does not exist is no date."""
    end = 0
    for begin in _BEGIN.finditer(text):
        found = _DATE.match(text, begin.start()) if begin.start() >= end else None
        if not found:
            continue
        end = found.end()
        iso = found["iso"]
        if not iso:
            month = MONTHS.index(found["month"].lower()) + 1 if found["month"] else int(found["number"])
            iso = f"{found['year']}-{month:02d}-{int(found['day']):02d}"
        if is_day(iso):
            yield iso, found.start(), end
