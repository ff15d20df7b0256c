"""Which lines are page furniture: page numbers, running heads, and letterheads in the middle of the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.documents.labels import label
from rag.documents.lines import Line

_PAGE_NUMBER = re.compile(
    r"(?:(?:pagina|blad|p\.)\s*\d{1,4}(?:\s*(?:/|van|-)\s*\d{1,4})?|\d{1,3}\s*/\s*\d{1,3}|\d{1,3}\s+van\s+\d{1,3}|"
    r"[-–]\s*\d{1,3}\s*[-–])",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"\d{1,3}")
_KEYS = (
    r"(?:ons kenmerk|uw kenmerk|kenmerk|uw brief van|datum|onderwerp|contactpersoon|doorkiesnummer|telefoon(?:nummer)?|"
    r"e-mail(?:adres)?|bezoekadres|postadres|postbus|bijlage\(?n?\)?|aantal bijlagen|kopie aan|internetadres|verzonden)"
)
_FIELD = re.compile(rf"{_KEYS}\s*:?(?:\s.{{0,60}})?$", re.IGNORECASE)
_RUNNING_HEAD = re.compile(
    r"(?:(?:tweede|eerste) kamer, vergaderjaar .{0,60}|(?:ah|kv)-tk-\d+-\d+|"
    r"issn \d{4}\s?-\s?\d{4}|’s-gravenhage \d{4})$",
    re.IGNORECASE,
)
_BODY = re.compile(r"(?:Gemeente|Provincie|Ministerie van|Waterschap|Stad)\s+[A-ZÀ-Þ’'][^.?!]{0,50}$")
_REFERENCE = re.compile(r"(?:[A-Z]{2,6}[/ -]?)?\d[\d./-]{4,}$")
_DIGITS = re.compile(r"\d+")
_LONGEST = 80


def is_page_number(text: str) -> bool:
    """Whether a whole line is "Pagina 3 van 7", "3/7" or "- 3 -"."""
    return bool(_PAGE_NUMBER.fullmatch(text))


def find_furniture(lines: Sequence[Line], body: int) -> frozenset[int]:
    """The indices of the lines that are furniture.

    ``body`` is the first line that is text and not the head of the document: letterhead before it tells who wrote
    when, and is kept there.
    """
    found = {i for i, line in enumerate(lines) if len(line.text) < _LONGEST and _stands_alone(line.text)}
    found |= _bare_numbers(lines, body)
    found |= _running_heads(lines)
    return frozenset(found | _letterheads(lines, body))


def _stands_alone(text: str) -> bool:
    return is_page_number(text) or bool(_RUNNING_HEAD.match(text))


def _letterheads(lines: Sequence[Line], body: int) -> set[int]:
    """Stretches of two or more lines that can only be letterhead, a field ("Ons kenmerk") or page number among them."""
    found: set[int] = set()
    run: list[int] = []
    for i in range(body, len(lines) + 1):
        if i < len(lines) and _is_letterhead(lines[i].text):
            run.append(i)
            continue
        if len(run) > 1 and any(_is_field(lines[n].text) or is_page_number(lines[n].text) for n in run):
            found.update(run)
        run = []
    return found


def _is_field(text: str) -> bool:
    return text[0].isupper() and bool(_FIELD.match(text)) and not text.endswith((".", "?", ","))


def _is_letterhead(text: str) -> bool:
    if len(text) >= _LONGEST or label(text):
        return False
    return _is_field(text) or _stands_alone(text) or bool(_BODY.fullmatch(text) or _REFERENCE.fullmatch(text))


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
    edges = [i for i, line in enumerate(lines) if line.role == "text" and (line.page_start or _last_of_page(lines, i))]
    if len(edges) < 5:
        return set()
    shapes = {
        i: _DIGITS.sub("#", lines[i].text) for i in edges if len(lines[i].text) < _LONGEST and not label(lines[i].text)
    }
    often = Counter(shapes.values())
    return {i for i, shape in shapes.items() if often[shape] >= 3 and len(shape) > 5}
