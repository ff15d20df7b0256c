"""Milvus in the place of the embedded index: the same results, whatever happens. Runs the real milvus-lite."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doubles import WordEmbedder

from rag import dutch
from rag.assistant import Assistant, index_documents
from rag.config import Config
from rag.doctor import examine
from rag.errors import IndexOutdated, IndexUnreachable, UsageError
from rag.indexing import build_index
from rag.indexing.remove import remove
from rag.lexical import LexicalIndex, LexicalWriter
from rag.store import Store, folder
from rag.store.milvus import Place, Publisher, Server, connection, place_of, rows, words
from rag.store.milvus import publish as publishing
from rag.store.milvus.publish import FOLDER, PENDING, read_about
from rag.types import Filters
from rag.web.about import about_html
from rag.web.facts import facts_of

pytest.importorskip("pymilvus.milvus_client", reason="the extra is not installed")
lite = pytest.importorskip("milvus_lite.server_manager").server_manager_instance

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
EMBEDDER = WordEmbedder()
TIE = 1.1e-4  # relative: of a score five digits are kept, and rounding decides about the last
SUBJECTS = "opvang school fietspad jeugdhulp subsidie gemeente wijkteam brug buurthuis zorgplan energie".split()  # noqa: SIM905
VERBS = "bespreekt verbetert opent sluit onderzoekt betaalt vergadert plant meldt bezoekt".split()  # noqa: SIM905
QUESTIONS = (
    "Wanneer opent het buurthuis?",
    "Wie betaalt de subsidie voor de school en het fietspad?",
    "Wat onderzoekt de gemeente in 2021?",
    "opvang",
    "Hoe verbetert jeugdhulp een woning, een brug en energie?",
    "Een woord dat nergens staat: xyzzy",
    "Wie stelde vragen over mensenhandel?",
)
SEED_QUESTIONS = (
    "Hoeveel meldingen van mensenhandel waren er in 2021?",
    "Wie stelde de vragen?",
    "Wat doet de gemeente voor minderjarige slachtoffers?",
    "Welke opvang is er?",
)


def sentence(chance: random.Random) -> str:
    subjects = chance.sample(SUBJECTS, 2)
    return f"De {subjects[0]} {chance.choice(VERBS)} de {subjects[1]} in {chance.randint(2015, 2024)}."


def document(number: int) -> str:
    """Some paragraphs of plain sentences; each number gives its own, long ones and short ones."""
    chance = random.Random(number)
    paragraphs = [" ".join(sentence(chance) for _ in range(chance.randint(2, 30))) for _ in range(chance.randint(1, 8))]
    return f"Verslag {number} over {chance.choice(SUBJECTS)}\n\n" + "\n\n".join(paragraphs) + "\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A milvus-lite that all tests share; each index has collections of its own."""
    found = Place(str(tmp_path_factory.mktemp("milvus") / "milvus.db"))
    yield found
    lite.release_server(found.uri)


@pytest.fixture(scope="module")
def server(place):
    opened = Server(place)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def publisher(server):
    return Publisher(server, "toets", "auto")


@pytest.fixture(scope="module")
def archive(tmp_path_factory, publisher):
    """The seeds and a few hundred passages of other documents, closed ones among them, in both kinds of index."""
    docs = tmp_path_factory.mktemp("archief") / "stukken"
    shutil.copytree(SEEDS, docs / "raad")
    for name, numbers in (("commissie", range(40)), ("besloten", range(100, 112)), ("wijk", range(200, 225))):
        (docs / name).mkdir()
        for number in numbers:
            (docs / name / f"{number}.txt").write_text(document(number), encoding="utf-8")
    where = docs.parent / "index"
    report = build_index([docs], where, EMBEDDER, elsewhere=publisher)
    assert report.passages > 250
    return where


@pytest.fixture
def small(tmp_path, publisher, monkeypatch):
    """A folder of six documents with its index, in both kinds of index; to change."""
    monkeypatch.setattr(publishing, "DRIFT", 0.5)  # of so few units the average moves much
    docs = tmp_path / "stukken"
    docs.mkdir()
    for number in range(6):
        (docs / f"{number}.txt").write_text(document(number), encoding="utf-8")
    build_index([docs], tmp_path / "index", EMBEDDER, elsewhere=publisher)
    return tmp_path


