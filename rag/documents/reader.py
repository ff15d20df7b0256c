"""A source → Document: the flow through the other modules of this folder, top to bottom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, groupby, pairwise

from rag.documents import exchanges, head, labels
from rag.documents.asked_in_rows import asked_in_rows
from rag.documents.broken_rows import whole_rows
from rag.documents.builder import TextBuilder
from rag.documents.footnotes import Note, set_notes, take_footnotes
from rag.documents.furniture import find_furniture
from rag.documents.kinds import Reading, plain_reading, sure_reading
from rag.documents.lines import Line, split_lines
from rag.documents.marks import Mark, find_marks
from rag.documents.markup import is_markdown, without_markup
from rag.documents.metadata import Metadata, plain_metadata, read_metadata
from rag.documents.numbers import Letterhead, letterhead, told_apart
from rag.documents.pages import document_pages
from rag.documents.paragraphs import Paragraph, Typesetting
from rag.documents.questions import Section, Structure, find_structure
from rag.documents.references import own_references, references
from rag.documents.senders import is_sender
from rag.documents.settings import apply_settings, furniture_of
from rag.documents.source import Fields, Source
from rag.documents.titles import derived_title, shown
from rag.types import Block, Document, Footnote

_TIGHT = frozenset({"metadata", "signature", "furniture", "title"})  # a line each, no white line between them
_ROWS = frozenset({"row", "heads"})
_LONGEST_TITLE = 160
_LETTERHEAD = 8  # sections that may stand above the title of a plain document
_TOP = 3  # sections in which a plain document shows its title
_BROKEN_NUMBER = re.compile(r"([-/])[\n\f] *(?=\d)")
_HEADS = re.compile(
    r"\| *(?:antwoord|beantwoording|reactie|ambtelijk|ons|het)", re.IGNORECASE
)  # in a table of questions
_FILE_ENDING = re.compile(r"\.\w{1,8}$")


@dataclass(slots=True)
class _Written:
    """What the builder has written so far: blocks in order of the clean text."""

    builder: TextBuilder
    blocks: list[Block]

    def section(self, section: Section, *, tight: bool = False) -> None:
        """Write a section: its label, then its paragraphs as one block. ``tight``: no white line before it."""
        above = self.blocks[-1].kind if self.blocks else ""
        between_rows = above in _ROWS if section.kind == "row" else section.kind == above == "heads"
        self.builder.space("\n" if between_rows or tight else "\n\n")
        if section.label:
            self.blocks.append(Block("label", *self.builder.add(section.label.slices), section.numbers))
            self.builder.space(" " if section.inline else "\n")
        if not section.paragraphs:
            return
        start, end = section.paragraphs[0].write(self.builder)
        for before, paragraph in pairwise(section.paragraphs):
            tight = (
                section.kind in _TIGHT
                or before.first.role in _ROWS
                or paragraph.item
                or (before.item and not paragraph.first.gap)
            )
            self.builder.space("\n" if tight else "\n\n")
            _, end = paragraph.write(self.builder)
        self.blocks.append(Block(section.kind, start, end, section.numbers, section.name))


def document(source: Source, path: str) -> Document:
    """Read a source that is called ``path`` in the index."""
    labelled = labels.may_ask(source.text)
    every, furniture, marks = _lines(source, labelled)
    lines, own_notes = set_notes(every)
    lines, notes, remarks = take_footnotes(lines)
    if labelled and lines != every:
        marks = find_marks(lines)
    notes = own_notes + notes
    tabled = asked_in_rows(lines) if _HEADS.search(source.text) else None
    lines, marks = tabled or (lines, marks)
    typesetting = Typesetting(lines)
    paragraphs = cache(lambda: typesetting.paragraphs(lines))
    reading = None if tabled else sure_reading(source.text, paragraphs)
    structure = None if reading else find_structure(lines, marks, typesetting)
    if structure:
        sections, metadata, title = _questioned(structure, furniture, source, path)
    else:
        reading = reading or plain_reading(paragraphs())
        sections, metadata, title = _read(reading, source, path)
    told = told_apart([line.text for line in furniture], (line.text for line in every))
    metadata = _numbered(metadata, letterhead(source.text, [furniture[n].text for n in told]))
    metadata, title = _completed(metadata, source.fields), source.fields.title or title
    written = _write(source, sections, furniture, told)
    footnotes = _write_notes(written, notes, typesetting)
    found = exchanges.exchanges(written.blocks, written.builder.text())
    return Document(
        path=path,
        fingerprint=source.fingerprint,
        kind="schriftelijke vragen" if found else metadata.kind,
        text=written.builder.text(),
        title=title,
        source_map=written.builder.source_map(),
        blocks=tuple(written.blocks),
        exchanges=found,
        footnotes=footnotes,
        date=metadata.date,
        date_asked=metadata.date_asked,
        askers=metadata.askers,
        answered_by=metadata.answered_by,
        references=metadata.references,
        own_references=metadata.own_references,
        sources=metadata.sources,
        remarks=(*exchanges.remarks(found), *remarks, *source.remarks),
        pages=document_pages(source.pages, written.builder.source_map(), written.builder.text()),
        boxes=source.boxes,
        speakers=metadata.speakers,
        outcome=metadata.outcome,
    )


def _lines(source: Source, labelled: bool) -> tuple[list[Line], list[Line], list[Mark]]:
    """The lines of running text with the marks in them, and the lines of page furniture.

    ``labelled``: there may be questions among them.
    """
    lines = apply_settings(split_lines(source.text, wrapped=source.wrapped), source)
    if source.markdown or (source.markdown is None and is_markdown(source.text)):
        lines = without_markup(lines)
    marks = find_marks(lines) if labelled else []
    apart = furniture_of(lines, source) | find_furniture(lines, marks[0].line if marks else len(lines))
    if not apart:
        return whole_rows(lines), [], marks
    kept: list[Line] = []
    page = cut = False
    for i, line in enumerate(lines):
        page, cut = page or (line.page_start and i in apart), cut or i in apart
        if i not in apart:
            kept.append(line._replace(after_cut=True, page_start=line.page_start or page) if cut else line)
            page = cut = False
    kept = whole_rows(kept)
    return kept, [lines[i] for i in sorted(apart)], find_marks(kept) if labelled else []


def _unbroken(source: Source) -> str:
    """The text of a source with the numbers whole that its lines break at a hyphen or slash."""
    return _BROKEN_NUMBER.sub(r"\1", source.text) if source.pages else source.text


def _questioned(
    structure: Structure, furniture: list[Line], source: Source, path: str
) -> tuple[list[Section], Metadata, str]:
    tops = [paragraph.text for paragraph in structure.head]
    tail = [p.text for section in structure.sections if section.kind == "metadata" for p in section.paragraphs]
    metadata = read_metadata(tops, tail, [line.text for line in furniture], _unbroken(source))
    first = next(section for section in structure.sections if section.kind == "question")
    question = " ".join(paragraph.text for paragraph in first.paragraphs)
    title = metadata.title or derived_title(tops, question)
    sections = head.head_sections(structure.head, metadata.title, first.numbers) + structure.sections
    return sections, metadata, _capitalised(title) or _file_title(path)


def _read(reading: Reading, source: Source, path: str) -> tuple[list[Section], Metadata, str]:
    """What a document without questions says of itself."""
    plain = plain_metadata(reading.head)
    first = _shown(reading.sections)
    own = (*reading.own_references, *own_references(reading.head))
    metadata = Metadata(
        title=reading.title or plain.title,
        date=reading.date or plain.date,
        askers=reading.askers or plain.askers,
        answered_by=reading.answered_by,
        references=(*references(_unbroken(source)), *reading.references),
        own_references=tuple(dict.fromkeys(own)),
        kind=reading.kind,
        speakers=reading.speakers,
        outcome=reading.outcome,
    )
    return reading.sections, metadata, _capitalised(metadata.title or first) or _file_title(path)


def _shown(sections: Sequence[Section]) -> str:
    """The heading at the top that can be a title, else whatever is set as one."""
    tops = [s.paragraphs[0].text for s in sections[:_TOP] if s.kind in ("title", "heading") and s.paragraphs]
    if not sections or sections[0].kind != "title":
        return ""
    found = shown(tops)
    if not found and is_sender(tops[0]):  # a letterhead comes first
        found = shown([p.text for s in sections[:_LETTERHEAD] for p in s.paragraphs if len(p.lines) == 1])
    return (found or tops[0])[:_LONGEST_TITLE]


def _completed(metadata: Metadata, fields: Fields) -> Metadata:
    """What the text says, with what the format says where the text is silent."""
    own = tuple(dict.fromkeys((*metadata.own_references, *fields.own_references)))
    return replace(
        metadata,
        date=metadata.date or fields.date,
        date_asked=metadata.date_asked or fields.date_asked,
        askers=metadata.askers or fields.askers,
        answered_by=metadata.answered_by or fields.answered_by,
        references=tuple(dict.fromkeys((*metadata.references, *own))),
        own_references=own,
        sources=tuple(dict.fromkeys((*metadata.sources, *fields.sources))),
        kind=metadata.kind if metadata.kind not in ("", "document") else fields.kind or "document",
    )


def _numbered(metadata: Metadata, head: Letterhead) -> Metadata:
    """With the numbers, and of a letter the date, that stand beside their label in the letterhead."""
    own = dict.fromkeys([*(number for number in metadata.own_references if number not in head.theirs), *head.own])
    return replace(
        metadata,
        date=(head.date if metadata.kind == "brief" else None) or metadata.date,
        references=tuple(dict.fromkeys((*metadata.references, *own, *head.theirs))),
        own_references=tuple(own),
    )


def _capitalised(title: str) -> str:
    return title[:1].upper() + title[1:]


def _file_title(path: str) -> str:
    return _FILE_ENDING.sub("", path.rsplit("/", 1)[-1]).replace("_", " ")


def _write(source: Source, sections: Sequence[Section], furniture: Sequence[Line], told: Sequence[int]) -> _Written:
    """All of the text: the sections, then the furniture, of which the lines ``told`` tell about the document."""
    written = _Written(TextBuilder(source.text), [])
    for section in sections:
        written.section(section)
    own = frozenset(told)
    for number, (tells, lines) in enumerate(groupby(range(len(furniture)), own.__contains__)):
        paragraphs = [Paragraph((furniture[n],), ("",)) for n in lines]
        written.section(Section("metadata" if tells else "furniture", paragraphs), tight=number > 0)
    return written


def _write_notes(written: _Written, notes: Sequence[Note], typesetting: Typesetting) -> tuple[Footnote, ...]:
    """Write the footnotes after everything else and tie each to its place in the text."""
    if not notes:
        return ()
    finder = written.builder.finder()
    footnotes: list[Footnote] = []
    for note in notes:
        paragraphs = typesetting.paragraphs(note.lines)
        joined = Paragraph(tuple(chain.from_iterable(p.lines for p in paragraphs)), _joints(paragraphs))
        written.section(Section("footnote", [joined], (), note.label, True))
        block = written.blocks[-1]
        place = None if note.anchor is None else finder.clean(note.anchor)
        footnotes.append(Footnote(note.marker, block.start, block.end, None if place is None else place + 1))
    return tuple(footnotes)


def _joints(paragraphs: Sequence[Paragraph]) -> tuple[str, ...]:
    """The joints of paragraphs that are to be one: a space between them."""
    joints: list[str] = []
    for paragraph in paragraphs:
        joints += [" " if joints else "", *paragraph.joints[1:]]
    return tuple(joints)
