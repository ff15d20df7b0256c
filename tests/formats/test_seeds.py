"""The five seeds as Word, OpenDocument, web page, message and XML: the same questions and answers as in the text."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from make import Part, docx, html, mail, odt, questions_xml

from rag.documents import read_document
from rag.documents.formats import reader_for
from rag.documents.reader import document
from rag.types import Document, Footnote

SEEDS = Path(__file__).parent.parent.parent / "seeds"
NAMES = sorted(file.name for file in SEEDS.glob("*.txt"))
SKIPPED = {"furniture", "footnote"}


@cache
def seed(name: str) -> Document:
    return read_document(SEEDS / name, SEEDS)


def noted(found: Document, start: int, end: int) -> str:
    """A stretch of the text with its footnotes where they are referred to."""
    text = found.text[start:end]
    for note in sorted(found.footnotes, key=lambda n: -(n.anchor or -1)):
        if note.anchor is not None and start < note.anchor <= end:
            place = note.anchor - start
            text = f"{text[:place]}[[{note.marker}|{found.text[note.start : note.end]}]]{text[place:]}"
    return text


def parts(found: Document) -> list[Part]:
    """A seed as the paragraphs that somebody would have typed; its bare numbers are automatic."""
    result: list[Part] = []
    label, automatic = "", False
    for block in found.blocks:
        if block.kind in SKIPPED:
            continue
        if block.kind == "label":
            label = found.text[block.start : block.end]
            automatic = bool(re.fullmatch(r"\d+\.", label))
            if not automatic and block.numbers:
                result.append(Part("text", label))
            continue
        for place, paragraph in enumerate(re.split(r"\n+", noted(found, block.start, block.end))):
            kind = "numbered" if automatic and not place and block.kind == "question" else "text"
            result.append(Part(kind, paragraph, italic=block.kind in ("introduction", "question")))
        automatic = False
    return result


def exchanges(found: Document) -> list[tuple[tuple[str, ...], str, str]]:
    """Numbers, questions and answers, white space aside."""

    def said(spans: tuple) -> str:
        return " ".join(" ".join(found.text[s.start : s.end] for s in spans).split())

    return [(e.numbers, said(e.questions), said(e.answers)) for e in found.exchanges]


def note_text(found: Document, note: Footnote) -> str:
    return " ".join(found.text[note.start : note.end].split())


def read(data: bytes, name: str) -> Document:
    return document(reader_for(name, data)(data, name), name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [docx, odt, html], ids=["docx", "odt", "html"])
def test_rich_formats_give_the_same_questions_and_answers(name, make):
    whole = seed(name)
    found = read(make(parts(whole)), f"stuk.{make.__name__}")
    assert exchanges(found) == exchanges(whole)
    assert found.askers == whole.askers
    assert (found.date, found.date_asked) == (whole.date, whole.date_asked)
    referred = [n for n in whole.footnotes if n.anchor is not None]
    assert [note_text(found, n) for n in found.footnotes] == [note_text(whole, n) for n in referred]
    assert all(n.anchor is not None for n in found.footnotes)


@pytest.mark.parametrize("name", NAMES)
def test_message_gives_the_same_questions_and_answers(name):
    text = (SEEDS / name).read_text(encoding="utf-8")
    assert exchanges(read(mail(text), "bericht.eml")) == exchanges(seed(name))


@pytest.mark.parametrize("name", NAMES)
def test_official_publication_gives_the_same_questions_and_answers(name):
    whole = seed(name)
    head = [noted(whole, b.start, b.end) for b in whole.blocks if b.kind in ("title", "metadata") and b.start < 1500]
    texts = [
        (
            f"Vraag {' en '.join(e.numbers)}",
            [p for s in e.questions for p in re.split(r"\n+", noted(whole, s.start, s.end))],
            f"Antwoord {' en '.join(e.numbers)}",
            [p for s in e.answers for p in re.split(r"\n+", noted(whole, s.start, s.end))],
        )
        for e in whole.exchanges
    ]
    found = read(questions_xml(head, texts, "ah-tk-20222023-691"), "stuk.xml")
    assert exchanges(found) == exchanges(whole)
    assert "ah-tk-20222023-691" in found.own_references