def embedded(where, **shown):
    return Store.open(where, EMBEDDER.fingerprint, **shown)


def in_milvus(where, server, **shown):
    return Store.open(where, EMBEDDER.fingerprint, server=server, **shown)


def assert_same(one, other, k):
    """The same units with the same scores, but where equal scores stand on both sides of the last place."""
    assert [score for _, score in one] == pytest.approx([score for _, score in other], rel=TIE, abs=1e-6)
    edge = min((score for _, score in one), default=0.0) * (1 + TIE) if len(one) == k else -1.0
    assert {unit for unit, score in one if score > edge} <= {unit for unit, _ in other}
    assert {unit for unit, score in other if score > edge} <= {unit for unit, _ in one}


def assert_alike(where, server, questions=QUESTIONS, filters=(None,), ks=(10,), **shown):
    """Both kinds of index give the same for words, for meaning, and for whichever units either is asked to score."""
    here, there = embedded(where, **shown), in_milvus(where, server, **shown)
    assert len(here.lexical) == len(there.lexical)
    for question in questions:
        terms, row = dutch.query_terms(question), EMBEDDER.encode([question])[0]
        for chosen in filters:
            mine, theirs = here.allowed(chosen), there.allowed(chosen)
            for k in ks:
                assert_same(here.lexical.search(terms, k, mine), there.lexical.search(terms, k, theirs), k)
                assert_same(here.vectors.search(row, k, mine), there.vectors.search(row, k, theirs), k)
        shown_ = here.allowed(None)
        units = (here.vectors.units if shown_ is None else shown_)[::7].tolist()
        assert here.lexical.scores(terms, units) == pytest.approx(there.lexical.scores(terms, units), rel=TIE)
        assert here.vectors.scores(row, units) == pytest.approx(there.vectors.scores(row, units), abs=1e-6)
        assert all(here.lexical.frequency(term) == there.lexical.frequency(term) for term in terms)


def number_of_rows(server, about, condition="born >= 0"):
    return server("query", about.collection, filter=condition, output_fields=["count(*)"])[0]["count(*)"]


# --- the same results


def test_the_same_units_and_scores_as_the_embedded_index(archive, server):
    assert_alike(archive, server, ks=(1, 10, 100))


def test_the_same_under_every_filter(archive, server):
    facets = embedded(archive).facets()
    filters = [
        Filters(),
        Filters(date_from="2021"),
        Filters(date_to="2022-06"),
        Filters(date_from="2022-01-15", date_to="2024-12-31"),
        Filters(kinds=(facets.kinds[0][0],)),
        Filters(askers=(facets.askers[0][0],)),
        Filters(askers=("Kuik",)),
        Filters(askers=("Niemand",)),
        Filters(parties=(facets.parties[0][0], facets.parties[1][0])),
        Filters(answered_by=(facets.answered_by[0][0],)),
        Filters(collections=("wijk", "raad")),
        Filters(documents=("wijk/200.txt", "commissie/3.txt", "nergens.txt")),
        Filters(documents=("besloten/100.txt",)),
        Filters(parties=(facets.parties[0][0],), date_from="2020", kinds=(facets.kinds[0][0],), collections=("raad",)),
    ]
    assert_alike(archive, server, QUESTIONS[1:4], filters)


def test_a_year_or_month_as_a_number_compares_as_dates_do():
    assert [rows.day(date) for date in ("2022-08-30", "2022-08", "2022", None, "")] == [
        20220830,
        20220800,
        20220000,
        0,
        0,
    ]
    assert [rows.day(date, last=True) for date in ("2022-08-30", "2022-08", "2022")] == [20220830, 20220899, 20229999]


