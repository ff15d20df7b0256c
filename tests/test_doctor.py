"""What the doctor sees: everything that is needed, and what is missing with its remedy."""

from __future__ import annotations

from ctypes import CDLL

from rag.cli import main
from rag.config import Config
from rag.doctor import Finding, examine
from rag.native import library


def test_with_an_index_it_can_answer(seed_index, capsys):
    assert main(["doctor", "--index", str(seed_index)]) == 0
    out = capsys.readouterr().out
    assert "5 documenten" in out
    assert "Raadwijzer kan antwoorden." in out


def test_without_an_index_it_cannot_and_names_the_command(tmp_path, capsys):
    assert main(["doctor", "--index", str(tmp_path / "niets")]) == 1
    out = capsys.readouterr().out
    assert "raadwijzer index" in out
    assert "kan nog niet antwoorden" in out


def test_a_missing_embedder_is_named(seed_index, tmp_path):
    examination = examine(Config(index=str(seed_index), embedder=str(tmp_path / "weg")))
    assert not examination.can_answer
    assert [f.what for f in examination.findings if f.needed and not f.fine] == ["Embedder", f"Index {seed_index}"]


def test_a_language_model_is_optional_until_it_is_asked_for(seed_index, tmp_path):
    assert examine(Config(index=str(seed_index))).can_answer
    missing = str(tmp_path / "weg.gguf")
    assert not examine(Config(index=str(seed_index), llm=missing)).can_answer
    assert examine(Config(index=str(seed_index), llm=missing, answerer="extractive")).can_answer
    assert not examine(Config(index=str(seed_index), answerer="llm")).can_answer


def test_a_missing_kernel_is_named_with_its_remedy_and_one_that_is_there_without(seed_index, monkeypatch):
    def found() -> Finding:
        return next(f for f in examine(Config(index=str(seed_index))).findings if f.what == "Rekenkern")

    monkeypatch.setattr(library, "status", lambda: library.SWITCHED_OFF)
    assert not found().fine and "C-compiler" in found().advice
    monkeypatch.setattr(library, "status", lambda: library.Loaded(CDLL(None), "gebouwd"))
    assert found().fine and not found().advice
    assert examine(Config(index=str(seed_index))).can_answer
