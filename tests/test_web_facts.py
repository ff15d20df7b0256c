"""What the page and the register say of this Raadwijzer is what it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.web.about import about_html
from rag.web.backend import Backend
from rag.web.facts import facts_of
from rag.web.register import register


@pytest.mark.parametrize(
    ("settings", "model"),
    [
        ({}, ""),
        ({"answerer": "llm"}, "lezer.gguf"),  # the reader that comes with the project
        ({"llm": "groot.gguf"}, "groot.gguf"),
        ({"llm": "groot.gguf", "answerer": "extractive"}, ""),
    ],
)
def test_the_register_names_the_language_model_that_answers(tmp_path: Path, monkeypatch, settings, model):
    monkeypatch.setattr("rag.config.own_reader", lambda: tmp_path / "lezer.gguf")
    config = Config(index=str(tmp_path), **settings)
    backend = Backend(opener=lambda: Assistant.open(config=config), config=config)  # there is no index: it is told
    facts = facts_of(backend, tmp_path / "oordelen")
    assert facts.language_model == model
    assert [card.name for card in facts.models if card.purpose.startswith("Taalmodel")] == [model] * bool(model)
    assert ("Er is geen taalmodel" in str(register(facts))) == (not model)


@pytest.mark.parametrize(
    ("mode", "said", "never"),
    [
        ("kiezen", "kiest zinnen uit de documenten, die letterlijk worden overgenomen.", "elke zin wordt daarna"),
        ("schrijven", "schrijft het antwoord; elke zin wordt daarna gecontroleerd", "letterlijk worden overgenomen"),
        (
            "auto",
            "kiest zinnen uit de documenten, die letterlijk worden overgenomen, of schrijft",
            "Er is geen taalmodel",
        ),
    ],
)
def test_what_the_language_model_does_is_told_by_its_mode(tmp_path: Path, mode, said, never):
    config = Config(index=str(tmp_path), llm="groot.gguf", llm_mode=mode)
    backend = Backend(opener=lambda: Assistant.open(config=config), config=config)
    facts = facts_of(backend, tmp_path / "oordelen")
    for text in (register(facts), str(about_html(facts))):
        assert f"Het taalmodel groot.gguf {said}" in text
        assert never not in text
