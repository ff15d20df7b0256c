"""Whole or said so: every file that was seen is listed with what came of it, and so is what the whole lacks."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from doubles import WordEmbedder
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from rag.assistant import index_documents
from rag.cli import main
from rag.config import Config
from rag.differences import Difference, differences
from rag.documents import read_document
from rag.documents.whole import missing_numbers, paging, ranges, unanswered
from rag.indexing import build_index
from rag.inventory import listed_pages, notes, period, relation, summary
from rag.store import Store
from rag.store.overview import folded, gaps
from rag.types import Page, Paging
from rag.web.server import create_app

EMBEDDER = WordEmbedder()
LETTER = """Schriftelijke vragen van het lid De Vries (Partij A) over {subject} (ingezonden {date}).

Vraag 1
Wat is het plan voor {subject} in het komende jaar en wie voert dat plan uit?

Antwoord 1
Het college werkt aan {subject} en verwacht daarvoor {number} euro uit te geven aan mensen en middelen.

Vraag 2
Wanneer begint het werk aan {subject}, en hebben de mensen die er wonen daar iets over te zeggen?

Antwoord 2
Het werk begint na de zomer. De mensen die er wonen krijgen een brief en kunnen naar een avond komen.
{more}"""


OTHER = """Schriftelijke vragen van het lid Jansen (Partij B) over het bos (ingezonden 1 september 2022).

Vraag 1
Hoeveel eiken en beuken heeft de gemeente dit jaar laten kappen, en met welke reden is dat gedaan?

