"""An index that grows a little shares the files of the older one, finds what a fresh one finds, and harms neither."""

import os
from pathlib import Path

import pytest
from doubles import WordEmbedder

from rag import dutch
from rag.indexing import build_index
from rag.store import Store, folder, tables, writer
from rag.types import Filters

EMBEDDER = WordEmbedder()
TEXT = (
    "In {place} kreeg het centrum voor jeugd en gezin {number} meldingen van bezorgde ouders en buren over de {what}."
)
PLACES = ("de haven", "het bos", "de wijk", "de markt")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files are copied there")


@pytest.fixture
def docs(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "is_small", lambda base, coming: True)
    (tmp_path / "docs").mkdir()
    for number in range(12):
        write(tmp_path / "docs", number)
    return tmp_path / "docs"


def write(docs, number, what="straat"):
    place = PLACES[number % len(PLACES)]
    (docs / f"{number:02}.txt").write_text(TEXT.format(place=place, number=100 + number // 2, what=what) + "\n")


def index(docs, where="index"):
    report = build_index([docs], docs.parent / where, EMBEDDER)
    return report, Store.open(docs.parent / where, EMBEDDER.fingerprint)


def results(store):
    found = [(store.document(info.path), store.passages_in(info.path)) for info in store.documents()]
    for question in ("meldingen in de haven", "ouders 103", "de straat van het bos"):
        for allowed in (None, store.allowed(Filters(documents=("01.txt", "15.txt")))):
            by_words = store.lexical.search(dutch.query_terms(question), 50, allowed)
            by_meaning = store.vectors.search(EMBEDDER.encode([question])[0], 50, allowed)
            ids = sorted(store.passages_of([unit for unit, _ in by_words + by_meaning]).items())
            said = [(store.leaders().get(i), store.duplicates(i)) for _, i in ids]
            found.append((by_words, by_meaning, ids, said))
    return [*found, sorted(store.words().items()), store.facets(), store.failures()]


def held(generation):
    return {file.relative_to(generation): file.read_bytes() for file in generation.rglob("*") if file.is_file()}


def same_file(one: Path, other: Path):
    return one.stat().st_ino == other.stat().st_ino


def test_what_is_added_goes_beside_what_there_is(docs, monkeypatch):
    monkeypatch.setattr(folder, "clear", lambda where: None)  # keep the older generation to look at
    _, before = index(docs)
    old, whole = results(before), held(before.generation)
    for number in range(12, 17):
        write(docs, number)
        _, after = index(docs)
        assert same_file(before.generation / tables.TABLES_FILE, after.generation / tables.TABLES_FILE)
        assert (after.generation / tables.LOG).exists()
        assert not (after.generation / tables.SHARED).exists()
        after.verify()
    assert held(before.generation) == whole
    assert results(before) == old
    assert results(Store(docs.parent / "index", before.generation)) == old
    assert results(after) == results(index(docs, "fresh")[1])


def test_what_is_removed_is_gone_from_every_file(docs):
    write(docs, 12, what="geheimweg")
    index(docs)
    write(docs, 13, what="schuilpad")
    index(docs)
    for number in (12, 13):
        (docs / f"{number}.txt").unlink()
    _, after = index(docs)
    everything = b"".join(held(after.generation).values())
    assert not (after.generation / tables.LOG).exists()
    assert b"geheimweg" not in everything
    assert b"schuilpad" not in everything
    assert results(after) == results(index(docs, "fresh")[1])


def test_a_build_that_fails_leaves_the_older_one_as_it_was(docs, monkeypatch):
    index(docs)
    write(docs, 12)
    _, before = index(docs)
    whole = held(before.generation)
    write(docs, 13)

    def fail(*_):
        raise ValueError("halverwege")

    monkeypatch.setattr(writer.folding, "fold", fail)
    with pytest.raises(ValueError, match="halverwege"):
        index(docs)
    assert held(before.generation) == whole
    Store.open(docs.parent / "index", EMBEDDER.fingerprint).verify()


def test_many_files_of_rows_become_one(docs):
    for number in range(12, 22):
        write(docs, number)
        _, store = index(docs)
    assert len(store.vectors.sizes) < 10
    assert results(store) == results(index(docs, "fresh")[1])


def test_much_that_comes_in_and_small_files_need_no_log(tmp_path, monkeypatch):
    (tmp_path / tables.TABLES_FILE).write_bytes(bytes(1_000_000))
    assert not tables.is_small(tmp_path, 1_000)
    monkeypatch.setattr(tables, "LARGE", 1_000_000)
    assert tables.is_small(tmp_path, 1_000)
    assert not tables.is_small(tmp_path, 100_000)
    (tmp_path / tables.LOG).write_bytes(bytes(200_000))
    assert not tables.is_small(tmp_path, 1_000)
