"""What is installed, found and missing, and whether this set-up can answer. Changes nothing and needs no network."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from rag import __version__
from rag.config import Config
from rag.errors import RaadwijzerError
from rag.phrases import documents as counted

LIBRARIES = ("sentence-transformers", "faiss-cpu", "tantivy", "PyStemmer", "torch", "gradio")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``needed``: without it there are no answers."""

    what: str
    fine: bool
    state: str
    advice: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings."""

    findings: tuple[Finding, ...]

    @property
    def can_answer(self) -> bool:
        """Whether everything that is needed is there."""
        return all(finding.fine for finding in self.findings if finding.needed)


def examine(config: Config) -> Examination:
    """Look at the program, its libraries, the models and the index."""
    findings = [
        Finding("Raadwijzer", True, f"{__version__} op Python {platform.python_version()} ({sys.platform})"),
        *(_library(name) for name in LIBRARIES),
        _kernel(),
        _recognition(),
        _embedder(config),
        *_elsewhere(config),
        _index(config),
        *_language_model(config),
    ]
    return Examination(tuple(findings))


def _library(name: str, *, needed: bool = True) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name), needed=needed)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "niet geïnstalleerd", "Installeer opnieuw: make app, of pip install -e .", needed)


def _kernel() -> Finding:
    """Searching is faster with functions that are compiled when the program is installed."""
    from rag.native.library import status

    found = status()
    if found.library is not None:
        return Finding("Rekenkern", True, found.state, needed=False)
    advice = (
        "Zoeken werkt ook zonder, maar trager. Installeer een C-compiler (Debian, Ubuntu: sudo apt install gcc "
        "libc6-dev; macOS: xcode-select --install) en geef daarna de opdracht: python -m rag.native"
    )
    return Finding("Rekenkern", False, found.state, advice, needed=False)


def _recognition() -> Finding:
    """Scanned pages are read by a program of its own; without it they are named and skipped."""
    from rag.documents.formats import ocr

    what = "Tekstherkenning"
    if ocr.available():
        return Finding(what, True, f"tesseract met Nederlands ({ocr.LANGUAGE})", needed=False)
    state = "tesseract zonder Nederlands" if ocr.languages() else "niet geïnstalleerd"
    return Finding(what, False, state, f"Alleen nodig voor gescande stukken: {ocr.ADVICE}.", needed=False)


def _embedder(config: Config) -> Finding:
    from rag.embeddings import load_encoder

    try:
        encoder = load_encoder(config.embedder_path)
    except RaadwijzerError as error:
        return Finding("Embedder", False, "niet te laden", str(error))
    return Finding("Embedder", True, f"{encoder.name}, {encoder.dim} dimensies")


def _elsewhere(config: Config) -> list[Finding]:
    """Where words and meaning are searched, when that is not in the folder of the index."""
    from rag.store.milvus import place_of, server_of

    if config.store == "embedded":
        return []
    try:
        server_of(config)
        return [Finding("Zoeken in Milvus", True, place_of(config).shown)]
    except RaadwijzerError as error:
        return [Finding("Zoeken in Milvus", False, "niet te gebruiken", str(error))]


def _index(config: Config) -> Finding:
    from rag.assistant import Assistant

    try:
        documents = Assistant.open(config=config).documents()
    except RaadwijzerError as error:
        return Finding(f"Index {config.index}", False, "niet bruikbaar", str(error))
    if not documents:
        return Finding(f"Index {config.index}", False, "leeg", "Voeg documenten toe: raadwijzer index MAP")
    return Finding(f"Index {config.index}", True, f"{counted(len(documents))}, op deze computer")


def _language_model(config: Config) -> list[Finding]:
    """The language model is optional, unless the settings ask for one."""
    needed = config.llm_answers
    library = _library("llama-cpp-python", needed=needed)
    if not library.fine:
        advice = "Alleen nodig voor een taalmodel. Met een C-compiler (apt install gcc g++): make app"
        library = Finding(library.what, False, library.state, advice, needed)
    if not config.llm_path:
        advice = "Zie: raadwijzer models list. Zonder taalmodel bestaan antwoorden uit letterlijke zinnen."
        return [library, Finding("Taalmodel", False, "niet ingesteld", advice, needed)]
    if not Path(config.llm_path).is_file():
        advice = "Kies een ander bestand: raadwijzer models use BESTAND"
        return [library, Finding("Taalmodel", False, f"{config.llm_path} bestaat niet", advice, needed)]
    return [library, Finding("Taalmodel", True, config.llm_path, needed=needed)]
