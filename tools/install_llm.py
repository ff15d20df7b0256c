"""Builds llama-cpp-python, the library that runs language models; run by the Makefile after the rest is installed.

    python tools/install_llm.py [--upgrade] [--strict]

It comes as source, so it needs a C++ compiler and minutes. Raadwijzer works without it, so whatever goes wrong here is
said, with its fix, and the exit status stays 0 (1 with ``--strict``). A second run finds it installed and does nothing.

What is left out of the build, and why: the server, tools, tests, examples, llama.cpp's "common" library (see
``llama_trim.cmake``) and pictures (mtmd) are not used here; OpenMP, because PyTorch and FAISS bring their own, and
ggml's threads do as well. ``GGML_NATIVE`` stays on: it is built on the machine that runs it, and the processor's own
instructions make it several times faster. Only its matrix units (AMX) are left alone, for ggml crashes with them (see
``llama_trim.cmake``), and a build that uses them is built again. For an image that travels, set
``CMAKE_ARGS=-DGGML_NATIVE=OFF``; for a GPU ``CMAKE_ARGS=-DGGML_CUDA=ON``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

REQUIREMENT = "llama-cpp-python>=0.3.36,<0.4"
HERE = Path(__file__).resolve().parent
OFF = ["LLAVA_BUILD", "LLAMA_BUILD_TOOLS", "LLAMA_BUILD_SERVER", "LLAMA_BUILD_EXAMPLES", "LLAMA_BUILD_TESTS"]
OFF += ["LLAMA_BUILD_APP", "LLAMA_OPENSSL", "GGML_OPENMP", "GGML_BLAS", "GGML_CCACHE"]
COMPILERS = ("c++", "g++", "clang++")  # on Windows CMake looks for them itself, outside PATH
WORKS = "import llama_cpp as l; l.llama_backend_init(); assert b'AMX_INT8 = 1' not in l.llama_print_system_info()"
WITHOUT = "Raadwijzer werkt ook zonder: antwoorden bestaan dan uit letterlijke zinnen."


def main(arguments: list[str] | None = None) -> int:
    """Install the library unless it is there and works. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="ook als zij er al is")
    parser.add_argument("--strict", action="store_true", help="eindig met 1 als het niet lukt")
    options = parser.parse_args(arguments)
    if not options.upgrade and works():
        return 0
    problem = build(upgrade=options.upgrade)
    if problem is None:
        return 0
    print(f"De bibliotheek voor taalmodellen is niet geïnstalleerd: {problem}\n{WITHOUT}", file=sys.stderr)
    return 1 if options.strict else 0


def works() -> bool:
    """Whether the library is there, starts and is safe; tried by a process of its own, which a wrong build kills."""
    return find_spec("llama_cpp") is not None and _quiet([sys.executable, "-c", WORKS]).returncode == 0


def build(*, upgrade: bool) -> str | None:
    """Build and install; returns what went wrong, None for nothing."""
    if os.environ.get("RAADWIJZER_ZONDER_LLM"):
        return "RAADWIJZER_ZONDER_LLM staat aan."
    if not (os.name == "nt" or os.environ.get("CXX") or any(shutil.which(name) for name in COMPILERS)):
        return (
            "er is geen C++-compiler. Op Debian en Ubuntu: sudo apt install build-essential; op macOS: xcode-select "
            "--install; op Windows: Visual Studio Build Tools. Voer daarna uit: python tools/install_llm.py"
        )
    print("De bibliotheek voor taalmodellen wordt gebouwd. Dat duurt enkele minuten en gebeurt één keer …", flush=True)
    done = _pip(["--upgrade"] if upgrade else [])
    if done.returncode == 0 and not works():  # a build from pip's cache may be of another processor, or unsafe
        _quiet([sys.executable, "-m", "pip", "cache", "remove", "llama_cpp_python"])
        done = _pip(["--force-reinstall", "--no-deps"])
    if done.returncode == 0 and works():
        return None
    log = Path(sys.prefix) / "llama-cpp-python.log"
    log.write_text(f"{done.stdout}\n{done.stderr}", encoding="utf-8")
    return f"het bouwen is mislukt. Wat er misging staat in {log}; voer na herstel uit: python tools/install_llm.py"


def _pip(more: list[str]) -> subprocess.CompletedProcess[str]:
    """Run pip. The settings go by the environment: with options on its command line pip would not keep the build."""
    defines = [f"{name}=OFF" for name in OFF] + [f"CMAKE_PROJECT_llama_cpp_INCLUDE={HERE / 'llama_trim.cmake'}"]
    environment = {
        "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1),
        "SKBUILD_CMAKE_DEFINE": ";".join(defines),
        "SKBUILD_BUILD_TARGETS": "llama",
        **os.environ,
    }
    return _quiet([sys.executable, "-m", "pip", "install", *more, REQUIREMENT], environment)


def _quiet(command: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)


if __name__ == "__main__":
    sys.exit(main())
