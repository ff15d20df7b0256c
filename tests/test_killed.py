"""Killed at any moment and continued, a build gives byte for byte the search results of an undisturbed one.

RAADWIJZER_KILLS sets how often it is killed; ``make test-slow`` does it a hundred times.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("RAADWIJZER_KILLS", "20"))
CYCLE = 10  # kills after which the index is brought up to date and compared with a fresh one

PROGRAM = """
import json, os, random, shutil, signal, sys, time
from pathlib import Path
from doubles import WordEmbedder
from rag import dutch
from rag.errors import IndexMissing
from rag.indexing import build, build_index
from rag.store import Store

place, kills, cycle = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
docs, where = place / "docs", place / "index"
embedder, dice = WordEmbedder(16), random.Random(11)
build.KEPT_EVERY = build.KEPT_SHARE = 0.0  # keep what was done after every file
build.BATCH = 1
os.fsync = lambda handle: None  # a killed process loses nothing that the system already has; this saves minutes
went_on = 0

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

def write(number):
    subject = dice.choice(["de haven", "het bos", "de wijk", "de markt"])
    text = f"Stuk {number} gaat over {subject}.\\n\\n" + " ".join(
        f"In {subject} van buurt {dice.randrange(9)} komen {dice.randrange(99)} bomen en banken." for _ in range(8))
    (docs / f"{number:02}.txt").write_text(text)

def disturb():
    for _ in range(3):
        there = sorted(docs.iterdir())
        what = dice.random()
        if what < 0.5 or len(there) < 6:
            write(dice.randrange(12))
        elif what < 0.7:
            dice.choice(there).unlink()
        elif what < 0.85:
            one = dice.choice(there)
            (docs / f"kopie {dice.randrange(3)} van {one.name[-6:]}").write_bytes(one.read_bytes())
        else:
            dice.choice(there).rename(docs / f"{dice.randrange(12):02}.txt")

def results(where):
    store = Store.open(where, embedder.fingerprint)
    store.verify()
    found = [[repr(store.document(info.path)), repr(store.passages_in(info.path))] for info in store.documents()]
    for question in ("bomen in de haven", "banken in buurt 7", "stuk 3 over het bos", "de markt 42"):
        by_words = store.lexical.search(dutch.query_terms(question), 50)
        by_meaning = store.vectors.search(embedder.encode([question])[0], 50)
        ids = store.passages_of(sorted({unit for unit, _ in by_words + by_meaning}))
        found.append([question, by_words, by_meaning, sorted(ids.items())])
        found.append([[i, repr(store.duplicates(i)), store.leaders().get(i)] for i in sorted(set(ids.values()))])
    found.append([sorted(store.words().items()), repr(store.facets()), store.failures(), store.examples()])
    return json.dumps(found).encode()

def ended_before_work(pid):
    "Waits until a build has kept some of its work; whether it ended without having to."
    until = time.perf_counter() + 20 * whole
    while time.perf_counter() < until and not (where / "unfinished").exists():
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        time.sleep(0.001)
    return False

docs.mkdir()
for number in range(12):
    write(number)
started = time.perf_counter()
os.waitpid(child(lambda: build_index([docs], place / "los", embedder)), 0)
whole = time.perf_counter() - started
for kill in range(1, kills + 1):
    if kill % 3 == 0:
        disturb()
    pid = child(lambda: build_index([docs], where, embedder))
    moment = dice.uniform(0, whole)
    if kill % 2 and ended_before_work(pid):  # every other time some work is done, however busy the machine
        continue
    time.sleep(moment / 4 if kill % 2 else moment)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    went_on += (where / "unfinished").exists()
    try:
        Store.open(where, embedder.fingerprint).verify()
    except IndexMissing:
        pass
    if kill % cycle == 0:
        assert os.waitpid(child(lambda: build_index([docs], where, embedder)), 0)[1] == 0, kill
        shutil.rmtree(place / "los")
        build_index([docs], place / "los", embedder)
        assert results(where) == results(place / "los"), kill
        assert sorted(p.name for p in where.iterdir()) == ["current", "generations", "lock"], kill
        assert len(list((where / "generations").iterdir())) == 1
        shutil.rmtree(where)
print("whole", went_on)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.timeout(900)
def test_killed_and_continued_it_finds_the_same(tmp_path):
    here = Path(__file__).resolve().parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(KILLS), str(CYCLE)],
        env=environment, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    last = done.stdout.splitlines()[-1:]
    assert last and last[0].startswith("whole"), done.stdout + done.stderr
    assert int(last[0].split()[1]) > 0  # some builds had something to go on from
