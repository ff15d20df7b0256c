"""The numbers that Word puts before paragraphs, counted as Word counts. ECMA-376 part 1, 17.9."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.documents.formats.docx_styles import Styles, child, flag, value
from rag.documents.formats.trees import Element, local
from rag.documents.formats.writing import BULLET, number

_PLACE = re.compile(r"%([1-9])")
_FORMATS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}
_LEVELS = 9


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    style: str  # "decimal", "lowerLetter", "bullet", …
    text: str  # "%1.", "Vraag %1"
    paragraph: str  # the paragraph style that goes with it
    legal: bool  # all numbers in figures
    restart: bool


@dataclass(frozen=True, slots=True)
class _List:
    abstract: str  # lists with the same one count on
    starts: dict[int, int]  # where a level begins anew


class Lists:
    """The lists of a file, and how far each has counted."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        nodes = [] if root is None else list(root)
        self._levels = {value(n, "abstractNumId"): _levels(n) for n in nodes if local(n) == "abstractnum"}
        self._links = {
            value(n, "abstractNumId"): value(child(n, "numstylelink")) for n in nodes if local(n) == "abstractnum"
        }
        self._lists = {value(n, "numId"): _list(n) for n in nodes if local(n) == "num"}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def label(self, properties: Element | None, style: str) -> str:
        """What stands before a paragraph, with a space after it; empty when it has no number. Counts on."""
        found = self._place(properties, style)
        if not found:
            return ""
        name, abstract, levels, place = found
        level = levels.get(place)
        if not level:
            return ""
        counts = self._counts.setdefault(abstract, [None] * _LEVELS)
        start = self._lists[name].starts.get(place)
        if start is not None and (name, place) not in self._begun:
            counts[place] = None
        self._begun.add((name, place))
        now = counts[place]
        counts[place] = (level.start if start is None else start) if now is None else now + 1
        for deeper in range(place + 1, _LEVELS):
            if deeper not in levels or levels[deeper].restart:
                counts[deeper] = None
        return _shown(level, levels, counts)

    def _place(self, properties: Element | None, style: str) -> tuple[str, str, dict[int, _Level], int] | None:
        """The list of a paragraph and its level in it."""
        own = None if properties is None else child(properties, "numpr")
        styled = self._styles.numbering(style)
        name = value(None if own is None else child(own, "numid")) or value(
            None if styled is None else child(styled, "numid")
        )
        if name not in self._lists:
            return None
        abstract = self._lists[name].abstract
        levels = self._levels.get(abstract, {})
        if not levels and self._links.get(abstract):
            linked = self._styles.numbering(self._links[abstract])
            other = self._lists.get(value(None if linked is None else child(linked, "numid")))
            abstract, levels = (other.abstract, self._levels.get(other.abstract, {})) if other else (abstract, levels)
        said = value(None if own is None else child(own, "ilvl")) or value(
            None if styled is None else child(styled, "ilvl")
        )
        by_style = next((place for place, level in levels.items() if level.paragraph == style), 0)
        return name, abstract, levels, int(said) if said.isdigit() and int(said) < _LEVELS else by_style


def _shown(level: _Level, levels: dict[int, _Level], counts: list[int | None]) -> str:
    if level.style == "none":
        return ""
    if level.style == "bullet":
        sign = level.text.strip()
        return (sign if sign and sign.isprintable() and not sign.isalnum() and sign < "\ue000" else BULLET) + " "

    def one(found: re.Match[str]) -> str:
        place = int(found.group(1)) - 1
        other = levels.get(place)
        count = counts[place]
        if count is None:
            count = counts[place] = other.start if other else 1
        return _number(count, "decimal" if level.legal or not other else other.style)

    text = _PLACE.sub(one, level.text).strip()
    return f"{text} " if text else ""


def _number(count: int, style: str) -> str:
    if style == "decimalZero":
        return f"{count:02d}"
    return number(count, _FORMATS.get(style, "1"))


def _levels(node: Element) -> dict[int, _Level]:
    found = {}
    for one in node:
        place = value(one, "ilvl")
        if local(one) == "lvl" and place.isdigit() and int(place) < _LEVELS:
            start = value(child(one, "start"))
            found[int(place)] = _Level(
                start=int(start) if start.isdigit() else 1,
                style=value(child(one, "numfmt")) or "decimal",
                text=value(child(one, "lvltext")),
                paragraph=value(child(one, "pstyle")),
                legal=flag(one, "islgl"),
                restart=value(child(one, "lvlrestart")) != "0",
            )
    return found


def _list(node: Element) -> _List:
    starts = {}
    for one in node:
        start = value(child(one, "startoverride")) if local(one) == "lvloverride" else ""
        if start.isdigit() and value(one, "ilvl").isdigit():
            starts[int(value(one, "ilvl"))] = int(start)
    return _List(value(child(node, "abstractnumid")), starts)
