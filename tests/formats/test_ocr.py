"""Scans: read with Tesseract where that is installed, refused with what to install where it is not."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest
from doubles import WordEmbedder
from pdfs import scanned
from PIL import Image, ImageDraw
from typeset import plain_pages

from rag import doctor
from rag.config import Config
from rag.documents import read_document
from rag.documents.formats import images, ocr, pdf
from rag.documents.formats.paged import named
from rag.documents.pages import boxes
from rag.documents.reader import document
from rag.errors import UnreadableFile
from rag.indexing import build_index

needs_tesseract = pytest.mark.skipif(not ocr.available(), reason="tesseract with Dutch is not installed")
LINES = [
    "1. Is het college bekend met het onderzoek naar uitbuiting?",
    "",
    "Ja, het college is bekend met dit onderzoek uit 2021.",
    "",
    "2. Hoeveel meldingen waren er in dat jaar in de gemeente?",
    "",
    "Er waren in 2021 in totaal 14 meldingen bij de politie.",
]
TSV = "\n".join(
    [
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
        "1\t1\t0\t0\t0\t0\t0\t0\t1000\t2000\t-1\t",
        "4\t1\t1\t1\t1\t0\t100\t100\t300\t40\t-1\t",
        "5\t1\t1\t1\t1\t1\t100\t100\t100\t40\t90.5\tHet",
        "5\t1\t1\t1\t1\t2\t220\t100\t180\t40\t80\tcollege",
        "5\t1\t1\t1\t1\t3\t420\t100\t10\t40\t-1\t ",
        "5\t1\t1\t2\t1\t1\t100\t200\t100\t40\t70\tzegt:",
        "halve regel",
    ]
)


@pytest.fixture
def without_tesseract(monkeypatch):
    """A machine on which Tesseract is not installed."""
    ocr.available.cache_clear()
    ocr.languages.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    yield
    ocr.available.cache_clear()
    ocr.languages.cache_clear()


@pytest.fixture(scope="module")
def scan() -> bytes:
    return scanned(plain_pages([LINES], 13))


@pytest.fixture(scope="module")
def half() -> bytes:
    """Three pages, of which the second is a scan."""
    return scanned(plain_pages([LINES, LINES, LINES], 13), only=[2])


def png(lines: list[str]) -> bytes:
    image = Image.new("L", (1000, 300), 255)
    draw = ImageDraw.Draw(image)
    for n, text in enumerate(lines):
        draw.text((60, 40 + 60 * n), text, fill=0, font_size=34)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


# --- without it


def test_a_scan_is_refused_and_says_what_to_install(scan, without_tesseract):
    with pytest.raises(UnreadableFile) as error:
        pdf.read(scan, "scan.pdf")
    advice = "installeer tesseract-ocr en tesseract-ocr-nld"
    assert error.value.reason == f"niet gelezen: gescand (1 pagina zonder tekst, {advice})"


def test_of_a_file_with_some_scans_the_rest_is_read(half, without_tesseract):
    source = pdf.read(half, "half.pdf")
    assert [page.reading for page in source.pages] == ["tekst", "geen", "tekst"]
    assert source.remarks == ("pagina 2 niet gelezen: gescand (installeer tesseract-ocr en tesseract-ocr-nld)",)
    assert document(source, "half.pdf").remarks[-1] == source.remarks[0]


def test_an_image_is_refused_and_says_what_to_install(tmp_path: Path, without_tesseract):
    (tmp_path / "foto.png").write_bytes(png(["tekst"]))
    with pytest.raises(UnreadableFile, match=r"niet gelezen: gescand .*installeer tesseract-ocr"):
        read_document(tmp_path / "foto.png", tmp_path)


def test_the_doctor_says_what_is_missing(without_tesseract, tmp_path):
    found = {f.what: f for f in doctor.examine(Config(index=str(tmp_path))).findings}["Tekstherkenning"]
    assert not found.fine
    assert not found.needed
    assert "tesseract-ocr-nld" in found.advice


# --- with it


@needs_tesseract
def test_a_scan_is_read_with_its_questions_and_answers(scan):
    found = document(pdf.read(scan, "scan.pdf"), "scan.pdf")
    assert [e.numbers for e in found.exchanges] == [("1",), ("2",)]
    answer = found.exchanges[1].answers[0]
    assert found.text[answer.start : answer.end] == LINES[-1]
    (page,) = found.pages
    assert page.reading == "ocr"
    assert 0.8 < page.confidence <= 1.0
    assert found.remarks == ("pagina 1 gelezen met tekstherkenning: controleer cijfers en namen",)


@needs_tesseract
def test_the_boxes_of_a_scan_lie_where_the_words_stand(scan):
    found = document(pdf.read(scan, "scan.pdf"), "scan.pdf")
    start = found.text.index("14 meldingen")
    ((page, x0, y0, x1, y1),) = boxes(found, start, start + len("14 meldingen"))
    expected = 1 - (842 - 84 - 6 * 13 * 1.25) / 842  # the base line of the seventh line
    assert page == 1
    assert 0.12 < x0 < x1 < 0.9
    assert y0 < expected + 0.003 and y1 > expected - 0.01


@needs_tesseract
def test_scanned_pages_between_others_are_read(half):
    source = pdf.read(half, "half.pdf")
    assert [page.reading for page in source.pages] == ["tekst", "ocr", "tekst"]
    assert source.text.count("14 meldingen") == 3


@needs_tesseract
def test_an_image_of_a_page_is_read(tmp_path: Path):
    (tmp_path / "foto.png").write_bytes(png(["Het college heeft de vragen van de raad", "op 3 mei 2021 beantwoord."]))
    found = read_document(tmp_path / "foto.png", tmp_path)
    assert "3 mei 2021" in found.text
    assert found.pages[0].reading == "ocr"


@needs_tesseract
def test_an_image_without_text_is_refused():
    with pytest.raises(UnreadableFile, match="zonder leesbare tekst"):
        images.read(png([]), "logo.png")


@needs_tesseract
def test_the_doctor_finds_it(tmp_path):
    found = {f.what: f for f in doctor.examine(Config(index=str(tmp_path))).findings}["Tekstherkenning"]
    assert found.fine


@needs_tesseract
def test_recognition_that_takes_too_long_is_given_up():
    assert ocr.recognise(png(["tekst"]), seconds=0.001) == []


@needs_tesseract
def test_a_scan_is_read_once_tesseract_is_installed(tmp_path: Path, monkeypatch):
    file = tmp_path / "stukken" / "foto.png"
    file.parent.mkdir()
    file.write_bytes(png(["Het college heeft de vragen van de raad", "op 3 mei 2021 beantwoord."]))
    os.utime(file, ns=(10**18, 10**18))  # long ago: an unchanged file is not tried again
    with monkeypatch.context() as bare:
        bare.setattr(ocr, "available", lambda: False)
        first = build_index([file.parent], tmp_path / "index", WordEmbedder())
    assert [reason for _, reason in first.failed] == [f"niet gelezen: gescand (een afbeelding, {ocr.ADVICE})"]
    second = build_index([file.parent], tmp_path / "index", WordEmbedder())
    assert (second.added, second.failed) == (1, ())


# --- on any machine


def test_the_words_of_tesseract_become_lines():
    (page,) = ocr.pages_of(TSV)
    assert [line.text for line in page.lines] == ["Het college", "zegt:"]
    assert [line.gap for line in page.lines] == [0, 1]
    assert page.lines[0].boxes == [(0, 3, 400, 200, 800, 280), (4, 7, 880, 200, 1600, 280)]
    assert page.confidence == pytest.approx((3 * 90.5 + 7 * 80 + 5 * 70) / 1500, abs=0.001)


def test_nonsense_from_tesseract_is_no_page():
    assert list(ocr.pages_of("")) == []
    assert list(ocr.pages_of("kop\nhalf")) == []


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\x00", b"geen afbeelding"])
def test_a_broken_image_is_refused(data):
    with pytest.raises(UnreadableFile, match="is geen afbeelding die te lezen is"):
        images.read(data, "foto.png")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([3], "pagina 3"),
        ([1, 2], "pagina's 1 en 2"),
        ([2, 4, 5, 6, 9], "pagina's 2, 4 t/m 6 en 9"),
        ([1, 2, 3], "pagina's 1 t/m 3"),
    ],
)
def test_pages_are_named_in_words(numbers, words):
    assert named(numbers) == words
