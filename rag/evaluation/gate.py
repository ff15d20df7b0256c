"""A run against the baseline kept in git: does a figure fall further than chance explains? Knows scored rows only.

What the product never trades away has a fixed limit instead of a baseline: every quote verbatim, no number without a
source, no question that crashes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.errors import UsageError
from rag.evaluation import statistics as st
from rag.evaluation.catalog import BY_KEY
from rag.evaluation.records import Scored
from rag.evaluation.summary import per_question

Json = dict[str, Any]
GATED = ("recall@1", "recall@5", "mrr", "all_facts", "proven", "citation_recall", "citation_precision", "in_passage")
SILENT, SPOKEN = "silent_rightly", "spoken_rightly"
LABELS = {SILENT: "Gezwegen waar dat moest", SPOKEN: "Gesproken waar dat kon"}
SIGNIFICANT = 0.05  # one-sided
DIGITS = 6  # of a score in the baseline; what is compared with it is rounded alike


@dataclass(frozen=True, slots=True)
class Check:
    """One figure at the gate; ``problem`` is Dutch and empty when it passes."""

    label: str
    baseline: float | None
    value: float
    problem: str


def baseline_of(scored: Sequence[Scored], about: Mapping[str, Any]) -> Json:
    """The baseline that this run makes: every gated score of every question, and what it was measured on."""
    scores = {key: per_question(scored, key) for key in GATED} | _choices(scored)
    return {
        "about": {key: about[key] for key in ("split", "answerer", "version") if key in about},
        "figures": {key: round(sum(v.values()) / len(v), 4) for key, v in scores.items() if v},
        "scores": {key: {i: round(x, DIGITS) for i, x in values.items()} for key, values in scores.items()},
    }


def check(scored: Sequence[Scored], baseline: Mapping[str, Any]) -> list[Check]:
    """Every gated figure. Raises UsageError when the baseline is not one."""
    if "scores" not in baseline:
        raise UsageError("Het basisbestand is niet leesbaar; maak het opnieuw met: raadwijzer eval gate --update")
    now = {key: per_question(scored, key) for key in GATED} | _choices(scored)
    checks = [_against(key, baseline["scores"].get(key, {}), now[key]) for key in now]
    return [c for c in checks if c is not None] + _limits(scored)


def _choices(scored: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """Silence and speech as scores per question."""
    return {
        SILENT: {s.row.case.id: float(s.row.refused) for s in scored if not s.row.case.answerable},
        SPOKEN: {s.row.case.id: float(s.row.answered) for s in scored if s.row.case.answerable},
    }


def _against(key: str, before: Mapping[str, float], now: Mapping[str, float]) -> Check | None:
    """Paired over the questions of the baseline; one that has no score now counts as zero.

    Unless the measure has no meaning for it any more because nothing was answered: silence has a figure of its own.
    """
    label = LABELS.get(key) or BY_KEY[key].label
    conditional = key in ("citation_recall", "citation_precision", "in_passage")
    ids = [i for i in before if i in now or not conditional]
    if not ids:
        return None
    old, new = [before[i] for i in ids], [round(now.get(i, 0.0), DIGITS) for i in ids]
    difference = st.paired_difference(old, new)
    fell = difference.value < 0 and difference.p / 2 < SIGNIFICANT
    problem = f"{label} daalt aantoonbaar: van {_dutch(old)} naar {_dutch(new)}." if fell else ""
    return Check(label, _mean(old), _mean(new), problem)


def _limits(scored: Sequence[Scored]) -> list[Check]:
    inexact = sum(v < 1.0 for v in per_question(scored, "exact").values())
    invented = sum(per_question(scored, "unsupported").values())
    crashed = sum(s.failure == "error" for s in scored)
    return [
        Check("Antwoorden met een onjuist citaat", 0.0, inexact, "Niet elk citaat is letterlijk." if inexact else ""),
        Check(
            "Getallen zonder bron", 0.0, invented, "Er staat een getal zonder bron in een antwoord." if invented else ""
        ),
        Check("Vragen die vastliepen", 0.0, crashed, "Niet elke vraag is verwerkt." if crashed else ""),
    ]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _dutch(values: Sequence[float]) -> str:
    return f"{_mean(values):.3f}".replace(".", ",")