def test_hits_and_answers_on_the_seeds_are_the_same(tmp_path, place, assistant):
    config = Config(index=str(tmp_path / "index"), store="milvus", milvus_uri=place.uri, answerer="extractive")
    index_documents([SEEDS], config)
    other = Assistant.open(config=config)
    try:
        for question in SEED_QUESTIONS:
            mine, theirs = assistant.search(question, 20), other.search(question, 20)
            assert [hit.passage for hit in mine] == [hit.passage for hit in theirs]
            assert [hit.score for hit in mine] == pytest.approx([hit.score for hit in theirs], abs=1e-4)
            one, two = assistant.ask(question), other.ask(question)
            assert (one.text, one.citations, one.answered) == (two.text, two.citations, two.answered)
    finally:
        connection.shared(place).close()


def test_an_approximate_index_gives_the_same_scores_for_what_it_finds(small, server):
    build_index([small / "stukken"], small / "index", EMBEDDER, elsewhere=Publisher(server, "toets", "HNSW"))
    assert read_about(folder.current(small / "index")).index == "HNSW"
    assert_alike(small / "index", server)


def test_weights_give_the_scores_of_tantivy(tmp_path):
    chance = random.Random(1)
    units = [
        [f"t{int(chance.random() ** 3 * 60)}" for _ in range(chance.choice([1, 3, 39, 41, 57, 300, 900]))]
        for _ in range(150)
    ]
    writer = LexicalWriter(tmp_path)
    for number, terms in enumerate(units):
        writer.add(number, " ".join(terms))
    writer.close()
    index = LexicalIndex(tmp_path)
    average = sum(map(len, units)) / len(units)
    counts = [Counter(int(term[1:]) for term in terms) for terms in units]
    asked = {0: 1.0, 7: 1.0, 33: 0.5}
    idf = {n: boost * words.rarity(sum(n in one for one in counts), len(units)) * 2.2 for n, boost in asked.items()}
    for filled_at in (average, 1.04 * average):  # weights of then give the scores of now
        mine = {}
        for number, one in enumerate(counts):
            vector = words.weights(one, len(units[number]), filled_at)
            then, now = (words.dampings(np.array([len(units[number])]), of)[0] for of in (filled_at, average))
            tf = words.counts_of(np.array(list(vector.values()), np.float32).astype(float), then)
            assert dict(zip(vector, tf, strict=True)) == one
            mine[number] = sum(idf.get(term, 0) * n / (n + now) for term, n in zip(vector, tf, strict=True))
        theirs = index.scores({f"t{n}": boost for n, boost in asked.items()}, range(len(units)))
        assert mine == pytest.approx(theirs, rel=5.1e-5)


# --- changes


def test_only_what_changed_is_sent(small, server, publisher):
    docs, where = small / "stukken", small / "index"
    first = read_about(folder.current(where))
    (docs / "nieuw.txt").write_text(document(50), encoding="utf-8")  # comes
    (docs / "1.txt").unlink()  # leaves
    (docs / "2.txt").write_text(document(51), encoding="utf-8")  # changes
    (docs / "3.txt").rename(docs / "anders.txt")  # gets another name
    build_index([docs], where, EMBEDDER, elsewhere=publisher)
    about = read_about(folder.current(where))
    assert (about.collection, about.serial) == (first.collection, first.serial + 1)
    there = embedded(where)
    new = sum(len(there.passages_in(path)) for path in ("nieuw.txt", "2.txt", "anders.txt"))
    assert new <= number_of_rows(server, about, f"born == {about.serial}") < about.rows
    assert number_of_rows(server, about) == about.rows == len(there.vectors)
    assert_alike(where, server)
    assert not (where / PENDING).exists()


def test_nothing_is_sent_when_nothing_changed(small, publisher):
    before = folder.current(small / "index")
    build_index([small / "stukken"], small / "index", EMBEDDER, elsewhere=publisher)
    assert folder.current(small / "index") == before


