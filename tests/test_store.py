"""An index on disk: it gives back what was put in, is always whole, and says what is wrong when it is not."""

import errno
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doubles import WordEmbedder
from filelock import FileLock

from rag import dutch
from rag.documents import read_document
from rag.errors import DiskFull, IndexDamaged, IndexLocked, IndexMissing, IndexOutdated, UsageError
from rag.indexing import build_index
from rag.passages import passages
from rag.store import Store, codec, duplicates, folder, reader
from rag.types import Document, Filters

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
SEED_FILES = sorted(path.name for path in SEEDS.iterdir())
LETTER = "003_56af7280508c8f03.txt"
WEB_PAGE = "004_b4f3971fa9bef79f.txt"
EMBEDDER = WordEmbedder()


@pytest.fixture(scope="module")
def seed_folder(tmp_path_factory):
    """An index over the seeds; read it, do not write to it."""
    where = tmp_path_factory.mktemp("store") / "index"
    build_index([SEEDS], where, EMBEDDER)
    return where


@pytest.fixture(scope="module")
def store(seed_folder):
    return Store.open(seed_folder, EMBEDDER.fingerprint)


# --- what goes in comes out


@pytest.mark.parametrize("name", SEED_FILES)
def test_a_document_comes_back_equal(store, name):
    document = read_document(SEEDS / name, SEEDS)
    assert store.document(name) == document
    assert store.text(name) == document.text
    assert store.passages_in(name) == list(passages(document))


def test_every_passage_is_found_by_its_id_and_units(store):
    for name in SEED_FILES:
        for passage in store.passages_in(name):
            assert store.passage(passage.passage_id) == passage
    of = store.passages_of(store.vectors.units.tolist())
    assert set(of.values()) == {p.passage_id for name in SEED_FILES for p in store.passages_in(name)}
    assert store.passages_of([]) == {}


def test_documents_are_listed_by_path(store):
    assert [info.path for info in store.documents()] == SEED_FILES
    assert store.info(WEB_PAGE).questions == 10


def test_search_texts_keep_question_and_answer_apart(store):
    passage = next(p for p in store.passages_in(WEB_PAGE) if p.questions == ("1",))
    found = store.search_texts([passage.passage_id])[passage.passage_id]
    assert found.question.startswith("Bent u bekend met het artikel")
    assert found.body == "Ja."


def test_an_unknown_document_is_a_usage_error(store):
    with pytest.raises(UsageError, match="staat niet in de index"):
        store.document("bestaat niet.txt")
    with pytest.raises(UsageError, match="staat niet in de index"):
        store.text("'; DROP TABLE documents; --")


def test_an_unknown_passage_is_a_key_error(store):
    with pytest.raises(KeyError):
        store.passage("0")


def test_references_lead_to_passages(store):
    passage = store.passages_in(WEB_PAGE)[1]
    referring = replace(passage, refers_to=("7", "99", "2", "7", passage.questions[0]))
    assert [store.passage(target).questions for target in store.referred(referring)] == [("7",), ("2",)]
    assert store.referred(replace(passage, refers_to=())) == []


@pytest.mark.parametrize("most", [400, 0])
def test_passages_are_the_same_one_by_one_in_any_order_whatever_is_kept(seed_folder, monkeypatch, most):
    monkeypatch.setattr(reader, "SEEN", most)
    store = Store.open(seed_folder, EMBEDDER.fingerprint)
    expected = {p.passage_id: p for name in SEED_FILES for p in passages(read_document(SEEDS / name, SEEDS))}
    for order in (sorted(expected), sorted(expected, reverse=True), list(expected)):
        assert {one: store.passage(one) for one in order} == expected
        assert store.passages(order) == expected
    with pytest.raises(KeyError):
        store.passages([*expected, "geen"])
    store = Store.open(seed_folder, EMBEDDER.fingerprint)
    ids, numbers = store.at(np.arange(len(store.vectors)))
    store.read(dict(zip(ids, numbers.tolist(), strict=True)))
    assert store.passages(list(expected)) == expected


def test_every_value_survives_the_codec():
    document = read_document(SEEDS / WEB_PAGE, SEEDS)
    assert codec.loads(codec.dumps(document), Document) == document
    assert codec.unpack(codec.pack("één \ud800 🙂")) == "één \ud800 🙂"


# --- searching


def test_questions_answers_and_metadata_are_each_found(store):
    def best(question):
        units = store.lexical.search(dutch.query_terms(question), 1)
        return store.passage(store.passages_of([units[0][0]])[units[0][0]])

    assert best("Hoeveel aanmeldingen bij SHOP Jeugd in 2020").document.startswith("000")
    assert best("Bikker en Verkuijlen").questions == ("*",)
    assert "791" in best("791 vermoedelijke slachtoffers").text


