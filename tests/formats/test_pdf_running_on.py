"""Tables in PDF files that run on over the end of a page are one table, with its head once and its rows whole."""

from __future__ import annotations

import io
import re

import pypdfium2 as pdfium
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table
from test_pdf_tables import AFTER, BEFORE, GRID, PROSE, kinds, read, rows

from rag.documents.pages import boxes, page_at
from rag.types import Document

COUNTED = [["Wijk", "2020", "2021"], *([f"Buurt {n}", str(n), str(n + 1)] for n in range(10, 95))]
WIDE = {"colWidths": [90, 70, 70]}


def numbered(canvas: Canvas, template: SimpleDocTemplate) -> None:
    """A running head and a page number."""
    canvas.setFont("Helvetica", 9)
    canvas.drawString(72, 805, "Gemeente Voorbeeld, bijlage bij de raadsbrief")
    canvas.drawCentredString(300, 30, f"Pagina {template.page} van 3")


def bare(canvas: Canvas, template: SimpleDocTemplate) -> None:
    """Nothing."""


def wandering(canvas: Canvas, template: SimpleDocTemplate) -> None:
    """A page number that stands elsewhere on every page."""
    canvas.drawString(100, 15 + 15 * template.page, f"- {template.page} -")


def printed(*flow: object, page=numbered) -> bytes:
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, invariant=True).build(list(flow), onFirstPage=page, onLaterPages=page)
    return out.getvalue()


def prose(*texts: str) -> list[Paragraph]:
    return [Paragraph(text, PROSE) for text in texts]


def said(table: list[list[str]]) -> list[str]:
    return [" | ".join(row) for row in table]


def check_places(found: Document) -> None:
    """Every word stands on the page that the text says, and has a box there."""
    for word in re.finditer(r"[^\s|]+", found.text):
        assert {box[0] for box in boxes(found, *word.span())} == {page_at(found, word.start())}


@pytest.mark.parametrize("page", [numbered, bare, wandering])
@pytest.mark.parametrize("again", [0, 1])
@pytest.mark.parametrize("ruled", [True, False])
def test_a_table_over_three_pages_is_one_table(ruled, again, page):
    table = Table(COUNTED, style=[GRID] if ruled else [], repeatRows=again, **WIDE)
    found = read(printed(*prose(BEFORE), table, *prose(AFTER), page=page))
    assert len(found.pages) == 3
    assert rows(found) == said(COUNTED)
    assert [kind for kind in kinds(found) if kind != "furniture"] == ["paragraph", "heads", *["row"] * 85, "paragraph"]
    check_places(found)


def test_a_head_of_words_that_is_set_again_is_a_head():
    table = [["Wijk", "Wat er gebeurt"], *([f"Wijk {'abcdefghij'[n % 10]}{n}", f"Actie {n}"] for n in range(50))]
    found = read(printed(Table(table, style=[GRID], repeatRows=1)))
    assert rows(found) == said(table)
    assert kinds(found).count("heads") == 1


def test_rows_of_words_at_the_top_of_a_page_are_no_heads():
    table = [["Wijk", "Actie"], *([f"Wijk {c}{d}", "Voorlichting"] for c in "abcdef" for d in "ghijklmn")]
    found = read(printed(Table(table, style=[GRID], repeatRows=0)))
    assert rows(found) == said(table)
    assert kinds(found).count("heads") == 1


def test_another_table_at_the_top_of_the_next_page_keeps_its_heads():
    first = [["Wijk", "2020", "2021"], *([f"Buurt {n}", str(n), "3"] for n in range(10, 40))]
    second = [["School", "2020", "2021"], ["De Regenboog", "3", "4"], ["De Fontein", "5", "6"]]
    found = read(printed(Table(first, style=[GRID], **WIDE), PageBreak(), Table(second, style=[GRID], **WIDE)))
    assert rows(found) == said([*first, *second])
    assert kinds(found).count("heads") == 2


BROKEN = "De wijkagent houdt spreekuur in het buurthuis en praat met ouders. "


