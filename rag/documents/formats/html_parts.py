"""Which part of a web page is its article, and what stands around it. Knows no text, only how much there is of it."""

from __future__ import annotations

import re

from lxml import etree

from rag.documents.formats.trees import Element, local
from rag.sentences import words

_SILENT = words("script style noscript template svg math head select option datalist textarea title")
_AROUND = frozenset({"nav", "aside", "footer", "dialog"})
_ROLES = words("navigation banner contentinfo search complementary dialog alertdialog menu menubar tablist toolbar")
_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]*")
_NAMES = words(
    "cookie cookies cookiebar cookiewall cookiebanner consent breadcrumb breadcrumbs kruimelpad kruimelspoor "
    "nav navbar navigation navigatie menu submenu topmenu hoofdmenu footer sidebar zijbalk social socialmedia "
    "share sharing delen skip skiplink skiplinks pagination pager paginering related gerelateerd newsletter "
    "nieuwsbrief zoekbalk searchbar searchbox language taalkeuze popup modal overlay toolbar advertentie "
    "banner"
)
_KEPT = words("footnotes footnote voetnoten voetnoot endnotes noten notes")
_MAIN = words("content maincontent contentmain main inhoud hoofdinhoud artikel article")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCKS = words("ul ol div p table td section dl")
_FEWEST = 80  # characters of an article
_MOST = 0.5  # share of the page from which something is no menu, whatever it is called
_LINKS = 0.75  # share of text in links from which something is a menu
_FEWEST_LINKS = 4


def hidden(node: Element) -> bool:
    """Whether an element is not shown."""
    if local(node) in _SILENT or node.get("hidden") is not None:
        return True
    style = node.get("style")
    return bool(style and _HIDDEN.search(style))


class Parts:
    """The parts of one page."""

    def __init__(self, root: Element) -> None:
        self._characters: dict[Element, tuple[int, int, int]] = {}  # of text, of text in links, links
        self._measure(root)
        self._all = self._size(root)
        self.main = self._find_main(root)
        self._above = frozenset(self.main.iterancestors()) if self.main is not None else frozenset()
        self._title = self._outer_title(root)

    def apart(self, node: Element, *, inside: bool) -> bool:
        """Whether an element stands around the article. Not asked of what is inside an element that does.

        ``inside``: it is the article, or in it.
        """
        if self.main is not None and not inside:
            return node not in self._above and node is not self._title and self._title not in set(node.iter("h1"))
        return self._is_around(node)

    def _is_around(self, node: Element) -> bool:
        tag, names = local(node), _names(node)
        if node is self.main or names & _KEPT or tag in ("html", "body"):
            return False
        characters, linked, links = self._characters.get(node, (0, 0, 0))
        large = characters > _MOST * self._all and linked < _LINKS * characters
        if large:
            return False
        if tag in _AROUND or node.get("role") in _ROLES or names & _NAMES:
            return True
        if self.main is not None:
            return False
        if tag == "header":
            return next(node.iter("h1"), None) is None
        return tag in _BLOCKS and links >= _FEWEST_LINKS and linked > _LINKS * characters

    def _measure(self, root: Element) -> None:
        open_: list[list[int]] = [[0, 0, 0]]
        quiet = 0
        for event, node in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                quiet += hidden(node)
                open_.append([0 if quiet else _length(node.text), 0, 0])
                continue
            characters, linked, links = open_.pop()
            quiet -= hidden(node)
            if local(node) == "a" and node.get("href"):
                linked, links = characters, 1
            self._characters[node] = characters, linked, links
            above = open_[-1]
            above[0] += characters + (0 if quiet else _length(node.tail))
            above[1] += linked
            above[2] += links

    def _size(self, node: Element) -> int:
        return self._characters.get(node, (0, 0, 0))[0]

    def _find_main(self, root: Element) -> Element | None:
        said = [n for n in root.iter() if local(n) == "main" or n.get("role") == "main"]
        articles = [n for n in root.iter("article") if self._size(n) > _MOST * self._all]
        named = [
            n for n in root.iter("div", "section", "td") if _own_name(n) & _MAIN and self._size(n) > _MOST * self._all
        ]
        for found in (said, articles[:1], named[:1]):
            best = max(found, key=self._size, default=None)
            if best is not None and self._size(best) >= _FEWEST:
                return best
        return None

    def _outer_title(self, root: Element) -> Element | None:
        """The only ``h1`` of a page whose article has none."""
        heads = list(root.iter("h1"))
        return (
            heads[0]
            if self.main is not None and len(heads) == 1 and self.main not in set(heads[0].iterancestors())
            else None
        )


def _length(text: str | None) -> int:
    return len(text) - text.count(" ") if text and not text.isspace() else 0


def _names(node: Element) -> frozenset[str]:
    """The words in the class and the id of an element."""
    said = f"{node.get('class') or ''} {node.get('id') or ''}"
    return frozenset(word.lower() for word in _WORDS.findall(said)) | _own_name(node)


def _own_name(node: Element) -> frozenset[str]:
    """The class names and the id of an element, without their hyphens."""
    said = f"{node.get('class') or ''} {node.get('id') or ''}".lower()
    return frozenset(re.sub(r"[^a-z ]", "", said).split())
