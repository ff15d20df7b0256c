"""Runs the ablations and puts them in one table. Knows how to open an assistant with other settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rag.evaluation import ablations
from rag.evaluation.records import Scored, score_rows
from rag.evaluation.run import Settings, run_cases
from rag.evaluation.summary import summarise
from rag.evaluation.tables import Table, ablation_table

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.config import Config

Line = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the variants are run with: how to open an assistant, its settings, and where to say what goes on."""

    open: Callable[[Config], Assistant]
    config: Config
    settings: Settings
    note: Callable[[str], None]


def run_ablations(names: Sequence[str], scored: Sequence[Scored], bench: Bench) -> Table:
    """One line per variant of the named ablations, over the cases of a run that was made."""
    lines: list[Line] = [_search_line(name, scored, bench) for name in names if name in ablations.VARIANTS]
    notes: list[str] = []
    if ablations.CHUNKS in names:
        lines += _chunk_lines(scored, bench, notes)
    if ablations.VERIFICATION in names:
        lines += _verification_lines(scored, notes)
    return ablation_table(lines, " ".join(notes))


def _search_line(name: str, scored: Sequence[Scored], bench: Bench) -> Line:
    label, change = ablations.VARIANTS[name]
    bench.note(f"Variant: {label}")
    variant = bench.open(replace(bench.config, **change))
    rows = run_cases([s.row.case for s in scored], variant, replace(bench.settings, repeat=1))
    return label, summarise(score_rows(rows))


def _chunk_lines(scored: Sequence[Scored], bench: Bench, notes: list[str]) -> list[Line]:
    from rag.embeddings import load_encoder

    assistant, encoder = bench.open(bench.config), load_encoder(bench.config.embedder_path)
    documents = [assistant.document(info.path) for info in assistant.documents()]
    lines: list[Line] = []
    for label, cut in (
        ("Geknipt per vraag en antwoord", ablations.passage_chunks),
        (f"Geknipt om de {ablations.CHUNK_TOKENS} tokens", ablations.fixed_chunks),
    ):
        bench.note(f"Variant: {label}")
        rows = ablations.chunk_rows([s.row.case for s in scored], documents, encoder, cut)
        lines.append((label, summarise(score_rows(rows, answers=False), answers=False)))
        notes.append(f"{label}: de eerste treffer is gemiddeld {ablations.characters_to_read(rows):.0f} tekens lang.")
    return lines


def _verification_lines(scored: Sequence[Scored], notes: list[str]) -> list[Line]:
    rows = [s.row for s in scored]
    dropped = sum(len(row.answer["dropped"]) for row in rows if row.answer)
    notes.append(f"De controle van beweringen liet {dropped} zinnen weg.")
    without = ablations.without_verification(rows)
    return [
        ("Met controle van beweringen", summarise(score_rows(rows))),
        ("Zonder controle van beweringen", summarise(score_rows(without))),
    ]
