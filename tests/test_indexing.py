"""Files → index: only what changed is read, what cannot be read is named, a build that dies leaves a whole index."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from doubles import WordEmbedder

from rag import dutch
from rag.errors import ModelInvalid, UsageError
from rag.indexing import build, build_index, readers
from rag.store import Store
from rag.types import Filters

EMBEDDER = WordEmbedder()
LETTER = """Schriftelijke vragen van het lid {asker} (Partij A) over {subject} (ingezonden 3 maart 2021).

Vraag 1
Wat is het plan voor {subject} in het komende jaar en wie voert dat plan uit?

Antwoord 1
Het college werkt aan {subject} en verwacht daarvoor {number} euro uit te geven aan mensen en middelen.

Vraag 2
Wanneer is het klaar?

Antwoord 2
Zie het antwoord op vraag 1.
"""


def letter(subject, number="400", asker="De Vries"):
    return LETTER.format(subject=subject, number=number, asker=asker)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    (folder / "2021").mkdir(parents=True)
    (folder / "haven.txt").write_text(letter("de haven"))
    (folder / "2021" / "bos.txt").write_text(letter("het bos", number="75"))
    (folder / "plan.md").write_text("# Plan\n\nDe wijk krijgt een school met een tuin.\n")
    return folder


def index(docs, **options):
    """(report, opened store) after a build over ``docs``."""
    roots = docs if isinstance(docs, list) else [docs]
    where = options.pop("where", roots[0].parent / "index")
    report = build_index(roots, where, EMBEDDER, **options)
    return report, Store.open(where, EMBEDDER.fingerprint)


def counts(report):
    return report.added, report.changed, report.removed, report.unchanged


def paths(store):
    return [info.path for info in store.documents()]


def results(store, question="het plan voor de haven en het bos", filters=None):
    """Everything a search can depend on."""
    allowed = store.allowed(filters)
    lexical = store.lexical.search(dutch.query_terms(question), 50, allowed)
    return lexical, store.vectors.search(EMBEDDER.encode([question])[0], 50, allowed)


# --- what changed


def test_everything_is_read_the_first_time(docs):
    seen = []
    report, store = index(docs, progress=lambda done, total: seen.append((done, total)))
    assert counts(report) == (3, 0, 0, 0)
    assert report.failed == ()
    assert paths(store) == ["2021/bos.txt", "haven.txt", "plan.md"]
    assert report.passages == sum(len(store.passages_in(path)) for path in paths(store))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_unchanged_files_cost_nothing(docs):
    report, store = index(docs)
    again, same = index(docs)
    assert counts(again) == (0, 0, 0, 3)
    assert again.passages == report.passages
    assert same.generation == store.generation


def test_a_touched_file_is_not_read_again(docs):
    index(docs)
    os.utime(docs / "haven.txt", (1, 1))
    report, _ = index(docs)
    assert counts(report) == (0, 0, 0, 3)


def test_a_changed_file_replaces_the_old_one(docs):
    index(docs)
    (docs / "haven.txt").write_text(letter("de luchthaven"))
    report, store = index(docs)
    assert counts(report) == (0, 1, 0, 2)
    assert "luchthaven" in store.text("haven.txt")
    assert len(paths(store)) == 3


def test_a_change_of_the_same_size_right_after_a_build_is_seen(docs):
    index(docs)
    (docs / "haven.txt").write_text(letter("de kaden"))
    assert len(letter("de kaden")) == len(letter("de haven"))
    assert counts(index(docs)[0]) == (0, 1, 0, 2)


def test_a_removed_file_leaves_every_part_of_the_index(docs):
    index(docs)
    (docs / "haven.txt").unlink()
    report, store = index(docs)
    assert counts(report) == (0, 0, 1, 2)
    assert paths(store) == ["2021/bos.txt", "plan.md"]
    assert store.lexical.frequency("haven") == 0
    assert len(store.lexical) == len(store.vectors)
    held = b"".join(f.read_bytes() for f in store.generation.rglob("*") if f.is_file())
    assert b"haven.txt" not in held


def test_an_index_that_grew_equals_one_that_was_built_at_once(docs):
    (docs / "oud.txt").write_text(letter("de haven en de zee", number="12"))
    index(docs)
    (docs / "oud.txt").unlink()
    (docs / "park.txt").write_text(letter("het park en de haven"))
    (docs / "plan.md").write_text("# Plan\n\nDe haven krijgt een plan.\n")
    index(docs)
    (docs / "weg.txt").write_text(letter("het plan voor de weg"))
    _, grown = index(docs)
    _, fresh = index(docs, where=docs.parent / "fresh")
    for question in ("het plan voor de haven", "euro", "wie vroeg dit"):
        assert results(grown, question) == results(fresh, question)
    assert results(grown, filters=Filters(documents=("weg.txt",))) == results(
        fresh, filters=Filters(documents=("weg.txt",))
    )
    assert [grown.document(path) for path in paths(grown)] == [fresh.document(path) for path in paths(fresh)]
    assert grown.facets() == fresh.facets()


def test_another_embedder_reads_everything_again(docs):
    index(docs)
    other = WordEmbedder(16)
    report = build_index([docs], docs.parent / "index", other)
    assert counts(report) == (3, 0, 0, 0)


# --- where documents come from


def test_documents_from_elsewhere_stay(docs, tmp_path):
    index(docs)
    (tmp_path / "meer").mkdir()
    (tmp_path / "meer" / "haven.txt").write_text(letter("de andere haven"))
    report, store = index(tmp_path / "meer")
    assert counts(report) == (1, 0, 0, 0)
    assert paths(store) == ["2021/bos.txt", "haven.txt", "meer/haven.txt", "plan.md"]
    assert "andere" in store.text("meer/haven.txt")
    assert counts(index(docs)[0]) == (0, 0, 0, 3)


def test_one_file_can_be_named(docs):
    report, store = index(docs / "haven.txt")
    assert counts(report) == (1, 0, 0, 0)
    assert paths(store) == ["haven.txt"]
    assert paths(index(docs)[1]) == ["2021/bos.txt", "haven.txt", "plan.md"]


def test_a_folder_given_twice_or_inside_another_counts_once(docs):
    report, store = index([docs, docs, docs / "2021"])
    assert counts(report) == (3, 0, 0, 0)
    assert len(paths(store)) == 3


def test_a_moved_folder_keeps_its_names(docs, tmp_path):
    index(docs)
    docs.rename(tmp_path / "elders")
    (tmp_path / "elders" / "plan.md").write_text("# Plan\n\nDe wijk krijgt een park.\n")
    report, store = index(tmp_path / "elders")
    assert counts(report) == (0, 1, 0, 2)
    assert paths(store) == ["2021/bos.txt", "haven.txt", "plan.md"]
    assert "park" in store.text("plan.md")
    assert counts(index(tmp_path / "elders")[0]) == (0, 0, 0, 3)


def test_hidden_files_and_the_index_itself_are_left_out(docs):
    (docs / ".geheim.txt").write_text("Niet lezen.")
    (docs / ".git").mkdir()
    (docs / ".git" / "a.txt").write_text("Niet lezen.")
    report, _ = index(docs, where=docs / "index")
    assert counts(report) == (3, 0, 0, 0)
    assert counts(index(docs, where=docs / "index")[0]) == (0, 0, 0, 3)


def test_copies_of_a_file_are_duplicates_with_passages_of_their_own(docs):
    (docs / "kopie.txt").write_bytes((docs / "haven.txt").read_bytes())
    _, store = index(docs)
    first = next(p for p in store.passages_in("haven.txt") if p.questions == ("1",))
    copy = next(p for p in store.passages_in("kopie.txt") if p.questions == ("1",))
    assert first.passage_id != copy.passage_id
    assert [d.document for d in store.duplicates(first.passage_id)] == ["kopie.txt"]
    (docs / "haven.txt").unlink()
    report, store = index(docs)
    assert counts(report) == (0, 0, 1, 3)
    assert first.passage_id in [p.passage_id for p in store.passages_in("kopie.txt")]


# --- what moved


def ids(store, path):
    return [passage.passage_id for passage in store.passages_in(path)]


def test_a_moved_file_keeps_its_identity_and_is_not_read(docs, monkeypatch):
    _, before = index(docs)
    (docs / "archief").mkdir()
    (docs / "haven.txt").rename(docs / "archief" / "oude haven.txt")
    monkeypatch.setattr(build, "_outcomes", lambda *_: iter(()))  # nothing is read
    report, store = index(docs)
    assert report.moved == (("haven.txt", "archief/oude haven.txt"),)
    assert counts(report) == (0, 0, 0, 2)
    assert paths(store) == ["2021/bos.txt", "archief/oude haven.txt", "plan.md"]
    assert ids(store, "archief/oude haven.txt") == ids(before, "haven.txt")
    assert store.document("archief/oude haven.txt").path == "archief/oude haven.txt"
    assert {p.document for p in store.passages_in("archief/oude haven.txt")} == {"archief/oude haven.txt"}
    assert store.info("archief/oude haven.txt").collection == "archief"


def test_after_a_move_the_index_equals_one_that_was_built_at_once(docs):
    (docs / "kopie.txt").write_bytes((docs / "haven.txt").read_bytes())
    (docs / "zonder titel.txt").write_text("in deze wijk komt een nieuwe school en een park met bomen en banken.\n")
    index(docs)
    (docs / "haven.txt").rename(docs / "zee.txt")
    (docs / "2021" / "bos.txt").rename(docs / "haven.txt")  # a name that another file had
    (docs / "zonder titel.txt").rename(docs / "nog steeds zonder.txt")  # a title made of the name
    (docs / "plan.md").rename(docs / "plan.txt")  # another format
    report, moved = index(docs)
    assert report.moved == (
        ("2021/bos.txt", "haven.txt"),
        ("haven.txt", "zee.txt"),
        ("plan.md", "plan.txt"),
        ("zonder titel.txt", "nog steeds zonder.txt"),
    )
    assert counts(report) == (0, 0, 0, 1)
    _, fresh = index(docs, where=docs.parent / "fresh")
    assert [moved.document(path) for path in paths(moved)] == [fresh.document(path) for path in paths(fresh)]
    assert moved.documents() == fresh.documents()
    assert [moved.passages_in(path) for path in paths(moved)] == [fresh.passages_in(path) for path in paths(fresh)]
    for question in ("het plan voor de haven", "school met een park"):
        assert results(moved, question) == results(fresh, question)


def test_names_that_go_round(docs):
    index(docs)
    (docs / "haven.txt").rename(docs / "tussen")
    (docs / "2021" / "bos.txt").rename(docs / "haven.txt")
    (docs / "tussen").rename(docs / "2021" / "bos.txt")
    report, store = index(docs)
    assert (counts(report), len(report.moved)) == ((0, 0, 0, 1), 2)
    assert "bos" in store.text("haven.txt")
    assert "haven" in store.text("2021/bos.txt")


def test_a_file_that_takes_the_place_of_another(docs):
    index(docs)
    (docs / "2021" / "bos.txt").replace(docs / "haven.txt")
    report, store = index(docs)
    assert (counts(report), report.moved) == ((0, 0, 1, 1), (("2021/bos.txt", "haven.txt"),))
    assert paths(store) == ["haven.txt", "plan.md"]
    assert "bos" in store.text("haven.txt")
    (docs / "haven.txt").rename(docs / "weg.txt")
    (docs / "haven.txt").write_text(letter("een nieuwe haven"))
    report, store = index(docs)
    assert (counts(report), report.moved) == ((1, 0, 0, 1), (("haven.txt", "weg.txt"),))
    assert "nieuwe haven" in store.text("haven.txt")


def test_a_file_that_moved_to_another_indexed_folder(docs, tmp_path):
    _, before = index(docs)
    (tmp_path / "elders").mkdir()
    (docs / "haven.txt").rename(tmp_path / "elders" / "de haven.txt")
    report, store = index(tmp_path / "elders")
    assert report.moved == (("haven.txt", "de haven.txt"),)
    assert ids(store, "de haven.txt") == ids(before, "haven.txt")


def test_a_thousand_files_a_second_time_cost_next_to_nothing(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(1000):
        file = folder / f"{number}.txt"
        file.write_text(f"Stuk {number} gaat over straat {number} en over de haven.\n")
        os.utime(file, (1, 1))
    first, _ = index(folder)
    started = time.process_time()
    second, _ = index(folder)
    assert counts(second) == (0, 0, 0, 1000)
    assert time.process_time() - started < 1.0
    assert second.seconds < first.seconds


# --- what cannot be read


def test_a_path_that_does_not_exist(tmp_path):
    with pytest.raises(UsageError, match="bestaat niet"):
        build_index([tmp_path / "niets"], tmp_path / "index", EMBEDDER)
    assert not (tmp_path / "index").exists()


def test_files_that_cannot_be_read_are_named_and_the_rest_goes_on(docs):
    (docs / "leeg.txt").write_text("")
    (docs / "beeld.txt").write_bytes(bytes(range(256)) * 40)
    for name in ("leeg.txt", "beeld.txt"):
        os.utime(docs / name, (1, 1))
    report, store = index(docs)
    assert counts(report) == (3, 0, 0, 0)
    assert [path for path, _ in report.failed] == ["beeld.txt", "leeg.txt"]
    assert store.failures() == list(report.failed)
    again, same = index(docs)
    assert again.failed == report.failed
    assert same.generation == store.generation
    (docs / "leeg.txt").write_text("Nu niet meer leeg.")
    (docs / "beeld.txt").unlink()
    mended, store = index(docs)
    assert counts(mended) == (1, 0, 0, 3)
    assert mended.failed == ()
    assert store.failures() == []


def test_a_file_that_became_unreadable_leaves_and_is_named(docs):
    index(docs)
    (docs / "haven.txt").write_text("")
    report, store = index(docs)
    assert [path for path, _ in report.failed] == ["haven.txt"]
    assert "haven.txt" not in paths(store)


def test_a_folder_that_may_not_be_read_is_named(docs, monkeypatch):
    scandir = os.scandir

    def refusing(path):
        if Path(path).name == "2021":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report, store = index(docs)
    assert report.failed == (("2021", "kan niet worden gelezen (Permission denied)"),)
    assert paths(store) == ["haven.txt", "plan.md"]


def test_a_link_to_nothing_is_named(docs):
    (docs / "link.txt").symlink_to(docs / "weg.txt")
    report, _ = index(docs)
    assert report.failed == (("link.txt", "kan niet worden gelezen (No such file or directory)"),)


def test_an_empty_folder_gives_an_empty_index(tmp_path):
    (tmp_path / "docs").mkdir()
    report, store = index(tmp_path / "docs")
    assert (counts(report), report.passages) == ((0, 0, 0, 0), 0)
    assert results(store) == ([], [])
    assert store.examples() == []
    assert store.facets().documents == 0


def test_a_model_that_gives_no_numbers_is_refused(docs):
    class Broken(WordEmbedder):
        def encode(self, texts):
            return np.full((len(texts), self.dim), np.nan, np.float32)

    with pytest.raises(ModelInvalid, match="geen getallen"):
        build_index([docs], docs.parent / "index", Broken())


# --- many files, and dying


def test_reading_in_several_processes_gives_the_same_index(docs, monkeypatch):
    for number in range(30):
        (docs / f"{number:02}.txt").write_text(letter(f"straat {number}", number=str(number)))
    _, alone = index(docs)
    monkeypatch.setattr(readers, "PARALLEL", 0)
    monkeypatch.setattr(build, "BATCH", 4_000)
    _, together = index(docs, where=docs.parent / "together")
    assert paths(together) == paths(alone)
    assert results(together) == results(alone)


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from doubles import WordEmbedder
from rag.indexing import build_index
from rag.store import Store

docs, where, embedder = Path(sys.argv[1]), Path(sys.argv[2]), WordEmbedder()
dice = random.Random(7)

def child(work):
    pid = os.fork()
    if not pid:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    return pid

def build():
    build_index([docs], where, embedder)

def check():
    store = Store.open(where, embedder.fingerprint)
    versions = {store.text(f"{n}.txt").split()[-1] for n in range(6)}
    assert len(versions) == 1, versions
    store.verify()
    assert len(store.lexical) == len(store.vectors) > 0

def write(version):
    for n in range(6):
        (docs / f"{n}.txt").write_text(f"Stuk {n} gaat over de wijk en de haven.\\n\\nVersie {version}\\n")

write(0)
os.waitpid(child(build), 0)
started = time.perf_counter()
write(1)
os.waitpid(child(build), 0)
whole = time.perf_counter() - started
for version in range(2, 22):
    write(version)
    pid = child(build)
    time.sleep(dice.uniform(0, whole))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert os.waitpid(child(check), 0)[1] == 0, version
write(99)
assert os.waitpid(child(build), 0)[1] == 0
assert os.waitpid(child(check), 0)[1] == 0
assert len(list((where / "generations").iterdir())) == 1
print("whole")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_twenty_moments_it_leaves_a_whole_index(tmp_path):
    (tmp_path / "docs").mkdir()
    here = Path(__file__).resolve().parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "docs"), str(tmp_path / "index")],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1:] == ["whole"], done.stdout + done.stderr
