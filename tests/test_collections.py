"""Collections limit what is searched, and what is closed shows nowhere unless it was asked for at start-up."""

from __future__ import annotations

import json
import zipfile

import pytest
from doubles import WordEmbedder
from starlette.testclient import TestClient

from rag import spelling
from rag.assistant import Assistant, index_documents
from rag.cli import main
from rag.config import Config, load_config
from rag.errors import UsageError
from rag.indexing import build_index
from rag.indexing.collection import Belonging, Collections
from rag.store import Store
from rag.types import Filters
from rag.web.feedback import beside
from rag.web.server import create_app

EMBEDDER = WordEmbedder()
LETTER = """Schriftelijke vragen van het lid {asker} (Partij {party}) over {subject} (ingezonden 3 maart 2021).

Vraag 1
Wat is het plan voor {subject} in het komende jaar en wie voert dat plan uit?

Antwoord 1
Het college werkt aan {subject} en verwacht daarvoor {number} euro uit te geven aan mensen en middelen.
{more}
"""
SECRET = "Kwakernaakplantsoen"  # a word that no open document holds
HIDDEN = ("Kwakernaak", "kwakernaak", "Zwijgzaam", "geheim.txt", "KWP")


def letter(subject, number="400", asker="De Vries", party="A", more=""):
    return LETTER.format(subject=subject, number=number, asker=asker, party=party, more=more)


SHARED = letter("de jachthaven en de vuurtoren", number="812")


@pytest.fixture
def docs(tmp_path):
    """Two open collections, a closed one, and a text that stands in an open and in a closed document."""
    folder = tmp_path / "docs"
    for name in ("moties", "brieven", "brieven/besloten"):
        (folder / name).mkdir(parents=True)
    (folder / "moties" / "haven.txt").write_text(letter("de haven"))
    (folder / "brieven" / "bos.txt").write_text(letter("het bos", number="75", party="B"))
    (folder / "brieven" / "gedeeld.txt").write_text(SHARED)
    more = f"Het Kwakernaak Wijk Plan (KWP) gaat over het {SECRET}."
    text = letter(f"de haven en het {SECRET}", asker="Zwijgzaam", party="Zwijgpartij", more=more)
    (folder / "brieven" / "besloten" / "geheim.txt").write_text(text)
    (folder / "brieven" / "besloten" / "ook geheim.txt").write_text(SHARED + f"\nDit gaat ook naar het {SECRET}.\n")
    (folder / "brieven" / "besloten" / "stuk geheim.txt").write_bytes(b"")
    return folder


@pytest.fixture
def where(docs, tmp_path):
    build_index([docs], tmp_path / "index", EMBEDDER)
    return tmp_path / "index"


def opened(where, **options):
    return Store.open(where, EMBEDDER.fingerprint, **options)


def paths(store):
    return [info.path for info in store.documents()]


OPEN = ["brieven/bos.txt", "brieven/gedeeld.txt", "moties/haven.txt"]
CLOSED = ["brieven/besloten/geheim.txt", "brieven/besloten/ook geheim.txt"]


# --- what a file belongs to


def test_the_first_folder_is_the_collection(where):
    assert {info.path: info.collection for info in opened(where).documents()} == {
        "brieven/bos.txt": "brieven",
        "brieven/gedeeld.txt": "brieven",
        "moties/haven.txt": "moties",
    }


@pytest.mark.parametrize(
    ("sidecar", "expected"),
    [
        ('naam = "Commissie  Bestuur"', Belonging("Commissie Bestuur", False)),
        ("besloten = true", Belonging("map", True)),
        ('name = "X"\nclosed = true', Belonging("X", True)),
        ("besloten = false", Belonging("map", False)),
        ("", Belonging("map", False)),
    ],
)
def test_a_file_beside_the_documents_says_it(tmp_path, sidecar, expected):
    (tmp_path / "map" / "onder").mkdir(parents=True)
    (tmp_path / "map" / "collectie.toml").write_text(sidecar)
    assert Collections().of(tmp_path / "map" / "onder" / "a.txt", tmp_path) == expected
    assert Collections().of(tmp_path / "a.txt", tmp_path) == Belonging()