Antwoord 1
Er zijn 31 zieke eiken gekapt. Een boswachter keek eerst naar elke boom. Beuken zijn er niet gekapt.
"""


def letter(subject, number="400", date="3 maart 2021", more=""):
    return LETTER.format(subject=subject, number=number, date=date, more=more)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    (folder / "moties").mkdir(parents=True)
    (folder / "haven.txt").write_text(letter("de haven"))
    (folder / "haven gewijzigd.txt").write_text(letter("de haven", number="450", date="9 april 2021"))
    (folder / "kopie.txt").write_text(letter("de haven"))
    (folder / "moties" / "bos.txt").write_text(OTHER + "\nVraag 4\nWaarom gaat het bos dicht?\n")
    (folder / "leeg.txt").write_text("")
    (folder / "foto.xyz").write_bytes(b"\0\1\2")
    (folder / ".verborgen.txt").write_text("Niet lezen.")
    return folder


@pytest.fixture
def where(docs, tmp_path):
    build_index([docs], tmp_path / "index", EMBEDDER)
    return tmp_path / "index"


@pytest.fixture
def overview(where):
    return Store.open(where, EMBEDDER.fingerprint).overview()


def one(overview, path):
    return next(seen for seen in overview.seen if seen.info.path == path)


# --- what came of each file


def test_every_file_is_seen_once(docs, overview):
    listed = [seen.info.path for seen in overview.seen] + [path for path, _ in (*overview.failures, *overview.skipped)]
    there = [path.relative_to(docs).as_posix() for path in docs.rglob("*") if path.is_file()]
    assert sorted(listed) == sorted(there)


def test_copies_and_near_copies(overview):
    assert one(overview, "kopie.txt").copy_of == "haven.txt"
    assert one(overview, "haven.txt").copy_of is None
    near = one(overview, "haven gewijzigd.txt").alike
    assert [alike.path for alike in near] == ["haven.txt", "kopie.txt"]
    assert all(0.75 < alike.share < 1 for alike in near)
    assert one(overview, "moties/bos.txt").alike == ()


def test_the_newest_stands_for_its_copies(overview):
    groups = {lead.info.path: [other.info.path for other in others] for lead, others in folded(overview.seen)}
    assert groups == {"moties/bos.txt": [], "haven gewijzigd.txt": ["haven.txt", "kopie.txt"]}


def test_questions_without_an_answer_and_numbers_that_are_missing(overview):
    info = one(overview, "moties/bos.txt").info
    assert (info.unanswered, info.missing) == (("4",), ("2", "3"))
    assert info.collection == "moties"
    assert "vraag 4 heeft geen antwoord" in notes(one(overview, "moties/bos.txt"))


def test_period_and_gaps(overview):
    assert (overview.earliest, overview.latest) == ("2021-03-03", "2022-09-01")
    assert overview.gaps == (("2021-05", "2022-08"),)
    assert "mei 2021 tot en met augustus 2022" in " ".join(summary(overview))


def test_a_changed_version_keeps_when_it_came_and_says_when_it_changed(docs, where):
    first = one(Store.open(where, EMBEDDER.fingerprint).overview(), "moties/bos.txt")
    assert first.replaced is None
    (docs / "moties" / "bos.txt").write_text(OTHER)
    build_index([docs], where, EMBEDDER)
    after = one(Store.open(where, EMBEDDER.fingerprint).overview(), "moties/bos.txt")
    assert after.first_seen == first.first_seen
    assert after.replaced >= first.first_seen
    (docs / "moties" / "bos.txt").rename(docs / "moties" / "woud.txt")
    report = build_index([docs], where, WordEmbedder(16))  # everything is read again
    assert report.removed == 1
    again = Store.open(where, "woorden-16").overview()
    assert one(again, "haven.txt").first_seen == one(again, "kopie.txt").first_seen == first.first_seen


def test_what_is_closed_is_in_no_list(docs, where):
    (docs / "besloten").mkdir()
    (docs / "besloten" / "dicht.txt").write_text(letter("de haven", number="99"))
    (docs / "besloten" / "kopie van haven.txt").write_text(letter("de haven"))
    (docs / "besloten" / ".dicht").write_text("")
    build_index([docs], where, EMBEDDER)
    assert "dicht" not in repr(Store.open(where, EMBEDDER.fingerprint).overview())
    assert "besloten/" not in repr(Store.open(where, EMBEDDER.fingerprint).overview())
    shown = Store.open(where, EMBEDDER.fingerprint, closed=True).overview()
    assert one(shown, "besloten/kopie van haven.txt").copy_of == "haven.txt"
    assert (".dicht" in repr(shown.skipped)) and one(shown, "besloten/dicht.txt").closed


# --- pages


def test_pages():
    pages = [
        Page(1, 0, 0, 10, "tekst"), Page(2, 10, 10, 0, "geen"), Page(3, 10, 10, 0, "geen"),
        Page(4, 10, 10, 9, "ocr", 0.9), Page(5, 19, 19, 9, "ocr", 0.5),
    ]  # fmt: skip
    found = paging(pages)
    assert found == Paging(5, ((2, 3),), 2, 0.7, 0.5, ((5, 5),))
    assert listed_pages(((2, 3), (8, 8), (10, 12))) == "pagina's 2–3, 8 en 10–12"
    assert listed_pages(((5, 5),)) == "pagina 5"
    assert paging([]) is None


@given(st.lists(st.integers(1, 60)))
def test_ranges_hold_exactly_the_numbers(numbers):
    found = ranges(numbers)
    assert sorted(n for first, last in found for n in range(first, last + 1)) == sorted(set(numbers))
    assert all(b[0] > a[1] + 1 for a, b in pairwise(found))


# --- numbers


def test_a_document_that_answers_everything_lacks_nothing(docs):
    document = read_document(docs / "haven.txt", docs)
    assert (unanswered(document), missing_numbers(document)) == ((), ())


# --- gaps


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ([], ()),
        (["2020-05-01"], ()),
        (["2020-01-05", "2020-03-31"], ()),  # a single month is no gap worth telling
        (["2020-01-05", "2020-04-01"], (("2020-02", "2020-03"),)),
        (["2017-12-31", "2019-01-01"], (("2018-01", "2018-12"),)),
        (["2017", "2020-02"], (("2018-01", "2020-01"),)),
    ],
)
def test_gaps(dates, expected):
    assert gaps(dates) == expected


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (("2018-01", "2018-12"), "2018"),
        (("2018-01", "2020-12"), "2018 tot en met 2020"),
        (("2018-02", "2018-02"), "februari 2018"),
        (("2018-02", "2019-12"), "februari 2018 tot en met december 2019"),
    ],
)
def test_a_gap_in_words(gap, expected):
    assert period(gap) == expected


# --- differences


def test_how_two_texts_differ():
    here = "De raad stelt 400 euro vast. Dat is genoeg. De haven blijft open."
    there = "De raad  stelt 450 euro vast. De haven blijft open. Er komt een brug."
    assert differences(here, there) == (
        Difference("anders", "De raad stelt 400 euro vast.", "De raad stelt 450 euro vast."),
        Difference("alleen hier", "Dat is genoeg.", ""),
        Difference("alleen daar", "", "Er komt een brug."),
    )
    assert len(differences(here, there, most=2)) == 2


def test_a_long_sentence_is_shown_around_what_differs():
    words = [f"woord{n}" for n in range(40)]
    other = [*words[:20], "anders", *words[21:]]
    found = differences(" ".join(words) + ".", " ".join(other) + ".")
    assert found[0].here == "… " + " ".join(words[14:27]) + " …"


@given(st.text(), st.text())
def test_equal_texts_have_no_differences_and_any_two_can_be_compared(first, second):
    assert differences(first, first) == ()
    differences(first, second)


# --- the command and the page


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lijst")
    (folder / "docs").mkdir()
    (folder / "docs" / "haven.txt").write_text(letter("de haven"))
    (folder / "docs" / "gewijzigd.txt").write_text(letter("de haven", number="450", date="9 april 2021"))
    (folder / "docs" / "leeg.txt").write_text("")
    (folder / "docs" / ".verborgen").write_text("")
    index_documents([folder / "docs"], Config(index=str(folder / "index")))
    return folder / "index"


def test_people_read_it_in_dutch(capsys, real):
    assert main(["documents", "--index", str(real)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "Ook: haven.txt" in out
    assert "hierboven: " in out and "450 euro" in out
    assert "leeg.txt\n    Niet gelezen: is leeg" in out
    assert ".verborgen\n    Overgeslagen: is een verborgen bestand" in out
    assert "2 documenten, 1 niet gelezen, 1 overgeslagen." in out


def test_programs_read_json(capsys, real):
    assert main(["documents", "--index", str(real), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert [document["document"] for document in value["documents"]] == ["gewijzigd.txt", "haven.txt"]
    first = value["documents"][0]
    assert first["alike"][0]["document"] == "haven.txt"
    assert {k: v for k, v in first["alike"][0]["differences"][0].items() if k == "kind"} == {"kind": "anders"}
    assert first["first_seen"].endswith("+00:00")
    assert value["unreadable"] == [{"document": "leeg.txt", "reason": "is leeg"}]
    assert value["skipped"] == [{"document": ".verborgen", "reason": "is een verborgen bestand"}]
    assert (value["earliest"], value["latest"]) == ("2021-03-03", "2021-04-09")


def test_the_page_shows_it(real):
    page = TestClient(create_app(Config(index=str(real))), "http://127.0.0.1")
    listed = page.get("/documenten").text
    assert "Dezelfde inhoud staat ook in:" in listed
    assert "1 bestand is overgeslagen" in listed
    differ = page.get("/verschillen?een=gewijzigd.txt&ander=haven.txt")
    assert (differ.status_code, "450 euro" in differ.text) == (200, True)
    assert page.get("/verschillen?een=niets.txt&ander=haven.txt").status_code == 404


def test_a_long_list_comes_in_pages(real, monkeypatch):
    monkeypatch.setattr("rag.web.document_list.PER_PAGE", 1)
    (real.parent / "docs" / "bos.txt").write_text(OTHER)
    index_documents([real.parent / "docs"], Config(index=str(real)))
    page = TestClient(create_app(Config(index=str(real))), "http://127.0.0.1")
    assert "Pagina 1 van 3" in page.get("/documenten").text
    second = page.get("/documenten?pagina=2").text
    assert "gewijzigd.txt" in second and "bos.txt" not in second
    last = page.get("/documenten?pagina=99").text
    assert "Pagina 3 van 3" in last
    assert "staan bij nieuwere die bijna hetzelfde zeggen" in last  # haven.txt: below gewijzigd.txt
    assert "Pagina 1 van 3" in page.get("/documenten?pagina=x").text


def test_a_document_is_found_by_its_title(real):
    page = TestClient(create_app(Config(index=str(real))), "http://127.0.0.1")
    found = page.get("/documenten?zoek=HAVEN+wijzigd").text
    assert "1 document heeft ‘HAVEN wijzigd’ in titel of naam" in found
    assert "gewijzigd.txt" in found
    assert "Geen document heeft ‘50%’" in page.get("/documenten?zoek=50%25").text


def test_pages_of_the_list_say_what_the_whole_says(docs, where):
    store = Store.open(where, EMBEDDER.fingerprint)
    whole, listing = store.overview(), store.listing(1, 100)
    groups = {lead.info.path: [other.info.path for other in others] for lead, others in folded(whole.seen)}
    assert {lead.info.path: [other.info.path for other in others] for lead, others in listing.groups} == groups
    assert [lead.info.path for lead, _ in listing.groups] == list(groups)
    shown = {other.info.path: other for lead, others in listing.groups for other in (lead, *others)}
    assert [relation(lead, shown[other]) for lead in shown.values() for other in groups.get(lead.info.path, ())] == [
        "voor 89% gelijk", "voor 89% gelijk",
    ]  # fmt: skip
    assert {path: (one.info, one.copy_of) for path, one in shown.items()} == {
        one.info.path: (one.info, one.copy_of) for one in whole.seen
    }
    assert (listing.documents, listing.copies) == (len(whole.seen), sum(bool(one.copy_of) for one in whole.seen))
    assert (listing.earliest, listing.latest, listing.gaps) == (whole.earliest, whole.latest, whole.gaps)
    assert (listing.failures, listing.skipped) == (whole.failures, whole.skipped)


def test_a_copy_whose_original_is_not_shown_is_a_document_like_any_other(docs, where):
    (docs / "besloten").mkdir()
    (docs / "zzz.txt").write_text(letter("de haven", number="99"))
    (docs / "besloten" / "aaa.txt").write_text(letter("de haven", number="99"))
    build_index([docs], where, EMBEDDER)
    listing = Store.open(where, EMBEDDER.fingerprint).listing(1, 100)
    shown = {one.info.path: one for lead, others in listing.groups for one in (lead, *others)}
    assert "besloten/aaa.txt" not in shown
    assert shown["zzz.txt"].copy_of is None
