"""The native kernel: built from its source alone, never of another version, and equal to the numpy code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.cli import main
from rag.config import Config
from rag.doctor import examine
from rag.native import available, build, library
from rag.trees import load_forest

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"

needs_compiler = pytest.mark.skipif(
    not (os.environ.get("CC") or any(map(shutil.which, build.COMPILERS))), reason="there is no C compiler"
)


@pytest.fixture(scope="module", autouse=True)
def kernel() -> None:
    """The kernel of the source as it is now."""
    if library.status().state != "gebouwd" and any(map(shutil.which, build.COMPILERS)):
        build.build()
        library._loaded.cache_clear()


@pytest.fixture
def numpy_only(monkeypatch):
    """Switches the kernel off and on."""

    def switch(off: bool) -> None:
        monkeypatch.setenv(library.OFF, "0" if off else "1")
        assert available() is not off

    return switch


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


def test_the_doctor_says_whether_it_is_there_and_how_to_get_it(numpy_only, seed_index, capsys):
    numpy_only(True)
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
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "model").write_text("model")
    pip = [*("pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "made", ".")]
    done = subprocess.run([sys.executable, "-m", *pip], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "made").iterdir()
    assert "none-any" not in wheel.name
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(wheel)], capture_output=True, text=True, check=True
    )
    assert f"rag/native/{build.LIBRARY.name}" in listed.stdout


# --- equal to numpy


@needs_compiler
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_trees_give_the_same_to_the_bit(data):
    forest = load_forest(MODELS / data.draw(st.sampled_from(("ranker/ranking.txt", "evidence/sentences.txt"))))
    count = data.draw(st.sampled_from((0, 1, 40, 63, 64, 65, 130)))
    rows = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(count, len(forest.names)))
    rows[rows < data.draw(st.floats(-1, 1))] = data.draw(st.sampled_from((0.0, -0.0, 1.0, np.inf, -np.inf)))
    values = rows.astype(np.float32)
    expected = [forest._sums(values[begin : begin + 64]) for begin in range(0, count, 64)]
    assert np.array_equal(forest.predict(values), np.concatenate([np.zeros(0), *expected]))