def test_many_small_changes_in_turn(small, server, publisher):
    docs, where = small / "stukken", small / "index"
    for turn in range(4):
        (docs / f"{turn}.txt").write_text(document(60 + turn), encoding="utf-8")
        (docs / f"{turn + 1}.txt").unlink()
        build_index([docs], where, EMBEDDER, elsewhere=publisher)
    assert_alike(where, server, QUESTIONS[:3])
    about = read_about(folder.current(where))
    assert number_of_rows(server, about) == about.rows


def test_a_collection_is_filled_anew_when_units_became_much_longer(small, server, publisher):
    docs, where = small / "stukken", small / "index"
    first = read_about(folder.current(where))
    for number in range(70, 90):
        (docs / f"{number}.txt").write_text("De brug.\n", encoding="utf-8")
    build_index([docs], where, EMBEDDER, elsewhere=publisher)
    about = read_about(folder.current(where))
    assert about.collection != first.collection
    assert not server("has_collection", first.collection)
    assert_alike(where, server)


def test_an_embedded_index_moves_to_milvus_without_being_read_again(tmp_path, server, publisher):
    (tmp_path / "stukken").mkdir()
    (tmp_path / "stukken" / "a.txt").write_text(document(1), encoding="utf-8")
    where = tmp_path / "index"
    build_index([tmp_path / "stukken"], where, EMBEDDER)
    with pytest.raises(IndexOutdated, match="raadwijzer index"):
        in_milvus(where, server)
    report = build_index([tmp_path / "stukken"], where, EMBEDDER, elsewhere=publisher)
    assert (report.added, report.unchanged) == (0, 1)
    assert_alike(where, server)


def test_what_is_removed_leaves_milvus_too(small, server, publisher):
    where = small / "index"
    docs = small / "stukken"
    (docs / "geheim.txt").write_text("Het wachtwoord is kwartelkuiken.\n" + document(52), encoding="utf-8")
    build_index([docs], where, EMBEDDER, elsewhere=publisher)
    number = in_milvus(where, server)._rows("SELECT id FROM documents WHERE path = 'geheim.txt'")[0][0]
    before = read_about(folder.current(where))
    assert number_of_rows(server, before, f"document == {number}") > 0
    assert remove(where, ["geheim.txt"], publisher) == 1
    about = read_about(folder.current(where))
    assert not server("has_collection", before.collection)
    assert number_of_rows(server, about, f"document == {number}") == 0
    assert_alike(where, server)
    stem = next(iter(dutch.query_terms("kwartelkuiken")))
    held = [file for file in where.rglob("*") if file.is_file() and stem.encode() in file.read_bytes()]
    assert held == []


# --- interrupted


class Breaks(Server):
    """A server whose connection is lost after some more requests of a kind."""

    def __init__(self, place, method, after):
        self._method, self._left = method, after
        super().__init__(place)

    def __call__(self, method, *args, **named):
        if method == self._method:
            self._left -= 1
            if self._left < 0:
                raise IndexUnreachable("De verbinding is weg.")
        return super().__call__(method, *args, **named)


@pytest.fixture(params=[("insert", 0), ("flush", 0), ("insert", 1)], ids=lambda case: f"{case[0]}-{case[1]}")
def breaking(request, place, monkeypatch):
    """A publisher that dies on the way."""
    monkeypatch.setattr(publishing, "ROWS", 1)
    return Publisher(Breaks(place, *request.param), "toets", "auto")


def test_an_interrupted_build_leaves_the_old_index_as_it_was(small, server, publisher, breaking):
    docs, where = small / "stukken", small / "index"
    before = folder.current(where)
    asked = dutch.query_terms(QUESTIONS[0])
    old = in_milvus(where, server)
    expected = old.lexical.search(asked, 20, old.allowed(None))
    (docs / "nieuw.txt").write_text(document(53), encoding="utf-8")
    (docs / "2.txt").unlink()
    with pytest.raises(IndexUnreachable):
        build_index([docs], where, EMBEDDER, elsewhere=breaking)
    assert folder.current(where) == before
    assert old.lexical.search(asked, 20, old.allowed(None)) == expected
    assert_alike(where, server)
    (docs / "nieuw.txt").write_text(document(54), encoding="utf-8")  # meanwhile it changes once more
    build_index([docs], where, EMBEDDER, elsewhere=publisher)
    assert_alike(where, server)
    about = read_about(folder.current(where))
    assert number_of_rows(server, about) == about.rows


