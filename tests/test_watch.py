"""A folder that is followed: one build for a burst, none for half a file, and a page that takes up the new index."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from doubles import WordEmbedder
from watchdog.events import (
    FileClosedEvent,
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileOpenedEvent,
)

from rag.assistant import Assistant, index_documents
from rag.config import Config
from rag.errors import IndexMissing
from rag.indexing import build_index, watch
from rag.store import Store

EMBEDDER = WordEmbedder()
QUIET = 0.5  # seconds
SOON = 20.0  # seconds that a test waits at most


def eventually(true, seconds=SOON):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


class Following:
    """``watch`` in a thread, counting builds."""

    def __init__(self, docs, index, outcomes=()):
        self.builds = 0
        self.stop = threading.Event()
        self._outcomes = list(outcomes)
        self._thread = threading.Thread(target=watch.watch, args=([docs], index, self._build, self.stop, QUIET))
        self._docs, self._index = docs, index

    def _build(self):
        build_index([self._docs], self._index, EMBEDDER)
        self.builds += 1
        return self._outcomes.pop(0) if self._outcomes else True

    def __enter__(self):
        self._thread.start()
        assert eventually(lambda: self.builds == 1)
        return self

    def __exit__(self, *_):
        self.stop.set()
        self._thread.join(SOON)
        assert not self._thread.is_alive()

    def rests(self, builds):
        """Whether there have been so many builds, and no more follow."""
        return eventually(lambda: self.builds == builds) and not eventually(lambda: self.builds > builds, 3 * QUIET)


@pytest.fixture
def docs(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "haven.txt").write_text("De haven krijgt een nieuwe kade.\n")
    return tmp_path / "docs"


def paths(index):
    return [info.path for info in Store.open(index, EMBEDDER.fingerprint).documents()]


def test_a_burst_gives_one_build(docs, tmp_path):
    with Following(docs, tmp_path / "index") as following:
        (docs / "map").mkdir()
        for number in range(60):
            (docs / "map" / f"{number}.txt").write_text(f"Stuk {number} gaat over de wijk.\n")
        (docs / "haven.txt").unlink()
        assert following.rests(2)
        assert len(paths(tmp_path / "index")) == 60


def test_half_a_file_is_waited_for(docs, tmp_path):
    with Following(docs, tmp_path / "index") as following:
        with (docs / "lang.txt").open("w") as half:
            half.write("Het eerste deel van een zin ")
            half.flush()
            assert following.rests(1)
            half.write("en het laatste deel.\n")
        assert following.rests(2)
    assert "laatste deel" in Store.open(tmp_path / "index", EMBEDDER.fingerprint).text("lang.txt")


def test_the_index_in_the_folder_and_hidden_files_count_for_nothing(docs):
    with Following(docs, docs / "index") as following:
        (docs / ".verborgen.txt").write_text("Niets.\n")
        (docs / ".git").mkdir()
        (docs / ".git" / "a.txt").write_text("Niets.\n")
        assert following.rests(1)
        (docs / "bos.txt").write_text("Het bos blijft.\n")
        assert following.rests(2)


def test_folders_made_in_folders_just_made_are_followed(docs, tmp_path):
    with Following(docs, tmp_path / "index") as following:
        for number in range(100):  # watchdog meets some of them twice, and may not fall over that
            (docs / f"jaar {number}" / "maand" / "dag").mkdir(parents=True)
        assert eventually(lambda: following.builds > 1)
        assert eventually(lambda: following.rests(following.builds))
        built = following.builds
        (docs / "jaar 99" / "maand" / "dag" / "bos.txt").write_text("Het bos blijft.\n")
        assert following.rests(built + 1)


def test_a_build_that_failed_is_tried_again(docs, tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "RETRY", 0.1)
    with Following(docs, tmp_path / "index", [False, False, True]) as following:
        assert following.rests(3)


def test_where_changes_are_not_reported_it_looks_for_itself(docs, tmp_path, monkeypatch):
    class Full(watch.Observer):
        def start(self):
            raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watch, "Observer", Full)
    monkeypatch.setattr(watch, "LOOKED", 0.1)
    with Following(docs, tmp_path / "index") as following:
        (docs / "bos.txt").write_text("Het bos blijft.\n")
        assert following.rests(2)


def settled(*events, quiet=0.0):
    changes = watch.Changes([Path("/docs")], Path("/docs/index"))
    for event in events:
        changes.on_any_event(event)
    return changes.settled(quiet)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], False),
        ([FileOpenedEvent("/docs/a"), FileClosedNoWriteEvent("/docs/a")], False),
        ([FileCreatedEvent("/docs/a")], True),  # moved in from elsewhere, whole
        ([FileCreatedEvent("/docs/a"), FileOpenedEvent("/docs/a")], False),
        ([FileOpenedEvent("/docs/a"), FileModifiedEvent("/docs/a")], False),
        ([FileOpenedEvent("/docs/a"), FileModifiedEvent("/docs/a"), FileClosedEvent("/docs/a")], True),
        ([FileModifiedEvent("/docs/a")], True),  # its date was set
        ([FileModifiedEvent("/docs/index/a")], False),
        ([FileModifiedEvent("/docs/.a/b")], False),
        ([FileModifiedEvent("/elders/b")], False),
    ],
)
def test_when_it_is_time(events, expected):
    assert settled(*events) is expected


def test_a_file_that_stays_open_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(watch, "PATIENCE", -1.0)
    assert settled(FileOpenedEvent("/docs/a"), FileModifiedEvent("/docs/a"))


def test_an_opened_assistant_takes_up_the_new_index(docs, tmp_path):
    config = Config(index=str(tmp_path / "index"))
    index_documents([docs], config)
    assistant = Assistant.open(config=config)
    assert [info.path for info in assistant.documents()] == ["haven.txt"]
    (docs / "bos.txt").write_text("Het bos krijgt vijftig nieuwe eiken.\n")
    (docs / "haven.txt").unlink()
    index_documents([docs], config)
    assert [hit.document.path for hit in assistant.search("Hoeveel eiken krijgt het bos?")] == ["bos.txt"]
    assert "eiken" in assistant.document("bos.txt").text
    (tmp_path / "index" / "current").unlink()
    with pytest.raises(IndexMissing):
        assistant.search("Hoeveel eiken krijgt het bos?")


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
def test_the_command_follows_and_stops_on_ctrl_c(docs, tmp_path):
    started = (  # tests that run in the background have ctrl-C ignored, and so have their children
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from rag.cli import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", started, "index", str(docs), "--index", str(tmp_path / "index"), "--watch"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        try:
            first = process.stdout.readline()
            (docs / "bos.txt").write_text("Het bos krijgt vijftig nieuwe eiken.\n")
            second = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            rest, problems = process.communicate(timeout=SOON)
        finally:
            process.kill()
    assert "1 nieuw" in first
    assert "1 nieuw" in second and "1 ongewijzigd" in second
    assert (process.returncode, problems) == (0, "")
    assert rest.startswith("Gestopt met volgen.")
