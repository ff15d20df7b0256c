"""OpenDocument texts (odt): the text as it is seen. Knows nothing of what it says.

OpenDocument 1.3 part 3. Deleted text of tracked changes and comments are not seen; running heads and tables of
contents are furniture.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rag.documents.formats.docx_styles import child, value
from rag.documents.formats.merged_cells import span
from rag.documents.formats.odt_lists import Lists
from rag.documents.formats.packed import Packed
from rag.documents.formats.split_tables import joined_tables
from rag.documents.formats.trees import Element, local
from rag.documents.formats.writing import Cell, Inline, Row, Writer, table_rows
from rag.documents.source import Role, Source
from rag.errors import UnreadableFile
from rag.sentences import words

_UNSEEN = words(
    "tracked-changes annotation annotation-end sequence-decls variable-decls user-field-decls forms bookmark "
    "bookmark-start bookmark-end soft-page-break desc title change change-start change-end script"
)
_INDEXES = words(
    "table-of-content illustration-index table-index alphabetical-index bibliography user-index object-index"
)
_RAISED = re.compile(r"super|[1-9]\d?%")
_SLANTED = re.compile("italic|oblique")
_MOST_REPEATED = 20  # cells and rows that a table says it repeats
_MOST_SPACES = 200


def read(data: bytes, name: str) -> Source:
    """Read an OpenDocument text. Raises UnreadableFile."""
    packed = Packed(data, name)
    root = packed.tree("content.xml")
    body = None if root is None else child(root, "body")
    text = None if body is None else child(body, "text")
    if root is None or text is None:
        raise UnreadableFile(name, "is geen OpenDocument-tekst of is onvolledig")
    writer = Writer()
    try:
        _Body(root, packed.tree("styles.xml"), writer).write(text)
    except RecursionError as error:
        raise UnreadableFile(name, "is te diep genest") from error
    return writer.source(data, name)


class _Body:
    """The walk over the text of a file."""

    def __init__(self, root: Element, styles: Element | None, writer: Writer) -> None:
        self._writer = writer
        self._styles = styles
        self._lists = Lists(styles, root)
        self._raised = _styles_with("text-position", _RAISED, root, styles)
        self._italic = _styles_with("font-style", _SLANTED, root, styles)
        self._headings = _heading_styles(root, styles)
        self._inline = Inline()
        self._label = ""
        self._boxes: list[Element] = []  # text boxes met in a paragraph: they come after it
        self._notes: list[tuple[str, Element]] = []
        self._furniture: dict[str, Row] = {}

    def write(self, text: Element) -> None:
        """Write the text, the footnotes, then what is furniture."""
        for row in joined_tables(self._blocks(text)):
            self._writer.line(row)
        for marker, body in self._notes:
            for place, row in enumerate(self._blocks(body)):
                mark, raised = (f"{marker} ", ((0, len(marker)),)) if not place else ("", ())
                self._writer.line(Row(mark + row.text, raised, "note", tight=bool(place)))
        self._running_heads()
        for row in self._furniture.values():
            self._writer.line(row, furniture=True)

    def _running_heads(self) -> None:
        for node in () if self._styles is None else self._styles.iter():
            if local(node) in ("header", "footer", "header-left", "footer-left", "header-first", "footer-first"):
                self._furniture.update((row.text, Row(row.text)) for row in self._blocks(node))

    def _blocks(self, parent: Element) -> list[Row]:
        """The lines of everything that stands in an element."""
        rows: list[Row] = []
        for node in parent:
            tag = local(node)
            if tag in ("p", "h"):
                rows += self._paragraph(node)
            elif tag == "list":
                self._lists.begin(node)
                rows += self._blocks(node)
                self._lists.end()
            elif tag in ("list-item", "list-header"):
                self._label = self._lists.label(node) if tag == "list-item" and self._lists.open else ""
                rows += self._blocks(node)
                self._label = ""
            elif tag == "table":
                rows += table_rows(self._table(node))
            elif tag in _INDEXES:
                self._furniture.update((row.text, Row(row.text)) for row in self._blocks(node))
            elif tag and tag not in _UNSEEN:
                rows += self._blocks(node)
            while self._boxes:
                rows += self._blocks(self._boxes.pop(0))
        return rows

    def _table(self, table: Element, *, heading: bool = False) -> list[list[Cell]]:
        rows: list[list[Cell]] = []
        for node in table:
            tag = local(node)
            if tag == "table-row":
                row = [cell for one in node for cell in self._cell(one, heading=heading)]
                filled = any(cell.rows for cell in row)
                rows += [row] * (_repeated(node, "number-rows-repeated") if filled else 1)
            elif tag in ("table-rows", "table-row-group", "table-header-rows"):
                rows += self._table(node, heading=heading or tag == "table-header-rows")
        return rows

    def _cell(self, node: Element, *, heading: bool) -> list[Cell]:
        if local(node) not in ("table-cell", "covered-table-cell"):
            return []
        across, down = (value(node, f"number-{what}-spanned") for what in ("columns", "rows"))
        cell = Cell(
            self._blocks(node),
            heading,
            child(node, "table") is not None,
            across=span(across),
            down=span(down),
            covered=local(node) == "covered-table-cell",
        )
        return [cell] * _repeated(node, "number-columns-repeated")

    def _paragraph(self, paragraph: Element) -> list[Row]:
        rows: list[Row] = []
        self._text(paragraph, rows, raised=False, italic=value(paragraph, "style-name") in self._italic)
        text, raised = self._inline.take()
        rows += [Row(text, raised, tight=bool(rows), italic=self._inline.italic)] if text else []
        if not rows:
            return []
        level = self._level(paragraph)
        label, self._label = self._label, ""
        if local(paragraph) == "h":
            label = label or self._lists.heading(paragraph)
        role: Role = "heading" if level else "item" if label else "text"
        first = rows[0]
        moved = tuple((a + len(label), b + len(label)) for a, b in first.raised)
        rows[0] = replace(first, text=label + first.text, raised=moved, role=role, level=level, tight=role == "item")
        return rows

    def _level(self, paragraph: Element) -> int:
        if local(paragraph) == "h":
            said = value(paragraph, "outline-level")
            return int(said) if said.isdigit() and int(said) > 0 else 1
        return self._headings.get(value(paragraph, "style-name"), 0)

    def _text(self, node: Element, rows: list[Row], *, raised: bool, italic: bool) -> None:
        """Take in the text of a paragraph; ``rows`` gets the lines that were broken off by hand."""
        self._inline.add(node.text, raised=raised, italic=italic)
        for one in node:
            tag = local(one)
            if tag == "s":
                count = value(one, "c")
                self._inline.add(" " * (min(int(count), _MOST_SPACES) if count.isdigit() else 1))
            elif tag == "tab":
                self._inline.add("\t")
            elif tag == "line-break":
                text, spans = self._inline.take()
                rows += [Row(text, spans, tight=bool(rows), soft=True, italic=self._inline.italic)] if text else []
            elif tag == "note":
                self._refer(one)
            elif tag in ("frame", "custom-shape", "g", "rect"):
                self._boxes += [box for box in one.iter() if local(box) == "text-box"]
            elif tag and tag not in _UNSEEN:
                style = value(one, "style-name")
                self._text(one, rows, raised=raised or style in self._raised, italic=italic or style in self._italic)
            self._inline.add(one.tail, raised=raised, italic=italic)

    def _refer(self, note: Element) -> None:
        citation, body = child(note, "note-citation"), child(note, "note-body")
        marker = "".join("" if citation is None else citation.itertext()).strip()
        if marker and body is not None:
            self._notes.append((marker, body))
            self._inline.add(marker, raised=True)


def _repeated(node: Element, name: str) -> int:
    said = value(node, name)
    return min(int(said), _MOST_REPEATED) if said.isdigit() and len(said) < 9 and int(said) else 1


def _styles_with(name: str, wanted: re.Pattern[str], *roots: Element | None) -> frozenset[str]:
    """The names of the styles that set text so: as superscript, in italics."""
    found = set()
    for root in roots:
        for node in () if root is None else root.iter():
            if local(node) == "text-properties" and wanted.match(value(node, name)):
                found.add(value(node.getparent(), "name"))
    return frozenset(found)


def _heading_styles(*roots: Element | None) -> dict[str, int]:
    """The paragraph styles that are headings though their paragraphs do not say so: the title."""
    titles = {"Title"}
    for root in roots:
        for node in () if root is None else root.iter():
            if local(node) == "style" and value(node, "parent-style-name") in titles:
                titles.add(value(node, "name"))
    return dict.fromkeys(titles, 1)
