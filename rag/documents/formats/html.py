"""Web pages: the text of the article as lines, what stands around it as furniture. Knows nothing of what it says.

What the article is: the element that says so (``main``, ``article``), else the whole page less what is a menu, a
cookie notice or a footer by its element, its role, its class or its being nearly all links.
"""

from __future__ import annotations

import re

from lxml import etree

from rag.documents.dates import is_day
from rag.documents.formats.html_parts import Parts, hidden
from rag.documents.formats.merged_cells import span
from rag.documents.formats.trees import Element, html_tree, local
from rag.documents.formats.writing import BULLET, Cell, Inline, Row, Writer, number, table_rows
from rag.documents.source import Fields, Role, Source
from rag.sentences import words

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = words(
    "script style noscript template svg math canvas object embed iframe video audio head select option "
    "datalist input textarea button map area title meta link"
)
_INLINE = words(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q s samp small "
    "span strike strong sub sup time tt u var wbr ruby rt rp o:p"
)
_ITALIC = frozenset({"i", "em", "cite"})
_TABLE = frozenset({"table", "tr", "td", "th"})
_NOTE = re.compile(r"(?:_?ftn|fn|noot|voetnoot|footnote|endnote|note)[-_:]?\d+$", re.IGNORECASE)
_NOTE_ROLES = frozenset({"doc-footnote", "doc-endnote"})
_MARKER = re.compile(r"(\[?\d{1,3}[\]).]?)\s")
_REFERENCE = re.compile(r"\[?\d{1,3}\]?")
_LONGEST_TITLE = 300
_SITE = re.compile(r"\s+[|–—»-]\s+[^|–—»]{2,60}$")
_TITLES = ("og:title", "dcterms.title", "dc.title", "overheidop.documenttitel")
_DATES = (
    "dcterms.issued",
    "article:published_time",
    "dcterms.available",
    "overheidop.datumontvangst",
    "dcterms.date",
    "dc.date",
    "date",
    "dcterms.modified",
)


def read(data: bytes, name: str) -> Source:
    """Read a web page. Raises UnreadableFile."""
    writer = Writer()
    fields = write_page(html_tree(data, name), writer)
    return writer.source(data, name, fields)


def write_page(root: Element, writer: Writer) -> Fields:
    """Write the text of a page; returns what it says of itself."""
    page = _Page(root, writer)
    page.write()
    return _fields(root, page.title)


class _List:
    """A list that is being read: what its next item is called."""

    def __init__(self, node: Element) -> None:
        self.style = node.get("type") or "1"
        start = node.get("start") or ""
        self.next = int(start) if re.fullmatch(r"-?\d{1,6}", start) else 1
        self.ordered = local(node) == "ol"

    def label(self, node: Element) -> str:
        """What stands before an item."""
        if not self.ordered:
            return BULLET + " "
        value = node.get("value") or ""
        this = int(value) if re.fullmatch(r"-?\d{1,6}", value) else self.next
        self.next = this + 1
        return f"{number(this, self.style)}. "


