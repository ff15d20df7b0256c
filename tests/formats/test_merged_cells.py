"""Cells that span rows and columns: every row says all that belongs to it, in its own columns, in every format."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_rich import open_text, paragraph, run, source, word

from rag.documents.formats.merged_cells import MOST, MOST_CELLS, span, spread
from rag.documents.formats.writing import Cell, Row

LINES = [
    "Wijk | Jaar | Meldingen",
    "Noord | 2020 | 34",
    "Noord | 2021 | 41",
    "Zuid | geen cijfers",
    "Oost | 2021 | 7",
]


def as_html() -> bytes:
    return b"""<main><p>Cijfers per wijk.</p><table>
    <tr><th>Wijk<th>Jaar<th>Meldingen
    <tr><td rowspan=2>Noord<td>2020<td>34
    <tr><td>2021<td>41
    <tr><td>Zuid<td colspan="2">geen cijfers
    <tr><td>Oost<td>2021<td>7</table></main>"""


def as_word() -> bytes:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text) if text else '')}</w:tc>"

    rows = (
        cell("Wijk") + cell("Jaar") + cell("Meldingen"),
        cell("Noord", '<w:vMerge w:val="restart"/>') + cell("2020") + cell("34"),
        cell("", "<w:vMerge/>") + cell("2021") + cell("41"),
        cell("Zuid") + cell("geen cijfers", '<w:gridSpan w:val="2"/>'),
        cell("Oost") + cell("2021") + cell("7"),
    )
    return word("<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>")


def as_open_text() -> bytes:
    def cell(text: str, spans: str = "") -> str:
        return f"<table:table-cell {spans}><text:p>{text}</text:p></table:table-cell>"

    covered = "<table:covered-table-cell/>"
    rows = (
        cell("Wijk") + cell("Jaar") + cell("Meldingen"),
        cell("Noord", 'table:number-rows-spanned="2"') + cell("2020") + cell("34"),
        covered + cell("2021") + cell("41"),
        cell("Zuid") + cell("geen cijfers", 'table:number-columns-spanned="2"') + covered,
        cell("Oost") + cell("2021") + cell("7"),
    )
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return open_text(f"<table:table>{body}</table:table>")


@pytest.mark.parametrize(("data", "name"), [(as_html(), "a.html"), (as_word(), "a.docx"), (as_open_text(), "a.odt")])
def test_every_row_can_be_read_by_itself(data, name):
    lines = [line for line in source(data, name).text.split("\n") if "|" in line]
    assert lines == LINES


def test_two_heads_above_one_another_stand_above_their_columns():
    rows = [
        [cell("Wijk", down=2), cell("Meldingen", across=2)],
        [cell("2020"), cell("2021")],
        [cell("Noord"), cell("3")],
    ]
    assert texts(rows) == [["Wijk", "Meldingen", ""], ["Wijk", "2020", "2021"], ["Noord", "3"]]


def two_heads_as_html() -> bytes:
    return b"""<main><p>Cijfers per wijk.</p><table>
    <tr><td colspan=5>Meldingen en aangiften per wijk
    <tr><td rowspan=2>Wijk<td colspan=2>Meldingen<td colspan=2>Aangiften
    <tr><td>2020<td>2021<td>2020<td>2021
    <tr><td>Noord<td>34<td>41<td>5<td>6
    <tr><td>Zuid<td colspan=2>geen cijfers<td>4<td>7</table></main>"""


def two_heads_as_word() -> bytes:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text) if text else '')}</w:tc>"

    two = '<w:gridSpan w:val="2"/>'
    rows = (
        cell("Meldingen en aangiften per wijk", '<w:gridSpan w:val="5"/>'),
        cell("Wijk", '<w:vMerge w:val="restart"/>') + cell("Meldingen", two) + cell("Aangiften", two),
        cell("", "<w:vMerge/>") + "".join(map(cell, ("2020", "2021", "2020", "2021"))),
        "".join(map(cell, ("Noord", "34", "41", "5", "6"))),
        cell("Zuid") + cell("geen cijfers", two) + cell("4") + cell("7"),
    )
    return word("<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>")


@pytest.mark.parametrize(("data", "name"), [(two_heads_as_html(), "a.html"), (two_heads_as_word(), "a.docx")])
def test_a_head_that_spans_columns_stands_above_each_of_them(data, name):
    found = source(data, name)
    lines = [line for line in found.text.split("\n") if "|" in line or "per wijk" in line][-5:]
    assert lines == [
        "Meldingen en aangiften per wijk",
        "Wijk | Meldingen | Meldingen | Aangiften | Aangiften",
        "Wijk | 2020 | 2021 | 2020 | 2021",
        "Noord | 34 | 41 | 5 | 6",
        "Zuid | geen cijfers |  | 4 | 7",
    ]
    roles = {found.text[s.start :].split("\n")[0].split(" |")[0]: s.role for s in found.settings}
    assert roles["Wijk"] == "heads"
    assert roles["Noord"] == "row"


def test_a_block_of_rows_and_columns():
    rows = [[cell("a", across=2, down=2), cell("b")], [cell("c")], [cell("d"), cell("e"), cell("f")]]
    assert texts(rows) == [["a", "", "b"], ["a", "", "c"], ["d", "e", "f"]]


def test_what_is_covered_and_holds_text_is_not_lost():
    rows = [[cell("a", across=2), cell("b", covered=True)]]
    assert texts(rows) == [["a", "", "b"]]


def test_a_long_text_is_said_once():
    rows = [[cell("lang " * 50, down=2), cell("1")], [cell("2")]]
    assert texts(rows) == [["lang " * 50, "1"], ["", "2"]]


def test_a_hostile_table_stays_small():
    rows = [[cell("x" * 150, across=99_999, down=99_999) for _ in range(200)], *([cell("y")] for _ in range(3000))]
    started = time.process_time()
    found = texts(rows)
    assert time.process_time() - started < 5
    assert sum(map(len, found)) <= 2 * MOST_CELLS
    assert sum(len(text) for row in found for text in row) <= 200 * 150 + 3000 + MOST


@pytest.mark.parametrize(
    ("said", "found"), [("2", 2), (" 3 ", 3), ("", 1), (None, 1), ("-1", 1), ("²", 1), ("9" * 5000, 1), ("x", 1)]
)
def test_what_a_cell_says_that_it_spans(said, found):
    assert span(said) == found


@given(st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=4), max_size=6))
def test_no_text_is_lost_and_no_row(table):
    rows = [
        [cell(f"r{y}c{x}", across=a, down=d, covered=c) for x, (a, d, c) in enumerate(cells)]
        for y, cells in enumerate(table)
    ]
    found = texts(rows)
    assert len(found) == len(rows)
    for mine, row in zip(rows, found, strict=True):
        own = [one.text for one in mine]
        assert [text for text in row if text in own] == own


def cell(text: str, **spans) -> Cell:
    return Cell([Row(text)], **spans)


def texts(rows) -> list[list[str]]:
    return [[one.text for one in cells] for cells in spread(rows)]