def test_what_could_not_be_taken_away_yet_is_not_seen(small, place, server, publisher):
    docs, where = small / "stukken", small / "index"
    (docs / "2.txt").unlink()
    (docs / "3.txt").write_text(document(55), encoding="utf-8")
    broken = Publisher(Breaks(place, "delete", 1), "toets", "auto")  # the first is that of a build's beginning
    with pytest.raises(IndexUnreachable):
        build_index([docs], where, EMBEDDER, elsewhere=broken)
    about = read_about(folder.current(where))
    assert number_of_rows(server, about) > about.rows
    assert_alike(where, server, ks=(10, 100))
    assert (where / PENDING).exists()
    build_index([docs], where, EMBEDDER, elsewhere=publisher)  # nothing new, but it finishes what was left
    assert number_of_rows(server, about) == about.rows
    assert not (where / PENDING).exists()


def test_a_first_filling_that_dies_leaves_nothing_behind(tmp_path, place, server, publisher):
    (tmp_path / "stukken").mkdir()
    (tmp_path / "stukken" / "a.txt").write_text(document(1), encoding="utf-8")
    where = tmp_path / "index"
    with pytest.raises(IndexUnreachable):
        build_index(
            [tmp_path / "stukken"], where, EMBEDDER, elsewhere=Publisher(Breaks(place, "flush", 0), "toets", "auto")
        )
    build_index([tmp_path / "stukken"], where, EMBEDDER, elsewhere=publisher)
    prefix = read_about(folder.current(where)).collection.rpartition("_")[0]
    assert len([name for name in server("list_collections") if name.startswith(prefix)]) == 1
    assert_alike(where, server)


# --- what may be seen


def test_closed_documents_and_other_collections_are_never_found(archive, server):
    shown = in_milvus(archive, server)
    for question in QUESTIONS:
        terms, row = dutch.query_terms(question), EMBEDDER.encode([question])[0]
        for chosen in (None, Filters(collections=("besloten",)), Filters(documents=("besloten/101.txt",))):
            allowed = shown.allowed(chosen)
            found = shown.lexical.search(terms, 1000, allowed) + shown.vectors.search(row, 1000, allowed)
            if chosen:
                assert found == []
            paths = {
                passage.document
                for passage in shown.passages(list(shown.passages_of([u for u, _ in found]).values())).values()
            }
            assert not any(path.startswith("besloten/") for path in paths)


@pytest.mark.parametrize(
    "shown", [{"closed": True}, {"collections": ("wijk",)}, {"closed": True, "collections": ("besloten",)}]
)
def test_what_is_asked_for_at_start_up_is_shown(archive, server, shown):
    assert_alike(archive, server, QUESTIONS[:2], (None, Filters(date_from="2020")), ks=(100,), **shown)


HOSTILE = (
    *('x" or closed == true or kind == "', "'] or born >= 0 or kind in ['", "\\", "{x}", "1; drop", "%"),
    *("é\ud800", ""),
)
OURS = "born closed kind collection document date people array_contains_any and in false < = > [ ] ( ) ,".split()  # noqa: SIM905


@pytest.mark.parametrize("field", ["kinds", "askers", "parties", "answered_by", "documents", "collections"])
def test_nothing_a_person_writes_becomes_part_of_an_expression(archive, server, field):
    store = in_milvus(archive, server)
    for said in HOSTILE:
        allowed = store.allowed(replace(Filters(), **{field: (said,)}))
        parts = re.findall(r"\w+|[^\w\s]", allowed.text)
        assert all(part.isdigit() or part in OURS for part in parts), allowed.text
        found = store.lexical.search({"opvang": 1.0, "school": 1.0}, 10, allowed)
        assert found == []


@pytest.mark.parametrize("date", ["2020 or 1 == 1", "2020-01-01'", "0 or closed"])
def test_a_date_is_a_date(archive, server, date):
    with pytest.raises(UsageError, match="geen datum"):
        in_milvus(archive, server).allowed(Filters(date_from=date))


