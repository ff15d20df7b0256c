"""What the doctor sees: everything that is needed, and what is missing with its remedy."""

from __future__ import annotations

from rag.cli import main
from rag.config import Config
from rag.doctor import examine


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
    assert not examine(Config(index=str(seed_index), llm=str(tmp_path / "weg.gguf"))).can_answer
