"""Questions with their answers beside them in PDF files, in columns of text that no lines part."""

from __future__ import annotations

import re
import time

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.platypus import Table
from test_pdf_running_on import bare, check_places, numbered, printed, prose
from test_pdf_tables import GRID, PROSE, Paragraph, kinds, read

from rag.documents.formats.pdf_asked import with_questions
from rag.documents.formats.pdf_rows import Word
from rag.types import Document

LONG = "De gemeente heeft alle meldingen onderzocht. Zij zijn doorgegeven aan de politie en aan het meldpunt. "
HEAD = ["Nr.", "Vraag", "Antwoord"]
ROWS = [
    [str(n), f"Hoeveel meldingen waren er in wijk {n}, en wat is daarmee gedaan?", f"Er waren er {n}. {LONG * (n % 4)}"]
    for n in range(1, 26)
]
SAID = [(row[0], row[1], row[2].strip()) for row in ROWS]


def table(rows: list[list[str]], *styles: tuple, skip: int = 0, **options: object) -> Table:
    cells = [[Paragraph(cell, PROSE) for cell in row[skip:]] for row in rows]
    return Table(cells, style=list(styles), colWidths=[30, 170, 200][skip:], **options)


def said(found: Document) -> list[tuple[str, str, str]]:
    def text(spans) -> str:
        return " ".join(found.text[span.start : span.end] for span in spans)

    return [(each.numbers[0], text(each.questions), text(each.answers)) for each in found.exchanges]


@pytest.mark.parametrize("page", [numbered, bare])
@pytest.mark.parametrize("again", [0, 1])
@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("side", ["TOP", "MIDDLE"])
def test_questions_in_columns_over_pages_have_their_answers(side, skip, again, page):
    rows = table([HEAD, *ROWS], ("VALIGN", (0, 0), (-1, -1), side), skip=skip, repeatRows=again)
    found = read(printed(*prose("Technische vragen"), rows, *prose("Dit overzicht is van maart."), page=page))
    assert len(found.pages) == 3
    assert said(found) == SAID
    assert [found.text[b.start : b.end] for b in found.blocks if b.kind == "notice"] == ["Dit overzicht is van maart."]
    check_places(found)


def test_level_lines_make_no_difference():
    below = ("LINEBELOW", (0, 0), (-1, -1), 0.5, "black")
    found = read(printed(table([HEAD, *ROWS], ("VALIGN", (0, 0), (-1, -1), "TOP"), below, repeatRows=1)))
    assert said(found) == SAID


def test_an_answer_that_goes_on_on_the_next_page_is_whole():
    rows = [*ROWS[:7], ["8", "Wat wordt er nu gedaan?", LONG * 5], *([*ROWS[8:10]])]
    made = table([HEAD, *rows], ("VALIGN", (0, 0), (-1, -1), "TOP"), splitInRow=1)
    found = read(printed(*prose(*[LONG * 3] * 4), made))
    assert said(found) == [(a, b, c.strip()) for a, b, c in rows]
    check_places(found)


def test_tight_rows_are_told_by_their_numbers_and_by_how_sentences_end():
    made = table([HEAD, *ROWS[:8]], ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 0))
    made.setStyle([("BOTTOMPADDING", (0, 0), (-1, -1), 0)])
    assert said(read(printed(made))) == SAID[:8]


def test_ruled_questions_whose_head_comes_again_end_where_the_page_does():
    found = read(printed(table([HEAD, *ROWS], GRID, repeatRows=1)))
    assert said(found) == SAID
    assert kinds(found).count("furniture") == 1


@pytest.mark.parametrize("styles", [(), (GRID,)])
def test_answers_may_be_long(styles):
    rows = [["1", "Wat is er gedaan?", (LONG * 12).strip()], ["2", "En nu?", "Er is een meldpunt."]]
    found = read(printed(table([HEAD, *rows], ("VALIGN", (0, 0), (-1, -1), "TOP"), *styles)))
    assert said(found) == [tuple(row) for row in rows]


@pytest.mark.parametrize("wrong", ["numbers", "heads", "crossing"])
def test_what_is_not_certain_stays_text_without_mixed_columns(wrong):
    head = ["Nr.", "Onderwerp", "Toelichting"] if wrong == "heads" else HEAD
    rows = [[str(9 - n) if wrong == "numbers" else str(n), *ROWS[n][1:]] for n in range(1, 6)]
    made = table([head, *rows], ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOTTOMPADDING", (0, 0), (-1, -1), 0))
    after = prose(LONG * 2) if wrong == "crossing" else []
    found = read(printed(made, *after))
    for _, question, answer in rows:
        for cell in (question, answer.split(". ")[0]):
            assert re.search(r"\s+".join(map(re.escape, cell.split())), found.text)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "1", "2", "3"]),
            st.sampled_from(["", "Hoe?", "Wie doet dat?", "Een lang woord."]),
            st.sampled_from(["", "Zo.", "Dat doet de gemeente", LONG]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["TOP", "MIDDLE", "BOTTOM"]),
)
def test_no_word_is_lost(rows, side):
    data = printed(table([HEAD, *map(list, rows)], ("VALIGN", (0, 0), (-1, -1), side)), page=bare)
    opened = pdfium.PdfDocument(data)
    raw = " ".join(page.get_textpage().get_text_range() for page in opened)
    opened.close()
    assert set(re.findall(r"\w+", read(data).text)) == set(re.findall(r"\w+", raw))


def test_a_page_of_heads_takes_little_time():
    heads = [
        Word(text, x, 12.0 * y, x + 50, 12.0 * y + 11, 12.0 * y + 9)
        for y in range(3000)
        for text, x in (("Vraag", 72.0), ("Antwoord", 300.0))
    ]
    started = time.process_time()
    assert with_questions(heads, 36_000.0) == heads
    assert time.process_time() - started < 2
