"""The packed training data: one folder, small enough to carry, with everything that training needs.

Its files::

    tokenizer.json      the tokens
    text-*.u16.xz       running text as ids, one file a source, an end mark between pieces
    passages.jsonl.xz   title, sentences; neighbours in the file belong together
    questions.jsonl.xz  question, passage, sentences that answer (none: it does not), negatives, where it comes from
    origin.json         what was packed from which sources

Nothing here needs more than numpy.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

TOKENIZER, PASSAGES, QUESTIONS, ORIGIN = "tokenizer.json", "passages.jsonl.xz", "questions.jsonl.xz", "origin.json"
RAADSQA, WEAK = "raadsqa", "zwak"


@dataclass(frozen=True, slots=True)
class Passage:
    """A title and sentences."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about ``passage``: ``evidence`` are its sentences that answer, ``negatives`` other passages."""

    text: str
    passage: int
    evidence: tuple[int, ...]
    negatives: tuple[int, ...]
    origin: str
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """A packed folder, read. ``text`` is all running text as ids, (tokens,)."""

    folder: Path
    text: np.ndarray
    passages: list[Passage]
    questions: list[Asked]

    @classmethod
    def load(cls, folder: Path) -> Pack:
        """Read a folder that ``prepare.py`` wrote."""
        parts = [lzma.decompress(file.read_bytes()) for file in sorted(folder.glob("text-*.u16.xz"))]
        passages = [Passage(row["title"], tuple(row["sentences"])) for row in _rows(folder / PASSAGES)]
        asked = [
            Asked(r["text"], r["passage"], tuple(r["evidence"]), tuple(r["negatives"]), r["origin"], r["held_out"])
            for r in _rows(folder / QUESTIONS)
        ]
        return cls(folder, np.frombuffer(b"".join(parts), np.uint16), passages, asked)

    @property
    def tokenizer(self) -> Path:
        """The tokenizer's file."""
        return self.folder / TOKENIZER

    def origin(self) -> dict[str, dict[str, Any]]:
        """What was packed from each source: tokens, share, licence."""
        found: dict[str, dict[str, Any]] = json.loads((self.folder / ORIGIN).read_text(encoding="utf-8"))
        return found


def write_rows(file: Path, rows: Iterable[Any]) -> None:
    """Values as JSON lines, packed."""
    text = "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
    file.write_bytes(lzma.compress(text.encode("utf-8")))


def write_ids(file: Path, ids: np.ndarray) -> int:
    """Ids of running text, packed; returns the bytes that it took."""
    return file.write_bytes(lzma.compress(ids.astype(np.uint16).tobytes()))


def is_pack(folder: Path) -> bool:
    """Whether a folder is a whole pack: the origin is written last."""
    return (folder / ORIGIN).is_file()


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lzma.decompress(file.read_bytes()).decode("utf-8").splitlines()]