class _Page:
    """One walk over the elements of a page, first to last, with what is open at the moment."""

    def __init__(self, root: Element, writer: Writer) -> None:
        self._root = root
        self._parts = Parts(root)
        self._writer = writer
        self._inline = Inline()
        self._around: list[Row] = []
        self._lists: list[_List] = []
        self._tables: list[_Table] = []
        self._inside = False  # the article
        self._apart: list[Element] = []  # the elements around the article that are open
        self._raised = 0  # open elements set as superscript
        self._italic = 0  # and in italics
        self._level = 0  # of the heading that is open
        self._note = False  # a footnote begins
        self._label = ""  # stands before what comes next
        self._tight = False
        self.title = ""

    def write(self) -> None:
        """Write the article, then what stands around it."""
        stack: list[tuple[Element, bool]] = [(self._root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                self._end(node)
            elif not hidden(node) and local(node) not in _SKIPPED:
                stack.append((node, True))
                self._start(node)
                stack.extend((child, False) for child in reversed(node))
                continue
            self._add(node.tail)
        self._flush()
        for row in self._around:
            self._writer.line(row, furniture=True)

    def _start(self, node: Element) -> None:
        tag = local(node)
        if tag in _INLINE:
            self._raised += tag == "sup" or _refers_to_note(node)
            self._italic += tag in _ITALIC
            self._add(node.text)
            return
        self._flush(soft=tag == "br")
        self._inside = self._inside or node is self._parts.main
        if not self._apart and self._parts.apart(node, inside=self._inside):
            self._apart.append(node)
        if tag in ("ol", "ul", "menu"):
            self._lists.append(_List(node))
        elif tag == "li":
            self._label = self._lists[-1].label(node) if self._lists else ""
        elif tag in _HEADINGS:
            self._level = _HEADINGS[tag]
        elif tag in _TABLE:
            self._start_table(tag, node)
        self._note = self._note or bool(_NOTE.match(node.get("id") or "")) or node.get("role") in _NOTE_ROLES
        self._add(node.text)

    def _add(self, text: str | None) -> None:
        self._inline.add(text, raised=self._raised > 0, italic=self._italic > 0)

    def _end(self, node: Element) -> None:
        tag = local(node)
        if tag in _INLINE:
            self._raised -= tag == "sup" or _refers_to_note(node)
            self._italic -= tag in _ITALIC
            return
        if tag != "br":
            self._flush()
            self._tight = tag in ("li", "dt", "dd") and bool(self._lists or tag != "li")
        if self._apart and self._apart[-1] is node:
            self._apart.pop()
        self._inside = self._inside and node is not self._parts.main
        if tag in ("ol", "ul", "menu") and self._lists:
            self._lists.pop()
            self._tight = bool(self._lists)
        elif tag in _HEADINGS:
            self._level = 0
        elif tag == "li":
            self._label, self._note = "", False
        elif tag == "table":
            for row in table_rows(self._tables.pop().rows):
                self._put(row)
        self._note = self._note and tag not in ("div", "aside", "p")

    def _start_table(self, tag: str, node: Element) -> None:
        if tag == "table":
            if self._tables:
                self._tables[-1].cell.nested = True
            self._tables.append(_Table())
        elif self._tables and tag == "tr":
            self._tables[-1].rows.append([])
        elif self._tables:
            heading = tag == "th" or local(node.getparent().getparent()) == "thead"
            across, down = (span(node.get(name)) for name in ("colspan", "rowspan"))
            self._tables[-1].add(Cell(heading=heading, across=across, down=down))

    def _flush(self, *, soft: bool = False) -> None:
        """Write the line that has grown."""
        text, raised = self._inline.take()
        if not text:
            return
        label, self._label = self._label, ""
        raised = tuple((a + len(label), b + len(label)) for a, b in raised)
        role: Role = "heading" if self._level else "item" if label else "text"
        if self._note:
            role, self._note = "note", False
            marker = _MARKER.match(label + text)
            if marker and not (raised and raised[0][0] == 0):
                raised = (marker.span(1), *raised)
        tight = self._tight or (bool(self._lists) and bool(label))
        self._tight = soft
        self._put(Row(label + text, raised, role, self._level, tight, soft, self._inline.italic))

    def _put(self, row: Row) -> None:
        if self._apart:
            self._around.append(row)
        elif self._tables and self._tables[-1].rows:
            self._tables[-1].cell.rows.append(row)
        else:
            self._writer.line(row)
            if row.level == 1 and not self.title:
                self.title = row.text[:_LONGEST_TITLE]


class _Table:
    """A table that is being read."""

    def __init__(self) -> None:
        self.rows: list[list[Cell]] = []

    @property
    def cell(self) -> Cell:
        """The cell that is open; one is made where the table has none."""
        if not self.rows or not self.rows[-1]:
            self.add(Cell())
        return self.rows[-1][-1]

    def add(self, cell: Cell) -> None:
        """Open a cell."""
        if not self.rows:
            self.rows.append([])
        self.rows[-1].append(cell)


def _refers_to_note(node: Element) -> bool:
    """Whether a link leads to a footnote of the page."""
    target = node.get("href") or ""
    if local(node) != "a" or not target.startswith("#") or not _NOTE.match(target[1:]):
        return False
    return bool(_REFERENCE.fullmatch("".join(node.itertext()).strip()))


def _fields(root: Element, title: str) -> Fields:
    """Title, date and address from the head of a page."""
    said: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = (meta.get("name") or meta.get("property") or "").lower()
        if key and meta.get("content"):
            said.setdefault(key, " ".join(meta.get("content").split()))
    shown = "".join(next(root.iter("title"), etree.Element("title")).itertext())
    title = title or next((said[key] for key in _TITLES if said.get(key)), "") or _SITE.sub("", " ".join(shown.split()))
    days = (said.get(key, "")[:10] for key in _DATES)  # a time may follow
    canonical = [link.get("href") or "" for link in root.iter("link") if link.get("rel") == "canonical"]
    address = next((a for a in (*canonical, said.get("og:url", "")) if a.startswith("http")), "")
    return Fields(
        title=title[:_LONGEST_TITLE],
        date=next(filter(is_day, days), None),
        sources=(address,) if address else (),
    )