@pytest.mark.parametrize("sidecar", ['besloten = "nee"', "besloten = ja", "beslotn = true", "naam = 3"])
def test_what_cannot_be_understood_closes_the_folder_and_is_named(docs, tmp_path, sidecar):
    (docs / "moties" / "collectie.toml").write_text(sidecar)
    report = build_index([docs], tmp_path / "index", EMBEDDER)
    assert ("moties/collectie.toml" in dict(report.failed)) and "geldt als besloten" in str(report.failed)
    assert "moties/haven.txt" not in paths(opened(tmp_path / "index"))
    assert "moties/haven.txt" in paths(opened(tmp_path / "index", closed=True))


def test_nothing_below_a_closed_folder_is_open(docs, tmp_path):
    (docs / "moties" / "Besloten" / "open").mkdir(parents=True)
    (docs / "moties" / "Besloten" / "open" / "collectie.toml").write_text('naam = "Open"\nbesloten = false')
    (docs / "moties" / "Besloten" / "open" / "a.txt").write_text(letter("het pad"))
    build_index([docs], tmp_path / "index", EMBEDDER)
    assert paths(opened(tmp_path / "index")) == OPEN
    build_index([docs / "moties" / "Besloten" / "open"], tmp_path / "deel", EMBEDDER)
    assert paths(opened(tmp_path / "deel")) == []


def test_a_closed_folder_in_an_archive_is_closed(docs, tmp_path):
    with zipfile.ZipFile(docs / "moties" / "alles.zip", "w") as archive:
        archive.writestr("besloten/stil.txt", letter("de stilte"))
        archive.writestr("luid.txt", letter("het lawaai"))
    build_index([docs], tmp_path / "index", EMBEDDER)
    assert paths(opened(tmp_path / "index")) == sorted([*OPEN, "moties/alles.zip/luid.txt"])


def test_a_folder_that_is_closed_or_opened_later_needs_no_reading(docs, where, monkeypatch):
    (docs / "moties" / "collectie.toml").write_text('naam = "Moties"\nbesloten = true')
    report = build_index([docs], where, EMBEDDER)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 5)
    assert paths(opened(where)) == OPEN[:2]
    assert "haven" not in opened(where).words()
    (docs / "moties" / "collectie.toml").unlink()
    build_index([docs], where, EMBEDDER)
    assert paths(opened(where)) == OPEN
    assert opened(where).words()["haven"] == 1


# --- what is searched


def hits(store, question, filters=None):
    allowed = store.allowed(filters)
    units = [unit for unit, _ in store.vectors.search(EMBEDDER.encode([question])[0], 50, allowed)]
    from rag import dutch

    units += [unit for unit, _ in store.lexical.search(dutch.query_terms(question), 50, allowed)]
    return {store.passage(found).document for found in store.passages_of(sorted(set(units))).values()}


def test_searching_is_limited_to_the_chosen_collections(where):
    assert hits(opened(where), "plan") == set(OPEN)
    assert hits(opened(where), "plan", Filters(collections=("moties",))) == {"moties/haven.txt"}
    only = opened(where, collections=("moties",))
    assert hits(only, "plan") == {"moties/haven.txt"}
    assert paths(only) == ["moties/haven.txt"]
    assert only.collections() == ["brieven", "moties"]
    assert opened(where).facets().collections == (("brieven", 2), ("moties", 1))


def test_closed_documents_show_when_asked_for(where):
    store = opened(where, closed=True)
    assert paths(store) == sorted(OPEN + CLOSED)
    assert hits(store, SECRET) >= set(CLOSED)
    assert [path for path, _ in store.failures()] == ["brieven/besloten/stuk geheim.txt"]


# --- a closed document shows nowhere: each way of showing one


@pytest.fixture
def store(where):
    return opened(where)


def test_not_in_a_search(store):
    assert hits(store, f"{SECRET} Zwijgzaam haven") == set(OPEN)
    assert hits(store, SECRET, Filters(documents=tuple(CLOSED))) == set()


@pytest.mark.parametrize("path", CLOSED)
def test_not_by_name(store, path):
    for look in (store.document, store.text, store.info):
        with pytest.raises(UsageError, match="staat niet in de index"):
            look(path)
    assert store.passages_in(path) == []
    assert store.metadata(path) is None


