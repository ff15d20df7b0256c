"""The whole product with a language model: the seeds, the real search, the real llama.cpp, a model of random words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.extractive import ExtractiveAnswerer
from rag.answering.llama import LlamaModel
from rag.answering.llm import FALLBACK, open_answerer
from rag.answering.prompts import MAX_PROMPT_TOKENS, build_prompt
from rag.answering.verbatim import VerbatimAnswerer
from rag.assistant import Assistant
from rag.config import Config
from rag.errors import Cancelled, ModelMissing, UsageError
from rag.types import Answer, Found

pytestmark = pytest.mark.llama
QUESTION = "Hoeveel slachtoffers van criminele uitbuiting waren er in de afgelopen twee jaar?"
QUESTIONS = [QUESTION, "Wie stelde de vragen?", "Wat doet de gemeente voor scholen?", "Is er een meldpunt?"]


@pytest.fixture(scope="module", params=["schrijven", "kiezen"])
def assistant(request: pytest.FixtureRequest, seed_index: Path, tiny_gguf: Path) -> Assistant:
    settings = {"llm": str(tiny_gguf), "llm_threads": 1, "llm_mode": request.param, "answerer": "llm"}
    return Assistant.open(config=Config(index=str(seed_index), **settings))


@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_the_model_writes_only_proven_quotes_are_shown(assistant, question):
    answer = assistant.ask(question)
    assert answer.answerer in (FALLBACK, "llm")
    assert answer.model == "proefmodel"
    for citation in answer.citations:
        assert assistant.document(citation.document).text[citation.start : citation.end] == citation.quote
    assert replace(assistant.ask(question), timings_ms={}) == replace(answer, timings_ms={})


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_prompt_over_the_seeds_keeps_its_budget(assistant, tiny_gguf, question):
    model = LlamaModel(Config(llm=str(tiny_gguf), llm_threads=1))
    found = next(event for event in assistant.stream(question, answerer="extractive") if isinstance(event, Found))
    prompt = build_prompt(found.evidence, model.count_tokens)
    assert sum(map(len, model.prompt_tokens(prompt.instructions, prompt.material))) <= MAX_PROMPT_TOKENS


def test_stopping(assistant):
    events = assistant.stream(QUESTION, stop=lambda: True)
    assert isinstance(next(events), Found)
    with pytest.raises(Cancelled):
        list(events)
    assert isinstance(assistant.ask(QUESTION), Answer)


def test_small_models_choose_and_an_unknown_mode_is_named(tiny_gguf):
    config = Config(llm=str(tiny_gguf), llm_threads=1)
    assert isinstance(open_answerer(config, ExtractiveAnswerer().answer), VerbatimAnswerer)
    with pytest.raises(UsageError, match="Kies uit: auto, schrijven, kiezen"):
        open_answerer(replace(config, llm_mode="zingen"), ExtractiveAnswerer().answer)


def test_a_model_that_is_gone_is_an_error_with_its_fix(seed_index, tmp_path):
    gone = Assistant.open(config=Config(index=str(seed_index), llm=str(tmp_path / "weg.gguf")))
    with pytest.raises(ModelMissing, match="raadwijzer models pull"):
        gone.ask(QUESTION)
    assert gone.ask(QUESTION, answerer="extractive").answered


def test_from_the_command_line(seed_index, tiny_gguf, tmp_path):
    (tmp_path / "raadwijzer.toml").write_text(f'llm = "{tiny_gguf.as_posix()}"\nllm_threads = 1\n', encoding="utf-8")
    command = [sys.executable, "-m", "rag", "ask", QUESTION, "--index", str(seed_index), "--answerer", "llm", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["model"] == "proefmodel"
    assert answer["answerer"] in (FALLBACK, "llm")
