"""Scored rows → the figures of a run: headline with intervals, per kind and voice, curves, failures. Knows no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rag.evaluation import statistics as st
from rag.evaluation.catalog import BY_KEY, MEASURES
from rag.evaluation.records import FAILURES, Scored

Json = dict[str, Any]
PER_GROUP = ("recall@1", "recall@5", "all_facts", "right")


def summarise(scored: Sequence[Scored], *, answers: bool = True, shuffled: Mapping[str, bool] | None = None) -> Json:
    """All figures of a run as plain values. ``shuffled``: per question, whether a shuffled index answers the same."""
    figures = _per_question_figures(scored, shuffled or {})
    figures |= _speed_figures(scored)
    if answers:
        figures |= _silence_figures(scored)
        figures["robust"] = asdict(st.mean_figure(_robustness(scored)))
    ordered = {m.key: figures[m.key] for m in MEASURES if m.key in figures and figures[m.key]["value"] is not None}
    return {
        "questions": len(scored),
        "answerable": sum(s.row.case.answerable for s in scored),
        "figures": ordered,
        "by_kind": _by(scored, [s.row.case.kind for s in scored]),
        "by_voice": _by(scored, [s.row.case.voice for s in scored]),
        "failures": {name: sum(s.failure == name for s in scored) for name in FAILURES} if answers else {},
        "curves": _curves(scored) if answers else {},
        "durations": _durations(scored),
    }


def _per_question_figures(scored: Sequence[Scored], shuffled: Mapping[str, bool]) -> Json:
    figures: Json = {}
    for measure in MEASURES:
        values = per_question(scored, measure.key)
        if measure.key == "shuffled":
            values = {s.row.case.id: float(shuffled[s.row.case.id]) for s in scored if s.row.case.id in shuffled}
        if measure.key == "unsupported":  # a total, not a mean: one invented number is one too many
            total = sum(values.values())
            figures["unsupported"] = (
                {"value": total, "low": None, "high": None, "n": len(values)} if values else _none()
            )
        elif measure.per_question:
            figures[measure.key] = asdict(st.mean_figure(list(values.values())))
    return figures


def per_question(scored: Sequence[Scored], key: str) -> dict[str, float]:
    """The scores of one measure by question; questions for which it has no meaning are absent."""
    if key == "repeated":
        return {s.row.case.id: float(s.row.repeated) for s in scored if s.row.repeated is not None}
    return {s.row.case.id: v for s in scored if (v := s.scores.get(key)) is not None}


def _silence_figures(scored: Sequence[Scored]) -> Json:
    can = [s.row.case.answerable for s in scored]
    no = [s.row.refused for s in scored]
    sure = [s.row.confidence for s in scored]
    good = [_would_be_right(s) for s in scored]

    def picked(values: Sequence[Any], rows: st.Indices) -> list[Any]:
        return [values[i] for i in rows]

    def figure(statistic: Any) -> Json:  # noqa: ANN401 - any function of chosen rows
        return asdict(st.statistic_figure(statistic, len(scored)))

    figures = {
        f"refusal_{name}": figure(lambda rows, n=name: getattr(st.refusal(picked(can, rows), picked(no, rows)), n))
        for name in ("precision", "recall", "f1")
    }
    figures["wrongly_refused"] = figure(lambda rows: st.refusal(picked(can, rows), picked(no, rows)).wrongly_refused)
    figures["auroc"] = figure(lambda rows: st.auroc(picked(sure, rows), picked(can, rows)))
    figures["aurc"] = figure(lambda rows: st.aurc(picked(sure, rows), picked(good, rows)))
    figures["ece"] = figure(lambda rows: st.ece(picked(sure, rows), picked(can, rows)))
    if len(set(can)) < 2:  # only one sort of question: silence cannot be judged
        return {"wrongly_refused": figures["wrongly_refused"]} if all(can) else {}
    return figures


def _would_be_right(scored: Scored) -> bool:
    """For risk against coverage: an answerable question answered in full.

    Silence and failures are never right here; they only come in late, by their low confidence.
    """
    return scored.row.case.answerable and scored.scores.get("all_facts") == 1.0


def _robustness(scored: Sequence[Scored]) -> list[float]:
    """Of the variants whose original was right: whether they are right as well."""
    right = {s.row.case.id: s.scores.get("right") == 1.0 for s in scored}
    variants = [s.row.case for s in scored if s.row.case.variant_of]
    return [float(right[case.id]) for case in variants if right.get(case.variant_of or "", False)]


def _speed_figures(scored: Sequence[Scored]) -> Json:
    figures: Json = {}
    for name, values in _durations(scored).items():
        for key, value in st.percentiles(values).items():
            figures[f"{name}_{key}"] = {"value": value, "low": None, "high": None, "n": len(values)}
    tokens = [s.row.prompt_tokens for s in scored if s.row.prompt_tokens is not None]
    figures["prompt_tokens"] = asdict(st.mean_figure(tokens))
    return figures


def _durations(scored: Sequence[Scored]) -> dict[str, list[float]]:
    return {
        "search": [s.row.search_ms for s in scored if s.row.search_ms is not None],
        "answer": [s.row.answer_ms for s in scored if s.row.answer_ms is not None],
    }


def _by(scored: Sequence[Scored], names: Sequence[str]) -> dict[str, Json]:
    groups: dict[str, Json] = {}
    for name in dict.fromkeys(names):
        members = [s for s, mine in zip(scored, names, strict=True) if mine == name]
        figures = {key: asdict(st.mean_figure(list(per_question(members, key).values()))) for key in PER_GROUP}
        groups[name] = {"n": len(members), **{k: f for k, f in figures.items() if f["value"] is not None}}
    return groups


def _curves(scored: Sequence[Scored]) -> Json:
    sure = [s.row.confidence for s in scored]
    coverage, risk = st.risk_coverage(sure, [_would_be_right(s) for s in scored])
    bins = st.calibration_bins(sure, [s.row.case.answerable for s in scored])
    return {
        "risk_coverage": [[round(float(c), 4), round(float(r), 4)] for c, r in zip(coverage, risk, strict=True)],
        "calibration": [asdict(b) for b in bins],
    }


def _none() -> Json:
    return {"value": None, "low": None, "high": None, "n": 0}


def shown(key: str, value: float | None) -> str:
    """A figure as a Dutch reader reads it: ``0,87``, ``3``, ``12 ms``; a dash when there is none."""
    if value is None:
        return "–"
    unit = BY_KEY[key].unit if key in BY_KEY else "share"
    if unit == "ms":
        return f"{value:.1f} ms".replace(".", ",")
    if unit in ("count", "tokens"):
        return f"{value:.0f}"
    return f"{value:.3f}".replace(".", ",")


def interval(figure: Mapping[str, Any], key: str) -> str:
    """The 95% interval of a figure in words, empty when it has none."""
    if figure.get("low") is None:
        return ""
    return f"{shown(key, figure['low'])} – {shown(key, figure['high'])}"