def test_not_by_the_id_of_a_passage(where, store):
    everything = opened(where, closed=True)
    for path in CLOSED:
        for passage in everything.passages_in(path):
            with pytest.raises(KeyError):
                store.passage(passage.passage_id)
            assert store.search_texts([passage.passage_id]) == {}


def test_not_in_lists_facets_examples_failures_or_skipped(store):
    said = json.dumps([paths(store), store.failures(), store.examples(100), repr(store.facets()), store.collections()])
    assert not [word for word in HIDDEN if word in said]
    assert store.facets().documents == 3
    assert "Zwijgpartij" not in dict(store.facets().parties)


def test_not_as_a_duplicate(where, store):
    passage = next(p for p in store.passages_in("brieven/gedeeld.txt") if p.questions == ("1",))
    assert store.duplicates(passage.passage_id) == ()
    assert store.leaders().get(passage.passage_id, passage.passage_id) == passage.passage_id
    there = opened(where, closed=True).duplicates(passage.passage_id)
    assert [place.document for place in there] == ["brieven/besloten/ook geheim.txt"]


def test_an_exact_copy_takes_no_place_of_an_open_document(docs, where):
    before = [p.passage_id for p in opened(where).passages_in("brieven/gedeeld.txt")]
    (docs / "brieven" / "besloten" / "aaa.txt").write_text(SHARED)
    build_index([docs], where, EMBEDDER)
    assert [p.passage_id for p in opened(where).passages_in("brieven/gedeeld.txt")] == before
    assert opened(where).duplicates(before[-1]) == ()


def test_not_through_words_and_spelling_suggestions(where, store):
    typed = "kwakernaakplantsoem"
    assert spelling.mend(typed, opened(where, closed=True).words()) == SECRET.lower()
    assert spelling.mend(typed, store.words()) == typed
    assert not [word for word in store.words() if "kwakernaak" in word or "zwijg" in word]
    assert store.words()["college"] == 3


def test_not_through_abbreviations(where, store):
    assert opened(where, closed=True).abbreviations().expansions("KWP")
    assert store.abbreviations().expansions("KWP") == []


def test_the_open_part_is_as_if_the_closed_part_were_not_there(docs, where, tmp_path, store):
    import shutil

    shutil.copytree(docs, tmp_path / "open", ignore=shutil.ignore_patterns("besloten"))
    build_index([tmp_path / "open"], tmp_path / "los", EMBEDDER)
    alone = opened(tmp_path / "los")
    assert store.documents() == alone.documents()
    assert dict(store.words()) == dict(alone.words())
    assert store.facets() == alone.facets()
    assert store.examples(50) == alone.examples(50)
    assert [store.passages_in(path) for path in OPEN] == [alone.passages_in(path) for path in OPEN]
    row = EMBEDDER.encode(["het plan voor de haven"])[0]
    assert store.vectors.search(row, 50, store.allowed(None)) == alone.vectors.search(row, 50)


def test_not_through_links_between_documents_or_their_files(docs, where):
    (docs / "moties" / "verwijst.txt").write_text(letter("de brug", more="Zie ook RIS305595."))
    (docs / "brieven" / "besloten" / "genoemd.txt").write_text("RIS305595\n\n" + letter("de brug", asker="Zwijgzaam"))
    build_index([docs], where, EMBEDDER)
    everything, shown = opened(where, closed=True), opened(where)
    assert "brieven/besloten/genoemd.txt" in repr(everything.links("moties/verwijst.txt"))
    assert "besloten" not in repr(shown.links("moties/verwijst.txt"))
    assert shown.links("brieven/besloten/genoemd.txt") == ()
    with pytest.raises(UsageError, match="staat niet in de index"):
        shown.original("brieven/besloten/genoemd.txt")


