"""Letters: from whom, about what (under which number: ``numbers.py``); then what is said, and who signed.

Told by the salutation with a field ("Onderwerp") or a closing formula.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.dates import dates, first_date
from rag.documents.kinds.reading import Reading, running, section, shown_title
from rag.documents.paragraphs import Paragraph
from rag.documents.questions import Section
from rag.documents.titles import find_title
from rag.types import Person

_SALUTATION = re.compile(r"(?:geachte?|beste|hooggeachte?|l\.s\.)\b.{0,100}[,:]?$", re.IGNORECASE)
_CLOSING = re.compile(
    r"(?:hoogachtend|met (?:vriendelijke|hartelijke|beste) groet\w*|met hoogachting|"
    r"burgemeester en wethouders\b.{0,60}$|"
    r"het college van (?:burgemeester en wethouders|b\s?&\s?w)\b.{0,60}$|namens (?:het college|burgemeester)\b.{0,80}$|"
    r"de (?:minister|staatssecretaris) (?:van|voor)\b.{0,80}$|gedeputeerde staten van\b.{0,40}$)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?P<name>onderwerp|betreft|(?:ons |uw )?kenmerk|datum|bijlage\(?n?\)?|uw brief(?: van)?|contactpersoon|"
    r"behandeld door|afzender|van|aan|doorkiesnummer|e-mail|zaaknummer|registratienummer|dossiernummer)\b"
    r"\s*(?P<mark>[:|]|\n|$)\s*",
    re.IGNORECASE,
)
_TO_OR_FROM = re.compile(
    r"(?:ministerie van|gemeente|provincie|waterschap|stichting|vereniging)\b.{2,60}$", re.IGNORECASE
)
_PERSON = re.compile(r"(?:[A-Z]\.\s?)*(?:[A-Za-z’'-]+ ){0,4}[A-ZÀ-Þ][\w’'-]+(?:-[A-ZÀ-Þ][\w’'-]+)?$")
_FIRST = 40  # paragraphs before the salutation


def read(paragraphs: Sequence[Paragraph]) -> Reading | None:
    """The parts of a letter; None when it is something else."""
    salutes = next((n for n, p in enumerate(paragraphs[:_FIRST]) if _SALUTATION.match(p.text)), None)
    if salutes is None or len(paragraphs[salutes].text) > 110:
        return None
    head, body = paragraphs[:salutes], paragraphs[salutes:]
    fields = _fields(head)
    closes = next((n for n in range(len(body) - 1, 0, -1) if _is_closing(body, n)), None)
    if not fields and closes is None:
        return None
    end = len(body) if closes is None else closes
    while closes is not None and end > 1 and _CLOSING.match(body[end - 1].text) and len(body[end - 1].text) < 100:
        end -= 1
    top = "\n".join(p.text.replace(" | ", "\n") for p in head)
    subject = next((value for name, value in fields if name in ("onderwerp", "betreft")), "")
    fields_of = [Section("metadata", list(head))] if head else []  # also what stands in a table
    return Reading(
        kind="brief",
        sections=[*fields_of, *running(body[:end]), *section("signature", body[end:])],
        title=subject or find_title([p.text for p in head]) or shown_title(head),
        date=next((d for n, v in fields if n == "datum" and (d := first_date(v))), None)
        or dates(top)[0]
        or first_date(top),
        answered_by=_senders(head, body[end:], fields),
        head=[p.text for p in head],
    )


def _fields(head: Sequence[Paragraph]) -> list[tuple[str, str]]:
    """The fields of the head with their values, which stand after the name or in the next paragraph."""
    found = []
    for n, paragraph in enumerate(head):
        match = _FIELD.match(paragraph.text)
        if match:
            value = paragraph.text[match.end() :].strip(" |\t\n")
            if not value and n + 1 < len(head) and not _FIELD.match(head[n + 1].text):
                value = head[n + 1].text
            if value:
                found.append((match["name"].lower(), " ".join(value.split())))
    return found


def _is_closing(body: Sequence[Paragraph], n: int) -> bool:
    text = body[n].text
    return len(text) < 120 and bool(_CLOSING.match(text)) and len(body) - n < 30


def _senders(
    head: Sequence[Paragraph], closing: Sequence[Paragraph], fields: Sequence[tuple[str, str]]
) -> tuple[Person, ...]:
    """Who wrote it: named in a field, else in the signature, else the body in the letterhead."""
    said = [value for name, value in fields if name in ("afzender", "van")]
    if said:
        return (Person(said[0].split(" <")[0][:80], None, "afzender"),)
    for paragraph in closing:
        text = paragraph.text.rstrip(",")
        if re.match(r"(?:het college|burgemeester en wethouders|gedeputeerde staten)", text, re.IGNORECASE):
            return (Person(text.split(",")[0][:80], None, "afzender"),)
    names = [p.text for p in closing if _PERSON.fullmatch(p.text) and not _CLOSING.match(p.text)]
    office = next((p.text.rstrip(",") for p in closing if p.text.lower().startswith("de ")), None)
    if names:
        return (Person(names[0], None, office or "afzender"),)
    bodies = [p.text for p in head if _TO_OR_FROM.fullmatch(p.text)]
    return (Person(bodies[0], None, "afzender"),) if bodies else ()
