"""What a document says of itself: title, dates, people, its numbers and addresses.

Read from the head, the closing fields and the furniture; references from everywhere. What is not said stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.documents.dates import dates, is_date
from rag.documents.people import answered_by, askers
from rag.documents.references import references
from rag.types import Person

_ELSEWHERE = re.compile(r"\bZie (?:ook|hiervoor)\b[^\n]*", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>»”\"]+[^\s<>»”\".,;:)’]")
_FIELD = re.compile(r"(?:onderwerp|betreft|titel|volledige titel)\b\s*:?\s*(?P<value>.*)$", re.IGNORECASE | re.DOTALL)
_OF_QUESTIONS = re.compile(r"(?:schriftelijke |mondelinge )?(?:vragen|beantwoording|antwoord op)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b(?:over|inzake|betreffende|met betrekking tot|luidend:?|getiteld:?)\s+"
    r"(?P<subject>.+?)(?:\s*\((?:ingezonden|ontvangen)\b.*)?[.]?\s*$",
    re.DOTALL,
)
_ABOUT = re.compile(
    r"(?:het|de|een)\s+(?:bericht|artikel|onderzoek|rapport|nieuws|uitzending)\s+(?=[«‘“'\"])", re.IGNORECASE
)
_QUOTED = re.compile(
    r"«(?P<a>[^»]{8,160}(?:«[^»]{2,120}»)?[^»]{0,80})»"
    r"|‘(?P<b>(?:[^‘’]|‘[^’]{2,120}’|(?<=\w)’(?=\w)){8,160})’"
    r"|“(?P<c>[^”]{8,160})”|(?<!\w)'(?P<d>[^']{8,160})'(?!\w)"
)
_NO_TITLE = re.compile(
    r"(?:kamervraag|kamervragen|datum|onderwerp|betreft|ons kenmerk|uw kenmerk|ingediend|beantwoord|indiener|bron|aan|"
    r"van|zie ook|geachte|antwoord van|ris\d|\d{4}[DZ]\d{5}|gemeente|provincie|postbus)\b|[A-Z]{2,6}/\d",
    re.IGNORECASE,
)
_PAIRS = {"«": "»", "‘": "’", "“": "”", "'": "'", '"': '"'}
_SHORTEST_TITLE, _LONGEST_TITLE = 8, 160
_LONGEST_DERIVED = 90


@dataclass(frozen=True, slots=True)
class Metadata:
    """The fields of ``Document`` that come from here; ``title`` is empty when the document gives none."""

    title: str
    date: str | None = None
    date_asked: str | None = None
    askers: tuple[Person, ...] = ()
    answered_by: tuple[Person, ...] = ()
    references: tuple[str, ...] = ()
    own_references: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    kind: str = ""
    speakers: tuple[Person, ...] = ()
    outcome: str | None = None


def read_metadata(head: Sequence[str], tail: Sequence[str], furniture: Sequence[str], body: str) -> Metadata:
    """Of a document with questions.

    ``head`` and ``tail`` are the paragraphs before and after the questions, ``body`` is the whole text.
    """
    top = "\n".join(head)
    own = "\n".join([_ELSEWHERE.sub("", top), *furniture, *tail])
    date, date_asked = dates(top)
    return Metadata(
        find_title(head),
        date,
        date_asked,
        askers(top),
        answered_by(head, furniture, body),
        references(body),
        references(own),
        _sources("\n".join([top, *tail])),
    )


def plain_metadata(head: Sequence[str]) -> Metadata:
    """Of a document without questions, from its first paragraphs."""
    top = "\n".join(head)
    return Metadata(find_title(head, 1), dates(top)[0], references=references(top))


def _sources(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_URL.findall(text)))


def find_title(head: Sequence[str], lines: int | None = None) -> str:
    """The title as the head gives it; empty when it gives none.

    A subject field, else the subject of "vragen van … over …", else the first line (of so many ``lines``) that can
    only be a title.
    """
    for n, text in enumerate(head):
        field = _FIELD.match(text)
        value = field and (field["value"].strip() or "".join(head[n + 1 : n + 2]))
        if value:
            return _subject(value)
    for text in head:
        if _OF_QUESTIONS.match(text) and _SUBJECT.search(text):
            return _subject(text)
    return next((text for text in head[:lines] if _can_be_title(text)), "")


def _can_be_title(text: str) -> bool:
    if not _SHORTEST_TITLE <= len(text) <= _LONGEST_TITLE or text.endswith((".", ",", ":", ";")):
        return False
    return not _NO_TITLE.match(text) and not is_date(text)


def _subject(text: str) -> str:
    found = _SUBJECT.search(text)
    subject = _ABOUT.sub("", " ".join((found["subject"] if found else text).split()))
    if len(subject) > 2 and _PAIRS.get(subject[0]) == subject[-1]:
        subject = subject[1:-1]
    return subject[:_LONGEST_TITLE].strip()


def derived_title(question: str, people: Sequence[Person]) -> str:
    """A title from the document's own words: what the first question quotes, or that question itself."""
    found = _QUOTED.search(question)
    if found:
        return " ".join(next(group for group in found.groups() if group).split())
    first, mark, _ = " ".join(question.split()).partition("?")
    if not first:
        return ""
    words = first + mark if len(first) <= _LONGEST_DERIVED else first[:_LONGEST_DERIVED].rsplit(" ", 1)[0] + " …"
    return f"Vragen van {people[0].name}: {words}" if people else f"Vragen: {words}"
