"""Tables in PDF files with cells that span columns or rows: every row can be read and cited by itself."""

from __future__ import annotations

import io
import re

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from rag.documents.formats import pdf
from rag.documents.formats.pdf_grids import may_hold_table, with_tables
from rag.documents.formats.pdf_rows import Word
from rag.documents.formats.pdf_spans import heads_above, label_rows
from rag.documents.pages import boxes
from rag.documents.reader import document
from rag.passages import passages, search_text
from rag.types import Document

PROSE = getSampleStyleSheet()["BodyText"]
BEFORE = "De gemeente houdt bij hoeveel meldingen er per wijk binnenkomen en wat daarmee is gedaan."
AFTER = "De cijfers over het laatste jaar zijn voorlopig, omdat nog niet elke melding is onderzocht."
GRID = ("GRID", (0, 0), (-1, -1), 0.5, "black")
TWO_HEADS = [
    ["Wijk", "Meldingen", "", "Aangiften", ""],
    ["", "2020", "2021", "2020", "2021"],
    ["Noord", "34", "41", "5", "6"],
    ["Zuid", "28", "30", "4", "7"],
]
SPANNED_HEADS = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (4, 0))]
LABELS = [
    ["Wijk", "Jaar", "Meldingen", "Toelichting"],
    ["Noord", "2020", "34", "Meer dan een jaar eerder"],
    ["", "2021", "41", ""],
    ["Zuid", "2020", "28", "Nog niet alles onderzocht"],
    ["", "2021", "30", ""],
]
SPANNED_LABELS = [
    ("SPAN", (0, 1), (0, 2)),
    ("SPAN", (0, 3), (0, 4)),
    ("SPAN", (3, 1), (3, 2)),
    ("SPAN", (3, 3), (3, 4)),
]


def printed(rows: list[list[str]], *styles: tuple, **options: object) -> bytes:
    out = io.BytesIO()
    table = Table(rows, style=TableStyle(list(styles)), **options)
    SimpleDocTemplate(out, pagesize=A4, invariant=True).build(
        [Paragraph(BEFORE, PROSE), table, Paragraph(AFTER, PROSE)]
    )
    return out.getvalue()


def read(data: bytes) -> Document:
    return document(pdf.read(data, "stuk.pdf"), "stuk.pdf")


def rows(found: Document) -> list[str]:
    return [found.text[b.start : b.end] for b in found.blocks if b.kind in ("heads", "row")]


def kinds(found: Document) -> list[str]:
    return [b.kind for b in found.blocks]


HEADED = [
    "Wijk | Meldingen | Meldingen | Aangiften | Aangiften",
    "Wijk | 2020 | 2021 | 2020 | 2021",
    "Noord | 34 | 41 | 5 | 6",
    "Zuid | 28 | 30 | 4 | 7",
]


@pytest.mark.parametrize("middle", ["TOP", "MIDDLE", "BOTTOM"])
@pytest.mark.parametrize("side", ["LEFT", "CENTER", "RIGHT"])
def test_a_head_that_spans_columns_stands_above_each_of_them(middle, side):
    found = read(
        printed(
            TWO_HEADS, GRID, *SPANNED_HEADS, ("VALIGN", (0, 0), (-1, -1), middle), ("ALIGN", (0, 0), (-1, -1), side)
        )
    )
    assert rows(found) == HEADED
    assert kinds(found) == ["paragraph", "heads", "heads", "row", "row", "paragraph"]
    assert found.text.startswith(BEFORE)
    assert found.text.endswith(AFTER)


@pytest.mark.parametrize("middle", ["TOP", "MIDDLE", "BOTTOM"])
def test_a_label_that_spans_rows_is_said_in_each_of_them(middle):
    found = read(printed(LABELS, GRID, *SPANNED_LABELS, ("VALIGN", (0, 0), (-1, -1), middle)))
    assert rows(found) == [
        "Wijk | Jaar | Meldingen | Toelichting",
        "Noord | 2020 | 34 | Meer dan een jaar eerder",
        "Noord | 2021 | 41 | Meer dan een jaar eerder",
        "Zuid | 2020 | 28 | Nog niet alles onderzocht",
        "Zuid | 2021 | 30 | Nog niet alles onderzocht",
    ]


def test_a_cell_that_spans_figures_stands_in_the_first_of_them():
    table = [["Wijk", "2020", "2021"], ["Noord", "34", "41"], ["Zuid", "geen cijfers", ""], ["Oost", "7", "9"]]
    found = read(printed(table, GRID, ("SPAN", (1, 2), (2, 2))))
    assert rows(found) == ["Wijk | 2020 | 2021", "Noord | 34 | 41", "Zuid | geen cijfers", "Oost | 7 | 9"]


