"""The set-up of the language model library is never in the way when it cannot be built."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "tools" / "install_llm.py"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment without the library, and without pip to get it."""
    folder = tmp_path_factory.mktemp("kaal")
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def run(python: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), str(PROGRAM), *options]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_without_a_compiler_the_fix_is_named_and_the_set_up_goes_on(bare):
    done = run(bare, PATH="")
    assert done.returncode == 0
    assert "sudo apt install build-essential" in done.stderr
    assert "Raadwijzer werkt ook zonder" in done.stderr
    assert run(bare, "--strict", PATH="").returncode == 1


def test_a_build_that_fails_is_said_and_the_set_up_goes_on(bare):
    done = run(bare, PATH="", CXX="/bin/false")
    assert done.returncode == 0
    assert "het bouwen is mislukt" in done.stderr
    log = bare.parent.parent / "llama-cpp-python.log"
    assert str(log) in done.stderr
    assert "No module named pip" in log.read_text(encoding="utf-8")


def test_it_can_be_left_out_on_purpose(bare):
    done = run(bare, RAADWIJZER_ZONDER_LLM="1")
    assert done.returncode == 0
    assert "RAADWIJZER_ZONDER_LLM" in done.stderr


def test_what_is_left_out_of_the_build_stands_in_a_file_that_cmake_reads():
    assert "set(LLAMA_BUILD_COMMON OFF)" in (ROOT / "tools" / "llama_trim.cmake").read_text(encoding="utf-8")


def test_the_build_that_is_here_has_no_matrix_units():
    llama_cpp = pytest.importorskip("llama_cpp")
    assert b"AMX_INT8 = 1" not in llama_cpp.llama_print_system_info()
