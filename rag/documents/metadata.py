"""What a document says of itself: title, dates, people, its numbers and addresses.

Read from the head, the closing fields and the furniture; references from everywhere. What is not said stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.documents.dates import dates
from rag.documents.people import answered_by, askers, movers
from rag.documents.references import references
from rag.documents.titles import find_title
from rag.types import Person

_ELSEWHERE = re.compile(r"\bZie (?:ook|hiervoor)\b[^\n]*", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>»”\"]+[^\s<>»”\".,;:)’]")


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
    return Metadata(find_title(head, 1), dates(top)[0], askers=movers(top), references=references(top))


def _sources(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_URL.findall(text)))
