"""Small pieces of Dutch that more than one surface needs: counts, months, a cut text. Knows no other module."""

from __future__ import annotations

import re

MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)
NOTICE = "Dit antwoord is door een computer gemaakt. Controleer het in de bronnen voordat u het gebruikt."
MARK = re.compile(r"\s*\[\d+\]")  # of a citation in an answer, with the space before it
_BRACKETS = str.maketrans({"[": "(", "]": ")"})


def number(value: int) -> str:
    """For example "100.005"."""
    return f"{value:,}".replace(",", ".")


def count(amount: int, one: str, many: str) -> str:
    """For example "1 vraag", "3 vragen", "1.200 vragen"."""
    return f"{number(amount)} {one if amount == 1 else many}"


def documents(amount: int) -> str:
    """For example "1 document", "1.200 documenten"."""
    return count(amount, "document", "documenten")


def shorten(text: str, width: int) -> str:
    """A text on one line, cut off at a word when it is longer than ``width`` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1].rsplit(" ", 1)[0] + "…"


def unmarked(text: str) -> str:
    """A text on one line in which nothing looks like the mark of a citation: square brackets are parentheses."""
    return " ".join(text.split()).translate(_BRACKETS)
