"""The native kernel: built from its source alone, never of another version, and equal to the numpy code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import native, vectors
from rag.cli import main
from rag.config import Config
from rag.doctor import examine
from rag.embeddings import question_row
from rag.features import asked
from rag.native import available, build, columns_of_match, library
from rag.ranking import NAMES, RANKED, RELATIVE, Ranker, features_of
from rag.store import matching as module
from rag.store.matching import StoredMatching
from rag.trees import load_forest
from rag.types import Filters
from rag.vectors import VectorIndex, quantize, write_vectors

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
DEV = [
    row["q"]
    for row in map(json.loads, (ROOT / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    if row.get("split") == "dev" and "q" in row
]
ODD = ["", "?", "2020", "de het een", "zuid-holland 2020 2021 RIS305595", "woord " * 500, "ä" * 100, "Hoeveel " * 3]

needs_compiler = pytest.mark.skipif(
    not (os.environ.get("CC") or any(map(shutil.which, build.COMPILERS))), reason="there is no C compiler"
)


@pytest.fixture(scope="module", autouse=True)
def kernel() -> None:
    """The kernel of the source as it is now."""
    if library.status().state != "gebouwd" and any(map(shutil.which, build.COMPILERS)):
        build.build()
        library._loaded.cache_clear()


@pytest.fixture(autouse=True)
def switched_on():
    """As it was, after every test."""
    yield
    library.switch(off=False)


# --- building and loading


@needs_compiler
def test_the_source_compiles_without_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "FLAGS", (*build.FLAGS, "-Werror", "-Wpedantic"))
    assert build.build(tmp_path / "kernel.so").is_file()
    assert [file.name for file in tmp_path.iterdir()] == ["kernel.so"]


def test_without_a_compiler_the_reason_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(build.NotBuilt, match="er is geen C-compiler"):
        build.build(tmp_path / "kernel.so")
    assert build.main() == 1
    assert "Raadwijzer werkt ook zonder" in capsys.readouterr().err


def test_a_compiler_that_fails_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("CC", "false")
    with pytest.raises(build.NotBuilt, match="de C-compiler meldt"):
        build.build(tmp_path / "kernel.so")
    monkeypatch.setenv("CC", str(tmp_path / "none"))
    with pytest.raises(build.NotBuilt, match="niet te gebruiken"):
        build.build(tmp_path / "kernel.so")
    assert not list(tmp_path.iterdir())


@needs_compiler
def test_a_library_of_other_source_is_not_used(monkeypatch, tmp_path):
    old = build.build(tmp_path / "kernel.so")
    monkeypatch.setattr(build, "LIBRARY", old)
    assert library._loaded.__wrapped__().state == "gebouwd"
    monkeypatch.setattr(build, "version", lambda: "of something newer")
    assert library._loaded.__wrapped__() == (None, "van een andere versie van het programma")


def test_what_is_no_library_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "LIBRARY", tmp_path / "kernel.so")
    assert library._loaded.__wrapped__() == (None, "niet gebouwd")
    (tmp_path / "kernel.so").write_bytes(b"no library")
    assert library._loaded.__wrapped__().state.startswith("niet te laden: ")


def test_the_doctor_says_whether_it_is_there_and_how_to_get_it(seed_index, capsys):
    library.switch(off=True)
    assert examine(Config(index=str(seed_index))).can_answer
    assert main(["doctor", "--index", str(seed_index)]) == 0
    out = capsys.readouterr().out
    assert "uitgezet met RAADWIJZER_NATIVE=0" in out
    assert "python -m rag.native" in out


@needs_compiler
def test_the_installation_compiles_it(tmp_path):
    """In a tree without a library, as a wheel that is for this kind of machine only."""
    for name in ("rag/__init__.py", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "rag" / "native", tmp_path / "rag" / "native", ignore=shutil.ignore_patterns("_kernel*"))
    ours = sorted(folder.name for folder in (ROOT / "models").iterdir() if folder.is_dir() and folder.name != "llm")
    for folder in {*ours, "reader", "llm"}:
        (tmp_path / "models" / folder).mkdir(parents=True)
        (tmp_path / "models" / folder / f"{folder}.bin").write_text("model")
    pip = [*("pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "made", ".")]
    done = subprocess.run([sys.executable, "-m", *pip], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "made").iterdir()
    assert "none-any" not in wheel.name
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(wheel)], capture_output=True, text=True, check=True
    )
    assert f"rag/native/{build.LIBRARY.name}" in listed.stdout
    for folder in (*ours, "reader"):
        assert f"rag/_models/{folder}/{folder}.bin" in listed.stdout
    assert "llm.bin" not in listed.stdout  # what was fetched stays here


# --- equal to numpy


@needs_compiler
@settings(max_examples=40)
@given(data=st.data())
def test_trees_give_the_same_to_the_bit(data):
    forest = load_forest(MODELS / data.draw(st.sampled_from(("ranker/ranking.txt", "evidence/sentences.txt"))))
    count = data.draw(st.sampled_from((0, 1, 40, 63, 64, 65, 130)))
    rows = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(count, len(forest.names)))
    rows[rows < data.draw(st.floats(-1, 1))] = data.draw(st.sampled_from((0.0, -0.0, 1.0, np.inf, -np.inf)))
    values = rows.astype(np.float32)
    expected = [forest._sums(values[begin : begin + 64]) for begin in range(0, count, 64)]
    assert np.array_equal(forest.predict(values), np.concatenate([np.zeros(0), *expected]))


@needs_compiler
@pytest.mark.parametrize("leaves", [2, 3, 5])
def test_small_trees_whose_leaves_are_all_reached_give_the_same(leaves, tmp_path):
    """There are more leaves than nodes then, and some row ends in each."""
    import lightgbm

    rows = np.random.default_rng(leaves).normal(size=(64, 4)).astype(np.float32)
    settings_ = {"num_leaves": leaves, "min_child_samples": 1, "verbose": -1, "seed": 1, "deterministic": True}
    booster = lightgbm.train(settings_, lightgbm.Dataset(rows, rows @ [1, 2, 3, 4]), 40)
    (file := tmp_path / "trees.txt").write_text(booster.model_to_string(), encoding="utf-8")
    forest = load_forest(file)
    assert forest.flat.known.leaves > forest.flat.known.nodes
    for count in (64, 40, 9, 1):
        assert np.array_equal(forest.predict(rows[:count]), forest._sums(rows[:count]))
        assert np.allclose(forest.predict(rows[:count]), booster.predict(rows[:count], raw_score=True), atol=1e-6)


def both(function):
    """What a function gives with the kernel and without."""
    found = []
    for off in (False, True):
        library.switch(off)
        assert available() is not off
        found.append(function())
    return found


@needs_compiler
def test_the_columns_have_the_places_of_their_names():
    assert columns_of_match() == NAMES.index("asks_" + NAMES[columns_of_match()].removeprefix("asks_"))
    assert NAMES[columns_of_match() - 1] == "place_of_best"
    assert len(NAMES) - len(RELATIVE) - len(RANKED) - columns_of_match() == len([n for n in NAMES if "asks" in n]) + 3


@needs_compiler
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_texts_matches_and_columns_are_the_same(data, assistant):
    """For passages of the seeds in any order and number, and questions of every kind."""
    store = assistant._latest().store
    question = asked(data.draw(st.sampled_from(DEV + ODD)), assistant._encoder)
    numbers = store.at(np.arange(len(store.vectors.units)))[1]
    chosen = np.array(data.draw(st.lists(st.sampled_from(numbers.tolist()), min_size=1, max_size=70)))
    scores = np.random.default_rng(len(chosen)).choice([0.0, 0.25, 0.5, 3.0], (3, len(chosen))).astype(np.float32)
    ours, theirs = both(lambda: store.matching.texts(chosen))
    for name in ("ids", "starts", "norms", "offers", "bounds"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name

    matcher = assistant._ranker._analyzer.matcher
    ours, theirs = both(lambda: matcher.match(question, ours, store.matching.vocabulary))
    for name in ("hard", "soft", "cosine", "pairs", "frequency"):
        assert np.allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=1e-5), name

    ours, theirs = both(lambda: features_of(question, theirs, tuple(scores)))
    for column, name in enumerate(NAMES):
        if not name.endswith("_rank"):  # of what differs in the last bit another may come first
            assert np.allclose(ours[:, column], theirs[:, column], rtol=1e-5, atol=1e-5), name
    for rank in ("lexical_rank", "dense_rank", "fused_rank"):
        assert np.array_equal(ours[:, NAMES.index(rank)], theirs[:, NAMES.index(rank)]), rank


@needs_compiler
def test_rows_of_whole_numbers_match_as_those_of_floats(assistant):
    store, encoder = assistant._latest().store, assistant._encoder
    texts = store.matching.texts(store.at(np.arange(0, len(store.vectors.units), 3))[1])
    floats = native.Table.of(encoder.table, np.ones(len(encoder.table), np.float32))
    for question in (*DEV[:20], *ODD):
        flat = asked(question, encoder).flat
        for one, other in zip(
            *(native.match(flat, texts, store.matching.vocabulary, table) for table in (encoder.flat, floats)),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)


@needs_compiler
@pytest.mark.parametrize("filters", [None, Filters(date_from="2020-01-01")])
def test_the_dev_questions_find_the_same_in_the_same_order(assistant, filters):
    """Where meaning is as good as equal the last bit may rank one before the other, which tells a little in a score."""
    assert len(DEV) > 100
    different = 0
    for question in DEV:
        ours, theirs = both(lambda question=question: assistant.search(question, k=20, filters=filters))
        assert [hit.passage.passage_id for hit in ours] == [hit.passage.passage_id for hit in theirs], question
        apart = np.abs(np.subtract([hit.score for hit in ours], [hit.score for hit in theirs])).max(initial=0)
        assert apart < 0.02, question
        different += apart > 1e-6
    assert different <= 2


@needs_compiler
def test_the_dev_questions_get_the_same_answers(assistant):
    for question in DEV[::3]:
        ours, theirs = both(lambda question=question: assistant.ask(question))
        assert (ours.answered, ours.text) == (theirs.answered, theirs.text), question
        assert ours.confidence == pytest.approx(theirs.confidence, abs=0.01)


@needs_compiler
@pytest.mark.parametrize(("count", "files"), [(0, 1), (1, 1), (300, 1), (300, 3), (2500, 2)])
def test_nearest_rows_are_the_same_to_the_bit(count, files, tmp_path, monkeypatch):
    monkeypatch.setattr(vectors, "FEW", 100)
    rows = np.random.default_rng(count).standard_normal((count, 24)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[count // 2 :] = rows[: count - count // 2]  # each twice
    index = None
    for part in range(files):
        units = np.arange(count)[part::files] * 5 + 2
        before, folder = index, tmp_path / str(part)
        writer = vectors.VectorWriter(folder, before)
        writer.add(units, *quantize(rows[part::files]))
        writer.close(24)
        index = VectorIndex(folder)
    assert len(index.sizes) == files
    some = np.arange(0, 5 * count, 7)
    for question in (*rows[:3], np.zeros(24, np.float32), 3 * np.ones(24, np.float32)):
        for k in (1, 20, 200):
            ours, theirs = both(lambda q=question, k=k: index.search(q, k))
            assert ours == theirs
            ours, theirs = both(lambda q=question, k=k: index.search(q, k, some))
            assert ours == theirs
        ours, theirs = both(lambda q=question: index.scores(q, some))
        assert ours == theirs


@needs_compiler
def test_windows_are_the_same(assistant):
    store = assistant._latest().store
    dice = np.random.default_rng(0)
    for count in (0, 1, 5, 40, 400):
        units = dice.choice(np.append(store.vectors.units, 5 << 11), count)
        (ours, starts), (theirs, also) = both(lambda units=units: store.windows(units))
        assert np.array_equal(ours, theirs)
        assert np.array_equal(starts, also)


@needs_compiler
@pytest.mark.parametrize("filters", [None, Filters(date_from="2020-01-01"), Filters(documents=("geen",))])
def test_what_was_found_is_gathered_the_same(assistant, filters):
    retriever, store = assistant._latest().retriever, assistant._latest().store
    allowed = store.allowed(filters)
    for question in [*DEV[:40], *ODD]:
        terms, row = retriever._query_terms(question), question_row(assistant._encoder, question)
        words, meaning = store.lexical.best(terms, 100, allowed), store.vectors.best(row, 100, allowed)
        meaning = meaning[0][::2], meaning[1][::2]  # so that both lack something, in an index this small
        words = words[0][:9], words[1][:9]
        ours = retriever._best(*store.gathering.found(terms, row, (words, meaning), 0.4))
        retriever._weight, usual = 0.4, retriever._weight
        theirs = retriever._gathered(terms, row, words, meaning)
        retriever._weight = usual
        assert ours.passages == theirs.passages
        assert ours.numbers.tolist() == theirs.numbers.tolist()
        for one, other in zip(ours.scores, theirs.scores, strict=True):
            np.testing.assert_array_equal(one, other)


@needs_compiler
def test_a_row_that_the_kernel_cannot_take_is_left_to_numpy(assistant):
    store = assistant._latest().store
    nothing = np.zeros(0, np.int64), np.zeros(0)
    found = store.vectors.units[:3], np.ones(3)
    row = np.full(store.vectors.dim, 5, np.float32)
    assert store.gathering.found({"school": 1.0}, row, (nothing, found), 0.5) is None
    places, lexical, dense, fused = store.gathering.found({}, row / 500, (nothing, nothing), 0.5)
    assert not len(places) + len(lexical) + len(dense) + len(fused)
    with pytest.raises(ValueError, match="cannot be compared"):
        store.gathering.found({}, row[:3], (nothing, found), 0.5)
    unknown = np.array([5 << 11]), np.ones(1)
    assert len(store.gathering.found({}, row / 500, (unknown, found), 0.5)[0]) <= 3


@needs_compiler
def test_an_index_that_points_outside_itself_is_an_error(assistant, seed_index, tmp_path):
    """And not a read of whatever memory lies there."""
    matching = assistant._latest().store.matching
    ranker: Ranker = assistant._ranker
    question = asked(DEV[0], assistant._encoder)
    texts = matching.texts(matching._numbers[:3])
    texts.ids[0] = len(matching.vocabulary)
    with pytest.raises(IndexError, match="outside itself"):
        ranker._analyzer.matcher.match(question, texts, matching.vocabulary)
    for name, field in (("segments", "words"), ("passages", "word"), ("passages", "segment")):
        (folder := tmp_path / name / field).parent.mkdir(exist_ok=True)
        shutil.copytree(seed_index / "generations" / (seed_index / "current").read_text() / "matching", folder)
        damaged = np.memmap(folder / name, module.KINDS[name], "r+")
        damaged[field][2] += 60_000
        damaged.flush()
        with pytest.raises((IndexError, ValueError)):
            StoredMatching(folder).texts(matching._numbers[:3])
    write_vectors(tmp_path / "vectors", np.arange(3), *quantize(np.eye(3, dtype=np.float32)))
    np.save(tmp_path / "vectors" / "places.npy", np.array([0, 1, 3], np.int32))
    with pytest.raises(IndexError, match="outside itself"):
        VectorIndex(tmp_path / "vectors").scores(np.ones(3, np.float32), [2])
