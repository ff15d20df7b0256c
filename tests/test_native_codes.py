"""Codes read by the native kernel, and searching them beside other work: the same as FAISS and as one after another."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faiss
import numpy as np
import pytest

from rag import native, vectors
from rag.assistant import Assistant
from rag.native import library, searching
from rag.retrieval import Retriever
from rag.vectors import VectorIndex, quantize, write_vectors

ROWS, DIM = 3_040, 48
ONE_CORE = len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)) < 2


@pytest.fixture(autouse=True)
def with_codes(monkeypatch):
    """Few rows are enough to have codes."""
    monkeypatch.setattr(vectors, "EXACT", 1_000)


@pytest.fixture
def rows() -> np.ndarray:
    """Each is there twice."""
    found = np.random.default_rng(0).standard_normal((ROWS, DIM)).astype(np.float32)
    found[ROWS // 2 :] = found[: ROWS // 2]
    return found


@pytest.fixture
def index(rows, tmp_path) -> VectorIndex:
    write_vectors(tmp_path, np.arange(ROWS), *quantize(rows))
    found = VectorIndex(tmp_path)
    if found._codes is None:
        pytest.skip("this processor cannot read codes, or there is no kernel")
    return found


def as_pairs(found) -> list[tuple[int, float]]:
    units, scores = found
    return list(zip(units.tolist(), scores.tolist(), strict=True))


@pytest.mark.parametrize(("count", "dim"), [(1_001, 16), (3_040, 48)])
def test_codes_give_the_rows_that_faiss_finds(count, dim, tmp_path):
    """With the same scores: of rows that are equally near FAISS may find others."""
    rows = np.random.default_rng(count).standard_normal((count, dim)).astype(np.float32)
    rows[count // 2 :] = rows[: count - count // 2]  # each twice
    write_vectors(tmp_path, np.arange(count), *quantize(rows))
    index = VectorIndex(tmp_path)
    if index._codes is None:
        pytest.skip("this processor cannot read codes, or there is no kernel")
    for question in (*rows[:20], *rows[-20:] / 30, np.zeros(dim, np.float32)):
        every, at = index.coarse.search(question[None], count)
        every, at = every[at >= 0].tolist(), at[at >= 0].tolist()  # of a question of zeros none
        score_of = dict(zip(at, every, strict=True))
        for wanted in (1, 2, 31, 400, count, 2 * count):
            found = index._codes.best(question, wanted).tolist()
            assert found == sorted(set(found))
            assert sorted(map(score_of.__getitem__, found), reverse=True) == every[:wanted]
    with pytest.raises(ValueError, match="cannot be compared"):
        index._codes.best(rows[0, :-1], 5)
    ours = [index.search(question, 20) for question in rows[:20]]
    library.switch(off=True)
    try:
        assert ours == [index.search(question, 20) for question in rows[:20]]
    finally:
        library.switch(off=False)


def test_codes_that_lie_otherwise_are_left_to_faiss(index, monkeypatch):
    centroids = faiss.vector_to_array(index.coarse.pq.centroids)
    assert native.Codes.of(index.coarse, centroids) is not None
    assert native.Codes.of(index.coarse, np.ascontiguousarray(centroids[::-1])) is None
    monkeypatch.setattr(native.searching, "IN_BLOCK", native.searching.IN_BLOCK[::-1])
    assert native.Codes.of(index.coarse, centroids) is None


def test_codes_that_were_handed_over_are_searched_no_more(rows, tmp_path):
    write_vectors(tmp_path, np.arange(ROWS), *quantize(rows))
    index = VectorIndex(tmp_path)
    before = index.search(rows[7], 5)
    codes = index.hand_over_codes()
    codes.add(rows)
    assert (index.coarse, index._codes) == (None, None)
    assert index.search(rows[7], 5)[0] == before[0]


# --- beside what the caller does


def test_a_search_that_was_begun_gives_what_it_would_have_given(index, rows):
    for question in rows[:50]:
        for k in (1, 20, 150):
            assert as_pairs(index.begin(question, k)()) == index.search(question, k)


def test_many_searches_at_once_give_what_each_gives_alone(index, rows):
    alone = [index.search(question, 20) for question in rows[:200]]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda question: as_pairs(index.begin(question, 20)()), rows[:200])) == alone


def test_searches_that_nobody_ends_leave_nothing_that_reads(index, rows):
    begun = [index.begin(question, 20) for question in rows[:20]]
    assert as_pairs(begun[7]()) == index.search(rows[7], 20)
    del begun
    while searching._UNDER_WAY:
        searching._forget_what_is_done()
    assert as_pairs(index.begin(rows[3], 20)()) == index.search(rows[3], 20)


@pytest.mark.skipif(ONE_CORE, reason="there is one core")
def test_a_search_whose_thread_gets_no_time_is_done_by_who_wants_it(index, rows, monkeypatch):
    monkeypatch.setattr(searching, "READ", 1 << 40)  # no patience at all
    left = 0
    for wait in range(5_000):
        question = rows[wait % 50]
        found = index.begin(question, 20)
        time.sleep(1e-6 * (wait % 100))  # the other thread begins meanwhile
        assert as_pairs(found()) == index.search(question, 20)
        left += len(searching._UNDER_WAY)
        if left > 5:
            break
    assert left
    searching._wait()
    assert not searching._UNDER_WAY


def test_a_question_that_does_not_fit_is_refused_or_left_to_numpy(index, rows):
    with pytest.raises(ValueError, match="cannot be compared"):
        index.begin(rows[0, :-1], 5)
    large = 3 * rows[0] / np.abs(rows[0]).max()  # too large for whole numbers of 16 bits
    assert as_pairs(index.begin(large, 5)()) == index.search(large, 5)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_that_was_forked_searches_as_well(index, rows, tmp_path):
    program = f"""
        import os, sys, numpy
        from pathlib import Path
        from rag import vectors
        vectors.EXACT = 1_000
        index = vectors.VectorIndex(Path({str(tmp_path)!r}))
        rows = numpy.load({str(tmp_path / "rows.npy")!r})
        found = [index.begin(row, 5)()[0].tolist() for row in rows]
        child = os.fork()
        if not child:
            same = found == [index.begin(row, 5)()[0].tolist() for row in rows]
            os._exit(0 if same else 3)
        assert found == [index.begin(row, 5)()[0].tolist() for row in rows]
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    np.save(tmp_path / "rows.npy", rows[:50])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_meaning_sought_on_a_thread_of_python_finds_the_same(assistant: Assistant, monkeypatch):
    """As in a large index where the kernel cannot read codes."""
    opened = assistant._latest()
    questions = ["Hoeveel meldingen waren er in 2020?", "Wat doet de politie?", "CKM", "xyz"]
    expected = [opened.retriever.search(question) for question in questions]
    monkeypatch.setattr(vectors, "MANY", -1)
    begun = opened.store.vectors.begin(np.ones(opened.store.vectors.dim, np.float32), 5)
    assert getattr(begun, "__name__", "") == "result"
    beside = Retriever(opened.store, assistant._encoder, assistant._ranker, assistant.config)
    assert [beside.search(question) for question in questions] == expected
