"""The page itself in the viewer: the right page, the right place on it, and only of files that may be shown."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

sys.path.insert(0, str(Path(__file__).resolve().parent / "formats"))

from typeset import plain_pages

from rag.assistant import Assistant, index_documents
from rag.config import Config
from rag.documents.formats import pdf
from rag.documents.reader import document
from rag.types import Document, Span
from rag.web import server
from rag.web.backend import Backend
from rag.web.feedback import Feedback
from rag.web.originals import WIDTHS, Originals
from rag.web.viewer import leaf_of, source_html
from tests.doubles_web import HOSTILE, ScriptedAssistant, info_of

BRIDGE = "De brug is in mei klaar."
LONG = "Deze zin begint op de eerste bladzijde en loopt door op de tweede."
PAGES = plain_pages(
    [["Stukken over de brug", "", BRIDGE, *["Het werk aan de weg gaat verder."] * 40, LONG[:42]], [LONG[42:].strip()]]
)


def read(name: str = "brug.pdf") -> Document:
    return document(pdf.read(PAGES, name), name)


def span_of(found: Document, words: str) -> Span:
    at = " ".join(found.text.split()).find(words)
    assert at >= 0
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())))
    match = pattern.search(found.text)
    assert match is not None
    return Span(*match.span())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestClient, Path, Span]]:
    """The page on an index of one PDF, the file, and the place of a sentence in it."""
    folder = tmp_path / "stukken"
    folder.mkdir()
    file = folder / "brug.pdf"
    file.write_bytes(PAGES)
    config = Config(index=str(tmp_path / "index"), answerer="extractive")
    index_documents([folder], config)
    assistant = Assistant.open(config=config)
    app = server.create_app(assistant, feedback=Feedback(tmp_path / "f.sqlite"))
    with TestClient(app, "http://127.0.0.1") as client:
        yield client, file, span_of(assistant.document("brug.pdf"), BRIDGE)


def test_the_leaf_is_where_the_sentence_stands() -> None:
    found = read()
    leaf = leaf_of(found, span_of(found, BRIDGE))
    assert leaf is not None
    assert (leaf.page.number, leaf.total, leaf.marked) == (1, 2, (1,))
    ((x0, y0, x1, y1),) = leaf.marks
    assert 0 < x0 < x1 < 1
    assert 0 < y0 < y1 < 1


def test_a_sentence_over_two_pages_leads_to_the_next() -> None:
    found = read()
    span = span_of(found, LONG)
    leaf = leaf_of(found, span)
    assert leaf is not None
    assert leaf.marked == (1, 2)
    markup = source_html(info_of(found), found, span, leaf)
    assert "De zin gaat door op bladzijde 2" in markup
    second = leaf_of(found, span, 2)
    assert second is not None
    assert second.marks
    assert "De zin gaat door op bladzijde 1" in source_html(info_of(found), found, span, second)


def test_the_image_has_words_for_who_cannot_see_it() -> None:
    found = read()
    span = span_of(found, BRIDGE)
    info = replace(info_of(found), title=HOSTILE)
    markup = source_html(info, found, span, leaf_of(found, span))
    assert 'alt="Bladzijde 1 van 2 van: &lt;script&gt;' in markup
    assert "De zin is omlijnd; de tekst ervan staat hierboven." in markup
    assert f"<mark>{BRIDGE}</mark>" in markup
    assert 'aria-pressed="true" ' in markup or 'aria-pressed="true">Bladzijde' in markup
    assert "<script" not in markup


def test_recognised_and_unread_pages_say_so() -> None:
    found = read()
    span = span_of(found, BRIDGE)
    for reading, said in (("ocr", "De zekerheid is 87%"), ("geen", "kon niet worden gelezen")):
        pages = (replace(found.pages[0], reading=reading, confidence=0.87), *found.pages[1:])
        scanned = replace(found, pages=pages)
        assert said in source_html(info_of(found), scanned, span, leaf_of(scanned, span))


def test_a_document_without_pages_has_text_and_no_choice() -> None:
    found = ScriptedAssistant().document("2021/fietsen.txt")
    assert leaf_of(found, Span(0, 5)) is None
    assert "Weergave van de bron" not in source_html(info_of(found), found, Span(0, 5))


def test_the_viewer_shows_the_page_and_the_text(served: tuple[TestClient, Path, Span]) -> None:
    client, _, span = served
    place = {"pad": "brug.pdf", "start": span.start, "eind": span.end}
    page = client.get("/bron", params=place).text
    assert 'class="kader"' in page
    text = client.get("/bron", params={**place, "als": "tekst"}).text
    assert f'<mark id="zin" tabindex="-1">{BRIDGE}</mark>' in text
    assert 'class="kader"' not in text
    other = client.get("/bron", params={**place, "blad": 2}).text
    assert "Bladzijde 2 van 2" in other
    assert "Naar de zin op bladzijde 1" in other
    broken = client.get("/bron", params={**place, "als": "stuk"}).text
    assert "kon niet worden getekend" in broken
    assert BRIDGE in broken


def test_a_page_is_an_image_of_bounded_width_that_is_kept(served: tuple[TestClient, Path, Span]) -> None:
    client, _, _ = served
    for asked, wide in ((-5, WIDTHS[0]), (901, WIDTHS[1]), (999_999, WIDTHS[-1])):
        answer = client.get("/bladzijde", params={"pad": "brug.pdf", "nr": 1, "breed": asked})
        assert answer.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(answer.content)).width == wide
    tag = answer.headers["etag"]
    again = client.get("/bladzijde?pad=brug.pdf&nr=1&breed=1800", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "query", ["pad=brug.pdf&nr=9", "pad=brug.pdf&nr=0", "pad=../index/current", "pad=", "pad=/etc"]
)
def test_what_is_no_page_of_the_index_is_not_there(served: tuple[TestClient, Path, Span], query: str) -> None:
    client, _, _ = served
    assert client.get(f"/bladzijde?{query}").status_code == 404


def test_a_file_that_changed_or_went_is_shown_as_text(served: tuple[TestClient, Path, Span]) -> None:
    client, file, span = served
    place = {"pad": "brug.pdf", "start": span.start, "eind": span.end}
    image = {"pad": "brug.pdf", "nr": 1}
    assert client.get("/bladzijde", params=image).status_code == 200
    file.write_bytes(PAGES + b"\n")
    changed = client.get("/bron", params=place).text
    assert "is veranderd sinds het is geïndexeerd" in changed
    assert BRIDGE in changed
    assert client.get("/bladzijde", params=image).status_code == 404
    file.unlink()
    assert "is er niet meer" in client.get("/bron", params=place).text
    assert client.get("/bladzijde", params=image).status_code == 404


def test_pages_of_closed_documents_stay_closed(tmp_path: Path) -> None:
    folder = tmp_path / "stukken" / "besloten"
    folder.mkdir(parents=True)
    (folder / "brug.pdf").write_bytes(PAGES)
    (folder.parent / "open.txt").write_text("De raad vergadert op maandag in het stadhuis.", encoding="utf-8")
    config = Config(index=str(tmp_path / "index"), answerer="extractive")
    index_documents([folder.parent], config)
    for shown, status in ((False, 404), (True, 200)):
        assistant = Assistant.open(config=replace(config, closed=shown))
        app = server.create_app(assistant, feedback=Feedback(tmp_path / "f.sqlite"))
        with TestClient(app, "http://127.0.0.1") as client:
            assert client.get("/bladzijde?pad=besloten/brug.pdf&nr=1").status_code == status
            assert client.get("/bron?pad=besloten/brug.pdf").status_code == status


def test_only_the_latest_images_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "brug.pdf"
    file.write_bytes(PAGES)
    found = read("2021/brug.pdf")
    assistant = ScriptedAssistant([found])
    assistant.originals[found.path] = str(file)
    originals = Originals(Backend(assistant), most_bytes=1)
    first, again = (originals.page(found.path, 1, 900) for _ in range(2))
    assert first.png is again.png
    originals.page(found.path, 2, 900)
    assert originals.page(found.path, 1, 900).png is not first.png
