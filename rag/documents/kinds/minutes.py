"""Minutes and proceedings: who said what, under which point of the agenda.

Told by how contributions begin: "De heer Van Dam (PvdA): …", "De voorzitter:", or, where they are reported, "Mevrouw
De Wit (D66) vraagt …". At least two speakers, and several contributions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.documents.dates import first_date
from rag.documents.kinds.reading import Reading, label_of, running, section, shown_title
from rag.documents.paragraphs import Paragraph
from rag.documents.questions import Section
from rag.types import Person

_PARTICLE = r"(?:van|de|den|der|het|ten|ter|te|el|al|’t|'t|von|di|du|la|le|’s)"
_WORD = r"[A-ZÀ-Þ][\w’'.-]*"
_NAME = rf"(?:{_PARTICLE}\s+)*{_WORD}(?:\s+(?:{_PARTICLE}\s+)*{_WORD}){{0,3}}"
_TITLE = (
    r"(?:[Dd]e heer|[Mm]evrouw|[Dd]hr\.?|[Mm]evr\.?|[Mm]w\.?|[Ww]ethouder|[Bb]urgemeester|[Mm]inister|"
    r"[Ss]taatssecretaris|[Rr]aadslid|[Cc]ommissielid|[Gg]edeputeerde|[Ll]id|[Dd]e heren|[Gg]riffier|[Ii]nspreker)"
)
_CHAIR = r"(?:[Dd]e\s+)?(?:[Vv]oorzitter|[Gg]riffier|[Bb]urgemeester)(?:\s+\([^()]{2,40}\))?"
_PARTY = r"(?:\s*\((?P<party>[^()]{1,40})\)|\s*,\s*(?P<other>[A-Z][\w/’-]{1,20}))?"
_SPEAKS = re.compile(rf"(?P<who>(?:(?P<title>{_TITLE})\s+(?P<name>{_NAME})|{_CHAIR})){_PARTY}\s*:(?=\s|$)")
_VERBS = (
    r"(?:merkt|vraagt|antwoordt|zegt|stelt|geeft|vindt|wijst|deelt|licht|constateert|concludeert|reageert|meldt|noemt|"
    r"dankt|bedankt|benadrukt|verwijst|is|heeft|wil|kan|ziet|pleit|steunt|opent|sluit|schorst|heropent|hoopt|denkt|acht|"
    r"onderschrijft|complimenteert|verklaart|dient|trekt|beaamt|bevestigt|informeert|betreurt|mist|herhaalt|ondersteunt)"
)
_REPORTED = re.compile(rf"(?P<who>(?:(?P<title>{_TITLE})\s+(?P<name>{_NAME})|{_CHAIR})){_PARTY}\s+{_VERBS}\b")
_SAYS_SO = re.compile(r"\b(?:notulen|verslag|handelingen|plenair|woordelijk|stenogram)\b", re.IGNORECASE)
_POINT = re.compile(
    r"(?:agendapunt\s+)?(?P<number>\d{1,2}(?:\.\d{1,2}|[a-z])?)[.)]?\s+(?P<title>[A-ZÀ-Þ].{2,140})$", re.IGNORECASE
)
_ROLL = re.compile(
    rf"\s*(?:{_TITLE}\s+)?{_NAME}(?:\s*\([^()]*\))?(?:\s*[,;en]+\s*{_NAME})*\s*"
)  # "Voorzitter: M. Visser"
_FEWEST, _FEWEST_SURE = 5, 3  # contributions, the latter where the document calls itself minutes
_SHARE = 0.12  # of the paragraphs that begin a contribution
_FIRST = 15  # paragraphs in which it says what it is


@dataclass(frozen=True, slots=True)
class _Turn:
    place: int
    who: str
    person: Person | None


def read(paragraphs: Sequence[Paragraph]) -> Reading | None:
    """The contributions of minutes; None when it is something else."""
    said = any(_SAYS_SO.search(p.text) for p in paragraphs[:_FIRST] if len(p.text) < 200)
    turns = _turns(paragraphs, _SPEAKS) or (_turns(paragraphs, _REPORTED) if said else [])
    enough = _FEWEST_SURE if said else _FEWEST
    if len(turns) < max(enough, _SHARE * len(paragraphs)) or len({turn.who for turn in turns}) < 2:
        return None
    head = paragraphs[: _head_end(paragraphs, turns[0].place)]
    top = "\n".join(p.text for p in head)
    return Reading(
        kind="notulen",
        sections=section("metadata", head) + _spoken(paragraphs, len(head), turns),
        title=shown_title(head),
        date=first_date(top),
        speakers=tuple(dict.fromkeys(turn.person for turn in turns if turn.person)),
        head=[p.text for p in head],
    )


def _turns(paragraphs: Sequence[Paragraph], pattern: re.Pattern[str]) -> list[_Turn]:
    found = []
    for place, paragraph in enumerate(paragraphs):
        match = pattern.match(paragraph.text)
        if not match or _ROLL.fullmatch(paragraph.text, match.end()):
            continue
        party = match["party"] or match["other"]
        who = " ".join(match["who"].split())
        name = match["name"]
        title = (match["title"] or "").lower().rstrip(".")
        office = (
            title if title in ("wethouder", "minister", "staatssecretaris", "burgemeester", "gedeputeerde") else None
        )
        person = Person(" ".join(name.split()), party, office or "spreker") if name else None
        shown = f"{who} ({party})" if party else who
        found.append(_Turn(place, shown[0].upper() + shown[1:], person))
    return found


def _head_end(paragraphs: Sequence[Paragraph], first: int) -> int:
    """Where the head ends: before the heading of the point under which the first speaker speaks."""
    points = [n for n in range(first) if paragraphs[n].first.heading or _POINT.match(paragraphs[n].text)]
    last = next((n for n in reversed(points) if n >= first - 2), first)
    return last if last > 0 else first


def _spoken(paragraphs: Sequence[Paragraph], start: int, turns: Sequence[_Turn]) -> list[Section]:
    """Each contribution up to the next, and the headings between them."""
    begins = {turn.place: turn for turn in turns}
    sections: list[Section] = []
    who = point = ""
    group: list[Paragraph] = []
    for place in range(start, len(paragraphs) + 1):
        turn = begins.get(place)
        heading = place < len(paragraphs) and not turn and _is_point(paragraphs[place])
        if place == len(paragraphs) or turn or heading:
            name = f"{who} bij {point}" if who and point else who
            sections += section("speech", group, name) if who else running(group)
            group = []
        if place == len(paragraphs):
            break
        if heading:
            sections.append(Section("heading", [paragraphs[place]]))
            who, point = "", label_of(paragraphs[place].text)
            continue
        who = turn.who if turn else who
        group.append(paragraphs[place])
    return sections


def _is_point(paragraph: Paragraph) -> bool:
    if paragraph.first.heading:
        return True
    found = _POINT.match(paragraph.text)
    return bool(found and not found["title"].endswith((".", "?", ";", ",", ":")) and len(paragraph.lines) == 1)
