"""New questions: a file to fill from an index, and questions that users marked as badly answered. Knows no measures.

Both give cases of split ``review``: a person judges them before they count (eval/README.md tells how).
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.errors import UsageError
from rag.evaluation.questions import Case, Gold
from rag.sentences import sentences
from rag.types import Document, Passage

SEED = 11
UNANSWERABLE_SHARE = 4  # one in four questions to be written should have no answer
KINDS_IN_TURN = ("fact", "number", "yesno", "why", "list")


def blank_cases(documents: Sequence[tuple[Document, Sequence[Passage]]], n: int) -> list[Case]:
    """``n`` cases to fill in: places spread over all documents with a quote, and one in four without an answer."""
    places = [(document, passage) for document, passages in documents for passage in passages]
    random.Random(SEED).shuffle(places)
    answerable = [_blank(i, document, passage) for i, (document, passage) in enumerate(places, 1)]
    wanted = min(len(answerable), n - n // UNANSWERABLE_SHARE)
    unanswerable = [_blank_unanswerable(wanted + i) for i in range(1, n - wanted + 1)]
    return [*answerable[:wanted], *unanswerable[: max(n // UNANSWERABLE_SHARE, 1)]]


def _blank(number: int, document: Document, passage: Passage) -> Case:
    spans = sentences(document.text, passage.start, passage.end)
    chosen = spans[(number * 7) % len(spans)] if spans else passage
    quote = document.text[chosen.start : chosen.end]
    kind = "metadata" if passage.questions == ("*",) else KINDS_IN_TURN[number % len(KINDS_IN_TURN)]
    return Case(
        id=f"eigen-{number:03d}",
        q="",
        kind=kind,
        voice="councillor",
        topic=f"{document.path}#{','.join(passage.questions)}",
        split="review",
        answerable=True,
        gold=(Gold(document.path, quote, chosen.start, chosen.end),),
        note="Schrijf in 'q' een vraag waarop dit citaat antwoord geeft, en in 'facts' wat het antwoord moet noemen.",
    )


def _blank_unanswerable(number: int) -> Case:
    return Case(
        id=f"eigen-{number:03d}",
        q="",
        kind="near-miss",
        voice="resident",
        topic="zonder antwoord",
        split="review",
        answerable=False,
        note="Schrijf in 'q' een vraag die hierop lijkt, maar waarop de stukken geen antwoord geven.",
    )


def feedback_cases(source: Path, there: Iterable[Case]) -> list[Case]:
    """Questions that users marked as bad, as cases to review; those that are in the set already are left out.

    ``source`` is a JSON Lines export or the SQLite file of the page. Raises UsageError when it is neither.
    """
    known = {case.q.strip().lower() for case in there}
    taken = {case.id for case in there}
    cases: list[Case] = []
    for item in _feedback(source):
        question = str(_field(item, "question", "vraag") or "").strip()
        if question and question.lower() not in known:
            known.add(question.lower())
            cases.append(_from_feedback(question, item, taken))
            taken.add(cases[-1].id)
    return cases


def _from_feedback(question: str, item: Mapping[str, Any], taken: set[str]) -> Case:
    number = next(n for n in range(1, len(taken) + 2) if f"melding-{n:03d}" not in taken)
    said = " ".join(str(_field(item, "answer", "antwoord") or "").split())
    reason = " ".join(str(_field(item, "reason", "reden") or "").split())
    return Case(
        id=f"melding-{number:03d}",
        q=question,
        kind="feedback",
        voice="resident",
        topic="melding van een gebruiker",
        split="review",
        answerable=bool(item.get("answered", bool(said))),
        note=f"Reden: {reason or 'niet opgegeven'}. Gegeven antwoord: {said or 'geen'}",
    )


def _feedback(source: Path) -> list[dict[str, Any]]:
    if not source.is_file():
        raise UsageError(f"Het bestand met meldingen {source} bestaat niet.")
    with source.open("rb") as file:
        is_database = file.read(16).startswith(b"SQLite format 3")
    return _from_database(source) if is_database else _from_lines(source)


def _from_lines(source: Path) -> list[dict[str, Any]]:
    items = []
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"Het bestand met meldingen {source} is geen UTF-8-tekst.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:  # also a number of thousands of figures
            raise UsageError(f"{source}, regel {number}: dit is geen JSON ({error}).") from error
        if not isinstance(value, dict):
            raise UsageError(f"{source}, regel {number}: hier hoort een object te staan.")
        if _is_complaint(value):
            items.append(value)
    return items


def _from_database(source: Path) -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        rows = connection.execute("SELECT * FROM feedback ORDER BY rowid").fetchall()
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{source}: hierin staat geen leesbare tabel met meldingen ({error}).") from error
    finally:
        connection.close()
    return [dict(row) for row in rows if _is_complaint(dict(row))]


def _is_complaint(item: Mapping[str, Any]) -> bool:
    """Praise is kept by the page too; only complaints become cases. Without a verdict, an entry is a complaint."""
    return _field(item, "verdict", "oordeel", "rating") in (None, "", 0, False, -1, "bad", "wrong", "fout", "slecht")


def _field(item: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """The first of these fields that is there: exports may have English or Dutch names."""
    return next((item[name] for name in names if item.get(name) is not None), None)


def filled_in(cases: Sequence[Case]) -> tuple[tuple[Case, ...], int]:
    """The cases that have a question, and how many were still empty."""
    ready = tuple(case for case in cases if case.q.strip() and (case.facts or not case.answerable))
    return ready, len(cases) - len(ready)
