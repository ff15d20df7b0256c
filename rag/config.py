"""Settings: defaults that work, and ``raadwijzer.toml`` to change them. Knows no other module but errors.

Where a setting comes from, the first that is there: an argument, the environment (``RAADWIJZER_CONFIG`` names the
file), ``raadwijzer.toml`` in the working folder, the defaults below.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from rag.errors import UsageError

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent

READER_ANSWERS = False
"""Whether the reader in ``models/reader`` answers when nothing else is chosen: only where it names more of the
wanted facts than verbatim sentences do, with the interval clear of zero (``python -m training.reader.compare``). No
trained reader has been compared yet."""


def models_folder() -> Path:
    """The folder with the weights that come with the project, in a checkout or inside an installed package."""
    packaged = PACKAGE / "_models"
    return packaged if packaged.is_dir() else ROOT / "models"


def own_reader() -> Path | None:
    """The small language model that comes with the project, where it does."""
    return next(iter(sorted((models_folder() / "reader").glob("*.gguf"))), None)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. Paths are as written in the file; relative ones are taken from the working folder."""

    index: str = "index"
    collections: tuple[str, ...] = ()  # show only these collections; empty: all
    closed: bool = False  # show closed ("besloten") documents too
    embedder: str = ""  # a sentence-transformers folder or name; empty: the one that comes with the project
    reranker: str = ""  # a folder with a learned ranking; empty: the one that comes with the project; "geen": none
    cross_encoder: str = ""  # a folder with what reads the best sentences; empty: that of the project; "geen": none
    evidence: str = ""  # a folder with the choice of evidence; empty: the one that comes with the project
    llm: str = ""  # a GGUF file; empty: none, answers are extractive
    llm_context: int = 4096  # tokens
    llm_threads: int = 0  # 0: one less than there are cores, at most 8
    llm_mode: str = "auto"  # schrijven (own words, verified), kiezen (verbatim sentences) or auto: by size of the model
    llm_evidence_weight: float = 1.0  # how much the evidence's own opinion counts when a model chooses sentences
    llm_silence: float = 0.0  # higher: a model that chooses sentences says more often that there is no answer
    answerer: str = "auto"  # auto, extractive or llm
    fusion_weight: float = 0.6  # share of BM25 in the fused score, the rest is the embedder's
    evidence_passages: int = 5  # passages of which a language model sees sentences
    max_question_characters: int = 2000
    store: str = "embedded"  # where words and meaning are searched: embedded (in the index folder) or milvus
    milvus_uri: str = ""  # a file such as "milvus.db" (milvus-lite), or http(s)://host:port of a server
    milvus_host: str = ""  # the name of another computer that the index may go to; must be that of milvus_uri
    milvus_name: str = "raadwijzer"  # what the names of collections begin with
    milvus_index: str = "auto"  # auto, FLAT, HNSW, IVF_FLAT, IVF_SQ8, DISKANN or AUTOINDEX
    staff_key: str = ""  # opens the opinions of users to another computer; empty: only this one shows them

    @property
    def embedder_path(self) -> str:
        """The embedder to use, with the default filled in."""
        return self.embedder or str(models_folder() / "embedder")

    @property
    def reranker_path(self) -> str:
        """The learned ranking to use, with the default filled in; empty when there is to be none."""
        return "" if self.reranker == "geen" else self.reranker or str(models_folder() / "ranker")

    @property
    def cross_encoder_path(self) -> str:
        """The cross-encoder to use, with the default filled in; empty when there is to be none."""
        return "" if self.cross_encoder == "geen" else self.cross_encoder or str(models_folder() / "cross_encoder")

    @property
    def llm_path(self) -> str:
        """The language model to use: the one that is set, else the reader that comes with the project, else none."""
        return self.llm or str(own_reader() or "")

    @property
    def llm_answers(self) -> bool:
        """Whether a language model answers: it is asked for, or nobody chose who answers and there is one to use."""
        if self.answerer == "auto":
            return bool(self.llm) or (READER_ANSWERS and bool(self.llm_path))
        return self.answerer == "llm"

    @property
    def evidence_path(self) -> str:
        """The choice of evidence to use, with the default filled in."""
        return self.evidence or str(models_folder() / "evidence")


def settings_file(path: str | Path | None = None) -> Path:
    """The file with settings: the one that is given, the one that the environment names, or that of the folder."""
    return Path(path or os.environ.get("RAADWIJZER_CONFIG") or "raadwijzer.toml")


def load_config(path: str | Path | None = None, **overrides: Any) -> Config:  # noqa: ANN401
    """Read the settings; ``overrides`` that are not None win. Raises UsageError for an unknown or ill-typed setting."""
    chosen, file = path or os.environ.get("RAADWIJZER_CONFIG"), settings_file(path)
    if chosen and not file.is_file():
        raise UsageError(f"Het configuratiebestand {file} bestaat niet.")
    config = Config()
    if file.is_file():
        config = replace(config, **_read(file))
    return replace(config, **{name: value for name, value in overrides.items() if value is not None})


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of figures
        raise UsageError(f"Het configuratiebestand {file} is geen geldige TOML: {error}.") from error
    known = {f.name: type(f.default) for f in fields(Config)}
    return {name: _typed(file, name, value, known) for name, value in values.items()}


def _typed(file: Path, name: str, value: object, known: dict[str, type]) -> object:
    if name not in known:
        raise UsageError(f"{file}: de instelling '{name}' bestaat niet. Wel: {', '.join(sorted(known))}.")
    if known[name] is float and type(value) is int and abs(value) < 2**53:
        return float(value)
    if known[name] is tuple and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if type(value) is not known[name]:
        raise UsageError(f"{file}: de instelling '{name}' moet van het type {known[name].__name__} zijn.")
    return value