def test_milvus_holds_numbers_only(archive, server):
    about = read_about(folder.current(archive))
    row = server("query", about.collection, filter="born >= 0", output_fields=["*"], limit=1)[0]
    row = {**row, "dense": [float(x) for x in row["dense"]], "words": dict(row["words"]), "people": list(row["people"])}
    assert re.search("[a-z]{4,}", re.sub(r'"[a-z]+": |true|false', "", json.dumps(row))) is None


# --- what goes wrong


def test_the_server_goes_away(tmp_path, small):
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    running, database, port = start_server_in_thread(str(tmp_path / "apart.db"))
    try:
        far = Server(Place(f"http://127.0.0.1:{port}"), patience=1.0)
        where = small / "index"
        build_index([small / "stukken"], where, EMBEDDER, elsewhere=Publisher(far, "toets", "auto"))
        store = in_milvus(where, far)
        assert store.lexical.search(dutch.query_terms("opvang"), 5, store.allowed(None))
    finally:
        running.stop(grace=0).wait()
        database.close()
    with pytest.raises(IndexUnreachable, match="Kijk of de server draait"):
        store.lexical.search(dutch.query_terms("school"), 5, store.allowed(None))
    with pytest.raises(IndexUnreachable, match=f"127.0.0.1:{port}"):
        Server(Place(f"http://127.0.0.1:{port}"), patience=1.0)


