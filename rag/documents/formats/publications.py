"""XML of officielebekendmakingen.nl: parliamentary papers, questions, proceedings, and gazettes of local government.

The elements are those of ``officiele-publicatie`` and the older ``kamerwrk``; one that is not known here is read as a
container or as a paragraph, by what is in it, so that nothing goes missing. Entities and DTDs are never resolved.
"""

from __future__ import annotations

import re

from lxml import etree

from rag.documents.formats.publication_fields import fields_of
from rag.documents.formats.trees import Element, entity, local, xml_tree
from rag.documents.formats.writing import BULLET, Cell, Inline, Row, Writer, table_rows
from rag.documents.source import Role, Source
from rag.errors import UnreadableFile
from rag.sentences import words

_ROOTS = words("officiele-publicatie kamerwrk vraagdoc kamerstuk kamervragen handelingen publicatie regeling")
_UNSEEN = words("metadata meta plaatje illustratie colspec spanspec redactioneel-metadata bwb-inputbestand")
_MASTHEAD = words("kamerstukkop kamervraagkop handelingenkop tekstregel frontm front vraagkop kopregel")
_FIELDS = words("dossier datumtekst kamervraagnummer vraagnummer stuknr vergaderdatum publicatiedatum gegeven")
_JOINED = words(
    "kop dossier stuknr dossiernummer naam spreker kamervraagomschrijving omschr datumtekst gegeven tussenkop titel"
)
_HEADINGS = words("kop tussenkop titel intitule item-titel onderwerp tuskop citeertitel")
_SIGNED = words("ondertekening slotondertekening tekst-sluiting slotformulering ondertekend")
_INLINE = words(
    "nadruk sup inf extref intref verwijzing datum naam voornaam achternaam organisatie politiek voorvoegsels "
    "kamervraagonderwerp ondw dossiernr ondernummer begrotingshoofdstuk plaats noot voetnoot nootref voetref i b u "
    "vet cur unl onderstreept redactie ovl ondernr label nr subtitel term al-inline herdruk kamer afkorting"
)
_BLOCKS = words("al alinea lijst li table tussenkop artikel lid divisie vraag antwoord tekst definitielijst box citaat")
_LISTS = words("li lid definitie-item")
_LABELS = words("li.nr lidnr term nr nummer")
_NOTES = words("noot voetnoot eindnoot")
_NOTE_REFERENCES = words("nootref voetref")
_RAISED = words("sup noot.nr")
_LETTER = re.compile(r"[^\W\d_]")


def read(data: bytes, name: str) -> Source:
    """Read an official publication. Raises UnreadableFile."""
    root = xml_tree(data, name)
    if local(root) not in _ROOTS and next(root.iter("{*}al"), None) is None:
        raise UnreadableFile(name, f"is XML van een soort die niet wordt gelezen (<{local(root)[:40]}>)")
    writer = Writer()
    try:
        _Publication(root, writer).write()
    except RecursionError as error:
        raise UnreadableFile(name, "is te diep genest") from error
    return writer.source(data, name, fields_of(root))


