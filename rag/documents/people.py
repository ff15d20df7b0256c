"""Who asked and who answered, from the head of a document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.documents.factions import completed, party_of, said
from rag.types import Person

_PARTICLE = r"(?:van|de|den|der|het|ten|ter|te|el|al|’t|'t|von|di|du|la|le)"
_WORD = r"[A-ZÀ-Þ][\w’'.-]*"
_NAME = rf"(?:{_PARTICLE}[ \xa0]+)*{_WORD}(?:[ \xa0]+(?:{_PARTICLE}[ \xa0]+)*{_WORD})*"
_HONORIFIC = r"(?:(?i:de\s+heer|mevrouw|dhr\.|mevr\.|mw\.|drs?\.|mr\.|ir\.|prof\.)\s+)*"
_ONE = rf"{_HONORIFIC}{_NAME}(?:\s*\([^()]{{2,40}}\))?"
_ASKERS = re.compile(
    r"\b(?P<role>raadslid|raadsleden|statenlid|statenleden|[Kk]amerlid|[Kk]amerleden|leden|lid|[Ii]ndieners?|"
    r"[Ii]ngediend door|(?<!van de )(?:[Vv]ra(?:ag|gen)stellers?|[Ss]tellers?)(?:\(s\))?|[Gg]esteld door)(?!\w)"
    r"[ \t|]*:?[ \t]*(?:(?:raadslid|het lid|[Rr]aadsleden|[Kk]amerl(?:id|eden)|[Ss]tatenl(?:id|eden)|de leden)[ \t]+)?"
    rf"(?P<names>{_ONE}(?:(?:,\s+en|,|\s+en)\s+{_ONE})*)"
)
_PERSON = re.compile(rf"{_HONORIFIC}(?P<name>{_NAME})(?:\s*\((?P<party>[^()]{{2,40}})\))?")
_PARTY = re.compile(r"(?:[A-Z\d]{2,}|Volt|.*(?:Lokaal|Partij|Belang|Links|Unie|Leefbaar|PLUS)\b.*)$")
_NO_NAME = re.compile(r"(?:(?:Op|In|Een|Uw)\b|(?:De|Het)$|(?:van|der) (?:Provinciale|Gedeputeerde|Staten|Kamer)\b)")
_MINISTER = re.compile(
    r"\b(?:[Aa]ntwoord(?:en)?|[Bb]rief|mede namens|[Bb]eantwoord door)\s+(?:van\s+)?(?:de\s+)?"
    r"(?P<role>[Mm]inister-[Pp]resident|[Mm]inister|[Ss]taatssecretaris)\s+"
    rf"(?P<name>{_NAME})\s*\((?P<of>[^()]{{3,80}})\)"
)
_ANSWERED_BY = re.compile(
    rf"[Bb]eantwoord door:?\s+(?P<name>{_NAME})\s*\((?P<role>[^()]{{3,80}})\)(?:\s*\((?P<party>[^()]{{2,40}})\))?"
)
_GROUP = r"(?:[Nn]amens (?:de )?)?(?:[Ff]ractie(?:s)?(?:lid)?(?: van)?|[Nn]amens)[ \xa0](?:de |het )?"
_NAMED_PARTY = r"[A-Z\d][\w/’'-]*(?:[ \xa0](?:(?:voor|van|de|den|der|het)[ \xa0])*[A-Z][\w/’'-]*)*"
_FACTION = re.compile(rf"[ \xa0]*,?[ \xa0]*{_GROUP}(?P<party>{_NAMED_PARTY})")
_FIELDS = re.compile(r"fractie|partij|indiener|ingediend|steller|gesteld|lid\b|leden\b", re.IGNORECASE)
_BRINGS_IN = re.compile(r"indiener|ingediend", re.IGNORECASE)
_NATIONAL = re.compile(r"\b(?:Minister|[Ss]taatssecretaris|Kamervra\w+|Kamer)\b")
_COLLEGE = re.compile(
    r"\b(?:beantwoordt (?:het|ons) college|antwoord(?:en)? van het college|burgemeester en wethouders)\b", re.IGNORECASE
)
_PLACE = re.compile(
    r"\b(?:[Gg]emeente|burgemeester en wethouders van)\s+(?P<place>(?:’s-|'s-|Den |De |Het |Sint-)?[A-Z][\w’-]+)"
)
_LONGEST_PLACE = 40


def askers(top: str) -> tuple[Person, ...]:
    """Those who asked, in order, with their party where the text gives it."""
    people: dict[str, Person] = {}
    stellers: dict[str, Person] = {}  # "Steller" is an asker, but for a document that names others as such
    national = bool(_NATIONAL.search(top))
    for found in _ASKERS.finditer(top):
        role = _role(found["role"].lower(), national)
        faction = _FACTION.match(top, found.end())
        into = stellers if found["role"].lower().startswith("steller") else people
        for person in _PERSON.finditer(found["names"]):
            party = party_of(person["party"] or "") or (faction and faction["party"])
            _add(into, Person(person["name"].rstrip(".,"), party, role))
    return _with_fields(tuple((people or stellers).values()), top, national=national)


def _with_fields(people: Sequence[Person], top: str, *, national: bool) -> tuple[Person, ...]:
    """People with what fields add to them: their party; those who asked where nobody was named; parties alone."""
    lines = top.split("\n")
    named, parties = said(lines) if _FIELDS.search(top) else ([], [])
    others = [replace(person, role=_role(label.removeprefix("naam "), national)) for label, person in named]
    found = completed(people or list(dict.fromkeys(others)), others, parties)
    return found or tuple(Person(party, party, "fractie") for party in parties)


def movers(top: str) -> tuple[Person, ...]:
    """Those whom a field at the head of a document without questions names as the ones who brought it in."""
    named, parties = said(top.split("\n")) if _BRINGS_IN.search(top) else ([], [])
    brought = [replace(person, role="indiener") for label, person in named if _BRINGS_IN.search(label)]
    return completed(brought, (), parties)


def _add(people: dict[str, Person], person: Person) -> None:
    """Add one who asked, once; a party after a name ("A. de Wit, CDA") is that person's."""
    if not person.party and _PARTY.match(person.name):
        last = next(reversed(people), None)
        if last and not people[last].party:
            people[last] = replace(people[last], party=person.name)
    elif not _NO_NAME.match(person.name) and not any(n.lower().endswith(" " + person.name.lower()) for n in people):
        people.setdefault(person.name, person)