@contextmanager
def serving(folder_, said):
    """A milvus-lite that says it is of another version."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from milvus_lite.db import MilvusLite
    from pymilvus.grpc_gen import milvus_pb2, milvus_pb2_grpc

    class Old(MilvusServicer):
        def GetVersion(self, request, context):  # noqa: N802 - the protocol's name
            return milvus_pb2.GetVersionResponse(status=super().GetVersion(request, context).status, version=said)

    database = MilvusLite(str(folder_))
    running = grpc.server(ThreadPoolExecutor(2))
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(Old(database), running)
    port = running.add_insecure_port("127.0.0.1:0")
    running.start()
    try:
        yield Place(f"http://127.0.0.1:{port}")
    finally:
        running.stop(grace=0).wait()
        database.close()


@pytest.mark.parametrize(("said", "fine"), [("v2.4.15", False), ("v2.5.0", True), ("2.6.3-dev", True), ("v3.0", True)])
def test_an_old_server_is_refused_by_name(tmp_path, said, fine):
    with serving(tmp_path / "oud.db", said) as place:
        if fine:
            Server(place).close()
        else:
            with pytest.raises(IndexUnreachable, match=re.escape(f"versie {said}. Raadwijzer werkt met versie 2.5")):
                Server(place)


def test_a_missing_or_old_library_says_what_to_install(monkeypatch, tmp_path):
    import importlib.metadata

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    place = Place(str(tmp_path / "x.db"))
    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(IndexUnreachable, match=re.escape("pip install 'raadwijzer[milvus]'")):
        Server(place)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.4.9")
    with pytest.raises(IndexUnreachable, match=r"2\.4\.9"):
        Server(place)


def test_an_index_in_another_form_says_what_to_run(small, server):
    where = small / "index"
    file = folder.current(where) / FOLDER / "about.json"
    about = json.loads(file.read_text())
    server("drop_collection", about["collection"])
    with pytest.raises(IndexOutdated, match="raadwijzer index"):
        in_milvus(where, server)


def test_a_lost_collection_is_filled_again(small, server, publisher):
    where = small / "index"
    server("drop_collection", read_about(folder.current(where)).collection)
    build_index([small / "stukken"], where, EMBEDDER, elsewhere=publisher)
    assert_alike(where, server)


def test_doctor_says_where_the_index_is(tmp_path, place):
    settings = {"index": str(tmp_path / "index"), "store": "milvus", "milvus_uri": place.uri}
    found = {one.what: one for one in examine(Config(**settings)).findings}["Zoeken in Milvus"]
    assert found.fine and found.state == f"Milvus-bestand {place.uri}, op deze computer"
    settings["milvus_uri"] = "https://milvus.gemeente.nl"
    found = {one.what: one for one in examine(Config(**settings)).findings}["Zoeken in Milvus"]
    assert not found.fine and found.needed and "milvus_host" in found.advice
    assert "Zoeken in Milvus" not in [one.what for one in examine(Config(index=settings["index"])).findings]


class Page:
    """A page whose index cannot be opened."""

    def __init__(self, config):
        self.config, self.index = config, config.index

    def assistant(self):
        raise IndexUnreachable("De server is weg.")


@pytest.mark.parametrize(
    ("settings", "said", "never"),
    [
        ({}, True, "Zoeken gebeurt in"),
        ({"store": "milvus", "milvus_uri": "x.db"}, True, "andere computer:"),
        ({"store": "milvus", "milvus_uri": "https://m.nl", "milvus_host": "m.nl"}, False, "antwoorden blijven op"),
    ],
)
def test_the_page_says_where_is_searched(tmp_path, settings, said, never):
    facts = facts_of(Page(Config(index=str(tmp_path), **settings)), tmp_path / "oordelen")
    text = str(about_html(facts))
    assert ("helemaal op één computer" in text) is said
    assert ("Milvus" in text) is bool(settings)
    assert never not in text


# --- where data may go


@pytest.mark.parametrize(
    ("uri", "host", "token", "message"),
    [
        ("", "", "", "hoort ook een milvus_uri"),
        ("milvus", "", "", "geen bestand op .db"),
        ("ftp://localhost", "", "", "is geen adres"),
        ("http://", "", "", "is geen adres"),
        ("http://localhost:99999", "", "", "is geen adres"),
        ("https://milvus.gemeente.nl:19530", "", "", 'milvus_host = "milvus.gemeente.nl"'),
        ("https://milvus.gemeente.nl:19530", "gemeente.nl", "", "andere computer: milvus.gemeente.nl"),
        ("http://localhost.gemeente.nl", "", "", "andere computer"),
        ("http://192.168.1.5:19530", "", "", "andere computer: 192.168.1.5"),
        ("http://milvus.gemeente.nl", "milvus.gemeente.nl", "geheim", "onversleuteld"),
        ("https://naam:woord@milvus.gemeente.nl", "milvus.gemeente.nl", "", "RAADWIJZER_MILVUS_TOKEN"),
    ],
)
def test_an_address_that_data_may_not_go_to(monkeypatch, uri, host, token, message):
    monkeypatch.setenv("RAADWIJZER_MILVUS_TOKEN", token)
    with pytest.raises(UsageError, match=re.escape(message)):
        place_of(Config(store="milvus", milvus_uri=uri, milvus_host=host))


@pytest.mark.parametrize(
    ("uri", "host", "here"),
    [
        ("milvus.db", "", True),
        ("http://localhost:19530", "", True),
        ("http://127.0.0.1:19530/raad", "", True),
        ("http://[::1]:19530", "", True),
        ("https://milvus.gemeente.nl:19530", "milvus.gemeente.nl", False),
    ],
)
def test_an_address_that_data_may_go_to(monkeypatch, uri, host, here):
    monkeypatch.setenv("RAADWIJZER_MILVUS_TOKEN", "geheim")
    found = place_of(Config(store="milvus", milvus_uri=uri, milvus_host=host))
    assert (found.here, "geheim" in found.shown) == (here, False)
    assert ("andere computer" in found.shown) is not here


@pytest.mark.parametrize(
    "values", [{"store": "elders"}, {"milvus_index": "SNEL"}, {"milvus_name": "raad-1"}, {"milvus_name": ""}]
)
def test_settings_that_do_not_exist(values):
    with pytest.raises(UsageError):
        Publisher.of(Config(**{"store": "milvus", "milvus_uri": "x.db", **values}))


def test_the_default_stays_on_this_machine():
    assert Config().store == "embedded"
    assert Publisher.of(Config()) is None
