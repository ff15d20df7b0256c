"""Questions in a table with their answers beside them, in every format."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_documents_variants import read

from rag.documents.asked_in_rows import asked_in_rows
from rag.documents.lines import split_lines
from rag.documents.reader import document
from rag.passages import passages

sys.path.insert(0, str(Path(__file__).parent / "formats"))

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
from test_pdf import read as read_pdf
from test_rich import paragraph, run, source, word

ROWS = [
    ("Nr.", "Fractie", "Vraag", "Antwoord"),
    ("1", "SP", "Hoe oud is de brug?", "De brug is van 1931."),
    ("2", "D66", "Wat kost een nieuwe brug, en wie betaalt dat?", "Twee miljoen euro. De gemeente betaalt."),
    ("3", "D66", "Wanneer komt zij er?", "In 2024."),
]
SAID = [((str(n),), asked, answered) for n, (_, _, asked, answered) in enumerate(ROWS[1:], 1)]


def as_markdown() -> str:
    lines = [f"| {' | '.join(row)} |" for row in ROWS]
    return "\n".join(["# Technische vragen over de brug", "", lines[0], "|---|---|---|---|", *lines[1:], ""])


def as_word() -> bytes:
    rows = ("".join(f"<w:tc>{paragraph(run(cell))}</w:tc>" for cell in row) for row in ROWS)
    return word(f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>")


def as_html() -> bytes:
    rows = ("".join(f"<td>{cell}" for cell in row) for row in ROWS)
    return f"<main><h1>Vragen</h1><table>{''.join(f'<tr>{row}' for row in rows)}</table></main>".encode()


def as_pdf() -> bytes:
    out = io.BytesIO()
    style = getSampleStyleSheet()["BodyText"]
    rows = [[Paragraph(cell, style) for cell in row] for row in ROWS]
    table = Table(rows, colWidths=[30, 50, 150, 200], style=[("GRID", (0, 0), (-1, -1), 0.5, "black")])
    SimpleDocTemplate(out, pagesize=A4, invariant=True).build([Paragraph("Technische vragen", style), table])
    return out.getvalue()


def said(found) -> list[tuple]:
    def text(spans) -> str:
        return " ".join(found.text[span.start : span.end] for span in spans)

    return [(each.numbers, text(each.questions), text(each.answers)) for each in found.exchanges]


@pytest.mark.parametrize("name", ["a.md", "a.docx", "a.html", "a.pdf"])
def test_each_row_is_a_question_with_its_answer(name):
    if name == "a.md":
        found = read(as_markdown(), markdown=True)
    elif name == "a.pdf":
        found = read_pdf(as_pdf())
    else:
        found = document(source(as_word() if name == "a.docx" else as_html(), name), name)
    assert said(found) == SAID
    assert found.kind == "schriftelijke vragen"
    assert found.remarks == ()
    exchanges = [passage for passage in passages(found) if passage.kind == "exchange"]
    assert [passage.questions for passage in exchanges] == [("1",), ("2",), ("3",)]
    assert all(passage.text == found.text[passage.start : passage.end] for passage in exchanges)


def test_a_question_without_an_answer_has_none_and_what_follows_is_apart():
    table = "| Vraag | Reactie college |\n|---|---|\n| Hoe oud is de brug? | Van 1931. |\n| Wanneer komt zij? | |\n\n"
    found = read(f"# Vragen\n\n{table}Dit overzicht is van 3 maart 2022.\n", markdown=True)
    assert said(found) == [(("1",), "Hoe oud is de brug?", "Van 1931."), (("2",), "Wanneer komt zij?", "")]
    assert [b.kind for b in found.blocks][-1] == "notice"


def test_numbers_that_come_again_are_counted():
    table = "| Nr | Vraag | Antwoord |\n|---|---|---|\n| 1 | Hoe oud? | Oud. |\n\n"
    found = read(f"# Vragen\n\n{table}## SP\n\n{table}", markdown=True)
    assert [each.numbers for each in found.exchanges] == [("1",), ("2",)]


def test_a_table_that_asks_nothing_is_no_table_of_questions():
    lines = split_lines("| Vraag | Antwoord |\n| naar zorg | neemt toe |\n| naar wonen | daalt |\n")
    assert asked_in_rows(lines) is None


@given(st.lists(st.lists(st.text("ab? |1", max_size=8), min_size=1, max_size=5), max_size=6))
def test_no_letter_is_lost(rows):
    text = "\n".join(["| Nr | Vraag | Antwoord |", *(f"| {' | '.join(row)} |" for row in rows)])
    lines = split_lines(text)
    found = asked_in_rows(lines)
    if found:
        letters = ["".join(filter(str.isalnum, "".join(line.text for line in some))) for some in (lines, found[0])]
        assert letters[0] == letters[1]


def test_a_long_table_takes_little_time():
    text = "| Vraag | Antwoord |\n" + "| Hoe? | Zo. |\n" * 20_000
    lines = split_lines(text)
    started = time.process_time()
    assert asked_in_rows(lines) is not None
    assert time.process_time() - started < 3
