"""Motions and amendments: what they establish and consider, what they ask, how the vote went.

Told by their formulas: "constaterende dat … overwegende dat … verzoekt … en gaat over tot de orde van de dag".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.documents.dates import first_date
from rag.documents.kinds.reading import Reading, section, shown_title
from rag.documents.paragraphs import Paragraph
from rag.documents.people import askers
from rag.documents.questions import Section
from rag.types import BlockKind, Person

_LEAD = r"\W{0,4}(?:\d{1,2}[.)]\s*|[a-z][.)]\s*)?"
_CONSIDERS = re.compile(
    rf"{_LEAD}(?P<what>constaterende|constateert|overwegende|overweegt|gelezen|gehoord|gezien|gelet op|kennis genomen|"
    r"kennisgenomen|van mening|van oordeel|vaststellende|indachtig|in aanmerking nemende|beseffende|erkennende)\b",
    re.IGNORECASE,
)
_HEARD = re.compile(rf"{_LEAD}(?:gelezen|gehoord|gezien|gelet op|kennis\s?genomen)\b", re.IGNORECASE)
_REQUESTS = re.compile(
    rf"{_LEAD}(?:(?:verzoekt|verzoeken|draagt|dragen|roept|roepen|dringt|nodigt|vraagt)\b.{{0,60}}?\b(?:het college|"
    r"de regering|het kabinet|de burgemeester|de wethouder|gedeputeerde staten|het presidium|de minister|de griffi\w+|"
    r"de staatssecretaris|het dagelijks bestuur|de raad|het bestuur|de voorzitter)|spreekt (?:als (?:zijn|haar) "
    r"(?:mening|oordeel) )?uit\b|besluit(?:en)?\b.{0,40}(?::|\bte\b))",
    re.IGNORECASE | re.DOTALL,
)
_CLOSES = re.compile(r"\bgaat over tot de orde van de dag\b", re.IGNORECASE)
_VOTES = re.compile(
    rf"{_LEAD}(?:(?:stemming|stemuitslag|stemverhouding|uitslag|status|resultaat|besluit)\b|(?:voor|tegen)\s*(?:stemden|"
    r"gestemd|\(\d+\))?\s*:|de motie (?:is|wordt|werd)\b|het amendement (?:is|wordt|werd)\b|met \d+ stemmen\b|"
    r"(?:unaniem |met algemene stemmen )?(?:aangenomen|verworpen|ingetrokken|aangehouden)\b|\d+ (?:voor|tegen)\b|"
    r"(?:fracties )?(?:voor|tegen)stemmers\b)",
    re.IGNORECASE,
)
_OUTCOME = re.compile(r"\b(aangenomen|verworpen|ingetrokken|aangehouden|vervallen|overgenomen)\b", re.IGNORECASE)
_EXPLAINS = re.compile(r"toelichting\b", re.IGNORECASE)
_KIND = re.compile(r"\b(motie|amendement)\b", re.IGNORECASE)
_NAMES = {"constater": "Constateringen", "vaststel": "Constateringen"}
_SIGNS = re.compile(
    r"\W{0,3}(?P<name>[A-ZÀ-Þ][\w’'.-]*(?: [\w’'.-]+){0,4})\s*"
    r"(?:\((?P<party>[^()]{2,40})\)|[|,]\s*(?P<other>\S.{1,39}))$"
)
_TITLE = re.compile(
    r"(?:\w+ ){0,2}(?:motie|amendement)\b.{0,30}?(?:\bvan\b|\bover\b|\binzake\b|:|[“‘'\"])", re.IGNORECASE
)
_LONGEST_TITLE = 200
_PARTICLE = r"(?:[Vv]an|[Dd]e|[Dd]en|[Dd]er|[Tt]en|[Tt]er|[Ee]l)"
_NAME_ALONE = re.compile(rf"(?:{_PARTICLE}\s+)*[A-ZÀ-Þ][\w’'.-]*(?:\s+(?:{_PARTICLE}\s+)*[A-ZÀ-Þ][\w’'.-]*){{0,2}}")
_NO_NAME = re.compile(
    r"\b(?:naam|fractie|indiener|ondertekening|toelichting|motie|amendement|gemeente|d\.d\.)\b", re.IGNORECASE
)
_SIGNED = re.compile(rf"({_NAME_ALONE.pattern})\s*\(([^()]{{2,40}})\)")  # several of them on a line
_SIGN_LINE = re.compile(rf"(?:{_SIGNED.pattern}[\s,;]*){{2,12}}")
_MUCH = 90  # words
_FIRST = 12  # paragraphs in which it says what it is
_MOST = 120  # paragraphs of a motion


def read(paragraphs: Sequence[Paragraph]) -> Reading | None:
    """The parts of a motion or an amendment; None when it is neither."""
    if len(paragraphs) > _MOST:
        return None
    begin = next((n for n, p in enumerate(paragraphs) if _CONSIDERS.match(p.text) and not _HEARD.match(p.text)), None)
    asks = next((n for n, p in enumerate(paragraphs) if _REQUESTS.match(p.text) and n >= (begin or 0)), None)
    if asks is None:
        return None
    said = next((m.group(1).lower() for p in paragraphs[:_FIRST] if (m := _KIND.search(p.text))), "")
    closes = any(_CLOSES.search(p.text) for p in paragraphs[asks:])
    if not (closes and (said or begin is not None)) and not (said and begin is not None):
        return None
    start = asks if begin is None else begin
    end = _end_of_request(paragraphs, asks)
    head, tail = paragraphs[:start], paragraphs[end:]
    votes = [p for p in tail if _VOTES.match(p.text)]
    sections = section("metadata", head)
    sections += _considerations(paragraphs[start:asks])
    sections += section("request", paragraphs[asks:end], "Verzoek" if said != "amendement" else "Besluit")
    sections += _tail(tail)
    top = "\n".join(p.text for p in head)
    return Reading(
        kind=said or "motie",
        sections=sections,
        title=next((p.text for p in head if _TITLE.match(p.text) and len(p.text) < _LONGEST_TITLE), "")
        or shown_title(head),
        date=first_date(top) or first_date("\n".join(p.text for p in tail)),
        askers=_movers(top, tail),
        outcome=next((m.group(1).lower() for p in (*votes, *head) if (m := _OUTCOME.search(p.text))), None),
        head=[p.text for p in (*head, *tail)],
    )


def _end_of_request(paragraphs: Sequence[Paragraph], asks: int) -> int:
    """The first paragraph after what is asked: after the closing formula, else after the list."""
    for n in range(asks, len(paragraphs)):
        if _CLOSES.search(paragraphs[n].text):
            return n + 1
    for n in range(asks + 1, len(paragraphs)):
        text = paragraphs[n].text
        if not (paragraphs[n].item or text[0].islower() or _REQUESTS.match(text)) or _VOTES.match(text):
            return n
    return len(paragraphs)


def _considerations(paragraphs: Sequence[Paragraph]) -> list[Section]:
    """What is established and considered, under names of their own when there is much of it."""
    groups: list[tuple[str, list[Paragraph]]] = []
    for paragraph in paragraphs:
        found = _CONSIDERS.match(paragraph.text)
        name = groups[-1][0] if groups else "Overwegingen"
        if found:
            name = next((n for begin, n in _NAMES.items() if found["what"].lower().startswith(begin)), "Overwegingen")
        if groups and groups[-1][0] == name:
            groups[-1][1].append(paragraph)
        else:
            groups.append((name, [paragraph]))
    if sum(len(paragraph.text.split()) for paragraph in paragraphs) < _MUCH:
        names = " en ".join(dict.fromkeys(name.lower() for name, _ in groups)).capitalize()
        return section("consideration", paragraphs, names)
    return [part for name, group in groups for part in section("consideration", group, name)]


def _tail(paragraphs: Sequence[Paragraph]) -> list[Section]:
    """What follows the request: the vote, an explanation, and who signed."""
    found: list[Section] = []
    name: str = ""
    kind: BlockKind = "signature"
    for paragraph in paragraphs:
        if _VOTES.match(paragraph.text):
            name, kind = "Stemming", "vote"
        elif _EXPLAINS.match(paragraph.text):
            name, kind = "Toelichting", "paragraph"
        elif kind == "vote" and not (paragraph.item or paragraph.first.role == "row"):
            name, kind = "", "signature"
        part = section(kind, [paragraph], name)[0]
        if found and (found[-1].kind, found[-1].name) == (part.kind, name) and part.kind not in ("row", "heads"):
            found[-1].paragraphs.append(paragraph)
        else:
            found.append(part)
    return found


def _movers(top: str, tail: Sequence[Paragraph]) -> tuple[Person, ...]:
    """Who brought it in: named in the head, else those who signed."""
    below = "\n".join(p.text for p in tail)
    people = askers(top) or askers(below)
    if people:
        return tuple(replace(person, role="indiener") for person in people)
    signed = []
    for paragraph in tail:
        if _VOTES.match(paragraph.text) or _EXPLAINS.match(paragraph.text):
            break
        several = _SIGNED.findall(paragraph.text) if _SIGN_LINE.fullmatch(paragraph.text) else []
        found = None if several else _SIGNS.match(paragraph.text)
        if several:
            signed += [Person(name, party, "indiener") for name, party in several]
        elif found and not _NO_NAME.search(paragraph.text):
            signed.append(Person(found["name"], found["party"] or found["other"], "indiener"))
        elif _NAME_ALONE.fullmatch(paragraph.text) and not _NO_NAME.search(paragraph.text):
            signed.append(Person(paragraph.text, None, "indiener"))
    return tuple(dict.fromkeys(signed))
