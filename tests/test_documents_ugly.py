"""Files as people make them: found by trying what the documentation promises."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from test_documents_variants import read

from rag.documents.formats import text
from rag.documents.reader import document

sys.path.insert(0, str(Path(__file__).parent / "formats"))

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
from test_pdf import read as read_pdf
from test_rich import paragraph, run, source, word

MINUTES = (
    "Notulen raad 4 april 2022\n\nDe voorzitter: Ik open de vergadering.\n"
    "Mevrouw De Wit (SP): Voorzitter, de brug is oud.\nWethouder Bakker: Dat klopt. Wij vervangen haar.\n"
    "Mevrouw De Wit (SP): Wanneer?\nWethouder Bakker: In 2023.\n"
)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_the_machine_ended_them(end):
    found = document(text.read(MINUTES.replace("\n", end).encode(), "notulen.txt"), "notulen.txt")
    assert found.kind == "notulen"
    assert [person.name for person in found.speakers] == ["De Wit", "Bakker"]


def test_fields_at_the_top_of_markdown_are_fields():
    front = '---\ntitle: "Nota fietspaden"\ndate: 2022-03-04\nkenmerk: Z-22-1\ntags:\n- fiets\n- brug\n---\n\n'
    found = document(text.read_markdown(f"{front}De fietspaden zijn **smal**.\n".encode(), "a.md"), "a.md")
    assert (found.title, found.date, found.own_references) == ("Nota fietspaden", "2022-03-04", ("Z-22-1",))
    assert next(found.text[b.start : b.end] for b in found.blocks if b.kind == "metadata").startswith("title:")
    assert "De fietspaden zijn smal." in found.text


def test_a_rule_at_the_top_is_no_field():
    found = document(text.read_markdown(b"---\n\nDe fietspaden zijn smal.\n\n---\n\nEn druk.\n", "a.md"), "a.md")
    assert found.text == "De fietspaden zijn smal.\n\nEn druk."


def test_tables_of_markdown_have_heads_and_rows():
    table = "| Jaar | Ongelukken |\n|------|-----------:|\n| 2020 | 6 |\n| 2021 | 8 |\n"
    found = read(f"# Nota\n\nHet is druk.\n\n{table}\nEn smal.\n", markdown=True)
    assert [(b.kind, found.text[b.start : b.end]) for b in found.blocks][2:] == [
        ("heads", "| Jaar | Ongelukken |"),
        ("row", "| 2020 | 6 |"),
        ("row", "| 2021 | 8 |"),
        ("paragraph", "En smal."),
    ]
    assert "| Jaar | Ongelukken |\n| 2020 | 6 |\n| 2021 | 8 |" in found.text


def test_who_signed_a_motion_on_one_line():
    found = read(
        "Motie veilige bruggen\n\nDe raad, in vergadering bijeen op 12 mei 2022,\n\n"
        "constaterende dat de brug oud is,\n\nverzoekt het college de brug te vervangen,\n\n"
        "en gaat over tot de orde van de dag.\n\n"
        "A. de Wit (SP)   J. Smit (D66)\n\nStemming: aangenomen\n"
    )
    assert [(person.name, person.party) for person in found.askers] == [("A. de Wit", "SP"), ("J. Smit", "D66")]
    assert found.outcome == "aangenomen"


def test_a_letterhead_in_a_table_tells_about_the_letter():
    def cell(said: str) -> str:
        return f"<w:tc>{paragraph(run(said))}</w:tc>"

    rows = (("Ons kenmerk", "Z-2022-00123"), ("Datum", "12 april 2022"), ("Onderwerp", "Veilige bruggen"))
    table = "".join(f"<w:tr>{cell(label)}{cell(value)}</w:tr>" for label, value in rows)
    rest = ("Geachte raad,", "De brug wordt vervangen.", "Hoogachtend,", "J. Smit")
    data = word(f"<w:tbl>{table}</w:tbl>" + "".join(paragraph(run(line)) for line in rest))
    found = document(source(data, "a.docx"), "a.docx")
    assert (found.kind, found.title, found.date) == ("brief", "Veilige bruggen", "2022-04-12")
    assert found.text[: found.blocks[0].end].split("\n")[0] == "Ons kenmerk | Z-2022-00123"
    assert found.blocks[0].kind == "metadata"


@pytest.mark.parametrize("indent", ["", "    ", " " * 30, "\t\t"])
def test_a_title_in_the_middle_of_the_page_says_what_kind_it_is(indent):
    lines = [
        "Besluitenlijst college 3 maart 2022",
        "",
        "1. Begroting",
        "Besluit: vastgesteld.",
        "",
        "2. Brug",
        "Besluit: nee.",
    ]
    found = read("\n".join(indent + line if line else "" for line in lines))
    assert found.kind == "besluitenlijst"
    assert [b.label for b in found.blocks if b.kind == "decision"] == ["Punt 1: Begroting", "Punt 2: Brug"]


def test_decisions_in_a_ruled_table_of_a_pdf_are_named_after_their_point():
    style = getSampleStyleSheet()
    rows = [["Nr.", "Onderwerp", "Besluit"]]
    rows += [
        [
            "1",
            "Begroting",
            Paragraph("Het college stelt de begroting vast en stuurt haar naar de raad.", style["BodyText"]),
        ]
    ]
    rows += [["2", "Brug", Paragraph("Het college houdt het voorstel aan.", style["BodyText"])]]
    table = Table(rows, colWidths=[30, 90, 200], style=[("GRID", (0, 0), (-1, -1), 0.5, "black")])
    out = io.BytesIO()
    title = Paragraph("Besluitenlijst B&amp;W 3 maart 2022", style["Title"])
    SimpleDocTemplate(out, pagesize=A4, invariant=True).build([title, table])
    found = read_pdf(out.getvalue())
    assert (found.kind, found.date) == ("besluitenlijst", "2022-03-03")
    assert [(b.label, found.text[b.start : b.end]) for b in found.blocks if b.kind == "row"] == [
        ("Punt 1: Begroting", "1 | Begroting | Het college stelt de begroting vast en stuurt haar naar de raad."),
        ("Punt 2: Brug", "2 | Brug | Het college houdt het voorstel aan."),
    ]
