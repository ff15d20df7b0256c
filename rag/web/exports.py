"""A turn → something to take along: Markdown, printable HTML and Word, each with numbered sources. Pure functions.

Every export has the question, the answer with its marks, the sources with their quotes, the date, the standing notice
and the version of the program, so that it can be checked by someone who was not there.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rag.types import Citation, Hit
from rag.web import wording
from rag.web.filters import CHIP, chips, filter_value
from rag.web.html import Html, escape, join, tag
from rag.web.remarks import is_unsure, proof_state
from rag.web.turns import Turn

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

FOUND = "Dit vond Raadwijzer wél"
LONGEST_NAME = 60  # characters of a question in the name of a file
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # what XML, and so Word, cannot hold
MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&])")
LIST_ITEM = re.compile(r"^(\d*)([-+.)])")  # what would begin a list
STYLE = (
    "body{font:11pt/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#111;"
    "background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem}blockquote{margin:.25rem 0 0;padding-left:.8rem;"
    "border-left:3px solid #999}li{margin-bottom:.9rem;break-inside:avoid}footer{margin-top:2rem;color:#444}"
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The words of an export, the same in every form. A sentence is (text, markers)."""

    question: str
    understood: str
    limits: tuple[str, ...]
    sentences: tuple[tuple[str, tuple[int, ...]], ...]
    sources: tuple[tuple[int, str, str, str], ...]  # marker, title, place, quote
    remarks: tuple[str, ...]  # how far it is proven, on what the documents are silent, that there is something newer
    found: tuple[str, ...]  # what came closest, when there is no answer
    closing: tuple[str, ...]


def sheet(turn: Turn, day: str, version: str) -> Sheet:
    """What an export says. ``day`` is an ISO date."""
    answered = turn.answer is not None and turn.answer.answered
    made = f"Gemaakt met Raadwijzer {version} op {wording.date(day)}."
    nearest = turn.answer.nearest[:5] if turn.answer and not answered else ()
    return Sheet(
        question=turn.typed,
        understood=turn.question if turn.question != turn.typed else "",
        limits=tuple(_limits(turn)),
        sentences=tuple((claim.text.strip(), claim.citations) for claim in turn.claims),
        sources=tuple((one.marker, one.title, _place(one), one.quote) for one in turn.citations),
        remarks=tuple(_remarks(turn)),
        found=tuple(f"{hit.document.title} ({', '.join(_hit_place(hit))})" for hit in nearest),
        closing=(wording.NOTICE, made),
    )


def _limits(turn: Turn) -> Iterator[str]:
    for name, value, _ in chips(turn.filters):
        yield f"{CHIP[name]}: {turn.about if turn.about and name == 'documents' else filter_value(name, value)}"


def file_name(turn: Turn, day: str, ending: str) -> str:
    """For example "raadwijzer-2026-11-22-hoeveel-meldingen-waren-er.docx": nothing that a system or a header minds."""
    plain_letters = unicodedata.normalize("NFKD", turn.question).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain_letters.lower())
    name = "-".join(words)[:LONGEST_NAME]
    whole = name.rpartition("-")[0] if len("-".join(words)) > LONGEST_NAME and "-" in name else name
    return f"raadwijzer-{day}-{whole or 'vraag'}.{ending}"


def _remarks(turn: Turn) -> Iterator[str]:
    """What the page says of the answer as well, a sentence or two each."""
    answer = turn.answer
    if answer is None:
        return
    if answer.answered:
        yield " ".join([*proof_state(answer)[2:], *([wording.UNSURE] if is_unsure(answer) else [])])
    if answer.unanswered:
        title = wording.UNANSWERED if len(answer.unanswered) == 1 else wording.UNANSWERED_PARTS
        yield f"{title}: {wording.listed([f'‘{part}’' for part in answer.unanswered])}."
    elif answer.missing:
        yield f"{wording.MISSING}: {wording.listed(answer.missing)}."
    for hit in turn.newer:
        yield f"{wording.NEWER}: {hit.document.title} ({', '.join(_hit_place(hit))})."
    for hit in turn.later:
        yield f"{wording.LATER}: {hit.document.title} ({', '.join(_hit_place(hit))})."


def _hit_place(hit: Hit) -> list[str]:
    page = f"bladzijde {hit.passage.pages[0][1]}" if hit.passage.pages else ""
    said = (wording.day_of(hit.document), wording.part(hit.passage.questions, hit.passage.label), page)
    return [part for part in said if part]


def _place(citation: Citation) -> str:
    also = [f"staat ook in {one.title}" for one in citation.also_in]
    return ", ".join([*wording.place(citation), citation.document, *also])


def markdown(words: Sheet) -> str:
    """As Markdown, which also reads well as plain text in a mail."""
    lines = [f"# {_plain(words.question)}", ""]
    if words.understood:
        lines += [f"Begrepen als: {_plain(words.understood)}", ""]
    if words.limits:
        lines += [f"Gezocht met filters: {_plain('; '.join(words.limits))}", ""]
    if words.sentences:
        said = (_plain(text) + "".join(f" [{marker}]" for marker in marks) for text, marks in words.sentences)
        lines += [" ".join(said), "", *_paragraphs(words.remarks), "## Bronnen", ""]
        for marker, title, place, quote in words.sources:
            lines += [f"[{marker}] {_plain(title)} ({_plain(place)})", "", f"> {_plain(quote)}", ""]
    else:
        lines += [f"{wording.NO_ANSWER}.", "", *_paragraphs(words.remarks)]
        lines += [f"## {FOUND}", "", *(f"- {_plain(one)}" for one in words.found), ""] * bool(words.found)
    lines += ["---", "", *words.closing]
    return "\n".join(lines) + "\n"