def test_a_row_whose_text_goes_on_below_an_empty_first_cell_is_whole():
    table = [["Wijk", "Wat er gebeurt"], *([f"Buurt {n}", Paragraph(f"{n}: {BROKEN * 4}", PROSE)] for n in range(30))]
    data = printed(Table(table, style=[GRID], colWidths=[60, 260], repeatRows=0, splitInRow=1))
    found = read(data)
    assert rows(found)[1:] == [f"Buurt {n} | {n}: {(BROKEN * 4).strip()}" for n in range(30)]
    check_places(found)
    pages = [{box[0] for box in boxes(found, b.start, b.end)} for b in found.blocks if b.kind == "row"]
    assert any(len(each) > 1 for each in pages)


def drawn(first: list[list[str]], second: list[list[str]], *, closed: bool) -> bytes:
    """A table on two pages, drawn by hand: upright lines to the foot of the page, level ones above every row."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for part in (first, second):
        canvas.setFont("Helvetica", 10)
        for n, row in enumerate(part):
            if closed or n or part is first:
                canvas.line(72, 760 - 30 * n, 472, 760 - 30 * n)
            for x, cell in zip((80, 210), row, strict=True):
                canvas.drawString(x, 740 - 30 * n, cell)
        foot = 760 - 30 * len(part)
        if closed or part is second:
            canvas.line(72, foot, 472, foot)
        for x in (72, 200, 472):
            canvas.line(x, 760, x, foot)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


FIRST = [
    ["Wijk", "Toelichting"],
    ["Noord", "Het spreekuur is druk."],
    ["Zuid en de wijken", "In Zuid is het rustig, maar"],
]
SECOND = [["daaromheen", "ouders bellen vaak."], ["Oost", "Geen klachten."], ["West", "Nog niet bekend."]]


def test_a_row_that_no_line_closes_is_whole():
    found = read(drawn(FIRST, SECOND, closed=False))
    assert rows(found) == [
        *said(FIRST[:2]),
        "Zuid en de wijken daaromheen | In Zuid is het rustig, maar ouders bellen vaak.",
        *said(SECOND[1:]),
    ]
    check_places(found)


def test_a_row_that_no_line_closes_goes_on_below_the_head_that_is_set_again():
    found = read(drawn(FIRST, [FIRST[0], *SECOND], closed=False))
    assert rows(found)[2].startswith("Zuid en de wijken daaromheen | In Zuid is het rustig, maar ouders")
    assert rows(found)[3:] == said(SECOND[1:])


def test_a_row_goes_on_below_the_head_that_is_set_again_and_an_empty_first_cell():
    found = read(drawn(FIRST, [FIRST[0], ["", "ouders bellen."], *SECOND[1:]], closed=True))
    assert rows(found) == [
        *said(FIRST[:2]),
        "Zuid en de wijken | In Zuid is het rustig, maar ouders bellen.",
        *said(SECOND[1:]),
    ]


def test_rows_that_lines_close_stay_apart():
    assert rows(read(drawn(FIRST, SECOND, closed=True))) == said([*FIRST, *SECOND])


def test_an_empty_first_cell_among_others_is_a_row():
    first = [*FIRST, ["", "Ook in het buurthuis."]]
    found = read(drawn(first, [["", "En op school."], *SECOND[1:], ["Haven", "Geen klachten."]], closed=True))
    assert rows(found)[3:5] == ["| Ook in het buurthuis.", "| En op school."]


def test_figures_below_an_empty_first_cell_are_a_row():
    first = [["Wijk", "Meldingen"], ["Noord", "30"], ["Zuid", "40"]]
    found = read(drawn(first, [["", "70"], ["Oost", "8"], ["West", "9"], ["Haven", "7"]], closed=True))
    assert rows(found)[2:4] == ["Zuid | 40", "| 70"]


@pytest.mark.parametrize("closed", [True, False])
def test_no_word_is_lost(closed):
    data = drawn(FIRST, SECOND, closed=closed)
    opened = pdfium.PdfDocument(data)
    raw = " ".join(page.get_textpage().get_text_range() for page in opened)
    opened.close()
    assert sorted(re.findall(r"\w+", read(data).text)) == sorted(re.findall(r"\w+", raw))
