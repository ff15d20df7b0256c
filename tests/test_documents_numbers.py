"""The numbers of a letterhead: read in every layout, and there to be cited."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_documents_variants import LABELLED, read

from rag.documents.numbers import letterhead, told_apart
from rag.passages import passages, search_text

sys.path.insert(0, str(Path(__file__).parent / "formats"))

from test_pdf import read as read_pdf
from test_rich import open_text, paragraph, run, source, word
from typeset import plain_pages

HEADS = [
    ("Ons kenmerk: Z-2022-00123\nUw kenmerk: 2022-45", ["Z-2022-00123"], ["2022-45"]),
    ("Ons kenmerk\nD/2022/98765\n\nUw kenmerk\nBSD/10356580", ["D/2022/98765"], ["BSD/10356580"]),
    ("Ons kenmerk:\nZ-1234\nUw kenmerk:\nDatum: 1 mei 2022", ["Z-1234"], []),
    (
        "Uw kenmerk       Ons kenmerk       Datum\n2022Z04567       22.0045871        1 juni 2022",
        ["22.0045871"],
        ["2022Z04567"],
    ),
    ("Ons kenmerk\t\tDatum\nDSB 2022.0123\t12-04-2022", ["DSB 2022.0123"], []),
    ("| Zaaknummer | 2022-118834 |\n| RIS-nummer | 305595 |", ["2022-118834", "RIS305595"], []),
    ("| Zaaknummer | Documentnummer |\n| --- | --- |\n| 2022-118834 | 554433 |", ["2022-118834", "554433"], []),
    ("Registratienummer: INT-22-71234\nDossiernummer: 1234567", ["INT-22-71234", "1234567"], []),
    ("Kenmerk: Z/22/123456 / D-22-98765", ["Z/22/123456", "D-22-98765"], []),
    ("Ons kenmerk Z-2022-00123", ["Z-2022-00123"], []),
    ("**Kenmerk:** AB-2022/17", ["AB-2022/17"], []),
    ("RIS-nummer: RIS 305595", ["RIS305595"], []),
    ("Ons kenmerk: 12 april 2022", [], []),
    ("Ons kenmerk: zie boven\nUw kenmerk: geen", [], []),
    ("Nummer: 3", [], []),
    ("Dossiernummer 12345 is gesloten", [], []),
    ("Het kenmerk van goed bestuur: 12 regels", [], []),
]


@pytest.mark.parametrize(("head", "own", "theirs"), HEADS)
def test_numbers_beside_and_below_their_label(head, own, theirs):
    found = letterhead(head)
    assert (list(found.own), list(found.theirs)) == (own, theirs)


BODY = "Geachte leden van de raad,\n\nDe brug wordt vervangen. Dat kost twee miljoen euro.\n\nHoogachtend,\n\nJ. Smit\n"


@pytest.mark.parametrize(("head", "own", "theirs"), HEADS)
@pytest.mark.parametrize("kind", ["letter", "questions"])
def test_they_are_the_references_of_the_document_and_can_be_cited(head, own, theirs, kind):
    rest = BODY if kind == "letter" else LABELLED
    found = read(f"Gemeente Ede\n\n{head}\n\nOnderwerp: de oude brug\n\n{rest}", markdown="|" in head or "*" in head)
    assert [one for one in found.own_references if "Kamer" not in one] == own
    assert set(theirs) <= set(found.references)
    about = [passage for passage in passages(found) if passage.kind == "metadata"]
    for number in own:
        written = number.removeprefix("RIS")
        assert any(written in found.text[part.start : part.end] for passage in about for part in passage.parts)
    if own:
        assert search_text(found, about[0]).body.endswith("nummer kenmerk")


def as_word() -> bytes:
    def cell(text: str) -> str:
        return f"<w:tc>{paragraph(run(text))}</w:tc>"

    rows = (("Ons kenmerk", "Z-2022-00123"), ("Uw kenmerk", "2022-45"), ("Datum", "12 april 2022"))
    table = "".join(f"<w:tr>{cell(label)}{cell(value)}</w:tr>" for label, value in rows)
    return word(f"<w:tbl>{table}</w:tbl>" + paragraph(run("Geachte raad,")))


def as_open_text() -> bytes:
    lines = ("Ons kenmerk: Z-2022-00123", "Uw kenmerk: 2022-45", "Geachte raad,")
    return open_text("".join(f"<text:p>{line}</text:p>" for line in lines))


def as_html() -> bytes:
    fields = b"<dl><dt>Ons kenmerk<dd>Z-2022-00123<dt>Uw kenmerk<dd>2022-45</dl>"
    return b"<main>" + fields + b"<p>Geachte raad,<p>De brug wordt vervangen.</main>"


@pytest.mark.parametrize(("data", "name"), [(as_word(), "a.docx"), (as_open_text(), "a.odt"), (as_html(), "a.html")])
def test_in_other_formats(data, name):
    found = letterhead(source(data, name).text)
    assert (found.own, found.theirs) == (("Z-2022-00123",), ("2022-45",))


def test_the_date_of_a_letter_is_the_one_below_its_own_label():
    head = "Uw brief van         Ons kenmerk       Datum\n8 maart 2022         22.0045871        1 juni 2022"
    assert read(f"Gemeente Ede\n\n{head}\n\n{BODY}").date == "2022-06-01"


def test_a_number_that_stands_in_running_heads_only_is_cited_once():
    text = [
        "De gemeente heeft in het afgelopen jaar samen met de politie",
        "onderzocht hoe vaak het voorkomt in de stad.",
    ]
    found = read_pdf(
        plain_pages([["Zaaknummer: 2022-118834", "", *text], ["Zaaknummer: 2022-118834", "", *reversed(text)]] * 2)
    )
    assert found.own_references == ("2022-118834",)
    assert [found.text[b.start : b.end] for b in found.blocks if b.kind == "metadata"] == ["Zaaknummer: 2022-118834"]
    assert found.text.count("2022-118834") == 4


def test_furniture_that_says_what_the_body_says_stays_furniture():
    assert told_apart(["Ons kenmerk", "Z-2022-00123", "Pagina 2"], ["Ons kenmerk: Z-2022-00123"]) == []
    assert told_apart(["Ons kenmerk", "Z-2022-00123", "Pagina 2"], ["De brug"]) == [0, 1]
    assert told_apart(["Zaaknummer: 2022-1", "Zaaknummer: 2022-1"], []) == [0]


@given(st.text(max_size=300))
def test_a_number_is_what_the_text_says(text):
    found = letterhead(f"Ons kenmerk: {text}\nUw kenmerk: {text}")
    said = "".join(text.split())
    assert all(number.removeprefix("RIS").replace(" ", "") in said for number in (*found.own, *found.theirs))


@pytest.mark.parametrize("piece", ["1", "1 ", "A1/", "  ", "kenmerk ", "| ", "\t1", "(1 - "])
def test_long_heads_take_little_time(piece):
    started = time.process_time()
    letterhead(f"Ons kenmerk: {piece * 4000}\n{piece * 4000}\nkenmerk {piece * 500}")
    assert time.process_time() - started < 1
