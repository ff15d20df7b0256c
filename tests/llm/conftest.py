"""The tiny language model, made once. Without llama.cpp the tests that run it are left out, and the header says so."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from tiny_gguf import write_tiny_gguf

HAS_LLAMA = find_spec("llama_cpp") is not None
collect_ignore = [] if HAS_LLAMA else ["test_llama.py", "test_assistant_llm.py"]


def pytest_report_header() -> str:
    return "" if HAS_LLAMA else "llama-cpp-python is not installed: the tests that run a model are left out"


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real GGUF file of half a megabyte with random weights; read it, do not write to it."""
    return write_tiny_gguf(tmp_path_factory.mktemp("model") / "proefmodel.gguf")