def test_a_caption_over_the_whole_table_is_said_once():
    table = [["Meldingen per wijk", "", ""], ["Wijk", "2020", "2021"], ["Noord", "34", "41"], ["Zuid", "28", "30"]]
    found = read(printed(table, GRID, ("SPAN", (0, 0), (2, 0))))
    assert rows(found) == ["Meldingen per wijk", "Wijk | 2020 | 2021", "Noord | 34 | 41", "Zuid | 28 | 30"]
    assert kinds(found)[1:3] == ["heads", "heads"]


def test_words_in_a_ruled_cell_that_break_off_stay_together():
    long = Paragraph("Er is een meldpunt, en de wijkagent houdt elke week spreekuur in het buurthuis.", PROSE)
    short = Paragraph("De politie praat met ouders en met scholen.", PROSE)
    table = [["Wijk", "Wat er gebeurt"], ["Noord", long], ["Zuid", short]]
    found = read(printed(table, GRID, colWidths=[60, 150]))
    assert rows(found)[1:] == [f"Noord | {long.text}", f"Zuid | {short.text}"]


def test_a_table_of_frames_is_ruled_too():
    """Cells as coloured or framed rectangles, as some programs draw them."""
    found = read(
        printed(
            TWO_HEADS,
            *SPANNED_HEADS,
            *(("BOX", (x, y), (x, y), 1, "grey") for x in range(5) for y in (2, 3)),
            *(("BOX", a, b, 1, "grey") for _, a, b in SPANNED_HEADS),
            *(("BOX", (x, 1), (x, 1), 1, "grey") for x in range(1, 5)),
        )
    )
    assert rows(found) == HEADED


def test_a_table_that_is_open_at_its_sides():
    inner = [("INNERGRID", (0, 0), (-1, -1), 0.5, "black")]
    table = [["Wijk", "Jaar", "Meldingen"], ["Noord", "2020", "34"], ["", "2021", "41"], ["Zuid", "2021", "8"]]
    found = read(printed(table, *inner, ("SPAN", (0, 1), (0, 2))))
    assert rows(found) == ["Wijk | Jaar | Meldingen", "Noord | 2020 | 34", "Noord | 2021 | 41", "Zuid | 2021 | 8"]


def test_every_word_of_a_row_has_its_place_on_the_page():
    found = read(printed(LABELS, GRID, *SPANNED_LABELS))
    for text in rows(found):
        start = found.text.index(text)
        assert all(
            0 < box[1] < box[3] < 1 and 0 < box[2] < box[4] < 1 for box in boxes(found, start, start + len(text))
        )
    first, again = (found.text.index(f"Noord | {year}") for year in (2020, 2021))
    assert boxes(found, first, first + 5) == boxes(found, again, again + 5)


def test_frames_around_text_are_no_table():
    box = [("BOX", (0, 0), (-1, -1), 1, "black"), ("LINEBELOW", (0, 0), (-1, 0), 1, "black")]
    found = read(printed([[Paragraph(BEFORE, PROSE)], [Paragraph(AFTER, PROSE)]], *box))
    assert rows(found) == []


def test_questions_in_a_ruled_table_stay_questions():
    table = [
        [
            Paragraph("Vraag 1 Hoeveel meldingen waren er in Noord?", PROSE),
            Paragraph("Antwoord 1 Er waren 34 meldingen.", PROSE),
        ],
        [
            Paragraph("Vraag 2 Hoeveel meldingen waren er in Zuid?", PROSE),
            Paragraph("Antwoord 2 Er waren 28 meldingen.", PROSE),
        ],
        [
            Paragraph("Vraag 3 Hoeveel meldingen waren er in Oost?", PROSE),
            Paragraph("Antwoord 3 Er waren 7 meldingen.", PROSE),
        ],
    ]
    assert rows(read(printed(table, GRID))) == []


def test_heads_of_two_levels_are_searched_with_rows_far_below():
    many = [*TWO_HEADS[:2], *([f"Buurt {n}", str(n), str(n + 1), str(n + 2), str(n + 3)] for n in range(10, 70))]
    found = read(printed(many, GRID, *SPANNED_HEADS, repeatRows=0))
    last = passages(found)[-1]
    assert last.text.count("Buurt") >= 3
    assert "Meldingen | Meldingen" in search_text(found, last).question


# Tables without lines


SPACED = {"colWidths": [90, 70, 70, 70, 70]}


@pytest.mark.parametrize("side", ["LEFT", "CENTER"])
def test_without_lines_a_head_in_the_middle_of_its_columns_spans_them(side):
    found = read(printed(TWO_HEADS, *SPANNED_HEADS[1:], ("ALIGN", (1, 0), (-1, -1), side), **SPACED))
    assert rows(found) == [HEADED[0], "| 2020 | 2021 | 2020 | 2021", *HEADED[2:]]
    assert kinds(found)[1:5] == ["heads", "heads", "row", "row"]


def test_without_lines_labels_go_on_below_themselves():
    table = [[*row[:3]] for row in LABELS]
    found = read(printed(table, **{"colWidths": [90, 70, 90], "rowHeights": 16}))
    assert rows(found) == [
        "Wijk | Jaar | Meldingen",
        "Noord | 2020 | 34",
        "Noord | 2021 | 41",
        "Zuid | 2020 | 28",
        "Zuid | 2021 | 30",
    ]


