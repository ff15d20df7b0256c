"""Reading of the training data (``--data``, by default ../shared/data) and nothing else.

The layout and the licences of the data are described in the README.md that lies beside it.
"""

from __future__ import annotations

import json
import lzma
import random
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN_QUESTIONS = Path(__file__).resolve().parent / "data" / "questions.jsonl"
DEFAULT = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
FOLDS = 3


def require(data: Path) -> Path:
    """The data folder, or an exit with what to do when it is not there."""
    if not (data / "raadsqa").is_dir():
        raise SystemExit(f"No training data at {data}: give the folder that holds raadsqa/, pairs/ and text/ (--data).")
    return data


def lines(data: Path, name: str) -> Iterator[str]:
    """The lines of a text file, packed (.xz) or not."""
    path = data / name
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as file:
        yield from file


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file."""
    return [json.loads(line) for line in lines(data, name)]


@dataclass(frozen=True, slots=True)
class Text:
    """A passage of the retrieval benchmark. ``sentences`` is empty for a distractor."""

    pid: str
    title: str
    body: str
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question of RaadsQA; ``evidence`` (sentence indices) is empty when its passage does not answer it."""

    pid: str
    text: str
    answer: str | None
    evidence: tuple[int, ...]

    @property
    def fold(self) -> int:
        """Which third of the training questions it belongs to; all questions of a passage are in the same."""
        return zlib.crc32(self.pid.encode()) % FOLDS


def corpus(data: Path) -> list[Text]:
    """The 34,110 passages of the retrieval benchmark, in the order of the files."""
    real = [
        Text(r["pid"], r["title"], " ".join(r["sentences"]), tuple(r["sentences"]))
        for r in rows(data, "raadsqa/passages.jsonl.xz")
    ]
    return real + [Text(r["pid"], r["title"], r["text"]) for r in rows(data, "raadsqa/distractors.jsonl.xz")]


def questions(data: Path, split: str) -> list[Question]:
    """All questions of ``train`` or ``dev``, answerable or not."""
    return [Question(r["pid"], r["q"], r["a"], tuple(r["ev"])) for r in rows(data, f"raadsqa/{split}.jsonl")]


def own_questions() -> list[Question]:
    """Questions written for this project over passages of RaadsQA's training part, mostly in pairs on one sentence.

    Of each pair the sentence answers one and is the tempting wrong answer to the other.
    """
    found = (json.loads(line) for line in OWN_QUESTIONS.read_text(encoding="utf-8").splitlines())
    return [Question(r["pid"], r["q"], r["a"], tuple(r["ev"])) for r in found]


def answerable(data: Path, split: str) -> list[Question]:
    """The questions of a split that their passage answers."""
    return [question for question in questions(data, split) if question.answer is not None]


def word_list(data: Path) -> set[str]:
    """The Dutch words of OpenTaal's lists that are written in small letters: no names."""
    names = sorted(path.name for path in (data / "lexicon").iterdir() if path.name.endswith(".txt.xz"))
    entries = (line.strip() for name in names for line in lines(data, f"lexicon/{name}"))
    return {entry for entry in entries if entry.islower()}


def law_files(data: Path) -> list[str]:
    """The law texts, without treaties and archive lists, which are monotonous."""
    names = sorted(path.name for path in (data / "text/laws").iterdir())
    return [f"text/laws/{name}" for name in names if "verdrag" not in name and "archief" not in name]


def sampled(data: Path, names: Iterable[str], share: float, chance: random.Random) -> Iterator[str]:
    """A random share of the lines of several files."""
    for name in names:
        for line in lines(data, name):
            if chance.random() < share:
                yield line.strip()


def rough_sentences(text: str) -> list[str]:
    """Sentences of clean running text, good enough for training pairs."""
    return [part for part in re.split(r"(?<=[.?!;])\s+(?=[A-Z0-9])", text) if len(part) > 25]
