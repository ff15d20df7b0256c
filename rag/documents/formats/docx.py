"""Word files (docx): the text as it is seen, with the numbers that Word makes. Knows nothing of what it says.

Office Open XML, ECMA-376 part 1, chapter 17. What was deleted with changes tracked, hidden text, comments and field
codes are not seen; running heads and tables of contents are furniture.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from rag.documents.formats.docx_lists import Lists
from rag.documents.formats.docx_styles import Styles, child, flag, value
from rag.documents.formats.merged_cells import span
from rag.documents.formats.packed import Packed
from rag.documents.formats.split_tables import joined_tables
from rag.documents.formats.trees import Element, local
from rag.documents.formats.writing import Cell, Inline, Row, Writer, number, table_rows
from rag.documents.source import Role, Source
from rag.errors import UnreadableFile
from rag.sentences import words

_MAIN = re.compile(r"word/document\d*\.xml$")
_RUNNING_HEAD = re.compile(r"word/(?:header|footer)\d*\.xml$")
_UNSEEN = words(
    "del movefrom instrtext deltext delinstrtext fallback rpr ppr tblpr trpr tcpr sectpr annotationref fldchar sdtpr "
    "sdtendpr tblgrid commentreference"
)
_CHARACTERS = {"tab": "\t", "nobreakhyphen": "-", "cr": " "}
_DEEPEST_TABLE = 8


def read(data: bytes, name: str) -> Source:
    """Read a Word file. Raises UnreadableFile."""
    packed = Packed(data, name)
    part = next((part for part in packed.names if _MAIN.match(part)), "")
    root = packed.tree(part)
    body = None if root is None else child(root, "body")
    if body is None:
        raise UnreadableFile(name, "is geen Word-document of is onvolledig")
    writer = Writer()
    try:
        _Body(packed, posixpath.dirname(part), writer).write(body)
    except RecursionError as error:
        raise UnreadableFile(name, "is te diep genest") from error
    return writer.source(data, name)


@dataclass(frozen=True, slots=True)
class _Note:
    marker: str
    kind: str  # "footnotes" or "endnotes"
    number: str  # its id in the part of its kind


class _Body:
    """The walk over the text of a Word file."""

    def __init__(self, packed: Packed, folder: str, writer: Writer) -> None:
        self._packed = packed
        self._folder = folder
        self._writer = writer
        self._styles = Styles(packed.tree(f"{folder}/styles.xml"))
        self._lists = Lists(packed.tree(f"{folder}/numbering.xml"), self._styles)
        self._notes: list[_Note] = []
        self._in_text = True  # and not in a footnote or a running head
        self._boxes: list[Element] = []  # text boxes met in a paragraph: they come after it
        self._inline = Inline()
        self._contents: list[Row] = []

    def write(self, body: Element) -> None:
        """Write the text, the footnotes, then what is furniture."""
        for row in joined_tables(self._blocks(body)):
            self._writer.line(row)
        self._in_text = False
        self._write_notes()
        furniture = {row.text: row for row in self._contents}
        for part in self._packed.names:
            root = self._packed.tree(part) if _RUNNING_HEAD.match(part) else None
            if root is not None:
                furniture.update((row.text, Row(row.text)) for row in self._blocks(root))
        for row in furniture.values():
            self._writer.line(row, furniture=True)

    def _write_notes(self) -> None:
        bodies: dict[tuple[str, str], Element] = {}
        for kind in dict.fromkeys(note.kind for note in self._notes):
            root = self._packed.tree(f"{self._folder}/{kind}.xml")
            bodies.update(((kind, value(node, "id")), node) for node in ([] if root is None else root))
        for note in self._notes:
            body = bodies.get((note.kind, note.number))
            for place, row in enumerate([] if body is None else self._blocks(body)):
                marker = f"{note.marker} " if not place else ""
                raised = ((0, len(note.marker)),) if not place else ()
                self._writer.line(Row(marker + row.text, raised, "note", tight=bool(place)))

    def _blocks(self, parent: Element, depth: int = 0) -> list[Row]:
        """The lines of everything that stands in an element."""
        rows: list[Row] = []
        for node in parent:
            tag = local(node)
            if tag == "p":
                rows += self._paragraph(node)
            elif tag == "tbl" and depth < _DEEPEST_TABLE:
                rows += table_rows(self._table(node, depth))
            elif tag and tag not in _UNSEEN:
                rows += self._blocks(node, depth)
            while self._boxes:
                rows += self._blocks(self._boxes.pop(0), depth + 1)
        return rows

    def _table(self, table: Element, depth: int) -> list[list[Cell]]:
        rows: list[list[Cell]] = []
        for row in _inside(table, "tr"):
            properties = child(row, "trpr")
            if properties is not None and flag(properties, "del"):
                continue
            head = properties is not None and flag(properties, "tblheader")
            rows.append([self._cell(cell, depth, head=head) for cell in _inside(row, "tc")])
        _count_down(rows)
        return rows

    def _cell(self, cell: Element, depth: int, *, head: bool) -> Cell:
        properties = child(cell, "tcpr")
        wide = None if properties is None else child(properties, "gridspan")
        tall = None if properties is None else child(properties, "vmerge")
        said = "" if wide is None else value(wide, "val")
        return Cell(
            self._blocks(cell, depth + 1),
            head,
            child(cell, "tbl") is not None,
            across=span(said),
            covered=tall is not None and value(tall, "val") != "restart",
        )

    def _paragraph(self, paragraph: Element) -> list[Row]:
        properties = child(paragraph, "ppr")
        style = self._styles.of(properties)
        rows: list[Row] = []
        self._runs(paragraph, rows)
        own = None if properties is None else child(properties, "rpr")
        if own is not None and flag(own, "del"):
            return rows  # the end of the paragraph was deleted: it goes on in the next
        label = self._lists.label(properties, style)
        text, raised = self._inline.take()
        rows += [Row(text, raised, tight=bool(rows), italic=self._inline.italic)] if text else []
        if rows and self._styles.is_contents(style):
            self._contents += [Row(row.text) for row in rows]
            return []
        if rows:
            level = self._styles.level(properties, style)
            rows[0] = _labelled(rows[0], label, level)
        return rows

    def _runs(self, parent: Element, rows: list[Row]) -> None:
        """Take in the text of a paragraph; ``rows`` gets the lines that were broken off by hand."""
        properties = child(parent, "rpr") if local(parent) == "r" else None
        raised, italic = self._styles.is_raised(properties), properties is not None and flag(properties, "i")
        for node in parent:
            tag = local(node)
            if tag == "t":
                self._inline.add(node.text, raised=raised, italic=italic)
            elif tag in _CHARACTERS:
                self._inline.add(_CHARACTERS[tag])
            elif tag == "br":
                text, spans = self._inline.take()
                rows += [Row(text, spans, tight=bool(rows), soft=True, italic=self._inline.italic)] if text else []
            elif tag in ("footnotereference", "endnotereference"):
                self._refer(node, tag.removesuffix("reference") + "s")
            elif tag == "txbxcontent":
                self._boxes.append(node)
            elif tag and tag not in _UNSEEN and not (tag == "r" and self._is_hidden(node)):
                self._runs(node, rows)

    def _is_hidden(self, run: Element) -> bool:
        properties = child(run, "rpr")
        return properties is not None and (flag(properties, "vanish") or flag(properties, "del"))

    def _refer(self, node: Element, kind: str) -> None:
        if self._in_text:
            before = sum(note.kind == kind for note in self._notes)
            marker = number(before + 1, "i" if kind == "endnotes" else "1")
            self._notes.append(_Note(marker, kind, value(node, "id")))
            self._inline.add(marker, raised=True)


def _labelled(row: Row, label: str, level: int) -> Row:
    """The first line of a paragraph with its number before it."""
    role: Role = "heading" if level else "item" if label else "text"
    raised = tuple((a + len(label), b + len(label)) for a, b in row.raised)
    return Row(label + row.text, raised, role, level, tight=role == "item", soft=row.soft, italic=row.italic)


def _count_down(rows: list[list[Cell]]) -> None:
    """Note of each cell how many rows it spans, from those below that it covers."""
    above: dict[int, Cell] = {}
    for cells in rows:
        column = 0
        for cell in cells:
            over = above.get(column)
            if cell.covered and not cell.rows and over and over.across == cell.across:
                over.down += 1
                cell.across = 1  # its columns are those of the cell above
                column += over.across
                continue
            for place in range(column, column + cell.across):
                above.pop(place, None)
            above[column] = cell
            column += cell.across


def _inside(parent: Element, name: str) -> list[Element]:
    """The rows or cells of a table, those in a content control among them."""
    found: list[Element] = []
    for node in parent:
        tag = local(node)
        if tag == name:
            found.append(node)
        elif tag in ("sdt", "sdtcontent", "customxml", "ins"):
            found += _inside(node, name)
    return found
