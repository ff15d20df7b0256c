"""PDF forms: what is filled in is read in its place; what cannot be read is named."""

from __future__ import annotations

import io

from pdfs import HELVETICA, line, raw
from reportlab.pdfgen import canvas

from rag.documents.formats import pdf
from rag.documents.pages import boxes
from rag.documents.reader import document
from rag.types import Document


def read(data: bytes) -> Document:
    return document(pdf.read(data, "formulier.pdf"), "formulier.pdf")


def form(*fields: bytes) -> bytes:
    """A page with a line of text and these annotations, each beside the text and below the one before."""
    drawn = line("Aanvraag voor het buurthuis aan de Hoofdstraat.", 750)
    numbers = b" ".join(b"%d 0 R" % (6 + n) for n in range(len(fields)))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>/Annots[%s]>>"
    places = (b"/Rect[72 %d 272 %d]" % (600 - 60 * n, 620 - 60 * n) for n in range(len(fields)))
    return raw(
        [
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[%s]>>>>" % numbers,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page % numbers,
            b"<</Length %d>>stream\n" % len(drawn) + drawn + b"\nendstream",
            HELVETICA,
            *(b"<</Type/Annot" + place + field + b">>" for place, field in zip(places, fields, strict=True)),
        ]
    )


def test_a_filled_form_is_read_where_its_fields_stand():
    out = io.BytesIO()
    drawing = canvas.Canvas(out)
    drawing.drawString(72, 750, "Naam van de indiener:")
    drawing.acroForm.textfield(name="naam", x=220, y=743, width=200, height=20, value="Wijkraad Schilderswijk")
    drawing.drawString(72, 700, "Gewone tekst.")
    drawing.acroForm.choice(name="keus", x=72, y=600, width=150, height=20, options=["eens", "oneens"], value="oneens")
    drawing.acroForm.textfield(name="leeg", x=220, y=500, width=200, height=20)
    drawing.showPage()
    drawing.drawString(72, 750, "Akkoord:")
    drawing.acroForm.checkbox(name="ja", x=220, y=745, checked=True)
    drawing.acroForm.checkbox(name="nee", x=280, y=745, checked=False)
    drawing.textAnnotation("Dit bedrag klopt niet.", [300, 600, 320, 620])
    drawing.linkURL("https://example.nl", (72, 740, 120, 760))
    drawing.save()
    found = read(out.getvalue())
    first, second = (part.split() for part in found.text.split("Akkoord"))
    assert first == "Naam van de indiener: Wijkraad Schilderswijk Gewone tekst. oneens".split()  # noqa: SIM905
    assert "klopt" not in found.text
    assert second == [":"]
    assert found.remarks == (
        "1 opmerking in de kantlijn niet gelezen (pagina 2)",
        "1 aangekruist vakje niet gelezen (pagina 2)",
    )
    start = found.text.index("Wijkraad")
    placed = boxes(found, start, start + len("Wijkraad Schilderswijk"))
    assert placed and all(0.3 < box[1] < 0.8 and 0.05 < box[2] < 0.15 for box in placed)


def test_a_value_without_an_appearance_is_read_below_the_page():
    found = read(
        form(
            b"/Subtype/Widget/FT/Tx/T(bedrag)/TU(Gevraagd bedrag)/V(12.500 euro)/F 4",
            b"/Subtype/FreeText/Contents(Alleen in het weekend)/F 4",
        )
    )
    text = "Aanvraag voor het buurthuis aan de Hoofdstraat.\n\nGevraagd bedrag: 12.500 euro\n\nAlleen in het weekend"
    assert found.text == text
    start = text.index("12.500")
    ((page, x0, y0, x1, y1),) = boxes(found, start, start + 6)
    assert page == 1 and x0 < 0.13 and 0.25 < y0 < y1 < 0.3 and x1 > 0.4


def test_passwords_and_hidden_fields_are_left_out():
    found = read(
        form(
            b"/Subtype/Widget/FT/Tx/T(pin)/Ff 8192/V(geheim)/F 4",
            b"/Subtype/Widget/FT/Tx/T(weg)/V(onzichtbaar)/F 2",
            b"/Subtype/Popup/Contents(venster)",
        )
    )
    assert found.text == "Aanvraag voor het buurthuis aan de Hoofdstraat."
    assert found.remarks == ()


def test_a_large_field_does_not_make_a_page_a_scan():
    drawn = line("Wijkraad Noord", 300)
    appearance = b"/AP<</N 7 0 R>>/Rect[20 20 575 720]"
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(Wijkraad Noord)/F 4" + appearance + b">>"
    look = b"<</Type/XObject/Subtype/Form/BBox[0 0 555 700]/Resources<</Font<</F 5 0 R>>>>"
    text = line("Naam:", 750)
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>/Annots[6 0 R]>>"
    )
    found = read(
        raw(
            [
                b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>>>",
                b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                page,
                b"<</Length %d>>stream\n" % len(text) + text + b"\nendstream",
                HELVETICA,
                field,
                look + b"/Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
            ]
        )
    )
    assert found.text.split() == ["Naam:", "Wijkraad", "Noord"]


def test_thousands_of_annotations_take_no_longer_than_the_first():
    found = read(form(*[b"/Subtype/Text/Contents(x)"] * 4000))
    assert found.remarks == (
        "3000 opmerkingen in de kantlijn niet gelezen (pagina 1)",
        "pagina 1 niet helemaal gelezen: te veel tekst op een pagina",
    )
