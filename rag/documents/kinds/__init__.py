"""What kind of document it is, told from how it is built, and its parts: motions, minutes, decision lists, letters.

Each module has one ``read``: the paragraphs of a document → its reading, or None when it is built otherwise. Those that
cannot be mistaken come first; questions with answers have modules of their own (``questions.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.documents.kinds import agendas, decisions, letters, minutes, motions, reports
from rag.documents.kinds.reading import Reading
from rag.documents.labels import begins_a_line
from rag.documents.paragraphs import Paragraph

__all__ = ["Reading", "plain_reading", "sure_reading"]

# What a document of these kinds has somewhere behind the end of a line: lets all others pass at once.
_SURE = re.compile(
    r"\n[ \t]*+\W{0,4}+(?=[abcdgmorsvw])"  # how they begin: a look at one letter is enough for most lines
    r"(?:constaterende|overwegende|gehoord|van mening|besluitenlijst|stemming|(?:advies)?besluit\b|"
    r"(?:de heer|mevrouw|de voorzitter|wethouder|burgemeester|minister|staatssecretaris|raadslid)\b)",
    re.IGNORECASE,
)


def sure_reading(text: str, cut: Callable[[], Sequence[Paragraph]]) -> Reading | None:
    """The reading of a document whose kind shows in every part of it, even when questions are asked in it.

    ``cut`` gives its paragraphs; it is called only for a text that may be of such a kind.
    """
    if not begins_a_line(_SURE, text):
        return None
    paragraphs = cut()
    return minutes.read(paragraphs) or motions.read(paragraphs) or decisions.read(paragraphs)


def plain_reading(paragraphs: Sequence[Paragraph]) -> Reading:
    """The reading of any other document without questions."""
    return letters.read(paragraphs) or agendas.read(paragraphs) or reports.read(paragraphs)