def test_examples_are_questions_of_different_documents(store):
    examples = store.examples(3)
    assert len(set(examples)) == 3
    assert all(example.endswith("?") and len(example) <= 110 for example in examples)


def test_abbreviations_of_all_documents(store):
    assert ("CKM", "Centrum tegen Kinderhandel en Mensenhandel") in store.abbreviations().pairs


def test_filters_leave_the_units_of_the_chosen_documents(store):
    def documents(filters):
        units = store.allowed(filters).tolist()
        return {store.passage(p).document for p in store.passages_of(units).values()}

    assert store.allowed(None) is None
    assert store.allowed(Filters()) is None
    assert documents(Filters(parties=("CDA",))) == set(SEED_FILES[2:3] + SEED_FILES[4:])
    assert documents(Filters(documents=(LETTER,))) == {LETTER}
    assert documents(Filters(documents=(*map(str, range(50_000)), LETTER))) == {LETTER}
    assert documents(Filters(date_from="2022-08-30", date_to="2022")) == set(SEED_FILES[1:3])
    assert documents(Filters(date_to="2020-05-25")) == {LETTER, WEB_PAGE}
    assert documents(Filters(askers=("'; DROP TABLE people",))) == set()
    assert documents(Filters(kinds=("schriftelijke vragen",), date_from="2021", date_to="2021")) == {SEED_FILES[0]}


@pytest.mark.parametrize("date", ["gisteren", "2022-8-1", "30-08-2022", "2022-08-30T10:00"])
def test_a_date_that_is_none_is_a_usage_error(store, date):
    with pytest.raises(UsageError, match="geen datum"):
        store.allowed(Filters(date_from=date))


def test_facets_count_documents(store):
    facets = store.facets()
    assert facets.documents == 5
    assert facets.kinds == (("schriftelijke vragen", 5),)
    assert dict(facets.parties)["CDA"] == 2
    assert facets.years[0][0] == "2022"
    assert (facets.earliest, facets.latest) == ("2020-05-25", "2022-12-01")
    assert store.facets(Filters(parties=("CDA",))).documents == 2


# --- duplicates


def test_the_same_exchanges_in_two_layouts_are_duplicates(store):
    for passage in store.passages_in(LETTER):
        if passage.questions == ("*",):
            continue
        (location,) = store.duplicates(passage.passage_id)
        assert (location.document, location.questions) == (WEB_PAGE, passage.questions)
        assert store.leaders()[passage.passage_id] == location.passage_id  # it says when it was asked
        assert [other.document for other in store.duplicates(location.passage_id)] == [LETTER]


def test_other_passages_are_nobodys_duplicate(store):
    passage = store.passages_in(SEED_FILES[0])[1]
    assert store.duplicates(passage.passage_id) == ()
    assert passage.passage_id not in store.leaders()


SENTENCE = "In {} kreeg het centrum voor jeugd en gezin in onze gemeente {} meldingen van bezorgde ouders en buren."


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SENTENCE.format(2021, 340).upper(), True),
        (SENTENCE.format(2021, 340).replace(" ", "\n"), True),
        (SENTENCE.format(2021, 341), False),
        ("Iets heel anders over de weg langs het spoor, die volgend jaar opnieuw wordt aangelegd met fietspad.", False),
    ],
)
def test_a_corrected_number_is_no_duplicate(other, same):
    texts = [SENTENCE.format(2021, 340), other]
    hashes = [duplicates.minhash(dutch.tokens(text)) for text in texts]
    text_of = texts.__getitem__
    assert bool(duplicates.clusters(hashes, [1, 2], text_of)) is same
    assert duplicates.clusters(hashes, [1, 1], text_of) == []  # of one document


def test_short_texts_are_nobodys_duplicate():
    assert duplicates.minhash(dutch.tokens("Ja, het college is bekend met het onderzoek.")) == b""


# --- what can be wrong


def test_no_index(tmp_path):
    with pytest.raises(IndexMissing, match="raadwijzer index"):
        Store.open(tmp_path / "index", EMBEDDER.fingerprint)


def test_another_embedder(small):
    with pytest.raises(IndexOutdated, match=r"ander taalmodel.*raadwijzer index"):
        Store.open(small, "een ander model")


@pytest.mark.parametrize("name", ["format", "program", "analyzer", "dictionary"])
def test_another_version(small, name):
    manifest = folder.current(small) / "manifest.json"
    stored = json.loads(manifest.read_text())
    stored["made"][name] = "0"
    manifest.write_text(json.dumps(stored))
    with pytest.raises(IndexOutdated, match="raadwijzer index"):
        Store.open(small, EMBEDDER.fingerprint)


def parts(where):
    generation = folder.current(where)
    stored = json.loads((generation / "manifest.json").read_text())["parts"]
    return [generation / name for name in sorted(stored)] + [generation / "manifest.json"]


def remove(file):
    file.unlink()