def plain(words: Sheet) -> str:
    """As plain text, for the clipboard: nothing in it is a mark of Markdown, so it reads well wherever it is pasted."""
    lines = [words.question, ""]
    lines += [f"Begrepen als: {words.understood}", ""] if words.understood else []
    lines += [f"Gezocht met filters: {'; '.join(words.limits)}", ""] if words.limits else []
    said = (text + "".join(f" [{marker}]" for marker in marks) for text, marks in words.sentences)
    lines += [" ".join(said) or f"{wording.NO_ANSWER}.", ""]
    lines += [line for remark in words.remarks for line in (remark, "")]
    lines += [FOUND, "", *(f"- {one}" for one in words.found), ""] if words.found else []
    lines += ["Bronnen", ""] if words.sources else []
    for marker, title, place, quote in words.sources:
        lines += [f"[{marker}] {title} ({place})", f"“{quote}”", ""]
    return "\n".join([*lines, *words.closing]) + "\n"


def _paragraphs(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in (_plain(text), "")]


def _plain(text: str) -> str:
    return LIST_ITEM.sub(r"\1\\\2", MARKDOWN.sub(r"\\\1", " ".join(text.split())))


def printable(words: Sheet) -> str:
    """As a page of its own to print, without script and without anything from elsewhere."""
    body = join(
        tag("h1", words.question),
        tag("p", f"Begrepen als: {words.understood}") if words.understood else None,
        tag("p", f"Gezocht met filters: {'; '.join(words.limits)}") if words.limits else None,
        _printed_answer(words),
        tag("footer", [tag("p", line) for line in words.closing]),
    )
    return (
        '<!doctype html><html lang="nl"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(words.question)} – Raadwijzer</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


def _printed_answer(words: Sheet) -> Html:
    remarks = join(*[tag("p", remark) for remark in words.remarks])
    if not words.sentences:
        found = tag("ul", [tag("li", one) for one in words.found])
        heading = tag("h2", FOUND) if words.found else None
        return join(tag("p", f"{wording.NO_ANSWER}."), remarks, heading, found if words.found else None)
    said = [
        join(text, [join(" ", tag("a", f"[{marker}]", href=f"#bron-{marker}")) for marker in marks], " ")
        for text, marks in words.sentences
    ]
    sources = [
        tag("li", tag("strong", title), tag("div", place), tag("blockquote", quote), id=f"bron-{marker}", value=marker)
        for marker, title, place, quote in words.sources
    ]
    return join(tag("p", said), remarks, tag("h2", "Bronnen"), tag("ol", sources))


def word(words: Sheet) -> bytes:
    """As a Word file (docx), with headings that Word's own navigation shows."""
    from docx import Document
    from docx.oxml.ns import qn

    document = Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = _xml(words.question)[:250], "Raadwijzer", "nl-NL"
    properties.comments = ""
    properties.created = properties.modified = datetime.now(UTC).replace(tzinfo=None)  # not those of the template
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "nl-NL")  # or Word marks every Dutch word as an error
    document.add_heading(_xml(words.question), level=1)
    if words.understood:
        document.add_paragraph(f"Begrepen als: {_xml(words.understood)}")
    if words.limits:
        document.add_paragraph(f"Gezocht met filters: {_xml('; '.join(words.limits))}")
    _word_answer(document, words)
    for line in words.closing:
        document.add_paragraph().add_run(_xml(line)).italic = True
    return _saved(document)


def _word_answer(document: WordDocument, words: Sheet) -> None:
    if not words.sentences:
        document.add_paragraph(f"{wording.NO_ANSWER}.")
        for remark in words.remarks:
            document.add_paragraph(_xml(remark))
        if words.found:
            document.add_heading(FOUND, level=2)
        for one in words.found:
            document.add_paragraph(_xml(one), style="List Bullet")
        return
    said = document.add_paragraph()
    for text, marks in words.sentences:
        said.add_run(_xml(text))
        said.add_run("".join(f" [{marker}]" for marker in marks) + " ").bold = True
    for remark in words.remarks:
        document.add_paragraph(_xml(remark))
    document.add_heading("Bronnen", level=2)
    for marker, title, place, quote in words.sources:
        line = document.add_paragraph()
        line.add_run(f"[{marker}] {_xml(title)}").bold = True
        line.add_run(f" ({_xml(place)})")
        document.add_paragraph(_xml(quote), style="Quote")


def _saved(document: Any) -> bytes:  # noqa: ANN401 - python-docx types its factory loosely
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _xml(text: str) -> str:
    return CONTROL.sub(lambda found: " " if found[0].isspace() else "\N{REPLACEMENT CHARACTER}", text)
