"""Sets a document in type: a small typesetter that writes PDF, with what council letters have and parsers stumble on.

Running heads and feet, page numbers, columns, words broken at line ends, footnotes at the foot of the page with raised
figures, and a letterhead with fields beside the text. Deterministic: the same document gives the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from rag.types import Block, Document

WIDTH, HEIGHT = A4
SLANTED = {"Times-Roman": "Times-Italic", "Helvetica": "Helvetica-Oblique"}
VOWELS = "aeiouyéëïöü"
BREAKABLE = re.compile(r"[a-zéëïöü]{9,}$")
SPLIT = re.compile(rf"(?<=[{VOWELS}][^\W\d_{VOWELS}])(?=[^\W\d_{VOWELS}][{VOWELS}])")


@dataclass(frozen=True)
class Layout:
    columns: int = 1
    font: str = "Times-Roman"
    size: float = 11
    margin: float = 72
    gutter: float = 24
    head: str = ""  # at the top of every page
    foot: str = ""  # at the bottom, "{page}" for its number
    hyphens: bool = True
    notes: bool = True  # footnotes at the foot of the page; else they stay where they are
    first_head: bool = True  # the running head is on the first page too
    below: bool = True  # the furniture of the document at the very foot of the last page
    slanted: tuple[str, ...] = ("introduction",)  # kinds of blocks in italics

    @property
    def leading(self) -> float:
        return round(self.size * 1.22, 1)

    @property
    def width(self) -> float:
        return (WIDTH - 2 * self.margin - (self.columns - 1) * self.gutter) / self.columns


LETTER = Layout(head="Gemeente Den Haag", foot="Pagina {page}", first_head=False)
COLUMNS = Layout(columns=2, font="Helvetica", size=9, margin=54, head="Gemeente Den Haag", foot="{page}")

Piece = tuple[str, bool]  # text, raised


@dataclass
class Set:
    """A line as set: pieces of text, white before it, and the footnotes that it refers to."""

    pieces: list[Piece]
    before: float = 0.0
    notes: list[list[Set]] = field(default_factory=list)
    size: float = 0.0
    italic: bool = False


def typeset(document: Document, layout: Layout = LETTER) -> bytes:
    """The document as a PDF."""
    furniture = [document.text[b.start : b.end] for b in document.blocks if b.kind == "furniture"]
    return _Press(layout).printed(_lines(document, layout), " ".join(furniture).replace("\n", " "))


def plain_pages(pages: list[list[str]], size: float = 11) -> bytes:
    """A PDF with these lines on its pages, the first 72 points from the left and top."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for lines in pages:
        canvas.setFont("Helvetica", size)
        for n, line in enumerate(lines):
            canvas.drawString(72, HEIGHT - 84 - n * size * 1.25, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _lines(document: Document, layout: Layout) -> list[Set]:
    marks = {note.anchor: note for note in document.footnotes if note.anchor is not None}
    lines: list[Set] = []
    label, below = "", False
    for block in document.blocks:
        if block.kind == "furniture":
            continue
        text = document.text[block.start : block.end]
        if layout.notes and block.kind == "footnote":
            continue
        if block.kind == "label":
            following = document.text[block.end : block.end + 2]
            if following.startswith("\n"):
                lines += _wrapped(text, layout, {}, layout.size)
                lines[-1].before, below = layout.leading * 0.9, True
            else:
                label = text + " "
            if _is_label_of_note(document, block, layout):
                label = ""
            continue
        position = block.start
        for paragraph in re.split(r"(\n+)", text):
            if paragraph.strip():
                here = {at - position: note for at, note in marks.items() if position < at <= position + len(paragraph)}
                shifted = {at + len(label): note for at, note in here.items()}
                made = _wrapped(label + paragraph, layout, shifted, layout.size, document)
                made[0].before = 0 if below else layout.leading * 0.7
                for line in made:
                    line.italic = block.kind in layout.slanted
                lines += made
                label, below = "", False
            position += len(paragraph)
    return lines


def _is_label_of_note(document: Document, block: Block, layout: Layout) -> bool:
    following = next((b for b in document.blocks if b.start >= block.end), None)
    return bool(layout.notes and following and following.kind == "footnote")


def _wrapped(text: str, layout: Layout, notes: dict, size: float, document: Document | None = None) -> list[Set]:
    """Cut a paragraph into lines; ``notes`` are by their place in the text."""
    lines = [Set([], size=size)]
    room = layout.width
    for start, word in _words(text, layout, size):
        here = sorted((at - start, note) for at, note in notes.items() if start < at <= start + len(word))
        pieces = _with_marks(word, here)
        width = sum(_wide(piece, layout, size) for piece in pieces)
        spaced = bool(lines[-1].pieces) and start > 0 and text[start - 1] == " "
        space = stringWidth(" ", layout.font, size) if spaced else 0
        if lines[-1].pieces and width + space > room:
            split = _broken(word, room - space, layout, size) if not here else None
            if split:
                lines[-1].pieces += [(" ", False), (split[0], False)]
                pieces, width = [(split[1], False)], _wide((split[1], False), layout, size)
            lines.append(Set([], size=size))
            room, space = layout.width, 0
        if space:
            lines[-1].pieces.append((" ", False))
        lines[-1].pieces += pieces
        room -= width + space
        if document is not None:
            lines[-1].notes += [_note(document, note, layout) for _, note in here]
    return lines


def _words(text: str, layout: Layout, size: float) -> Iterator[tuple[int, str]]:
    """The words of a text with their places; what is wider than a column comes in pieces that end with a slash."""
    for found in re.finditer(r"\S+", text):
        start, rest = found.start(), found.group()
        while stringWidth(rest, layout.font, size) > layout.width:
            cut = max(
                (
                    m.end()
                    for m in re.finditer("[/-]", rest)
                    if stringWidth(rest[: m.end()], layout.font, size) < layout.width
                ),
                default=len(rest),
            )
            yield start, rest[:cut]
            start, rest = start + cut, rest[cut:]
        if rest:
            yield start, rest


def _with_marks(word: str, here: list) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    for at, note in here:
        pieces += [(word[start:at], False), (note.marker, True)]
        start = at
    return [*pieces, (word[start:], False)] if word[start:] or not pieces else pieces


def _note(document: Document, note, layout: Layout) -> list[Set]:
    made = _wrapped(document.text[note.start : note.end].replace("\n", " "), layout, {}, layout.size * 0.8)
    made[0].pieces.insert(0, (note.marker, True))
    return made


def _broken(word: str, room: float, layout: Layout, size: float) -> tuple[str, str] | None:
    if not layout.hyphens or not BREAKABLE.fullmatch(word.rstrip(".,:;?!")):
        return None
    for found in reversed(list(SPLIT.finditer(word))):
        left, right = word[: found.start()] + "-", word[found.start() :]
        if len(left) > 4 and len(right) > 3 and stringWidth(left, layout.font, size) <= room:
            return left, right
    return None


def _wide(piece: Piece, layout: Layout, size: float) -> float:
    return stringWidth(piece[0], layout.font, size * (0.62 if piece[1] else 1))


class _Press:
    """Puts lines on pages."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._out = io.BytesIO()
        self._canvas = Canvas(self._out, pagesize=A4, invariant=True)
        self._page = 0
        self._column = layout.columns
        self._y = 0.0
        self._notes: list[list[Set]] = []

    def printed(self, lines: list[Set], below: str = "") -> bytes:
        for line in lines:
            reserved = self._reserved([*self._notes, *line.notes])
            top = self._column < self._layout.columns and self._y >= self._top() - 1
            before = 0 if top else line.before
            if self._column >= self._layout.columns or self._y - before - self._layout.leading < reserved:
                self._next_column()
                before = 0
            self._y -= before + self._layout.leading
            self._draw(line, self._y)
            self._notes += line.notes
        self._finish_column()
        self._canvas.setFont(self._layout.font, 7)
        if self._layout.below:
            self._canvas.drawString(self._layout.margin, 20, below[:120])
        self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()

    def _top(self) -> float:
        return HEIGHT - self._layout.margin

    def _reserved(self, notes: list[list[Set]]) -> float:
        lines = sum(len(note) for note in notes)
        return self._layout.margin + (lines * self._layout.leading * 0.85 + 14 if lines else 0)

    def _next_column(self) -> None:
        if self._page:
            self._finish_column()
        self._column += 1
        if self._column >= self._layout.columns:
            self._next_page()
        self._y = self._top()

    def _next_page(self) -> None:
        if self._page:
            self._canvas.showPage()
        self._page += 1
        self._column = 0
        layout = self._layout
        self._canvas.setFont(layout.font, layout.size * 0.85)
        if layout.head and (layout.first_head or self._page > 1):
            self._canvas.drawString(layout.margin, HEIGHT - 36, layout.head)
        if layout.foot:
            self._canvas.drawRightString(WIDTH - layout.margin, 32, layout.foot.format(page=self._page))

    def _finish_column(self) -> None:
        y = self._reserved(self._notes) - 10
        for note in self._notes:
            for line in note:
                self._draw(line, y)
                y -= self._layout.leading * 0.85
        self._notes = []

    def _draw(self, line: Set, y: float) -> None:
        x = self._layout.margin + self._column * (self._layout.width + self._layout.gutter)
        font = SLANTED[self._layout.font] if line.italic else self._layout.font
        for text, raised in line.pieces:
            size = line.size * (0.62 if raised else 1)
            self._canvas.setFont(font, size)
            self._canvas.drawString(x, y + (line.size * 0.35 if raised else 0), text)
            x += stringWidth(text, font, size)