def _role(word: str, national: bool) -> str | None:
    if word.startswith("raads"):
        return "raadslid"
    if word.startswith("staten"):
        return "Statenlid"
    if word.startswith("kamer") or national:
        return "Kamerlid"
    return "lid" if word in ("lid", "leden") else None


def answered_by(head: Sequence[str], furniture: Sequence[str], body: str) -> tuple[Person, ...]:
    """Those who answered: a minister by name, or the college of a municipality."""
    top = "\n".join(head)
    named = [Person(found["name"], found["party"], found["role"]) for found in _ANSWERED_BY.finditer(top)]
    if not named:
        named = [Person(found["name"], None, _office(found)) for found in _MINISTER.finditer(top)]
    if named or not _COLLEGE.search(f"{top}\n{body[-600:]}"):
        return tuple(named)
    place = _place(head, furniture, body)
    name = "college van burgemeester en wethouders"
    return (Person(f"{name} van {place}" if place else name, None, "college"),)


def _office(found: re.Match[str]) -> str:
    return f"{found['role'].lower()} van {found['of']}"


def _place(head: Sequence[str], furniture: Sequence[str], body: str) -> str | None:
    """The municipality: from the letterhead or the signature, or from a heading that the text calls a municipality."""
    for text in [*furniture, *head, body[-600:]]:
        found = _PLACE.search(text)
        if found:
            return found["place"]
    for text in head:
        if len(text) < _LONGEST_PLACE and re.search(rf"\bgemeente {re.escape(text)}\b", body):
            return text
    return None
