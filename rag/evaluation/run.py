"""Puts every case to an assistant and keeps a row per question, so that a stopped run goes on where it was.

A run is a folder: ``run.json`` (what was run), ``rows.jsonl`` (a line per question, as it came), ``summary.json`` and
``report.html``. Knows the assistant only by ``search``, ``ask`` and ``document``.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from rag.errors import RaadwijzerError, UsageError
from rag.evaluation import measures
from rag.evaluation.questions import Case, locate
from rag.evaluation.records import Row, answer_value, cited, hit_value, row_from, row_value
from rag.types import Answer, Document, Hit

Json = dict[str, Any]
Progress = Callable[[int, int], None]
DEPTH = 20  # passages searched for the measures of ranking


class Subject(Protocol):
    """What is evaluated: the part of ``rag.assistant.Assistant`` that is used here."""

    def search(self, question: str, k: int = 10) -> list[Hit]:
        """The best passages."""

    def ask(self, question: str, *, answerer: str | None = None) -> Answer:
        """An answer, or silence."""

    def document(self, path: str) -> Document:
        """A document as indexed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How cases are put. ``repeat``: how often each is asked, to see whether the answer stays the same."""

    answerer: str = "extractive"
    repeat: int = 3
    answers: bool = True


def placed(cases: Sequence[Case], subject: Subject) -> tuple[tuple[Case, ...], dict[str, str]]:
    """The cases with gold spans as they stand in this index, and the texts of the documents they are in.

    Raises UsageError when a gold document or quote is not in the index.
    """
    names = sorted({gold.document for case in cases for gold in case.gold})
    texts: dict[str, str] = {}
    for name in names:
        try:
            texts[name] = subject.document(name).text
        except RaadwijzerError as error:
            raise UsageError(
                f"Het vragenbestand verwijst naar {name}, en dat staat niet in de index. "
                "Bouw de index van de stukken waar de vragen over gaan, of geef een ander vragenbestand (--set)."
            ) from error
    return tuple(case if _stands(case, texts) else locate(case, texts) for case in cases), texts


def _stands(case: Case, texts: Mapping[str, str]) -> bool:
    return all(g.start is not None and texts[g.document][g.start : g.end] == g.quote for g in case.gold)


def put(case: Case, subject: Subject, settings: Settings) -> Row:
    """One question to the assistant. A failure becomes a row with its reason, so that it scores zero."""
    try:
        started = time.perf_counter()
        hits = subject.search(case.q, DEPTH)
        searched = time.perf_counter()
        row = Row(case, tuple(hit_value(hit) for hit in hits), search_ms=1000 * (searched - started))
        return _asked(row, subject, settings) if settings.answers else row
    except RaadwijzerError as error:
        return Row(case, error=str(error))
    except Exception as error:
        return Row(case, error=f"{type(error).__name__}: {error}")


def _asked(row: Row, subject: Subject, settings: Settings) -> Row:
    started = time.perf_counter()
    answer = subject.ask(row.case.q, answerer=settings.answerer)
    took = 1000 * (time.perf_counter() - started)
    value = answer_value(answer)
    again = [answer_value(subject.ask(row.case.q, answerer=settings.answerer)) for _ in range(settings.repeat - 1)]
    citations = cited(value)
    texts = {name: subject.document(name).text for name in sorted({c.document for c in citations})}
    return replace(
        row,
        answer=value,
        answer_ms=took,
        repeated=all(other == value for other in again) if again else None,
        exact=measures.quote_exactness(citations, texts),
        prompt_tokens=answer.timings_ms.get("prompt_tokens"),
    )


def run_cases(
    cases: Sequence[Case], subject: Subject, settings: Settings, progress: Progress | None = None
) -> list[Row]:
    """Every case in order, kept in memory only."""
    return list(_counted((put(case, subject, settings) for case in cases), len(cases), progress))


def _counted(rows: Iterator[Row], total: int, progress: Progress | None) -> Iterator[Row]:
    for done, row in enumerate(rows, 1):
        yield row
        if progress:
            progress(done, total)


def identity(cases: Sequence[Case], texts: Mapping[str, str], about: Mapping[str, Any]) -> str:
    """A digest of what is run: questions, documents, settings. Two runs with the same digest may be joined."""
    parts = [json.dumps(asdict(case), sort_keys=True) for case in cases]
    parts += [f"{name}\0{text}" for name, text in sorted(texts.items())]
    parts.append(json.dumps(about, sort_keys=True, default=str))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Plan:
    """A run to make: which questions, of whom, how, and what is written down about it (``identity`` among it)."""

    cases: tuple[Case, ...]
    subject: Subject
    settings: Settings
    about: Json


def run_in_folder(folder: Path, plan: Plan, progress: Progress | None = None) -> tuple[list[Row], int]:
    """Every case, each row written as it comes. Gives the rows and how many of them were there already.

    An unfinished run of the same thing in this folder is gone on with; anything else there is made anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = _unfinished(folder, str(plan.about["identity"]), len(plan.cases))
    if not rows:
        (folder / "rows.jsonl").write_text("", encoding="utf-8")
        write_json(folder / "run.json", plan.about)
    there = len(rows)
    todo = [case for case in plan.cases if case.id not in rows]
    with (folder / "rows.jsonl").open("a", encoding="utf-8") as file:
        for row in _counted((put(case, plan.subject, plan.settings) for case in todo), len(todo), progress):
            file.write(json.dumps(row_value(row), ensure_ascii=False) + "\n")
            file.flush()
            rows[row.case.id] = row
    return [replace(rows[case.id], case=case) for case in plan.cases], there


def _unfinished(folder: Path, wanted: str, total: int) -> dict[str, Row]:
    """The rows of an unfinished run of the same thing; empty when there is none.

    A last line that was cut off by the interruption is left out.
    """
    about, lines = folder / "run.json", folder / "rows.jsonl"
    if not about.is_file() or not lines.is_file() or json.loads(about.read_text("utf-8")).get("identity") != wanted:
        return {}
    text = lines.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        lines.write_text(whole, encoding="utf-8")
    rows = [row_from(json.loads(line)) for line in whole.splitlines()]
    return {row.case.id: row for row in rows} if len(rows) < total else {}


def read_rows(folder: Path) -> list[Row]:
    """The rows of a run. Raises UsageError when the folder holds no run."""
    file = folder / "rows.jsonl"
    if not file.is_file():
        raise UsageError(
            f"In {folder} staat geen evaluatie (rows.jsonl ontbreekt). Maak er een met: raadwijzer eval run"
        )
    return [row_from(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line]


def read_json(file: Path) -> Json:
    """A JSON file of a run. Raises UsageError when it is not there."""
    if not file.is_file():
        raise UsageError(f"Het bestand {file} bestaat niet.")
    value: Json = json.loads(file.read_text(encoding="utf-8"))
    return value


def write_json(file: Path, value: Mapping[str, Any]) -> None:
    """Write a value so that people can read it too."""
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
