"""The numbers in a letterhead: "Ons kenmerk: Z-2022-00123", "RIS-nummer", "Uw kenmerk", beside or below their label.

They are read from the first lines of the source as they are set there: labels in a row stand above their values, parted
by wide white or by tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rag.documents.dates import first_date
from rag.documents.fields import fields
from rag.documents.references import references

_NUMBER = r"(?:nummer|nr\.?|kenmerk|id)"
_OWN = (
    r"(?:ons |onze )?(?:kenmerk|referentie|nummer)|"
    rf"(?:registratie|zaak|document|dossier|brief|stuk|volg|raads|register|archief)[ -]?{_NUMBER}|"
    rf"(?P<council>RIS)(?:[ -]?{_NUMBER})?"
)
_THEIRS = r"uw (?:kenmerk|referentie|nummer|ref\.?)"
_ABOUT = r"uw brief(?: van)?|datum(?: brief)?|onderwerp|betreft|contactpersoon|behandeld door|bijlagen?|bijlage\(?n?\)?"
_LABELS = re.compile(rf"(?P<theirs>{_THEIRS})|(?P<about>{_ABOUT})|(?P<own>{_OWN})", re.IGNORECASE)
_HINTS = ("kenmerk", "nummer", "referentie", "uw ref", "ris", "zaak", "dossier")  # one of them is in every label
_WIDE = re.compile(r"(?<=\S)(?: {2,}|[ \xa0]*\t+)[ \xa0]*(?=\S)")
_MARKS = re.compile(r"^[>#*_\s]+|\*\*|__|(?<=:)\*+")  # of Markdown
_VALUE = re.compile(r"[\w./:()-]*\d[\w./:()-]*(?: (?:[\w.:()-]*\d[\w./:()-]*))*")
_PIECES = re.compile(r" +[/;|] +|[,;] ")
_MOST_NUMBERS = 4  # in a field
_BARE = re.compile(rf"(?P<label>{_THEIRS}|{_OWN}) (?P<value>(?:[A-Z]{{1,6}} )?{_VALUE.pattern})", re.IGNORECASE)
_BEFORE = re.compile(r"[A-Z]{1,6} (?=[\d.])")  # "DSB 2022.0123"
_ENOUGH = 3  # characters of a number, one of them a figure
_LONGEST = 40
_FIRST_CHARACTERS = 5000
_LONGEST_BEGIN = 16  # characters of a label before the word that marks it
_BELOW, _NEAR = 3, 600  # lines that are looked at from a label on, and characters


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The document's own numbers, those of the other party, and its date (ISO 8601)."""

    own: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    date: str | None = None


def letterhead(text: str, more: Iterable[str] = ()) -> Letterhead:
    """What the first lines of a source say, and those of its furniture (``more``)."""
    lines = [*_near_labels(text[:_FIRST_CHARACTERS]), *_near_labels("\n".join(more))]
    if not lines:
        return Letterhead()
    own: dict[str, None] = {}
    theirs: dict[str, None] = {}
    date = None
    for label, value in fields(lines, _LABELS):
        found = _LABELS.fullmatch(label)
        if found and not found["about"]:
            for number in _numbers(value):
                council = found["council"] and number.isdigit()
                (theirs if found["theirs"] else own).setdefault(f"RIS{number}" if council else _in_one_form(number))
        elif label.lower().startswith("datum"):
            date = date or first_date(value)
    return Letterhead(tuple(own), tuple(number for number in theirs if number not in own), date)


def told_apart(furniture: Sequence[str], body: Iterable[str]) -> list[int]:
    """The lines of furniture that hold an own number of the document which no line of its body does: to be cited."""
    if not any(map(_hinted, furniture)):
        return []
    text = "\n".join(body)
    found: list[int] = []
    known: set[str] = set()
    for n, line in enumerate(furniture):
        if not _hinted(line):
            continue
        for lines in (furniture[n : n + 1], furniture[n : n + 2]):
            own = letterhead("", lines).own
            if own:
                if not (known.issuperset(own) or all(number in text for number in own)):
                    found += range(n, n + len(lines))
                known.update(own)
                break
    return found


def _near_labels(text: str) -> Iterator[str]:
    """The lines that may begin with a label, each with a few below it, and a white line between these."""
    low = text.lower()
    low = low if len(low) == len(text) else text  # "İ" becomes two characters
    starts = {start for hint in _HINTS for start in _label_lines(low, hint)}
    for start in sorted(starts):
        yield ""
        below = (line for line in text[start : start + _NEAR].splitlines() if line.strip())
        for line in islice(below, _BELOW):
            yield _plain(line)


def _label_lines(low: str, hint: str) -> Iterator[int]:
    """Where the lines begin in which a word stands near the beginning of the line, or of a cell."""
    place = low.find(hint)
    while place >= 0:
        start = low.rfind("\n", 0, place) + 1
        near = place - _LONGEST_BEGIN
        if start >= near or any(low.rfind(mark, near - 1, place) >= 0 for mark in ("|", "\t", "  ")):
            yield start
        place = low.find(hint, place + 1)


def _hinted(text: str) -> bool:
    low = text.lower()
    return any(hint in low for hint in _HINTS)


def _plain(line: str) -> str:
    """A line without marks, with " | " where white parts its pieces."""
    plain = _WIDE.sub(" | ", _MARKS.sub("", line).strip())
    bare = _BARE.fullmatch(plain)
    return f"{bare['label']}: {bare['value']}" if bare else plain


def _in_one_form(number: str) -> str:
    """A number in the form in which references are kept, when it is one: "RIS 305595" as "RIS305595"."""
    kept = next(iter(references(number)), "")
    return kept if kept.replace(" ", "") == number.replace(" ", "") else number


def _numbers(value: str) -> Iterator[str]:
    """The numbers that a value begins with; none when it is a date."""
    for piece in _PIECES.split(value, maxsplit=_MOST_NUMBERS)[:_MOST_NUMBERS]:
        begin = _BEFORE.match(piece)
        found = _VALUE.match(piece, begin.end() if begin else 0)
        number = piece[: found.end()].rstrip(" .,;:(-/") if found else ""
        if not _ENOUGH <= len(number) <= _LONGEST or first_date(piece) == first_date(value) is not None:
            return
        yield number
