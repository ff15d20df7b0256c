"""Who asked, as the fields in the head of a document say it: "Indiener(s): …", "Fractie: D66", rows of a table.

A field names people, parties, or both; which party is whose is only said where it is certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.documents.fields import fields
from rag.types import Person

_MORE = r"(?:s|en|\(s\)|\(en\))?"
_WHO = (
    r"(?:naam (?:van )?(?:de |het )?)?(?:(?:mede-?)?indieners?(?:\(s\))?|ingediend door|(?:vragen ?)?gesteld door|"
    r"vra(?:ag|gen)stellers?(?:\(s\))?|stellers?(?:\(s\))?(?: (?:van de )?vragen)?|raadslid|raadsleden|statenlid|"
    r"statenleden|kamerlid|kamerleden)"
)
_GROUP = rf"(?:naam (?:van )?(?:de )?)?(?:raads|staten)?(?:fractie|partij){_MORE}"
_BOTH = rf"{_WHO} ?(?:/|\(| en ) ?{_GROUP}\)?|{_GROUP} ?(?:/|\(| en ) ?{_WHO}\)?"
_LABELS = re.compile(rf"(?P<group>{_GROUP})|(?P<name>naam)|(?P<sender>van)|(?:{_WHO}|{_BOTH})", re.IGNORECASE)
_COUNCILLOR = re.compile(r"\b(?:fracties?|raadslid|statenlid|kamerlid)\b", re.IGNORECASE)
_PIECES = re.compile(r"\s*[;\n]\s*|,\s+(?:en\s+)?|\s+en\s+|\s+[&/–—-]\s+")
_PARTICLE = r"(?:van|de|den|der|het|ten|ter|te|el|al|’t|'t|von|di|du|la|le)"
_WORD = r"[A-ZÀ-Þ][\w’'.-]*"
_PERSON = re.compile(
    r"(?:(?:de leden|het lid|de heer|mevrouw|raadsl(?:id|eden)|statenl(?:id|eden)|kamerl(?:id|eden)|dhr\.|mevr\.|mw\.|"
    r"drs?\.|mr\.|ir\.|prof\.)\s+)*"
    rf"(?P<name>(?-i:(?:{_PARTICLE} )*{_WORD}(?: (?:{_PARTICLE} )*{_WORD})*))"
    r"(?:\s*\((?P<party>[^()]{2,40})\)|\s+namens\s+(?P<for>.{2,60}))?",
    re.IGNORECASE,
)
_SIGNED = re.compile(  # a name a line
    rf"(?:{_PARTICLE} )*{_WORD}(?: (?:{_PARTICLE} )*{_WORD})*(?: \([^()]{{2,40}}\)|, ?[A-Z\d]{{2,8}})"
)
_OF = re.compile(r"(?:namens )?(?:de )?(?:raads|staten)?fracties?:?(?: van)?\s+(?:de |het )?", re.IGNORECASE)
_PARTY = re.compile(r"[A-Z\d][\w/’'.-]*(?: (?:(?:voor|van|de|den|der|het) )*[A-Z\d][\w/’'-]*){0,4}")
_SURELY = re.compile(r"[A-Z\d]{2,6}|\w*[a-z][A-Z]\w*|.*(?:Lokaal|Partij|Belang|Links|Unie|Leefbaar|PLUS|Volt)\b.*")
_ABOUT = re.compile(
    r"\bvragen (?:(?:van|door|gesteld door|ingediend door) )?(?:de )?(?:raads|staten)?fracties?(?: van)? (?:de |het )?"
    rf"(?P<parties>(?-i:{_PARTY.pattern}(?:(?:, | en (?:van )?(?:de |het )?){_PARTY.pattern})*))",
    re.IGNORECASE,
)


def party_of(text: str) -> str:
    """The name of a party without what it is called: "fractie van de PvdA" → "PvdA"."""
    return _OF.sub("", text.strip(), count=1)


def said(lines: Sequence[str]) -> tuple[list[tuple[str, Person]], list[str]]:
    """The people that fields name, with the label, and the parties that fields name apart from people."""
    people: list[tuple[str, Person]] = []
    parties: list[str] = []
    names: list[tuple[str, str]] = []
    for label, value in fields(lines, _LABELS, _SIGNED):
        found = _LABELS.fullmatch(label)
        if found is None or (found["sender"] and not _COUNCILLOR.search(value)):
            continue
        if found["name"]:
            names.append((label, value))
            continue
        own, free = ([], _parties(value)) if found["group"] else _read(value)
        people += [(label.lower(), person) for person in own]
        parties += free
    if parties and not people:  # "Naam: A. de Wit" is who asked beside "Partij: D66"
        people = [(label.lower(), person) for label, value in names for person in _read(value)[0]]
    parties = parties or (
        [] if people else [p for line in lines for m in _ABOUT.finditer(line) for p in _parties(m["parties"])]
    )
    return people, list(dict.fromkeys(parties))


def _parties(value: str) -> list[str]:
    """The parties in a list of these."""
    pieces = [
        party_of(re.sub(r"^(?:de|het|van) ", "", piece.strip(" .()"))) for piece in _PIECES.split(party_of(value))
    ]
    return [piece for piece in pieces if _PARTY.fullmatch(piece) and not piece.isdigit()]


def _read(value: str) -> tuple[list[Person], list[str]]:
    """The people in a value with their party, and the parties that go with nobody."""
    people: list[Person] = []
    free: list[str] = []
    grouped = False
    for piece in filter(None, (piece.strip(" .") for piece in _PIECES.split(value))):
        of = _OF.match(piece)
        grouped = bool(of) or (grouped and not people)
        if of or _SURELY.fullmatch(piece) or (grouped and _PARTY.fullmatch(piece)):
            party = party_of(piece)
            if people and not people[-1].party and not free:
                people[-1] = replace(people[-1], party=party)
            elif _PARTY.fullmatch(party):
                free.append(party)
            continue
        found = _PERSON.fullmatch(piece)
        if found:
            of_all = free.pop() if free and not people else ""
            people.append(
                Person(found["name"].rstrip(","), party_of(found["party"] or found["for"] or "") or of_all or None)
            )
    return people, free


def completed(people: Sequence[Person], others: Sequence[Person], parties: Sequence[str]) -> tuple[Person, ...]:
    """People with the party that a field gives them: one party is that of all, as many as people go in their order."""
    known = {person.name: person.party for person in others if person.party}
    found = [replace(p, party=p.party or known.get(p.name)) for p in people]
    if len(parties) == 1:
        return tuple(replace(p, party=p.party or parties[0]) for p in found)
    if len(parties) == len(found) and not any(p.party for p in found):
        return tuple(replace(p, party=party) for p, party in zip(found, parties, strict=True))
    return tuple(found)
