"""Out means out: what is removed is in no byte on disk afterwards, and does not come back."""

from __future__ import annotations

import builtins
import json
import shutil
import sqlite3
import sys
import tempfile
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from doubles import WordEmbedder

from rag import dutch
from rag.assistant import Assistant, index_documents
from rag.cli import main
from rag.config import Config
from rag.errors import IndexDamaged, UsageError
from rag.indexing import build_index, remove
from rag.store import Store, codec, folder, mentions, packing, tables
from rag.web.feedback import Feedback, Opinion, beside

EMBEDDER = WordEmbedder()
LETTER = """Schriftelijke vragen van het lid {asker} (Partij A) over {subject} (ingezonden 3 maart 2021).

Vraag 1
Wat is het plan voor {subject} in het komende jaar en wie voert dat plan uit?

Antwoord 1
Het college werkt aan {subject} en verwacht daarvoor {number} euro uit te geven aan mensen en middelen.
{more}
"""
WORDS = ("Kwakernaakplantsoen", "Zwijgzaam", "KWP")  # that stand in the removed document only


def letter(subject, number="400", asker="De Vries", more=""):
    return LETTER.format(subject=subject, number=number, asker=asker, more=more)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    (folder / "besloten").mkdir(parents=True)
    (folder / "haven.txt").write_text(letter("de haven"))
    more = "Het Kwakernaak Wijk Plan (KWP) past hierbij."
    (folder / "weg.txt").write_text(letter("het Kwakernaakplantsoen", number="917", asker="Zwijgzaam", more=more))
    (folder / "bos.txt").write_text(letter("het bos", more="Mevrouw Jansén vroeg hier eerder om. Jansen ook."))
    (folder / "besloten" / "dicht.txt").write_text(letter("de put", more="Mevrouw Jansen woont daar."))
    return folder


@pytest.fixture
def where(docs, tmp_path):
    build_index([docs], tmp_path / "index", EMBEDDER)
    return tmp_path / "index"


def paths(where, closed=True):
    return [info.path for info in Store.open(where, EMBEDDER.fingerprint, closed).documents()]