class _Publication:
    """The walk over the text of a publication."""

    def __init__(self, root: Element, writer: Writer) -> None:
        self._root = root
        self._writer = writer
        self._inline = Inline()
        self._label = ""
        self._cells: list[Cell] = []  # the cells of tables that are open
        self._notes: list[tuple[str, Element]] = []
        self._numbers = {
            node.get("id"): _number_of(node) for node in root.iter() if local(node) in _NOTES and node.get("id")
        }
        self._masthead: list[Row] = []

    def write(self) -> None:
        """Write the text, the footnotes, then the masthead."""
        self._walk(self._root, "text")
        for marker, node in self._notes:
            self._write_note(marker, node)
        for row in self._masthead:
            self._writer.line(row, furniture=True)

    def _walk(self, node: Element, role: Role) -> None:
        """Write what stands in an element."""
        tag = local(node)
        if not tag or tag in _UNSEEN:
            return
        if tag in _MASTHEAD or (tag == "kop" and node.getparent() is self._root):
            parts = [one for one in node if local(one)] if not _is_mixed(node) and tag != "kop" else [node]
            self._masthead += [Row(self._text_of(one)) for one in parts]
        elif tag in _NOTES:
            self._notes.append((_number_of(node), node))
        elif tag == "table":
            self._write_table(node)
        elif tag in ("vraag", "antwoord"):
            self._write_question(node, tag)
        elif _is_paragraph(node):
            self._collect(node)
            self._flush(node, "signature" if role == "signature" else _role(tag, role))
        else:
            self._write_parts(node, tag, "signature" if tag in _SIGNED else role)

    def _write_parts(self, node: Element, tag: str, role: Role) -> None:
        if tag in _LISTS:
            label = next((self._text_of(one) for one in node if local(one) in _LABELS), "")
            self._label = f"{label} " if label else f"{BULLET} " if tag == "li" else ""
        for one in node:
            if not (tag in _LISTS and local(one) in _LABELS):
                self._walk(one, role)
        if tag in _LISTS:
            self._label = ""

    def _write_question(self, node: Element, tag: str) -> None:
        """A question or answer: its number as people see it, then its paragraphs."""
        for one in node:
            if local(one) in ("nr", "nummer") and (said := self._text_of(one)):
                self._writer.line(Row(said if _LETTER.search(said) else f"{tag.capitalize()} {said}"))
            else:
                self._walk(one, "text")

    def _write_table(self, table: Element) -> None:
        rows: list[list[Cell]] = []
        for node in table.iter():
            if local(node) == "row":
                rows.append([])
            elif local(node) == "entry" and rows:
                heading = local(node.getparent().getparent()) == "thead"
                rows[-1].append(Cell(heading=heading, nested=next(node.iter("{*}table"), None) is not None))
                self._cells.append(rows[-1][-1])
                self._walk_children(node)
                self._cells.pop()
        titles = [one for one in table if local(one) in ("title", "titel")]
        for row in [*(Row(self._text_of(one)) for one in titles), *table_rows(rows)]:
            self._put(row)

    def _walk_children(self, node: Element) -> None:
        if _is_paragraph(node):
            self._collect(node)
            self._flush(node, "text")
            return
        for one in node:
            self._walk(one, "text")

    def _write_note(self, marker: str, node: Element) -> None:
        lines = [one for one in node if local(one) not in ("noot.nr", "nr", "nummer") and local(one)] or [node]
        for place, one in enumerate(lines):
            mark, raised = (f"{marker} ", ((0, len(marker)),)) if not place and marker else ("", ())
            self._writer.line(Row(mark + self._text_of(one), raised, "note", tight=bool(place)))

    def _text_of(self, node: Element) -> str:
        """The text of an element on one line, without notes."""
        saved, self._inline = self._inline, Inline()
        self._collect(node, notes=False)
        text, _ = self._inline.take()
        self._inline = saved
        return text

    def _collect(self, node: Element, *, notes: bool = True, raised: bool = False, italic: bool = False) -> None:
        """Take in the running text of an element."""
        joined = local(node) in _JOINED and not _is_mixed(node)
        raised = raised or local(node) in _RAISED
        italic = italic or (local(node) == "nadruk" and node.get("type") == "cur") or local(node) == "cur"
        self._inline.add(node.text, raised=raised, italic=italic)
        for one in node:
            tag = local(one)
            if isinstance(one, etree._Entity):
                self._inline.add(entity(one))
            elif tag in _NOTES:
                self._refer(one, notes=notes)
            elif tag in _NOTE_REFERENCES:
                refers_to = one.get("refid") or one.get("idref") or ""
                shown = "".join(one.itertext()).strip() or self._numbers.get(refers_to, "")
                self._inline.add(shown, raised=True)
            elif notes and tag in _BLOCKS and tag != "tussenkop":
                self._flush(node, "text")
                self._walk(one, "text")
            elif tag and tag not in _UNSEEN:
                self._collect(one, notes=notes, raised=raised, italic=italic)
            between = " " if joined and one.getnext() is not None else ""
            self._inline.add((one.tail or "") + between, raised=raised, italic=italic)

    def _refer(self, note: Element, *, notes: bool) -> None:
        if notes:
            marker = _number_of(note)
            self._notes.append((marker, note))
            self._inline.add(marker, raised=True)

    def _flush(self, node: Element, role: Role) -> None:
        text, raised = self._inline.take()
        if not text:
            return
        label, self._label = self._label, ""
        raised = tuple((a + len(label), b + len(label)) for a, b in raised)
        role = "item" if label and role == "text" else role
        level = _level(node) if role == "heading" else 0
        tight = role in ("item", "signature")
        self._put(Row(label + text, raised, role, level, tight, italic=self._inline.italic))

    def _put(self, row: Row) -> None:
        if self._cells:
            self._cells[-1].rows.append(row)
        else:
            self._writer.line(row)


def _is_mixed(node: Element) -> bool:
    """Whether text stands between the elements in an element."""
    return bool((node.text or "").strip()) or any((one.tail or "").strip() for one in node)


def _is_paragraph(node: Element) -> bool:
    """Whether an element holds running text, and not other blocks."""
    if local(node) in _JOINED or _is_mixed(node):
        return True
    inner = [one for one in node if isinstance(one.tag, str)]
    return bool(inner) and all(local(one) in _INLINE for one in inner) and local(node) not in _LISTS | {"vraag"}


def _role(tag: str, role: Role) -> Role:
    if tag in _HEADINGS:
        return "heading"
    return "field" if tag in _FIELDS else role


def _level(node: Element) -> int:
    """The level of a heading: how many headed parts it stands in."""
    above = sum(any(local(one) == "kop" for one in part) for part in node.iterancestors())
    return min(max(above, 1) + (local(node) in ("tussenkop", "tuskop")), 6)


def _number_of(note: Element) -> str:
    said = next((one for one in note if local(one) in ("noot.nr", "nr", "nummer")), None)
    return " ".join("".join(said.itertext()).split()) if said is not None else note.get("nr") or ""
