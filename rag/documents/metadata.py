"""What a document says of itself: title, dates, who asked, who answered, its numbers and addresses.

Read from the head, the closing fields and the furniture; references from everywhere. What is not said stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import Person

_MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split(" ")
_DATE = rf"(?:(?P<d>\d{{1,2}})\s+(?P<m>{'|'.join(_MONTHS)})\s+(?P<y>\d{{4}})|(?P<d2>\d{{1,2}})[-/](?P<m2>\d{{1,2}})[-/](?P<y2>\d{{4}})|(?P<iso>\d{{4}}-\d\d-\d\d))"
_ANY_DATE = re.compile(_DATE, re.IGNORECASE)
_ANSWERED = re.compile(
    rf"(?:\b(?:ontvangen|beantwoord|verzonden|datum antwoord|datum|vastgesteld|gepubliceerd|publicatiedatum)\b(?:\s+(?:op|d\.d\.))?\s*:?\s+|"
    rf"^(?:den haag|amsterdam|[A-Z][a-z]+),\s+){_DATE}",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(
    rf"(?:\b(?:ingezonden|ingediend|datum vraag|datum vragen|gesteld)\b(?:\s+(?:op|d\.d\.))?\s*:?\s+|\bheeft op\s+|\bhebben op\s+|"
    rf"\b(?:vragen|brief)\b[^.?]{{0,80}}\b(?:van|d\.d\.|op)\s+){_DATE}",
    re.IGNORECASE,
)
_NAME = r"(?:(?:van|de|den|der|het|ten|ter|te|el|al|’t|'t|in|op|von|di|du|la|le)\s+)*[A-ZÀ-Þ][\w’'.-]*(?:\s+(?:(?:van|de|den|der|ten|ter|te|el|al|’t|'t|von|di|du|la|le)\s+)*[A-ZÀ-Þ][\w’'.-]*)*"
_HONORIFIC = r"(?:(?:de\s+heer|mevrouw|dhr\.|mevr\.|mw\.|drs?\.|mr\.|ir\.|prof\.)\s+)*"
_ONE = rf"{_HONORIFIC}{_NAME}(?:\s*\([^()]{{2,40}}\))?"
_ASKERS = re.compile(
    rf"\b(?P<role>raadslid|raadsleden|statenlid|statenleden|kamerlid|kamerleden|leden|lid|indieners?|ingediend door|vragensteller|gesteld door)\b\s*:?\s*"
    rf"(?P<names>{_ONE}(?:(?:,|\s+en|,\s+en)\s+{_ONE})*)",
)
_PERSON = re.compile(rf"{_HONORIFIC}(?P<name>{_NAME})(?:\s*\((?P<party>[^()]{{2,40}})\))?")
_MINISTER = re.compile(
    rf"(?:antwoord|antwoorden|mede namens|beantwoord door|brief)\s+(?:van\s+)?(?:de\s+)?(?P<role>minister-president|minister|staatssecretaris)\s+(?P<name>{_NAME})\s*\((?P<of>[^()]{{3,80}})\)",
    re.IGNORECASE,
)
_ANSWERED_BY = re.compile(rf"[Bb]eantwoord door:?\s+(?P<name>{_NAME})\s*\((?P<role>[^()]{{3,80}})\)(?:\s*\((?P<party>[^()]{{2,40}})\))?")
_COLLEGE = re.compile(r"\b(?:beantwoordt (?:het|ons) college|antwoord(?:en)? van het college|het college van burgemeester en wethouders)\b", re.IGNORECASE)
_PLACE = re.compile(r"\b[Gg]emeente\s+(?P<place>(?:’s-|'s-|Den |De |Het |Sint-)?[A-Z][\w’-]+)")
_REFERENCES = (
    (re.compile(r"\bRIS\s?(\d{5,7})\b"), "RIS{0}"),
    (re.compile(r"\b(\d{4}Z\d{5})\b"), "{0}"),
    (re.compile(r"\b((?:kv|ah|kst|blg)-(?:tk-)?[\dZ]+(?:-\d+)?)\b"), "{0}"),
    (
        re.compile(r"\bKamerstuk(?:ken)?\s+(?:II\s+|I\s+)?(\d{2})\s?(\d{3})(-[IVXA-Z]+)?,?\s+nrs?\.\s*(\d+)"),
        "Kamerstuk {0}{1}{2}, nr. {3}",
    ),
    (
        re.compile(r"\bAanhangsel (?:van de )?Handelingen,?\s+(?:vergaderjaar\s+)?(\d{4})\s?[–-]\s?(\d{4}),\s+nr\.\s*(\d+)"),
        "Aanhangsel Handelingen {0}–{1}, nr. {2}",
    ),
    (re.compile(r"\b([A-Z]{2,6}/\d{4}[\d/.-]*\d)\b"), "{0}"),
    (re.compile(r"\b(ECLI:NL:[A-Z]+:\d{4}:[\dA-Z]+)"), "{0}"),
)
_ELSEWHERE = re.compile(r"\bzie (?:ook )?[^.\n]*$", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>»”\"]+[^\s<>»”\".,;:)’]")
_FIELD = re.compile(r"(?:onderwerp|betreft|titel|volledige titel)\b\s*:?\s*(?P<value>.*)$", re.IGNORECASE | re.DOTALL)
_SUBJECT = re.compile(r"\b(?:over|inzake|betreffende|met betrekking tot|luidend:?|getiteld:?)\s+(?P<subject>.+?)(?:\s*\((?:ingezonden|ontvangen)\b.*)?[.]?\s*$", re.DOTALL)
_ABOUT = re.compile(r"(?:het|de|een)\s+(?:bericht|artikel|onderzoek|rapport|nieuws|uitzending|bericht(?:en)? dat)\s+(?=[«‘“'\"])", re.IGNORECASE)
_QUOTED = re.compile(r"«(?P<a>[^»]{8,160}(?:«[^»]{2,120}»)?[^»]{0,80})»|‘(?P<b>(?:[^‘’]|‘[^’]{2,120}’|(?<=\w)’(?=\w)){8,160})’|“(?P<c>[^”]{8,160})”|(?<!\w)'(?P<d>[^']{8,160})'(?!\w)")
_NO_TITLE = re.compile(
    r"(?:kamervraag|kamervragen|datum|onderwerp|betreft|ons kenmerk|uw kenmerk|ingediend|beantwoord|indiener|bron|aan|van|zie ook|geachte|antwoord van|ris\d)\b|[A-Z]{2,6}/\d",
    re.IGNORECASE,
)
_PAIRS = {"«": "»", "‘": "’", "“": "”", "'": "'", '"': '"'}
_LONGEST_TITLE = 160


@dataclass(frozen=True, slots=True)
class Metadata:
    """The fields of ``Document`` that come from here; ``title`` is empty when the document gives none."""

    title: str
    date: str | None
    date_asked: str | None
    askers: tuple[Person, ...]
    answered_by: tuple[Person, ...]
    references: tuple[str, ...]
    own_references: tuple[str, ...]
    sources: tuple[str, ...]


def read_metadata(head: Sequence[str], tail: Sequence[str], furniture: Sequence[str], body: str) -> Metadata:
    """Read the fields. ``head`` and ``tail`` are paragraphs before and after the questions, ``body`` the whole text."""
    top = "\n".join(head)
    own = "\n".join([*(_ELSEWHERE.sub("", _without_zie(text)) for text in head), *furniture, *tail])
    return Metadata(
        title=find_title(head),
        date=_first_date(_ANSWERED, top) or (None if _ASKED.search(top) or _ANSWERED.search(top) else _lone_date(head)),
        date_asked=_first_date(_ASKED, top),
        askers=_askers(top),
        answered_by=_answered_by(top, furniture, head, body),
        references=_references(body),
        own_references=_references(own),
        sources=tuple(dict.fromkeys(_URL.findall("\n".join([top, *tail])))),
    )


def _without_zie(text: str) -> str:
    return re.sub(r"\bZie (?:ook|hiervoor)\b[^\n]*", "", text)


def _first_date(pattern: re.Pattern[str], text: str) -> str | None:
    for found in pattern.finditer(text):
        date = _iso(found)
        if date:
            return date
    return None


def _lone_date(head: Sequence[str]) -> str | None:
    """A line that is a date and nothing else."""
    for text in head:
        found = _ANY_DATE.fullmatch(text.strip())
        if found and (date := _iso(found)):
            return date
    return None


def _iso(found: re.Match[str]) -> str | None:
    if found["iso"]:
        return found["iso"]
    if found["d"]:
        day, month, year = int(found["d"]), _MONTHS.index(found["m"].lower()) + 1, found["y"]
    else:
        day, month, year = int(found["d2"]), int(found["m2"]), found["y2"]
    return f"{year}-{month:02d}-{day:02d}" if 1 <= day <= 31 and 1 <= month <= 12 else None


def _askers(top: str) -> tuple[Person, ...]:
    people: dict[str, Person] = {}
    national = bool(re.search(r"\b(?:Minister|Staatssecretaris|Kamervra\w+|Kamer)\b|staatssecretaris", top))
    for found in _ASKERS.finditer(re.sub(r"\bIndiener", "indiener", top)):
        role = _asker_role(found["role"].lower(), national)
        for person in _PERSON.finditer(found["names"]):
            name = re.sub(r"\s+(?:heeft|hebben)$", "", person["name"]).rstrip(".,")
            people.setdefault(name, Person(name, person["party"], role))
    return tuple(people.values())


def _asker_role(word: str, national: bool) -> str | None:
    if word.startswith("raads"):
        return "raadslid"
    if word.startswith("staten"):
        return "Statenlid"
    if word.startswith("kamer") or national:
        return "Kamerlid"
    return "lid" if word in ("lid", "leden") else None


def _answered_by(top: str, furniture: Sequence[str], head: Sequence[str], body: str) -> tuple[Person, ...]:
    people = [
        Person(found["name"], found["party"], found["role"]) for found in _ANSWERED_BY.finditer(top)
    ] or [
        Person(found["name"], None, f"{found['role'].lower()} van {found['of']}") for found in _MINISTER.finditer(top)
    ]
    if not people and _COLLEGE.search(f"{top}\n{body[-600:]}"):
        place = _place(furniture, head, body)
        name = "college van burgemeester en wethouders"
        people.append(Person(f"{name} van {place}" if place else name, None, "college"))
    return tuple(people)


def _place(furniture: Sequence[str], head: Sequence[str], body: str) -> str | None:
    """The municipality: from the letterhead, or from a heading that the text calls a municipality."""
    for text in [*furniture, *head]:
        found = _PLACE.search(text)
        if found:
            return found["place"] if found["place"] != "Den" else None
    for text in head:
        if len(text) < 40 and re.search(rf"\bgemeente {re.escape(text)}\b", body):
            return text
    return None


def _references(text: str) -> tuple[str, ...]:
    found: list[tuple[int, str]] = []
    for pattern, form in _REFERENCES:
        found += [(m.start(), form.format(*(group or "" for group in m.groups()))) for m in pattern.finditer(text)]
    return tuple(dict.fromkeys(reference for _, reference in sorted(found)))


def find_title(head: Sequence[str]) -> str:
    """The title as the head gives it: a subject field, the subject of "vragen … over …", or a line that can only be it."""
    for n, text in enumerate(head):
        field = _FIELD.match(text)
        if field:
            value = field["value"].strip() or (head[n + 1] if n + 1 < len(head) else "")
            if value:
                return _subject(value)
    for text in head:
        if re.match(r"(?:schriftelijke |mondelinge )?(?:vragen|beantwoording|antwoord op)\b", text, re.IGNORECASE) and _SUBJECT.search(text):
            return _subject(text)
    for text in head:
        if 8 <= len(text) <= _LONGEST_TITLE and not text.endswith((".", ",", ":", ";")) and not _NO_TITLE.match(text) and not _ANY_DATE.fullmatch(text):
            return text
    return ""


def _subject(text: str) -> str:
    found = _SUBJECT.search(text)
    subject = " ".join((found["subject"] if found else text).split())
    return _unquoted(_ABOUT.sub("", subject))[:_LONGEST_TITLE].strip()


def _unquoted(text: str) -> str:
    if len(text) > 2 and _PAIRS.get(text[0]) == text[-1]:
        return text[1:-1]
    return text


def derived_title(question: str, askers: Sequence[Person], date: str | None) -> str:
    """A title from the document's own words: what the first question quotes, or that question itself."""
    found = _QUOTED.search(question)
    if found:
        return " ".join(next(group for group in found.groups() if group).split())
    first = " ".join(question.split("?")[0].split())
    words = first if len(first) <= 90 else first[:90].rsplit(" ", 1)[0] + " …"
    who = f"Vragen van {askers[0].name}: " if askers else "Vragen: "
    return f"{who}{words}{'?' if words == first and '?' in question else ''}"