def everything_on_disk(folder: Path) -> bytes:
    """Every byte below a folder, and what is packed in a database or an archive unpacked besides."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = [str(file.relative_to(folder)).encode() + file.read_bytes() for file in files]
    with tempfile.TemporaryDirectory() as scratch:  # opening a database changes the files beside it
        copy = shutil.copytree(folder, Path(scratch) / "copy")
        for file in sorted(copy.rglob("*.sqlite")):
            found += _cells(file)
    return b"\n".join(found)


def _cells(file: Path):
    with closing(sqlite3.connect(file)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            for row in database.execute(f"SELECT * FROM {table}"):
                for cell in row:
                    if isinstance(cell, bytes):
                        yield from (cell, *_unpacked(cell))
                    else:
                        yield str(cell).encode("utf-8", "replace")


def _unpacked(cell: bytes):
    for unpack in (codec.unpack, packing.unpack_text):
        try:
            yield unpack(cell).encode("utf-8", "replace")
        except (zlib.error, ValueError):
            continue


def left(folder):
    """Which of the words are still somewhere."""
    held = everything_on_disk(folder).lower()
    return [word for word in (*WORDS, "weg.txt", "917 euro") if word.lower().encode() in held]


# --- bytes


def test_the_search_through_all_bytes_finds_what_is_there(where):
    assert left(where) == [*WORDS, "weg.txt", "917 euro"]


def test_a_removed_document_is_in_no_byte_of_the_index(docs, where):
    passages = Store.open(where, EMBEDDER.fingerprint).passages_in("weg.txt")
    assert remove.remove(where, ["weg.txt"]) == 1
    assert left(where) == []
    held = everything_on_disk(where)
    assert not [p.passage_id for p in passages if p.passage_id.encode() in held]
    store = Store.open(where, EMBEDDER.fingerprint)
    store.verify()
    for term in dutch.query_terms("Kwakernaakplantsoen Zwijgzaam"):
        assert store.lexical.frequency(term) == 0, term
    assert len(store.vectors) == len(store.lexical)
    assert "zwijgzaam" not in store.words()
    assert store.abbreviations().expansions("KWP") == []
    assert len(list((where / "generations").iterdir())) == 1


def test_the_rest_is_as_if_it_had_never_been_there(docs, where, tmp_path):
    remove.remove(where, ["weg.txt"])
    (docs / "weg.txt").unlink()
    build_index([docs], tmp_path / "vers", EMBEDDER)
    after, fresh = (Store.open(folder, EMBEDDER.fingerprint) for folder in (where, tmp_path / "vers"))
    assert after.documents() == fresh.documents()
    assert dict(after.words()) == dict(fresh.words())
    terms, row = dutch.query_terms("plan voor de haven"), EMBEDDER.encode(["plan voor de haven"])[0]
    assert after.lexical.search(terms, 20) == fresh.lexical.search(terms, 20)
    assert after.vectors.search(row, 20) == fresh.vectors.search(row, 20)


def test_what_a_build_that_died_left_goes_too(docs, where, tmp_path, monkeypatch):
    from rag.indexing import build

    monkeypatch.setattr(build, "KEPT_EVERY", 0.0)
    monkeypatch.setattr(build, "KEPT_SHARE", 0.0)
    (docs / "bos.txt").write_text(letter("het bos en de hei"))
    (docs / "hei.txt").write_text(letter("de hei"))
    kept = build.folder.keep

    def dying(*arguments):
        kept(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(build.folder, "keep", dying)
    monkeypatch.setattr(build, "BATCH", 1)
    with pytest.raises(KeyboardInterrupt):
        build_index([docs], where, EMBEDDER)
    assert (where / "unfinished").exists()
    remove.remove(where, ["weg.txt"])
    assert left(where) == []


def test_what_came_in_through_the_log_of_the_tables_goes_too(docs, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LARGE", 0)
    monkeypatch.setattr(tables, "SHARE", 0)
    text = (docs / "weg.txt").read_text()
    (docs / "weg.txt").unlink()
    where = tmp_path / "index"
    build_index([docs], where, EMBEDDER)
    (docs / "weg.txt").write_text(text)
    build_index([docs], where, EMBEDDER)
    assert list(where.rglob("*-wal"))
    assert left(where) == [*WORDS, "weg.txt", "917 euro"]
    remove.remove(where, ["weg.txt"])
    assert left(where) == []


def test_the_name_of_a_file_that_could_not_be_read_goes_too(docs, where):
    (docs / "weg.txt").rename(docs / "bos en hei.txt")
    (docs / "bos en hei.txt").write_text(letter("de hei"))
    (docs / "Zwijgzaam_KWP.txt").write_bytes(b"")
    build_index([docs], where, EMBEDDER)
    generation = where / "generations" / (where / "current").read_text()
    assert [m.path for m in mentions.documents_naming(generation, "Zwijgzaam")] == ["Zwijgzaam_KWP.txt"]
    remove.remove(where, ["Zwijgzaam_KWP.txt"])
    assert left(where) == []


def test_with_the_models_that_come_along_nothing_is_left_either(docs, tmp_path):
    config = Config(index=str(tmp_path / "index"))
    index_documents([docs], config)
    assert left(tmp_path / "index") == [*WORDS, "weg.txt", "917 euro"]
    remove.remove(tmp_path / "index", ["weg.txt"])
    assert left(tmp_path / "index") == []
    held = everything_on_disk(tmp_path / "index").lower()
    assert not [word for word in (b"kwakernaak", b"zwijgzaam") if word in held]
    hits = Assistant.open(config=config).search("Wat kost het Kwakernaakplantsoen?")
    assert "weg.txt" not in {hit.document.path for hit in hits}


# --- staying out


def test_it_does_not_come_back(docs, where):
    remove.remove(where, ["weg.txt"])
    report = build_index([docs], where, EMBEDDER)
    assert (report.added, report.unchanged) == (0, 3)
    assert report.skipped == (("", "is eerder verwijderd met raadwijzer remove"),)
    (docs / "weg.txt").write_text(letter("het Kwakernaakplantsoen", number="918"))  # a changed version
    (docs / "onder andere naam.txt").write_text(
        letter("het Kwakernaakplantsoen", "917", "Zwijgzaam", "Het Kwakernaak Wijk Plan (KWP) past hierbij.")
    )
    report = build_index([docs], where, EMBEDDER)
    assert (report.added, len(report.skipped)) == (0, 2)
    assert left(where) == []


def test_it_can_be_taken_back(docs, where):
    remove.remove(where, ["weg.txt", "haven.txt"])
    report = build_index([docs], where, EMBEDDER, again=[docs / "weg.txt"])
    assert report.added == 1
    assert "weg.txt" in paths(where)
    assert "haven.txt" not in paths(where)
    assert build_index([docs], where, EMBEDDER, again=[docs]).added == 1


def test_it_stays_out_when_everything_is_read_again(docs, where):
    remove.remove(where, ["weg.txt"])
    build_index([docs], where, WordEmbedder(16))
    assert left(where) == []


def test_copies_go_along(docs, where):
    (docs / "kopie.txt").write_bytes((docs / "weg.txt").read_bytes())
    build_index([docs], where, EMBEDDER)
    assert [found.path for found in remove.find(where, ["weg.txt"])] == ["kopie.txt", "weg.txt"]
    assert remove.remove(where, ["weg.txt"]) == 2
    assert left(where) == []


def test_a_file_that_could_not_be_read_and_everything_in_an_archive(docs, where):
    (docs / "Zwijgzaam.txt").write_bytes(b"")
    with zipfile.ZipFile(docs / "alles.zip", "w") as archive:
        archive.writestr("een.txt", letter("de molen"))
        archive.writestr("twee.txt", letter("de sluis"))
    build_index([docs], where, EMBEDDER)
    assert remove.remove(where, ["Zwijgzaam.txt"]) == 1
    inside = remove.find(where, ["alles.zip"])
    assert [found.path for found in inside] == ["alles.zip/een.txt", "alles.zip/twee.txt"]
    remove.remove(where, [found.path for found in inside])
    build_index([docs], where, EMBEDDER)
    assert not [path for path in paths(where) if "zip" in path]
    assert Store.open(where, EMBEDDER.fingerprint).failures() == []


def test_a_list_of_what_was_removed_that_is_damaged_is_never_ignored(docs, where):
    remove.remove(where, ["weg.txt"])
    (where / "removed.json").write_text("{")
    with pytest.raises(IndexDamaged, match=r"removed\.json"):
        build_index([docs], where, EMBEDDER)


def test_a_path_that_is_not_there(where):
    with pytest.raises(UsageError, match="staat niet in de index"):
        remove.find(where, ["niets.txt"])
    with pytest.raises(UsageError, match="staat niet in de index"):
        remove.find(where, ["besloten/dicht.txt"])
    assert len(remove.find(where, ["besloten"], closed=True)) == 1


# --- people


def test_who_is_named_and_how(where):
    found = mentions.documents_naming(where / "generations" / (where / "current").read_text(), "jansen")
    assert [(m.path, m.times, m.closed) for m in found] == [("besloten/dicht.txt", 1, True), ("bos.txt", 2, False)]
    asker = mentions.documents_naming(where / "generations" / (where / "current").read_text(), "Zwijgzaam")
    assert [(m.path, m.asked, m.answered) for m in asker] == [("weg.txt", True, False)]


@pytest.mark.parametrize("name", ["", "de", "  x "])
def test_a_name_that_is_too_short(name):
    with pytest.raises(UsageError, match="te kort"):
        mentions.counter(name)


def test_a_name_is_whole_words():
    count = mentions.counter("De  Vries")
    assert count("de Vries en De\nVries, niet De Vriesman of Vries") == 2


# --- opinions


def opinion(question="Wat kost het?", answer="Niets. [1]", document="haven.txt", **values):
    values = {"citations": json.dumps([{"document": document, "start": 0, "end": 9}]), **values}
    return Opinion("2022-01-01T10:00:00+00:00", question, answer, True, "bad", "", **values)


def test_opinions_that_cite_or_name_go_from_the_file_too(tmp_path):
    feedback = Feedback(tmp_path / "feedback.sqlite")
    feedback.keep(opinion())
    feedback.keep(opinion(answer="Kwakernaakplantsoen [1]", document="weg.txt"))
    feedback.keep(opinion(question="Wat vroeg Zwijgzaam?"))
    feedback.keep(opinion(filters='{"document": ["weg.txt"]}', citations="geen json"))
    assert feedback.concerning({"weg.txt"}) == [2, 4]
    ids = feedback.concerning({"weg.txt"}, mentions.counter("Zwijgzaam"))
    assert ids == [2, 3, 4]
    feedback.remove(ids)
    assert [one.question for one in feedback.all()] == ["Wat kost het?"]
    assert left(tmp_path) == []
    assert Feedback(tmp_path / "niets.sqlite").concerning({"weg.txt"}) == []


# --- the command


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def answers(monkeypatch):
    """Somebody at a terminal who types these."""
    typed: list[str] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(builtins, "input", lambda _: typed.pop(0))
    return typed


def test_without_a_terminal_nothing_goes_unasked(capsys, where, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    status, _, err = run(capsys, "remove", "weg.txt", "--index", where)
    assert (status, "--yes" in err) == (2, True)
    assert "weg.txt" in paths(where)


def test_scripts_say_yes(capsys, where):
    Feedback(beside(where)).keep(opinion(document="weg.txt"))
    status, out, _ = run(capsys, "remove", "weg.txt", "--index", where, "--yes")
    assert (status, "Verwijderd: 1 document en 1 oordeel." in out) == (0, True)
    assert left(where.parent / "index") == []
    assert Feedback(beside(where)).all() == ()


def held_open(monkeypatch):
    """Windows does not delete what another program reads."""
    monkeypatch.setattr(folder, "clear", lambda where: None)


def test_what_another_program_held_open_goes_when_the_command_is_repeated(capsys, where, monkeypatch):
    Feedback(beside(where)).keep(opinion(document="weg.txt"))
    with monkeypatch.context() as busy:
        held_open(busy)
        for _ in range(2):
            status, _, err = run(capsys, "remove", "weg.txt", "--index", where, "--yes")
            assert (status, "geef de opdracht nog eens" in err) == (1, True)
    assert "weg.txt" not in paths(where)
    assert Feedback(beside(where)).all() == ()
    assert left(where) == [*WORDS, "weg.txt", "917 euro"]
    status, out, err = run(capsys, "remove", "weg.txt", "--index", where, "--yes")
    assert (status, err) == (0, "")
    assert "niets meer om te verwijderen" in out
    assert left(where) == []


def test_so_it_does_for_a_person_and_for_all_in_a_folder(capsys, docs, where, monkeypatch):
    (docs / "map").mkdir()
    (docs / "weg.txt").rename(docs / "map" / "weg.txt")
    build_index([docs], where, EMBEDDER)
    with monkeypatch.context() as busy:
        held_open(busy)
        assert run(capsys, "remove", "map", "--index", where, "--yes")[0] == 1
        status, _, err = run(capsys, "remove", "--person", "Zwijgzaam", "--index", where, "--yes")
        assert (status, "geef de opdracht nog eens" in err) == (1, True)
    assert left(where) != []
    assert run(capsys, "remove", "map", "--index", where, "--yes")[0] == 0
    assert left(where) == []
    assert "Er is niets om" in run(capsys, "remove", "--person", "Zwijgzaam", "--index", where, "--yes")[1]


def test_it_shows_and_asks(capsys, where, answers):
    answers.append("nee")
    status, out, _ = run(capsys, "remove", "weg.txt", "--index", where)
    assert (status, "Er is niets verwijderd." in out, "weg.txt — " in out) == (0, True, True)
    assert "weg.txt" in paths(where)
    answers.append("ja")
    run(capsys, "remove", "weg.txt", "--index", where)
    assert "weg.txt" not in paths(where)


def test_a_person_is_chosen_by_document(capsys, docs, where, answers):
    (docs / "hei.txt").write_text(letter("de hei", asker="Jansen"))
    build_index([docs], where, EMBEDDER)
    answers += ["misschien", "2", "ja"]
    status, out, err = run(capsys, "remove", "--person", "Jansen", "--index", where)
    assert status == 0
    assert "2 documenten noemen Jansen: 1 als vraagsteller, 0 als beantwoorder" in out
    assert "1 besloten document noemt" in err
    assert paths(where) == ["besloten/dicht.txt", "bos.txt", "haven.txt", "weg.txt"]


def test_a_person_with_closed_documents(capsys, where):
    status, _, err = run(capsys, "remove", "--person", "Jansen", "--index", where, "--yes", "--besloten")
    assert (status, err) == (0, "")
    assert paths(where) == ["haven.txt", "weg.txt"]


def test_a_person_whom_nothing_names(capsys, where):
    status, out, _ = run(capsys, "remove", "--person", "Niemandsnaam", "--index", where, "--yes")
    assert (status, "Er is niets om te verwijderen." in out) == (0, True)


@pytest.mark.parametrize("arguments", [[], ["weg.txt", "--person", "X"], ["niets.txt", "--yes"]])
def test_wrong_use(capsys, where, arguments):
    status, out, err = run(capsys, "remove", *arguments, "--index", where)
    assert (status, out) == (2, "")
    assert err