def test_no_table_tells_of_closed_documents(where, store):
    """Also one that is added later: whatever has to do with a document gets a view that leaves closed ones out."""
    database = store._database
    tables = [name for (name,) in database.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")]
    for table in tables:
        said = repr(database.execute(f"SELECT * FROM {table}").fetchall())
        assert not [word for word in ("Kwakernaak", "kwakernaak", "Zwijgzaam", "geheim.txt") if word in said], table


# --- the whole program, with its own models


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """An index made with the shipped models, over an open and a closed document that refer to each other."""
    folder = tmp_path_factory.mktemp("besloten")
    (folder / "docs" / "besloten").mkdir(parents=True)
    (folder / "docs" / "haven.txt").write_text(
        letter(
            "de haven",
            more="Zie ook RIS305595 en het antwoord op vraag 2.\n\nVraag 2\nWat nog meer?\n\nAntwoord 2\nNiets.",
        )
    )
    (folder / "docs" / "besloten" / "geheim.txt").write_text(
        "RIS305595\n" + letter(f"het {SECRET}", asker="Zwijgzaam", more=f"Het {SECRET} kost 9.700 euro.")
    )
    report = index_documents([folder / "docs"], Config(index=str(folder / "index")))
    assert (report.added, report.failed) == (2, ())
    return folder / "index"


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


QUESTION = "Hoeveel euro verwacht het college uit te geven aan het plantsoen?"


@pytest.mark.parametrize(
    "command",
    [
        ["search", QUESTION, "--json"],
        ["ask", QUESTION, "--json"],
        ["search", QUESTION],
        ["ask", "Wat staat er in RIS305595 over de haven?", "--json"],
        ["documents"],
        ["documents", "--json"],
        ["doctor"],
    ],
)
def test_no_command_shows_it(capsys, real, command):
    _, out, err = run(capsys, *command, "--index", real)
    assert not [word for word in (*HIDDEN, "9.700") if word in out + err]


def test_commands_show_it_when_asked(capsys, real):
    question = f"Hoeveel euro verwacht het college uit te geven aan het {SECRET}?"
    _, out, _ = run(capsys, "ask", question, "--index", real, "--besloten", "--json")
    assert "9.700" in out
    assert run(capsys, "show", "besloten/geheim.txt", "--index", real, "--besloten")[0] == 0
    status, out, err = run(capsys, "show", "besloten/geheim.txt", "--index", real)
    assert (status, out) == (2, "")
    assert "staat niet in de index" in err


def test_an_unknown_or_closed_collection_is_a_usage_error(capsys, real):
    status, _, err = run(capsys, "search", "haven", "--index", real, "--collection", "besloten")
    assert status == 2
    assert "De collectie 'besloten' staat niet in de index" in err
    assert run(capsys, "search", "haven", "--index", real, "--collection", "besloten", "--besloten")[0] == 0


def test_similar_questions_and_examples_do_not_show_it(real):
    assistant = Assistant.open(config=Config(index=str(real)))
    said = repr(assistant.similar_questions(QUESTION)) + repr(assistant.examples(20)) + repr(assistant.facets())
    assert not [word for word in HIDDEN if word in said]


def test_the_page_does_not_show_it(real):
    page = TestClient(create_app(Config(index=str(real))), "http://127.0.0.1")
    for address in ("/", "/documenten", "/tijdlijn?onderwerp=haven", "/over", "/document?pad=besloten/geheim.txt",
                    "/bron?pad=besloten/geheim.txt&start=0&eind=20", "/oordelen"):  # fmt: skip
        said = page.get(address).text.replace("besloten/geheim.txt", "")
        assert not [word for word in HIDDEN if word in said], address


def test_the_page_shows_it_when_started_for_it(real):
    page = TestClient(create_app(Config(index=str(real), closed=True)), "http://127.0.0.1")
    assert SECRET in page.get("/document?pad=besloten/geheim.txt").text


def test_opinions_on_closed_answers_are_kept_apart(tmp_path):
    assert beside(tmp_path / "index") != beside(tmp_path / "index", closed=True)


def test_settings(tmp_path):
    file = tmp_path / "r.toml"
    file.write_text('closed = true\ncollections = ["moties", "brieven"]\n')
    config = load_config(file)
    assert (config.closed, config.collections) == (True, ("moties", "brieven"))
    file.write_text("collections = [3]\n")
    with pytest.raises(UsageError, match="collections"):
        load_config(file)
