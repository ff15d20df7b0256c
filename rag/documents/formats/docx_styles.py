"""The styles of a Word file: which are headings, which carry numbers. ECMA-376 part 1, 17.7."""

from __future__ import annotations

import re

from rag.documents.formats.trees import Element, local

_HEADING = re.compile(r"(?:heading|kop)\s?([1-9])$", re.IGNORECASE)
_LONGEST_CHAIN = 12  # styles that rest on one another
_OFF = frozenset({"0", "false", "off"})


def child(node: Element, name: str) -> Element | None:
    """The first child with this name (small letters, no namespace)."""
    return next((one for one in node if local(one) == name), None)


def value(node: Element | None, name: str = "val") -> str:
    """An attribute by its name without namespace; empty when it is not there."""
    if node is None:
        return ""
    return next((str(said) for key, said in node.attrib.items() if key.rsplit("}", 1)[-1] == name), "")


def flag(node: Element, name: str) -> bool:
    """Whether a property is set: there, and not said to be off."""
    found = child(node, name)
    return found is not None and value(found).lower() not in _OFF


class Styles:
    """The styles by their id."""

    def __init__(self, root: Element | None) -> None:
        styles = [] if root is None else [node for node in root if local(node) == "style"]
        self._by_id = {value(node, "styleId"): node for node in styles}
        self._usual = next(
            (value(n, "styleId") for n in styles if value(n, "type") == "paragraph" and value(n, "default") == "1"), ""
        )

    def of(self, properties: Element | None) -> str:
        """The style of a paragraph with these properties."""
        said = None if properties is None else child(properties, "pstyle")
        return value(said) or self._usual

    def level(self, properties: Element | None, style: str) -> int:
        """The level of a heading, from 1; 0 for what is none."""
        for node in ([] if properties is None else [properties]) + self._of_chain(style, "ppr"):
            outline = value(child(node, "outlinelvl"))
            if outline.isdigit():
                return int(outline) + 1 if int(outline) < 9 else 0
        for name in (*(value(child(node, "name")) for node in self._chain(style)), style):
            found = _HEADING.match(name)
            if found or name.lower() in ("title", "titel"):
                return int(found.group(1)) if found else 1
        return 0

    def is_contents(self, style: str) -> bool:
        """Whether it is the style of a table of contents."""
        return any(value(child(node, "name")).lower().startswith("toc ") for node in self._chain(style)[:1])

    def numbering(self, style: str) -> Element | None:
        """The numbering that a style gives its paragraphs."""
        found = (child(node, "numpr") for node in self._of_chain(style, "ppr"))
        return next((one for one in found if one is not None), None)

    def is_raised(self, run: Element | None) -> bool:
        """Whether a run with these properties is set as superscript."""
        if run is None:
            return False
        styled = self._of_chain(value(child(run, "rstyle")), "rpr")
        said = (value(child(node, "vertalign")) for node in (run, *styled))
        return next((one for one in said if one), "") == "superscript"

    def _of_chain(self, style: str, part: str) -> list[Element]:
        found = (child(node, part) for node in self._chain(style))
        return [one for one in found if one is not None]

    def _chain(self, style: str) -> list[Element]:
        """A style and those that it rests on."""
        chain: list[Element] = []
        while style in self._by_id and len(chain) < _LONGEST_CHAIN:
            chain.append(self._by_id[style])
            style = value(child(chain[-1], "basedon"))
        return chain
