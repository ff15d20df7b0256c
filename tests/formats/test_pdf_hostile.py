"""PDF that is broken, closed or made to harm: each is a document or a refusal with its reason, within bounds."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfs import bomb, line, nested_forms, raw, simple
from reportlab.pdfgen.canvas import Canvas
from typeset import plain_pages

from rag.documents import read_document
from rag.documents.formats import pdf, pdf_process
from rag.documents.formats.pdf_process import PdfDied, PdfProcess, shared
from rag.documents.source import Source
from rag.errors import UnreadableFile

PAGES = plain_pages([["Het college heeft kennis genomen", "van het onderzoek."], ["Dat was in mei."], ["Einde."]])
NO_PDF = "is geen leesbare PDF"


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as error:
        pdf.read(data, "stuk.pdf")
    assert error.value.path == "stuk.pdf"
    return error.value.reason


def locked(user: str, owner: str = "eigenaar") -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption

    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(user, owner, strength=128))
    canvas.drawString(72, 700, "Besloten stuk van het college")
    canvas.save()
    return out.getvalue()


def test_a_password_is_named():
    assert refusal(locked("geheim")).startswith("is beveiligd met een wachtwoord")


def test_a_file_that_is_only_closed_for_changes_is_read():
    assert pdf.read(locked(""), "stuk.pdf").text == "Besloten stuk van het college"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is leeg"),
        (b"%PDF-1.7", NO_PDF),
        (b"<html><body>Geen PDF</body></html>", NO_PDF),
        (PAGES[: len(PAGES) // 2], NO_PDF),
        (raw([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]), NO_PDF),
        (raw([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 99999999>>"]), NO_PDF),
        (simple(b""), "bevat geen tekst"),
        (simple(line("x"), pages=10_001), "heeft te veel pagina's (10001; het hoogste is 10000)"),
    ],
    ids=["leeg", "alleen het begin", "html", "de helft", "geen pagina's", "kringloop", "wit", "10.001 pagina's"],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data, reason):
    assert refusal(data).startswith(reason)


def test_a_pdf_under_another_name_is_read(tmp_path: Path):
    (tmp_path / "stuk.txt").write_bytes(PAGES)
    assert len(read_document(tmp_path / "stuk.txt", tmp_path).pages) == 3


def test_something_else_under_the_name_of_a_pdf_is_refused(tmp_path: Path):
    (tmp_path / "stuk.pdf").write_bytes(b"\x00\x01\x02" * 500)
    with pytest.raises(UnreadableFile):
        read_document(tmp_path / "stuk.pdf", tmp_path)


def test_a_thousand_pages_are_read_one_by_one():
    source = pdf.read(simple(line("Een regel op elke pagina."), pages=1000), "stuk.pdf")
    assert len(source.pages) == 1000
    assert source.text.count("Een regel op elke pagina.") == 1000


def test_a_page_with_endless_text_is_cut_and_says_so():
    lines = b"".join(b"(%d %s) Tj T* " % (n, b"woorden van het college " * 8) for n in range(600))
    content = b"BT /F 4 Tf 36 830 Td 1.3 TL " + lines + b"ET"
    source = pdf.read(simple(content), "stuk.pdf")
    assert source.remarks == ("pagina 1 niet helemaal gelezen: te veel tekst op een pagina",)


def test_a_page_that_takes_too_long_costs_that_page_only(monkeypatch):
    monkeypatch.setattr(pdf, "PAGE", 1.0)
    started = time.monotonic()
    assert refusal(nested_forms(8)).endswith("(pagina 1 beschadigd of te zwaar)")
    assert time.monotonic() - started < 20
    assert pdf.read(PAGES, "stuk.pdf").remarks == ()


def test_what_unpacks_without_end_is_bounded(monkeypatch):
    monkeypatch.setattr(pdf, "PAGE", 3.0)
    assert refusal(bomb(100_000_000))


def test_pages_that_are_damaged_or_empty_are_named():
    """The first page draws nothing any more, and the second is none."""
    data = simple(line("Tekst."), pages=3, more=[])
    whole = data.replace(b"/Contents 4 0 R", b"/Contents 9 0 R", 1).replace(b"6 0 R 7 0 R", b"2 0 R 7 0 R", 1)
    source = pdf.read(whole, "stuk.pdf")
    assert [page.number for page in source.pages] == list(range(1, len(source.pages) + 1))
    assert source.remarks


@given(st.binary(max_size=300))
@settings(max_examples=40)
def test_any_bytes_are_a_document_or_a_refusal(data):
    outcome(b"%PDF-1.7\n" + data)


@given(st.integers(0, len(PAGES) - 1), st.integers(1, 40), st.sampled_from([b"\xff", b"\x00", b"9", b">", b"("]))
@settings(max_examples=60)
def test_any_damage_is_a_document_or_a_refusal(place, length, filler):
    outcome(PAGES[:place] + filler * length + PAGES[place + length :])


def outcome(data: bytes) -> None:
    try:
        source = pdf.read(data, "stuk.pdf")
    except UnreadableFile as error:
        assert error.reason
    else:
        assert isinstance(source, Source)


# --- the process that reads


@pytest.fixture
def process():
    own = PdfProcess()
    yield own
    own.stop()


def test_a_process_that_is_killed_is_replaced(process):
    assert process.open(PAGES, "a") == {"pages": 3}
    os.kill(process.number, signal.SIGKILL)
    with pytest.raises(PdfDied):
        for _ in range(20):
            process.ask({"do": "page", "page": 0})
            time.sleep(0.05)
    assert process.open(PAGES, "a") == {"pages": 3}


def test_a_crash_in_the_middle_of_a_file_costs_a_page(process, monkeypatch):
    asked = PdfProcess.ask
    pages = []

    def crashing(self, request, payload=b"", seconds=pdf_process.PAGE):
        if request["do"] == "page":
            pages.append(request["page"])
            if len(pages) == 2:
                self.stop()
                raise PdfDied(slow=False)
        return asked(self, request, payload, seconds)

    monkeypatch.setattr(PdfProcess, "ask", crashing)
    source = pdf.read(PAGES, "stuk.pdf")
    assert [page.reading for page in source.pages] == ["tekst", "geen", "tekst"]
    assert source.remarks == ("pagina 2 niet gelezen: beschadigd of te zwaar",)


def test_a_file_that_crashes_again_and_again_is_given_up(monkeypatch):
    def crashing(self, request, payload=b"", seconds=pdf_process.PAGE):
        raise PdfDied(slow=True)

    monkeypatch.setattr(PdfProcess, "ask", crashing)
    shared().stop()
    assert refusal(PAGES) == "is een PDF die niet te lezen is (het lezen duurde te lang)"


def test_a_process_that_does_not_answer_is_ended():
    silent = PdfProcess([sys.executable, "-c", "import time; time.sleep(60)"])
    started = time.monotonic()
    with pytest.raises(PdfDied) as error:
        silent.ask({"do": "open"}, b"", seconds=0.5)
    assert error.value.slow
    assert time.monotonic() - started < 10


def test_a_process_that_cannot_start_reading_is_no_crash_of_ours():
    broken = PdfProcess([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(PdfDied) as error:
        broken.ask({"do": "open"}, b"x" * 1_000_000)
    assert not error.value.slow


def test_the_process_is_replaced_after_many_files(process, monkeypatch):
    monkeypatch.setattr(pdf_process, "MOST_FILES", 2)
    numbers = set()
    for name in ("a", "b", "c", "d"):
        process.open(PAGES, name)
        numbers.add(process.number)
    assert len(numbers) == 2


def test_the_open_file_is_not_sent_again(process):
    process.open(PAGES, "a")
    assert process.open(b"", "a") == {"pages": 3}
    process.close()
    assert "error" in process.open(b"", "a")
