"""The page itself as an image, from the original file while that is still the one that was read."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from PIL import Image
from typeset import plain_pages

from rag.documents.formats import pdf
from rag.documents.page_images import NARROWEST, WIDEST, original, page_image
from rag.documents.pages import boxes
from rag.documents.reader import document
from rag.errors import UnreadableFile

PAGES = plain_pages([["Het college heeft kennis genomen van het onderzoek.", "Dat was in mei."], ["Einde."]])


def shown(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L")


def test_a_page_is_drawn_as_wide_as_asked():
    image = shown(page_image(PAGES, 1, 800))
    assert image.width == 800
    assert image.height == pytest.approx(800 * 842 / 595, abs=2)


@pytest.mark.parametrize(("asked", "got"), [(1, NARROWEST), (99_999, WIDEST)])
def test_the_width_is_bounded(asked, got):
    assert shown(page_image(PAGES, 2, asked)).width == got


def test_the_boxes_lie_on_the_ink():
    found = document(pdf.read(PAGES, "stuk.pdf"), "stuk.pdf")
    start = found.text.index("Dat was in mei.")
    image = shown(page_image(PAGES, 1, 1200))
    (page, x0, y0, x1, y1), *others = boxes(found, start, start + len("Dat was in mei."))
    assert (page, others) == (1, [])
    area = (round(x0 * image.width), round(y0 * image.height), round(x1 * image.width), round(y1 * image.height))
    assert image.crop(area).getextrema()[0] < 60
    below = (area[0], area[3] + 4, area[2], area[3] + 30)
    assert image.crop(below).getextrema() == (255, 255)


@pytest.mark.parametrize("page", [0, 3, -1])
def test_a_page_that_is_not_there_is_named(page):
    with pytest.raises(UnreadableFile, match=f"heeft geen pagina {page}"):
        page_image(PAGES, page, 800, "stuk.pdf")


def test_what_is_no_pdf_has_no_pages():
    with pytest.raises(UnreadableFile):
        page_image(b"niets", 1, 800)


def test_an_image_is_its_own_page():
    out = io.BytesIO()
    Image.new("RGB", (1600, 900), "white").save(out, "PNG")
    assert shown(page_image(out.getvalue(), 1, 400)).size == (400, 225)
    with pytest.raises(UnreadableFile, match="heeft geen pagina 2"):
        page_image(out.getvalue(), 2, 400)


def test_the_original_is_found_where_it_was(tmp_path):
    file = tmp_path / "stuk.pdf"
    file.write_bytes(PAGES)
    assert original(str(file), hashlib.sha256(PAGES).hexdigest()) == PAGES


def test_the_original_is_found_in_an_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "stukken.zip", "w") as archive:
        archive.writestr("map/stuk.pdf", PAGES)
    found = original(str(tmp_path / "stukken.zip" / "map" / "stuk.pdf"), hashlib.sha256(PAGES).hexdigest())
    assert found == PAGES


def test_a_file_that_changed_is_not_shown(tmp_path):
    file = tmp_path / "stuk.pdf"
    file.write_bytes(PAGES + b"\n")
    with pytest.raises(UnreadableFile, match="is veranderd sinds het is geïndexeerd"):
        original(str(file), hashlib.sha256(PAGES).hexdigest())


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match=r"stuk\.pdf: is er niet meer"):
        original(str(tmp_path / "stuk.pdf"), "")
