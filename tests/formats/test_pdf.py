"""PDF: the seeds set in type say the same as the seeds; every character knows its page and its place there."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdfs import line, simple
from typeset import COLUMNS, LETTER, Layout, plain_pages, typeset

from rag.documents import read_document
from rag.documents.formats import pdf
from rag.documents.pages import SCALE, WordBox, boxes, pack, page_at, pages_of, unpack
from rag.documents.reader import document
from rag.passages import passages
from rag.sentences import sentences
from rag.store import codec
from rag.types import Document, Exchange, Footnote, Span

SEEDS = Path(__file__).parents[2] / "seeds"
NAMES = sorted(file.name for file in SEEDS.glob("*.txt"))
LAYOUTS = {"brief": LETTER, "twee kolommen": COLUMNS}


def seed(name: str) -> Document:
    return read_document(SEEDS / name, SEEDS)


def read(data: bytes, name: str = "stuk.pdf") -> Document:
    return document(pdf.read(data, name), name)


@pytest.fixture(scope="module")
def printed() -> dict[tuple[str, str], tuple[bytes, Document]]:
    """Every seed in every layout: the file, and what is read of it."""
    found = {}
    for layout, setting in LAYOUTS.items():
        for name in NAMES:
            data = typeset(seed(name), setting)
            found[layout, name] = data, read(data, name)
    return found


def words(found: Document, spans: tuple[Span, ...]) -> str:
    return " ".join(" ".join(found.text[span.start : span.end].split()) for span in spans)


def said(found: Document, exchange: Exchange) -> tuple[str, str, str]:
    return tuple(words(found, spans) for spans in (exchange.introductions, exchange.questions, exchange.answers))


def notes(found: Document) -> list[tuple[str, str, str]]:
    """Marker, text, and the words before the reference, of the footnotes that are referred to."""
    return [
        (note.marker, words(found, (Span(note.start, note.end),)), before(found, note))
        for note in found.footnotes
        if note.anchor is not None
    ]


def before(found: Document, note: Footnote) -> str:
    return " ".join(found.text[max((note.anchor or 0) - 25, 0) : note.anchor].split()[1:])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_seed_set_in_type_has_the_same_questions_and_answers(printed, layout, name):
    expected, found = seed(name), printed[layout, name][1]
    assert [e.numbers for e in found.exchanges] == [e.numbers for e in expected.exchanges]
    for mine, theirs in zip(found.exchanges, expected.exchanges, strict=True):
        assert said(found, mine) == said(expected, theirs)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_seed_set_in_type_tells_the_same_about_itself(printed, layout, name):
    expected, found = seed(name), printed[layout, name][1]
    for field in ("title", "kind", "date", "date_asked", "askers", "answered_by"):
        assert getattr(found, field) == getattr(expected, field), field
    assert sorted(found.references) == sorted(expected.references)
    if layout == "brief":  # on a single page no foot is told from the text
        assert found.own_references == expected.own_references


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES)
def test_footnotes_are_tied_to_where_they_are_referred_to(printed, layout, name):
    assert notes(printed[layout, name][1]) == notes(seed(name))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost(printed, layout, name):
    """Every word that PDFium finds on the pages is in the document, and nothing else is."""
    data, found = printed[layout, name]
    with_pdfium = pdfium.PdfDocument(data)
    raw = "".join(page.get_textpage().get_text_range() for page in with_pdfium)
    with_pdfium.close()
    assert letters(found.text) == letters(raw)


def letters(text: str) -> list[str]:
    """The letters of a text, sorted: columns and footnotes stand in another order; references to notes are left out."""
    return sorted(re.sub(r"[\W\d_]", "", text))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES)
def test_the_blocks_cover_the_text(printed, layout, name):
    found = printed[layout, name][1]
    covered = "".join(found.text[block.start : block.end] for block in sorted(found.blocks, key=lambda b: b.start))
    assert re.sub(r"\s", "", covered) == re.sub(r"\s", "", found.text)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES[:2])
def test_the_boxes_of_a_sentence_hold_its_words(printed, layout, name):
    data, found = printed[layout, name]
    opened = pdfium.PdfDocument(data)
    texts = [page.get_textpage() for page in opened]
    checked = 0
    for block in found.blocks:
        if block.kind not in ("question", "answer", "footnote"):
            continue
        for span in sentences(found.text[block.start : block.end]):
            start, end = block.start + span.start, block.start + span.end
            inside = re.sub(r"[\W_]", "", "".join(text_in(opened, texts, box) for box in boxes(found, start, end)))
            assert re.sub(r"[\W_]", "", found.text[start:end]) in inside
            checked += 1
    opened.close()
    assert checked > 25


def text_in(opened: pdfium.PdfDocument, texts: list, box: tuple[int, float, float, float, float]) -> str:
    """What PDFium finds in a rectangle, half a point wider at the sides."""
    number, x0, y0, x1, y1 = box
    wide, high = opened.get_page_size(number - 1)
    text = texts[number - 1]
    middle, half = (y0 + y1) / 2 * high, (y1 - y0) / 2 * high * 0.7
    return text.get_text_bounded(x0 * wide - 0.5, high - middle - half, x1 * wide + 0.5, high - middle + half)


def test_a_citation_has_the_page_on_which_it_stands(printed):
    found = printed["brief", NAMES[2]][1]
    assert len(found.pages) > 4
    assert [page.number for page in found.pages] == list(range(1, len(found.pages) + 1))
    for passage in passages(found):
        assert passage.pages[0] == (min(part.start for part in passage.parts), page_at(found, passage.start))
        for start, number in passage.pages:
            assert page_at(found, start) == number == boxes(found, start, start + 40)[0][0]


def test_pages_say_how_they_were_read(printed):
    found = printed["brief", NAMES[0]][1]
    assert [(page.reading, page.confidence) for page in found.pages] == [("tekst", None)] * 2
    assert all(page.characters > 1000 for page in found.pages)
    assert sum(page.characters for page in found.pages) == pytest.approx(len(found.text), abs=40)


def test_running_heads_and_page_numbers_are_furniture(printed):
    found = printed["brief", NAMES[2]][1]
    furniture = [found.text[b.start : b.end] for b in found.blocks if b.kind == "furniture"]
    assert "Pagina 3" in "\n".join(furniture)
    assert found.text.count("Gemeente Den Haag") == "\n".join(furniture).count("Gemeente Den Haag") == 5


def test_a_document_with_pages_is_stored_and_read_back(printed):
    found = printed["brief", NAMES[0]][1]
    assert codec.loads(codec.dumps(found), Document) == found


def test_what_was_stored_without_pages_still_loads():
    stored = codec.dumps(seed(NAMES[0])).rsplit(",[],", 1)[0] + "]"
    assert codec.loads(stored, Document).pages == ()


@given(
    st.lists(
        st.tuples(*(st.integers(0, high) for high in (90_000, 40, 3, SCALE, SCALE, SCALE, SCALE))), max_size=40
    ).map(lambda rows: [WordBox(*row) for row in sorted(rows)])
)
def test_boxes_survive_their_packing(words):
    assert unpack(pack(words)) == tuple(words)


def test_text_without_pages_has_no_boxes():
    found = seed(NAMES[0])
    assert boxes(found, 0, 50) == []
    assert page_at(found, 3) is None
    assert pages_of(found, found.blocks) == ()


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(turned):
    # the text stands upright once the page is turned
    matrix = {0: b"1 0 0 1 72 700", 90: b"0 1 -1 0 150 72", 180: b"-1 0 0 -1 520 140", 270: b"0 -1 1 0 440 770"}[turned]
    content = b"BT /F 12 Tf %s Tm (Het college is bekend) Tj 0 -15 Td (met het onderzoek.) Tj ET" % matrix
    data = simple(content).replace(b"/Type/Page/Parent", b"/Type/Page/Rotate %d/Parent" % turned)
    found = read(data)
    assert found.text == "Het college is bekend met het onderzoek."
    (_, x0, y0, x1, y1), *_ = boxes(found, 0, 10)
    assert 0 < x0 < x1 < 0.6
    assert 0.05 < y0 < y1 < 0.3


def test_a_crop_box_moves_the_boxes_along():
    data = simple(line("Een regel tekst op een kleine pagina.", 700)).replace(
        b"/MediaBox[0 0 595 842]", b"/MediaBox[0 0 595 842]/CropBox[60 600 460 800]"
    )
    (_, x0, y0, _, y1), *_ = boxes(read(data), 0, 9)
    assert x0 == pytest.approx(12 / 400, abs=0.01)
    assert y0 < 1 - 100 / 200 < y1


def test_words_without_spaces_between_them_are_told_apart_by_their_places():
    content = b"BT /F 12 Tf 72 700 Td (Het) Tj 28 0 Td (college) Tj 50 0 Td (antwoordt.) Tj ET"
    assert read(simple(content)).text == "Het college antwoordt."


def test_text_in_the_order_of_drawing_is_read_from_top_to_bottom():
    content = line("tweede regel van de zin.", 685) + line("De eerste regel staat boven de", 700)
    assert read(simple(content)).text == "De eerste regel staat boven de tweede regel van de zin."


def test_text_sideways_in_the_margin_is_furniture_but_for_a_number_of_the_document():
    content = line("Dit is de tekst van het stuk.") + b"BT /F 8 Tf 0 1 -1 0 30 300 Tm (Drukkerij De Brug) Tj ET"
    found = read(simple(content))
    assert [found.text[b.start : b.end] for b in found.blocks if b.kind == "furniture"] == ["Drukkerij De Brug"]
    numbered = read(simple(content.replace(b"Drukkerij De Brug", b"Kenmerk BSD/10356580")))
    assert [b.kind for b in numbered.blocks] == ["paragraph", "metadata"]
    assert numbered.own_references == ("BSD/10356580",)


def test_what_stands_beside_the_text_is_not_mixed_with_it():
    aside = [("Datum", 690), ("30 augustus 2022", 678), ("Kenmerk", 655), ("BSD/10356580", 643)]
    body = [
        "Het college heeft kennis genomen van de vragen",
        "die het raadslid heeft gesteld over de aanpak van",
        "uitbuiting, en beantwoordt deze vragen in de brief",
        "die hierbij gaat. De cijfers in de brief zijn van de",
        "politie en van de hulpverlening in de regio.",
    ]
    content = b"".join(b"BT /F 9 Tf 50 %d Td (%s) Tj ET\n" % (y, text.encode()) for text, y in aside)
    content += b"".join(
        b"BT /F 12 Tf 200 %d Td (%s) Tj ET\n" % (700 - 15 * n, text.encode()) for n, text in enumerate(body)
    )
    found = read(simple(content))
    assert " ".join(body) in found.text
    assert found.date == "2022-08-30"


def test_cells_of_a_row_stay_on_their_row():
    rows = [("2019", "12", "31"), ("2020", "15", "28"), ("2021", "9", "40"), ("2022", "11", "35")]
    content = b"".join(
        b"BT /F 11 Tf %d %d Td (%s) Tj ET\n" % (72 + 120 * column, 700 - 16 * n, cell.encode())
        for n, row in enumerate([("Jaar", "Meldingen", "Aangiften"), *rows])
        for column, cell in enumerate(row)
    )
    assert "Jaar | Meldingen | Aangiften\n2019 | 12 | 31\n2020 | 15 | 28" in read(simple(content)).text


def test_words_broken_at_line_ends_are_whole(printed):
    data, found = printed["twee kolommen", NAMES[2]]
    assert "slachtof-" in pdf.read(data, "stuk.pdf").text
    assert "slachtof-" not in found.text


def test_three_columns_are_read_one_after_another():
    expected = seed(NAMES[0])
    three = Layout(columns=3, font="Helvetica", size=8, margin=36, gutter=18, hyphens=False, below=False)
    found = read(typeset(expected, three))
    assert [e.numbers for e in found.exchanges] == [e.numbers for e in expected.exchanges]
    for mine, theirs in zip(
        found.exchanges[:5], expected.exchanges[:5], strict=True
    ):  # the sixth runs into the sign-off
        assert said(found, mine) == said(expected, theirs)


def test_a_sentence_that_crosses_a_page_end_is_one():
    first = ["De gemeente heeft in het afgelopen jaar samen met de", "politie en de hulpverlening onderzocht hoe vaak"]
    second = ["het voorkomt dat jongeren worden uitgebuit in de stad.", "Dat onderzoek is in mei afgerond."]
    found = read(plain_pages([first, second]))
    assert found.text == " ".join([*first, *second])
    assert [page.number for page in found.pages] == [1, 2]
    assert {box[0] for box in boxes(found, 0, len(" ".join(first)) + 20)} == {1, 2}