def test_without_lines_a_label_in_the_middle_of_its_rows_is_of_all():
    table = [["Wijk", "Jaar", "Meldingen"]]
    for wijk, start in (("Noord", 30), ("Zuid", 5)):
        table += [["", "2019", str(start)], [wijk, "2020", str(start + 1)], ["", "2021", str(start + 2)]]
    found = read(printed(table, **{"colWidths": [90, 70, 90], "rowHeights": 16}))
    assert rows(found)[1:] == [f"{w} | {2019 + n} | {s + n}" for w, s in (("Noord", 30), ("Zuid", 5)) for n in range(3)]


def test_without_lines_a_total_is_of_no_label():
    table = [
        ["Wijk", "Jaar", "Meldingen"],
        ["Noord", "2020", "34"],
        ["", "2021", "41"],
        ["Zuid", "2020", "28"],
        ["", "Totaal", "103"],
    ]
    found = read(printed(table, **{"colWidths": [90, 70, 90], "rowHeights": 16}))
    assert rows(found)[-1] == "| Totaal | 103"


def test_without_lines_figures_without_a_label_are_of_none():
    table = [["Wijk", "Aangiften", "Meldingen"], ["Noord", "3", "34"], ["Zuid", "4", "28"], ["", "7", "62"]]
    found = read(printed(table, **{"colWidths": [90, 70, 90], "rowHeights": 16}))
    assert rows(found)[-2:] == ["Zuid | 4 | 28", "| 7 | 62"]


# Nothing is lost, whatever the spans


@st.composite
def spanned(draw):
    wide, high = draw(st.integers(2, 5)), draw(st.integers(2, 6))
    table = [[f"r{y}c{x}" for x in range(wide)] for y in range(high)]
    free = {(x, y) for x in range(wide) for y in range(high)}
    spans = []
    for _ in range(draw(st.integers(0, 4))):
        x, y = draw(st.integers(0, wide - 1)), draw(st.integers(0, high - 1))
        across, down = draw(st.integers(1, wide - x)), draw(st.integers(1, high - y))
        taken = {(x + i, y + j) for i in range(across) for j in range(down)}
        if taken <= free:
            free -= taken
            spans.append(("SPAN", (x, y), (x + across - 1, y + down - 1)))
            for i, j in taken - {(x, y)}:
                table[j][i] = ""
    return table, spans


@settings(max_examples=25)
@given(spanned(), st.sampled_from(["TOP", "MIDDLE"]))
def test_no_cell_is_lost_and_each_stands_in_all_its_rows(made, middle):
    table, spans = made
    data = printed(table, GRID, *spans, ("VALIGN", (0, 0), (-1, -1), middle))
    found = read(data)
    opened = pdfium.PdfDocument(data)
    raw = "".join(page.get_textpage().get_text_range() for page in opened)
    opened.close()
    for cell in re.findall(r"r\dc\d", raw):
        assert cell in found.text
    assert set(re.findall(r"\w+", found.text)) == set(re.findall(r"\w+", raw))
    for block in found.blocks:
        assert found.text[block.start : block.end].strip()


def word(text: str, x: float, y: float, width: float = 0.0) -> Word:
    return Word(text, x, y - 9, x + (width or 5 * len(text)), y + 2, y)


def test_a_page_of_running_text_is_not_searched_for_lines():
    words = [word("woord", 72 + 30 * n, 100 + 14 * y) for y in range(40) for n in range(12)]
    assert not may_hold_table(words)
    assert may_hold_table([word("cel", 72 + 90 * n, 100 + 14 * y) for y in range(4) for n in range(3)])


def test_many_lines_are_a_drawing():
    words = [word("cel", 72 + 90 * n, 100 + 14 * y) for y in range(4) for n in range(3)]
    lines = [(10.0, 3.0 * n, 500.0, 3.0 * n + 0.5) for n in range(900)]
    assert with_tables(words, lines) == words


def test_heads_that_stand_above_nothing_in_particular_are_none():
    columns = [(0.0, 40.0), (100.0, 120.0), (160.0, 180.0), (220.0, 240.0)]
    assert heads_above([[word("Meldingen", 117, 0, 46)]], columns) == [[], *[[word("Meldingen", 117, 0, 46)]] * 2, []]
    assert heads_above([[word("Meldingen", 145, 0, 75)]], columns) == []
    assert heads_above([[word("Tabel", 1, 0, 239)]], columns) == []


def test_labels_that_are_not_certain_are_left():
    cells = [
        [[word(text, 0, 0)] if text else [] for text in row]
        for row in (("", "a", "1"), ("Noord", "b", "2"), ("Zuid", "b", "3"))
    ]
    before = [list(row) for row in cells]
    label_rows(cells, 0)
    assert cells == before
