"""Files of rich formats made by code: a document as parts → docx, odt, html, eml, XML of officielebekendmakingen.nl.

Footnotes are written ``[[1|text of the note]]`` at their place in a text.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage
from xml.sax.saxutils import escape

NOTE = re.compile(r"\[\[(\w+)\|(.*?)\]\]", re.DOTALL)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ODF = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "style")
    )
    + ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
)


@dataclass(frozen=True)
class Part:
    """A paragraph: "title", "heading", "text", "numbered" (its number is automatic), or a "row" of ``cells``."""

    kind: str
    text: str = ""
    level: int = 1
    italic: bool = False
    cells: tuple[str, ...] = ()


def zipped(**files: str | bytes) -> bytes:
    """A zip file; "__" in a name stands for "/", "_dot_" for "."."""
    return packed({name.replace("__", "/").replace("_dot_", "."): data for name, data in files.items()})


def packed(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


# --- Word ------------------------------------------------------------------------------------------------------------


def docx(parts: list[Part], footer: str = "") -> bytes:
    notes: list[str] = []
    body = "".join(_word_part(part, notes) for part in _tables(parts))
    files = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f'<w:styles {W}><w:style w:type="paragraph" w:styleId="Kop1"><w:name w:val="heading 1"/>'
        '<w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style><w:style w:type="paragraph" w:styleId="Titel">'
        '<w:name w:val="Title"/></w:style></w:styles>',
        "word/numbering.xml": f'<w:numbering {W}><w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0">'
        '<w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
        '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>',
        "word/footnotes.xml": f"<w:footnotes {W}>"
        + "".join(
            f'<w:footnote w:id="{n}"><w:p><w:r><w:footnoteRef/></w:r>{_word_run(text)}</w:p></w:footnote>'
            for n, text in enumerate(notes)
        )
        + "</w:footnotes>",
    }
    if footer:
        files["word/footer1.xml"] = f"<w:ftr {W}><w:p>{_word_run(footer)}</w:p></w:ftr>"
    return packed(files)


def _tables(parts: list[Part]) -> list[Part | list[Part]]:
    """Rows that follow one another as one list."""
    found: list[Part | list[Part]] = []
    for part in parts:
        if part.kind == "row" and found and isinstance(found[-1], list):
            found[-1].append(part)
        else:
            found.append([part] if part.kind == "row" else part)
    return found


def _word_part(part: Part | list[Part], notes: list[str]) -> str:
    if isinstance(part, list):
        rows = "".join(
            "<w:tr>" + "".join(f"<w:tc><w:p>{_word_run(cell)}</w:p></w:tc>" for cell in row.cells) + "</w:tr>"
            for row in part
        )
        return f"<w:tbl>{rows}</w:tbl>"
    styles = {"title": '<w:pStyle w:val="Titel"/>', "heading": '<w:pStyle w:val="Kop1"/>'}
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr>' if part.kind == "numbered" else ""
    runs, place = "", 0
    for note in NOTE.finditer(part.text):
        runs += _word_run(part.text[place : note.start()], italic=part.italic)
        runs += f'<w:r><w:footnoteReference w:id="{len(notes)}"/></w:r>'
        notes.append(note[2])
        place = note.end()
    runs += _word_run(part.text[place:], italic=part.italic)
    return f"<w:p><w:pPr>{styles.get(part.kind, '')}{number}</w:pPr>{runs}</w:p>"


def _word_run(text: str, *, italic: bool = False) -> str:
    properties = "<w:rPr><w:i/></w:rPr>" if italic else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""


# --- OpenDocument ----------------------------------------------------------------------------------------------------


def odt(parts: list[Part], footer: str = "") -> bytes:
    body = "".join(_open_part(part, n) for n, part in enumerate(_tables(parts)))
    styles = (
        '<style:style style:name="I" style:family="text"><style:text-properties fo:font-style="italic"/></style:style>'
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-suffix="." '
        'style:num-format="1"/></text:list-style>'
    )
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f"<office:text>{body}</office:text></office:body></office:document-content>"
    )
    files = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content}
    if footer:
        files["styles.xml"] = (
            f"<office:document-styles {ODF}><style:master-page><style:footer><text:p>{escape(footer)}</text:p>"
            "</style:footer></style:master-page></office:document-styles>"
        )
    return packed(files)


def _open_part(part: Part | list[Part], place: int) -> str:
    if isinstance(part, list):
        rows = "".join(
            "<table:table-row>"
            + "".join(f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>" for cell in row.cells)
            + "</table:table-row>"
            for row in part
        )
        return f"<table:table>{rows}</table:table>"
    text = _noted(
        part.text,
        lambda marker, note: (
            f'<text:note text:note-class="footnote"><text:note-citation>{marker}</text:note-citation>'
            f"<text:note-body><text:p>{escape(note)}</text:p></text:note-body></text:note>"
        ),
    )
    text = f'<text:span text:style-name="I">{text}</text:span>' if part.italic else text
    if part.kind in ("title", "heading"):
        return f'<text:h text:outline-level="{part.level}">{text}</text:h>'
    if part.kind == "numbered":
        going_on = ' text:continue-numbering="true"' if place else ""
        item = f"<text:list-item><text:p>{text}</text:p></text:list-item>"
        return f'<text:list text:style-name="L"{going_on}>{item}</text:list>'
    return f"<text:p>{text}</text:p>"


def _noted(text: str, note: object) -> str:
    out, place = "", 0
    for found in NOTE.finditer(text):
        out += escape(text[place : found.start()]) + note(found[1], found[2])  # type: ignore[operator]
        place = found.end()
    return out + escape(text[place:])


# --- web pages and messages ------------------------------------------------------------------------------------------

MENU = "<nav><ul><li><a href='/'>Startpagina</a></li><li><a href='/nieuws'>Laatste nieuws</a></li></ul></nav>"
COOKIES = "<div class='cookie-melding'>Deze website gebruikt cookies om u te volgen.</div>"


def html(parts: list[Part], head: str = "", around: bool = True) -> bytes:
    notes: list[tuple[str, str]] = []
    numbers = iter(range(1, 1000))

    def note(marker: str, text: str) -> str:
        notes.append((marker, text))
        return f'<sup><a href="#noot{marker}">{marker}</a></sup>'

    body = ""
    for part in _tables(parts):
        if isinstance(part, list):
            rows = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row.cells) + "</tr>" for row in part)
            body += f"<table>{rows}</table>"
            continue
        text = _noted(part.text, note)
        text = f"<em>{text}</em>" if part.italic else text
        if part.kind == "numbered":
            body += f"<ol start='{next(numbers)}'><li>{text}</li></ol>"
        else:
            tag = {"title": "h1", "heading": f"h{part.level + 1}"}.get(part.kind, "p")
            body += f"<{tag}>{text}</{tag}>\n"
    ends = "".join(f'<p id="noot{marker}"><sup>{marker}</sup> {escape(text)}</p>' for marker, text in notes)
    page = f"<main>{body}{ends}</main>"
    if around:
        page = f"{COOKIES}<header>{MENU}</header>{page}<footer><p>Contact: 14 010</p></footer>"
    return f"<!doctype html><html><head><meta charset='utf-8'>{head}</head><body>{page}</body></html>".encode()


def mail(text: str, subject: str = "Antwoord op uw vragen", **more: bytes) -> bytes:
    message = EmailMessage()
    message["From"] = "Griffie Waterveen <griffie@waterveen.example>"
    message["To"] = "raad@waterveen.example"
    message["Date"] = "Tue, 04 Apr 2023 10:12:00 +0200"
    message["Subject"] = subject
    message.set_content(text)
    for name, data in more.items():
        message.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=name.replace("_dot_", ".")
        )
    return message.as_bytes()


# --- official publications -------------------------------------------------------------------------------------------


def questions_xml(head: list[str], exchanges: list[tuple[str, list[str], str, list[str]]], identifier: str) -> bytes:
    """Questions with answers: label and paragraphs of the question, label and paragraphs of the answer, of each."""

    def paragraphs(texts: list[str]) -> str:
        return "".join(f"<al>{_noted(text, _xml_note)}</al>" for text in texts)

    said = "".join(f"<kamervraagomschrijving>{_noted(text, _xml_note)}</kamervraagomschrijving>" for text in head)
    body = "".join(
        f"<vraag><nr>{escape(asked)}</nr>{paragraphs(question)}</vraag>"
        + (f"<antwoord><nr>{escape(told)}</nr>{paragraphs(answer)}</antwoord>" if answer else "")
        for asked, question, told, answer in exchanges
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><officiele-publicatie><metadata><meta name="DC.identifier" '
        f'content="{identifier}"/></metadata><kamervragen>{said}{body}</kamervragen></officiele-publicatie>'
    ).encode()


def _xml_note(marker: str, text: str) -> str:
    return f'<noot id="n{marker}" type="voet"><noot.nr>{marker}</noot.nr><noot.al>{escape(text)}</noot.al></noot>'
