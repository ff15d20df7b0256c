"""Which lines are page furniture: page numbers, running heads, and letterheads in the middle of the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.documents.labels import label
from rag.documents.lines import Line

_PAGE_NUMBER = re.compile(
    r"(?:(?:pagina|blad|p\.)\s*\d{1,4}(?:\s*(?:/|van|-)\s*\d{1,4})?|\d{1,3}\s*/\s*\d{1,3}|\d{1,3}\s+van\s+\d{1,3}|[-–]\s*\d{1,3}\s*[-–])",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"\d{1,3}")
_FIELD = re.compile(
    r"(?:ons kenmerk|uw kenmerk|kenmerk|uw brief van|datum|onderwerp|contactpersoon|doorkiesnummer|telefoon(?:nummer)?|e-mail(?:adres)?|"
    r"bezoekadres|postadres|postbus \d+|bijlage\(?n?\)?|aantal bijlagen|kopie aan|afdeling|dienst|internetadres|verzonden|"
    r"tweede kamer, vergaderjaar .{0,60}|eerste kamer, vergaderjaar .{0,60}|(?:ah|kv)-tk-\d+-\d+|issn \d{4}\s?-\s?\d{4}|"
    r"’s-gravenhage \d{4})\s*:?(?:\s.{0,60})?$",
    re.IGNORECASE,
)
_BODY = re.compile(r"(?:gemeente|provincie|ministerie van|waterschap|stad)\s+[A-ZÀ-Þ’'].{0,50}$", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:[A-Z]{2,6}[/ -]?)?\d[\d./-]{4,}$")
_DIGITS = re.compile(r"\d+")
_LONGEST = 80


def is_page_number(text: str) -> bool:
    """Whether a whole line is "Pagina 3 van 7", "3/7" or "- 3 -"."""
    return bool(_PAGE_NUMBER.fullmatch(text))


def find_furniture(lines: Sequence[Line], body: int) -> frozenset[int]:
    """The indices of the lines that are furniture. ``body`` is the first line that is text and not the head of the
    document: letterhead before it tells who wrote when, and is kept there."""
    found = {i for i, line in enumerate(lines) if len(line.text) < 30 and is_page_number(line.text)}
    found |= _bare_numbers(lines, body)
    found |= _running_heads(lines)
    found |= {i for i in range(body, len(lines)) if _is_field(lines[i].text)}
    for i in sorted(found):
        if i >= body:
            found |= _letterhead_around(lines, i, body)
    return frozenset(found)


def _is_field(text: str) -> bool:
    return len(text) < _LONGEST and bool(_FIELD.match(text)) and not text.endswith((".", "?"))


def _letterhead_around(lines: Sequence[Line], index: int, body: int) -> set[int]:
    """The short lines next to a piece of letterhead that can only be part of it."""
    found = set()
    for step in (-1, 1):
        i = index + step
        while body <= i < len(lines) and _is_letterhead(lines[i].text):
            found.add(i)
            i += step
    return found


def _is_letterhead(text: str) -> bool:
    if len(text) >= _LONGEST or label(text):
        return False
    return any((_is_field(text), is_page_number(text), _BODY.fullmatch(text), _REFERENCE.fullmatch(text)))


def _bare_numbers(lines: Sequence[Line], body: int) -> set[int]:
    """Page numbers that are a lone figure: at the edge of a page, and rising."""
    places = [
        i
        for i, line in enumerate(lines)
        if i >= body and _BARE_NUMBER.fullmatch(line.text) and (line.page_start or _last_of_page(lines, i))
    ]
    numbers = [int(lines[i].text) for i in places]
    return set(places) if len(numbers) > 1 and numbers == sorted(set(numbers)) else set()


def _last_of_page(lines: Sequence[Line], i: int) -> bool:
    return i + 1 == len(lines) or lines[i + 1].page_start


def _running_heads(lines: Sequence[Line]) -> set[int]:
    """Lines that return at the edges of at least three pages, figures aside."""
    edges = [i for i, line in enumerate(lines) if line.page_start or _last_of_page(lines, i)]
    if len(edges) < 5:
        return set()
    shapes = {
        i: _DIGITS.sub("#", lines[i].text) for i in edges if len(lines[i].text) < _LONGEST and not label(lines[i].text)
    }
    often = Counter(shapes.values())
    return {i for i, shape in shapes.items() if often[shape] >= 3 and len(shape) > 5}
