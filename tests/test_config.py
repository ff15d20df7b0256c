"""Settings: defaults that work, a file that changes them, and mistakes that are named."""

from __future__ import annotations

import pytest

from rag.config import Config, load_config
from rag.errors import UsageError


def write(tmp_path, text):
    file = tmp_path / "raadwijzer.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAADWIJZER_CONFIG", raising=False)
    assert load_config() == Config()


def test_a_file_changes_settings_and_an_argument_wins(tmp_path):
    file = write(tmp_path, 'index = "elders"\nfusion_weight = 1\n')
    assert load_config(file).index == "elders"
    assert load_config(file).fusion_weight == 1.0
    assert load_config(file, index="hier").index == "hier"
    assert load_config(file, index=None).index == "elders"


def test_a_file_as_windows_saves_it(tmp_path):
    file = tmp_path / "raadwijzer.toml"
    file.write_text('index = "elders"\n', encoding="utf-8-sig")
    assert load_config(file).index == "elders"


@pytest.mark.parametrize(
    ("settings", "answers"),
    [
        ({}, False),
        ({"llm": "model.gguf"}, True),
        ({"llm": "model.gguf", "answerer": "extractive"}, False),
        ({"answerer": "llm"}, True),
    ],
)
def test_whether_a_language_model_answers(settings, answers):
    assert Config(**settings).llm_answers is answers


def test_the_environment_names_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("RAADWIJZER_CONFIG", str(write(tmp_path, 'llm = "model.gguf"')))
    assert load_config().llm == "model.gguf"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("indx = 'x'", "'indx' bestaat niet"),
        ("index = 3", "'index' moet van het type str zijn"),
        ("fusion_weight = true", "'fusion_weight' moet van het type float"),
        ("index = ", "geen geldige TOML"),
        (f"llm_context = {'9' * 5000}", "geen geldige TOML"),
        (f"fusion_weight = {'9' * 400}", "'fusion_weight' moet van het type float"),
    ],
)
def test_mistakes_are_named(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        load_config(write(tmp_path, text))


def test_a_file_that_is_asked_for_must_be_there(tmp_path):
    with pytest.raises(UsageError, match="bestaat niet"):
        load_config(tmp_path / "weg.toml")