def cut(file):
    file.write_bytes(file.read_bytes()[:-1])


def empty(file):
    file.write_bytes(b"")


def scramble(file):
    file.write_bytes(bytes(255 - byte for byte in file.read_bytes()))


@pytest.mark.parametrize("harm", [remove, cut, empty, scramble])
def test_each_part_that_is_missing_or_damaged_is_named(small, harm):
    for file in parts(small):
        if not file.read_bytes() and harm in (cut, empty, scramble):
            continue
        good = file.read_bytes()
        harm(file)
        with pytest.raises(IndexDamaged, match="raadwijzer index"):
            Store.open(small, EMBEDDER.fingerprint)
        file.write_bytes(good)
    Store.open(small, EMBEDDER.fingerprint).verify()


@pytest.mark.parametrize("pointer", [b"", b"00000009", b"../..", b"\xff\xfe"])
def test_a_pointer_to_nothing_is_damage(small, pointer):
    (small / "current").write_bytes(pointer)
    with pytest.raises(IndexDamaged, match="raadwijzer index"):
        Store.open(small, EMBEDDER.fingerprint)


def test_damage_in_the_middle_is_found_by_verify(small):
    store = Store.open(small, EMBEDDER.fingerprint)
    part = next(p for p in parts(small) if p.name == "rows-0.bin")
    part.write_bytes(part.read_bytes()[:-1] + b"\x55")
    with pytest.raises(IndexDamaged, match=r"rows-0\.bin"):
        store.verify()


def test_damage_met_while_reading_is_no_traceback(small):
    generation = folder.current(small)
    with sqlite3.connect(generation / "documents.sqlite") as database:
        database.execute("UPDATE contents SET text = x'00', body = x'00'")
    manifest = json.loads((generation / "manifest.json").read_text())
    del manifest["parts"]["documents.sqlite"]
    (generation / "manifest.json").write_text(json.dumps(manifest))
    store = Store.open(small, EMBEDDER.fingerprint)
    for read in (store.text, store.document):
        with pytest.raises(IndexDamaged, match="raadwijzer index"):
            read("wijk.txt")


def test_a_damaged_or_outdated_index_is_built_anew(small):
    (folder.current(small) / "documents.sqlite").write_bytes(b"")
    report = build_index([small.parent / "docs"], small, EMBEDDER)
    assert (report.added, report.passages) == (1, 1)
    other = WordEmbedder(16)
    assert build_index([small.parent / "docs"], small, other).added == 1
    assert Store.open(small, other.fingerprint).vectors.dim == 16


def test_one_process_writes_at_a_time_and_reading_goes_on(small):
    with FileLock(small / "lock"), pytest.raises(IndexLocked, match="ander proces"):
        build_index([small.parent / "docs"], small, EMBEDDER)
    with FileLock(small / "lock"):
        assert Store.open(small, EMBEDDER.fingerprint).documents()


def test_an_open_index_stays_as_it_was(small):
    store = Store.open(small, EMBEDDER.fingerprint)
    (small.parent / "docs" / "wijk.txt").write_text("De wijk krijgt een park.\n")
    build_index([small.parent / "docs"], small, EMBEDDER)
    assert "school" in store.text("wijk.txt")
    assert store.lexical.search(dutch.query_terms("school"), 1)
    assert "park" in Store.open(small, EMBEDDER.fingerprint).text("wijk.txt")


def test_an_index_cannot_stand_in_a_file(tmp_path):
    (tmp_path / "index").write_text("")
    (tmp_path / "a.txt").write_text("Een zin.")
    with pytest.raises(UsageError, match="geen index"):
        build_index([tmp_path / "a.txt"], tmp_path / "index", EMBEDDER)


FULL = [
    OSError(errno.ENOSPC, "No space left on device"),
    sqlite3.OperationalError("database or disk is full"),
    ValueError("An IO error occurred: 'No space left on device (os error 28)'"),
]


@pytest.mark.parametrize("error", FULL, ids=lambda error: type(error).__name__)
def test_a_full_disk_leaves_the_old_index(small, error):
    class FullDisk(WordEmbedder):
        def encode(self, texts):
            raise error

    (small.parent / "docs" / "nieuw.txt").write_text("Een nieuw stuk over de haven.\n")
    with pytest.raises(DiskFull, match="vol"):
        build_index([small.parent / "docs"], small, FullDisk())
    assert [d.path for d in Store.open(small, EMBEDDER.fingerprint).documents()] == ["wijk.txt"]
    build_index([small.parent / "docs"], small, EMBEDDER)
    assert len(Store.open(small, EMBEDDER.fingerprint).documents()) == 2
    assert len(list((small / "generations").iterdir())) == 1


def test_other_errors_are_not_taken_for_a_full_disk(tmp_path):
    with pytest.raises(ValueError, match="iets anders"), folder.disk(tmp_path):
        raise ValueError("iets anders")
