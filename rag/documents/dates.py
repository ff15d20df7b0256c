"""Dutch dates in a text, and what the words before them say they are the date of."""

from __future__ import annotations

import re
from collections.abc import Iterator

MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
_DATE = re.compile(
    rf"(?P<day>\d{{1,2}})(?:\s+(?P<month>{'|'.join(MONTHS)})\s+|[-/](?P<number>\d{{1,2}})[-/])(?P<year>\d{{4}})\b"
    r"|(?P<iso>\d{4}-\d\d-\d\d)\b",
    re.IGNORECASE,
)
_BEGIN = re.compile(r"\d(?=\d?(?:\s|[-/])|\d\d\d-)")  # of a date; a search for it is quick
_ASKED_AFTER = re.compile(r"\s+(?:heeft|hebben|stelde|stelden|diende|dienden)\b", re.IGNORECASE)
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


def dates(text: str) -> tuple[str | None, str | None]:
    """When it was answered or published, and when it was asked: the first date of each, ISO 8601, None when unsaid.

    A line that is nothing but a date is the date of the document, when no date is introduced by a word.
    """
    answered = asked = alone = None
    for iso, start, end in _all_dates(text):
        before = text[max(start - _LOOK_BACK, 0) : start]
        if not asked and (_ASKED.search(before) or (before.endswith("Op ") and _ASKED_AFTER.match(text, end))):
            asked = iso
        elif not answered and _ANSWERED.search(before):
            answered = iso
        elif not alone and before[-1:] in ("", "\n") and text[end : end + 1] in ("", "\n"):
            alone = iso
    return answered or alone, asked


def first_date(text: str) -> str | None:
    """The first date in a text, ISO 8601."""
    return next((iso for iso, _, _ in _all_dates(text)), None)


def is_date(text: str) -> bool:
    """Whether a text is a date and nothing else."""
    return bool(_DATE.fullmatch(text.strip()))


def _all_dates(text: str) -> Iterator[tuple[str, int, int]]:
    end = 0
    for begin in _BEGIN.finditer(text):
        found = _DATE.match(text, begin.start()) if begin.start() >= end else None
        if not found:
            continue
        end = found.end()
        iso = found["iso"]
        if not iso:
            month = MONTHS.index(found["month"].lower()) + 1 if found["month"] else int(found["number"])
            day = int(found["day"])
            iso = f"{found['year']}-{month:02d}-{day:02d}" if 1 <= day <= 31 and 1 <= month <= 12 else ""
        if iso:
            yield iso, found.start(), end
