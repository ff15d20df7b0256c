"""Does the order in which documents were read change an answer? Knows how to build an index and ask.

The documents are indexed in a folder of their own in two steps: a seeded half of them first, then all. Everything in
the product that depends on order of arrival would show as another answer.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import RaadwijzerError
from rag.evaluation.records import Row, answer_value
from rag.evaluation.run import Settings, Subject

if TYPE_CHECKING:
    from rag.config import Config

SEED = 7


def shuffled_subject(documents: Path, config: Config, scratch: Path) -> Subject:
    """An assistant on an index of the same documents, built in another order, under ``scratch``."""
    from dataclasses import replace

    from rag.assistant import Assistant, index_documents

    folder, index = scratch / "documents", scratch / "index"
    files = sorted(file for file in documents.rglob("*") if file.is_file())
    random.Random(SEED).shuffle(files)
    other = replace(config, index=str(index))
    for step in (files[: len(files) // 2], files):
        for file in step:
            target = folder / file.relative_to(documents)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        index_documents([folder], other)
    return Assistant.open(config=other)


def same_answers(rows: Sequence[Row], subject: Subject, settings: Settings) -> dict[str, bool]:
    """Per question that was answered or refused: whether the other subject says exactly the same."""
    return {row.case.id: _same(row, subject, settings) for row in rows if row.answer is not None}


def _same(row: Row, subject: Subject, settings: Settings) -> bool:
    try:
        return answer_value(subject.ask(row.case.q, answerer=settings.answerer)) == row.answer
    except RaadwijzerError:
        return False  # it answered before: failing now is not the same answer


def with_shuffled_index(
    rows: Sequence[Row], documents: Path, config: Config, settings: Settings, note: Callable[[str], None]
) -> dict[str, bool]:
    """``same_answers`` against a temporary index of ``documents``."""
    note("Dezelfde stukken in een andere volgorde indexeren …")
    with tempfile.TemporaryDirectory(prefix="raadwijzer-eval-") as scratch:
        return same_answers(rows, shuffled_subject(documents, config, Path(scratch)), settings)
