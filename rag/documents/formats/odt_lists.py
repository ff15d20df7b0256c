"""The numbers that LibreOffice puts before the items of lists. OpenDocument 1.3 part 3, 16.30 and 5.3."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.documents.formats.docx_styles import value
from rag.documents.formats.trees import Element, local
from rag.documents.formats.writing import BULLET, number

_LEVELS = 10


@dataclass(frozen=True, slots=True)
class _Level:
    style: str  # "1", "a", "A", "i", "I"; empty: no number
    before: str = ""
    after: str = ""
    start: int = 1
    shown: int = 1  # how many levels are shown: "2.1"
    bullet: str = ""


@dataclass(slots=True)
class Counting:
    """A list that is being read."""

    style: str
    depth: int
    counts: list[int | None] = field(default_factory=lambda: [None] * _LEVELS)


class Lists:
    """The list styles of a file, and how far each list has counted."""

    def __init__(self, *roots: Element | None) -> None:
        self._styles: dict[str, dict[int, _Level]] = {}
        self._outline: dict[int, _Level] = {}  # of headings
        self._said: dict[str, tuple[str, str | None]] = {}  # style → its parent, and the list that it names
        for root in roots:
            for node in () if root is None else root.iter():
                if local(node) == "list-style":
                    self._styles[value(node, "name")] = _levels(node)
                elif local(node) == "outline-style":
                    self._outline = _levels(node)
                elif local(node) == "style":
                    self._said.setdefault(value(node, "name"), (value(node, "parent-style-name"), _list_of(node)))
        self._headings: list[int | None] = [None] * _LEVELS
        self._done: dict[str, Counting] = {}  # by style and by id, for lists that go on
        self.open: list[Counting] = []

    def begin(self, node: Element) -> None:
        """A list begins."""
        style = value(node, "style-name") or (self.open[-1].style if self.open else "")
        if self.open:
            outer = self.open[-1]
            self.open.append(Counting(style, min(outer.depth + 1, _LEVELS - 1), outer.counts))
            return
        before = self._done.get(value(node, "continue-list")) or (
            self._done.get(style) if value(node, "continue-numbering") == "true" else None
        )
        self.open.append(Counting(style, 0, before.counts if before else [None] * _LEVELS))
        self._done[value(node, "id")] = self.open[-1]

    def end(self) -> None:
        """A list ends."""
        last = self.open.pop()
        self._done[last.style] = last

    def label(self, item: Element) -> str:
        """What stands before an item, with a space after it. Counts on."""
        current = self.open[-1]
        levels = self._styles.get(current.style, {})
        return _label(levels, current.depth, current.counts, value(item, "start-value"), "1")

    def heading(self, node: Element) -> str:
        """What stands before a heading, with a space after it, when chapters are numbered. Counts on."""
        said = value(node, "outline-level")
        depth = (int(said) if said.isdecimal() and len(said) < 3 else 1) - 1
        if (
            value(node, "is-list-header") == "true"
            or self._is_bare(value(node, "style-name"))
            or not 0 <= depth < _LEVELS
        ):
            return ""
        start = value(node, "start-value") if value(node, "restart-numbering") == "true" else ""
        return _label(self._outline, depth, self._headings, start, "")

    def _is_bare(self, style: str) -> bool:
        """Whether a style, or the one that it goes on from, takes its headings out of every list."""
        for _ in range(_LEVELS):
            style, said = self._said.get(style, ("", None))
            if said is not None or not style:
                return said == ""
        return False


def _label(levels: dict[int, _Level], depth: int, counts: list[int | None], said: str, usual: str) -> str:
    """The number of an item at ``depth``, counted on or begun where it is ``said``; above it numbers look ``usual``."""
    level = levels.get(depth)
    if not level:
        return ""
    now = counts[depth]
    begins = said.isdecimal() and len(said) < 9
    counts[depth] = int(said) if begins else (level.start if now is None else now + 1)
    counts[depth + 1 :] = [None] * (_LEVELS - depth - 1)
    if level.bullet:
        return level.bullet + " "
    if not level.style:
        return ""
    shown = range(max(depth + 1 - level.shown, 0), depth + 1)
    styles = [levels.get(place, level).style or usual for place in shown]
    figures = [number(counts[place] or 1, style) for place, style in zip(shown, styles, strict=True) if style]
    return f"{level.before}{'.'.join(figures)}{level.after} ".lstrip()


def _list_of(style: Element) -> str | None:
    """The list that a style puts its paragraphs in; empty: in none, None: it does not say."""
    return next((str(said) for name, said in style.attrib.items() if name.endswith("}list-style-name")), None)


def _levels(node: Element) -> dict[int, _Level]:
    found = {}
    for one in node:
        place = value(one, "level")
        if not place.isdigit() or not 0 < int(place) <= _LEVELS:
            continue
        if local(one) == "list-level-style-bullet":
            sign = value(one, "bullet-char")
            plain = sign.isprintable() and sign and not sign.isalnum() and sign < "\ue000"
            found[int(place) - 1] = _Level("", bullet=sign if plain else BULLET)
        elif local(one) in ("list-level-style-number", "outline-level-style"):
            start, shown = value(one, "start-value"), value(one, "display-levels")
            found[int(place) - 1] = _Level(
                style=value(one, "num-format"),
                before=value(one, "num-prefix"),
                after=value(one, "num-suffix"),
                start=int(start) if start.isdigit() else 1,
                shown=int(shown) if shown.isdigit() else 1,
            )
    return found
