"""Tables that a Word or OpenDocument file holds as several with the same head are one table."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_rich import kinds, open_text, paragraph, read, run, word

from rag.documents.formats.split_tables import joined_tables
from rag.documents.formats.writing import Row

HEAD = ["Wijk", "2020", "2021"]
FIRST = [HEAD, ["Noord", "34", "41"], ["Zuid", "28", "30"]]
SECOND = [HEAD, ["Oost", "7", "9"]]
ASKED = ["Nr.", "Vraag", "Antwoord"]


def as_word(*tables: list[list[str]], between: str = "<w:p/>") -> bytes:
    def table(rows: list[list[str]]) -> str:
        lines = ("".join(f"<w:tc>{paragraph(run(cell) if cell else '')}</w:tc>" for cell in row) for row in rows)
        return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"

    return word(between.join(map(table, tables)))


def as_open_text(*tables: list[list[str]], between: str = "<text:p/>") -> bytes:
    def table(rows: list[list[str]]) -> str:
        cells = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
        lines = ("".join(cells.format(cell) for cell in row) for row in rows)
        return f"<table:table>{''.join(f'<table:table-row>{line}</table:table-row>' for line in lines)}</table:table>"

    return open_text(between.join(map(table, tables)))


BOTH = pytest.mark.parametrize(("make", "name"), [(as_word, "a.docx"), (as_open_text, "a.odt")])


@BOTH
def test_the_same_head_is_read_once(make, name):
    found = read(make(FIRST, SECOND, [*SECOND[:1], ["West", "5", "6"]]), name)
    assert [(b.kind, found.text[b.start : b.end]) for b in found.blocks] == [
        ("heads", "Wijk | 2020 | 2021"),
        ("row", "Noord | 34 | 41"),
        ("row", "Zuid | 28 | 30"),
        ("row", "Oost | 7 | 9"),
        ("row", "West | 5 | 6"),
        ("furniture", "Wijk | 2020 | 2021\nWijk | 2020 | 2021"),
    ]


@BOTH
def test_a_row_that_goes_on_in_the_next_table_is_whole(make, name):
    head = ["Wijk", "Toelichting"]
    first = [head, ["Noord", "Het spreekuur is druk."], ["Zuid", "In Zuid is het rustig, maar"]]
    second = [head, ["", "ouders bellen vaak."], ["Oost", "Geen klachten."]]
    assert kinds(read(make(first, second), name), "row") == [
        "Noord | Het spreekuur is druk.",
        "Zuid | In Zuid is het rustig, maar ouders bellen vaak.",
        "Oost | Geen klachten.",
    ]


@BOTH
def test_questions_go_on_in_the_next_table(make, name):
    first = [ASKED, ["1", "Hoe oud is de brug?", "Van 1931."], ["2", "Wat kost een nieuwe?", ""]]
    second = [ASKED, ["3", "Wanneer komt zij er?", "In 2024."]]
    found = read(make(first, second), name)

    def said(spans) -> str:
        return " ".join(found.text[span.start : span.end] for span in spans)

    assert [(each.numbers[0], said(each.questions), said(each.answers)) for each in found.exchanges] == [
        ("1", "Hoe oud is de brug?", "Van 1931."),
        ("2", "Wat kost een nieuwe?", ""),
        ("3", "Wanneer komt zij er?", "In 2024."),
    ]
    assert not kinds(found, "notice")


@BOTH
def test_answers_may_be_long(make, name):
    long = "De gemeente heeft alle meldingen onderzocht. " * 30
    found = read(make([ASKED, ["1", "Wat is er gedaan?", long], ["2", "En nu?", "Er is een meldpunt."]]), name)
    assert [found.text[e.answers[0].start : e.answers[0].end] for e in found.exchanges] == [
        long.strip(),
        "Er is een meldpunt.",
    ]


@pytest.mark.parametrize(
    "data",
    [
        as_word(FIRST, [["School", "2020", "2021"], ["De Fontein", "7", "9"], ["De Regenboog", "5", "6"]]),
        as_word(FIRST, SECOND, between=paragraph(run("En in de andere wijken:"))),
    ],
)
def test_other_tables_keep_their_heads(data):
    found = read(data, "a.docx")
    assert len(kinds(found, "heads", "row")) == sum(map(len, (FIRST, SECOND))) + ("School" in found.text)
    assert not kinds(found, "furniture")


CELLS = st.lists(st.sampled_from(["", "Wijk", "Jaar", "12", "en zo", "a|b"]), min_size=1, max_size=3)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=3).filter(lambda rows: any(map(any, rows))), max_size=4)


@given(TABLES)
@BOTH
def test_no_word_is_lost(make, name, tables):
    tables = [rows for rows in tables if rows]
    if tables:
        words = sorted(re.findall(r"\w+", " ".join(cell for rows in tables for row in rows for cell in row)))
        assert sorted(re.findall(r"\w+", read(make(*tables), name).text)) == words


def test_lines_that_are_no_tables_stay_as_they_are():
    rows = [Row("Tekst."), Row("Wijk | Jaar", role="row"), Row("a | b", role="row", tight=True), Row("Meer tekst.")]
    assert joined_tables(rows) == rows
