"""PDF → Source, page by page, in a process of its own; pages that are images go to the OCR. Knows no layout."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import Any

from rag.documents.formats import ocr
from rag.documents.formats.paged import ReadLine, ReadPage, named, source_of
from rag.documents.formats.pdf_process import PAGE, PdfDied, PdfProcess, shared
from rag.documents.formats.running_on import Shape
from rag.documents.source import Source
from rag.errors import UnreadableFile

MOST_PAGES = 10_000
MOST_CHARACTERS = 20_000_000  # of a file
SECONDS = 900.0  # for the text of a file
OCR_SECONDS = 1800.0  # for the recognition of its scanned pages
MOST_DEATHS = 3
DPI = 300  # what Tesseract asks for
_WIDEST = 5000  # pixels
_REFUSALS = {
    "password": "is beveiligd met een wachtwoord; sla een versie zonder wachtwoord op",
    "broken": "is geen leesbare PDF (beschadigd, afgebroken of een ander soort bestand)",
}
_UNREAD = {
    "remarks": ("opmerking in de kantlijn", "opmerkingen in de kantlijn"),
    "ticked": ("aangekruist vakje", "aangekruiste vakjes"),
}


def read(data: bytes, name: str) -> Source:
    """Read a PDF. Raises UnreadableFile with a Dutch reason."""
    if not data:
        raise UnreadableFile(name, "is leeg")
    with shared().lock:
        return _File(data, name, shared()).source()


class _File:
    """A PDF that is being read: the pages so far and those that could not be."""

    def __init__(self, data: bytes, name: str, process: PdfProcess) -> None:
        self._data, self._name, self._process = data, name, process
        self._fingerprint = hashlib.sha256(data).hexdigest()
        self._deaths = 0
        self._scans: dict[int, ReadPage] = {}  # page number → the page as it stands in the text layer
        self._sizes: dict[int, float] = {}  # page number → width in points
        self._failed: list[int] = []
        self._asked: dict[str, Any] | None = None  # the table of questions with which the page before ends
        self._cut: list[int] = []
        self._unread: dict[str, dict[int, int]] = {"remarks": {}, "ticked": {}}  # page number → how many of what

    def source(self) -> Source:
        """The whole of it."""
        total = self._open()
        if total > MOST_PAGES:
            raise UnreadableFile(self._name, f"heeft te veel pagina's ({total}; het hoogste is {MOST_PAGES})")
        try:
            pages = self._pages(total)
            missing = self._recognise(pages)
            self._process.close()
        except PdfDied as error:
            raise self._gave_up(error) from error
        if not any(line.text.strip() for page in pages for line in page.lines):
            raise UnreadableFile(self._name, self._without_text(missing, total))
        return source_of(pages, self._fingerprint, self._remarks(pages, missing))

    def _open(self) -> int:
        try:
            reply = self._process.open(self._data, self._fingerprint)
        except PdfDied as error:
            raise self._gave_up(error) from error
        if "pages" not in reply:
            raise UnreadableFile(self._name, _REFUSALS.get(reply["error"], _REFUSALS["broken"]))
        return int(reply["pages"])

    def _gave_up(self, error: PdfDied) -> UnreadableFile:
        why = "het lezen duurde te lang" if error.slow else "het lezen liep vast"
        return UnreadableFile(self._name, f"is een PDF die niet te lezen is ({why})")

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Ask of the open file; after a crash it is opened again, and the page that did it is left out."""
        try:
            return self._process.ask(request, seconds=PAGE)
        except PdfDied:
            self._deaths += 1
            if self._deaths >= MOST_DEATHS:
                raise
            self._process.open(self._data, self._fingerprint)
            return {"error": "died"}, b""

    def _pages(self, total: int) -> list[ReadPage]:
        pages: list[ReadPage] = []
        started = time.monotonic()
        characters = 0
        for number in range(1, total + 1):
            page = self._page(number)
            pages.append(page)
            characters += sum(len(line.text) for line in page.lines)
            if characters > MOST_CHARACTERS:
                raise UnreadableFile(self._name, f"bevat te veel tekst (meer dan {MOST_CHARACTERS} tekens)")
            if time.monotonic() - started > SECONDS:
                reached = f"na {SECONDS:.0f} seconden was pagina {number} van {total} bereikt"
                raise UnreadableFile(self._name, f"is een PDF die niet te lezen is ({reached})")
        return pages

    def _page(self, number: int) -> ReadPage:
        reply, _ = self._ask({"do": "page", "page": number - 1, "asked": self._asked})
        self._asked = next((table["asked"] for table in reversed(reply.get("tables", ()))), None)
        if "error" in reply:
            self._failed.append(number)
            return ReadPage(number, [], "geen")
        shapes = [_shape(table) for table in reply["tables"]]
        page = ReadPage(number, [_line(line, shapes) for line in reply["lines"]])
        if reply["sideways"]:
            page.lines.append(ReadLine(reply["sideways"], [], aside=True))
        page.lines += [ReadLine(value["text"], [tuple(value["box"])], gap=1) for value in reply["values"]]
        self._count(number, reply)
        if reply["cut"]:
            self._cut.append(number)
        if reply["scan"]:
            page.reading = "geen"
            self._scans[number], self._sizes[number] = page, reply["width"]
        return page

    def _count(self, number: int, reply: dict[str, Any]) -> None:
        """Remember what on a page cannot be read."""
        for kind, found in self._unread.items():
            if reply[kind]:
                found[number] = reply[kind]

    def _recognise(self, pages: list[ReadPage]) -> list[int]:
        """Read scanned pages with OCR, in place. Gives back the numbers of those that were not read."""
        missing = []
        started = time.monotonic()
        ready = bool(self._scans) and ocr.available()
        for number in self._scans:
            if ready and time.monotonic() - started < OCR_SECONDS:
                page = self._recognised(number)
                if page:
                    pages[number - 1] = page
                    continue
            missing.append(number)
        return missing

    def _recognised(self, number: int) -> ReadPage | None:
        width = min(round(self._sizes[number] / 72 * DPI), _WIDEST)
        reply, image = self._ask({"do": "image", "page": number - 1, "width": width, "gray": True})
        if "error" in reply:
            return None
        found = ocr.recognise(image)
        return ReadPage(number, found[0].lines, "ocr", found[0].confidence) if found and found[0].lines else None

    def _without_text(self, missing: Sequence[int], total: int) -> str:
        if missing and not ocr.available():
            pages = "1 pagina" if total == 1 else f"{total} pagina's"
            return f"niet gelezen: gescand ({pages} zonder tekst, {ocr.ADVICE})"
        if missing:
            return "niet gelezen: gescand, en de tekstherkenning vond geen tekst"
        if self._failed:
            return f"is een PDF die niet te lezen is ({named(self._failed)} beschadigd of te zwaar)"
        return "bevat geen tekst"

    def _remarks(self, pages: Sequence[ReadPage], missing: Sequence[int]) -> list[str]:
        why = ocr.ADVICE if not ocr.available() else "de tekstherkenning vond geen tekst"
        remarks = [f"{named(missing)} niet gelezen: gescand ({why})"] if missing else []
        remarks += ocr.remarks(pages)
        if self._failed:
            remarks.append(f"{named(self._failed)} niet gelezen: beschadigd of te zwaar")
        empty = [page.number for page in pages if page.reading == "tekst" and not page.lines]
        if empty:
            remarks.append(f"{named(empty)} zonder tekst")
        for kind, (one, more) in _UNREAD.items():
            if found := self._unread[kind]:
                count = sum(found.values())
                remarks.append(f"{count} {one if count == 1 else more} niet gelezen ({named(list(found))})")
        if self._cut:
            remarks.append(f"{named(self._cut)} niet helemaal gelezen: te veel tekst op een pagina")
        return remarks


def _shape(read: dict[str, Any]) -> Shape:
    columns = tuple((left, right) for left, right in read["columns"])
    return Shape(columns, read["ruled"], read["open_above"], read["open_below"])


def _line(read: dict[str, Any], shapes: Sequence[Shape]) -> ReadLine:
    return ReadLine(
        text=read["text"],
        boxes=[(box[0], box[1], box[2], box[3], box[4], box[5]) for box in read["boxes"]],
        height=read["height"],
        gap=read["gap"],
        indent=read["indent"],
        column=read["column"],
        raised=[(a, b) for a, b in read["raised"]],
        bold=read["bold"],
        italic=read["italic"],
        role=read["role"] or None,
        shape=None if read["table"] is None else shapes[read["table"]],
    )
