"""The Dutch tables that the command line prints, and those that the report shows beside the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.evaluation.catalog import BY_KEY, FAILURE_LABELS, KIND_LABELS
from rag.evaluation.compare import Comparison
from rag.evaluation.gate import Check
from rag.evaluation.summary import interval, shown

Table = dict[str, Any]  # {"columns": labels, "rows": cells, "note": text}


def figures_table(summary: Mapping[str, Any]) -> Table:
    """All figures of a run."""
    rows = [
        [BY_KEY[key].label, shown(key, figure["value"]), interval(figure, key), str(figure["n"])]
        for key, figure in summary["figures"].items()
    ]
    return {"columns": ["Maat", "Waarde", "95%-interval", "Vragen"], "rows": rows}


def kinds_table(summary: Mapping[str, Any]) -> Table:
    """The chief figures per kind of question."""
    keys = ("recall@1", "recall@5", "all_facts", "right")
    rows = [
        [KIND_LABELS[k], str(g["n"]), *(shown(x, g[x]["value"]) if x in g else "–" for x in keys)]
        for k in KIND_LABELS
        if (g := summary["by_kind"].get(k))
    ]
    return {"columns": ["Soort vraag", "Vragen", *(BY_KEY[key].label for key in keys)], "rows": rows}


def failures_table(summary: Mapping[str, Any]) -> Table:
    """What became of the questions."""
    rows = [[FAILURE_LABELS[name], str(n)] for name, n in summary["failures"].items() if n]
    return {"columns": ["Uitkomst", "Vragen"], "rows": rows}


ABLATION_KEYS = ("recall@1", "recall@5", "mrr", "ndcg@10", "all_facts", "right", "unsupported", "search_p50")


def ablation_table(rows: Sequence[tuple[str, Mapping[str, Any]]], note: str) -> Table:
    """One line per variant with the figures that it has."""
    columns = ["Variant", *(BY_KEY[key].label for key in ABLATION_KEYS)]
    lines = [[name, *(_cell(summary, key) for key in ABLATION_KEYS)] for name, summary in rows]
    return {"columns": columns, "rows": lines, "note": note}


def _cell(summary: Mapping[str, Any], key: str) -> str:
    figure = summary["figures"].get(key)
    return shown(key, figure["value"]) if figure else "–"


def comparison_table(comparison: Comparison) -> Table:
    """The measures of two runs, with what chance could have done."""
    rows = []
    for change in comparison.changes:
        key, d = change.measure.key, change.difference
        between = f"{_signed(d.low)} – {_signed(d.high)}"
        line = [change.measure.label, _plain(key, change.first), _plain(key, change.second), _signed(d.value), between]
        rows.append([*line, f"{d.p:.3f}".replace(".", ","), str(d.n), change.verdict])
    columns = ["Maat", "Eerste", "Tweede", "Verschil", "95%-interval", "p", "Vragen", "Oordeel"]
    return {"columns": columns, "rows": rows}


def turned_table(comparison: Comparison) -> Table:
    """The questions that came out differently."""
    rows = [[t.id, _outcome(t.first), _outcome(t.second), t.q] for t in comparison.turned]
    return {"columns": ["Kenmerk", "Eerste", "Tweede", "Vraag"], "rows": rows}


def gate_table(checks: Sequence[Check]) -> Table:
    """Every figure at the gate."""
    rows = [
        [c.label, "–" if c.baseline is None else _number(c.baseline), _number(c.value), c.problem or "in orde"]
        for c in checks
    ]
    return {"columns": ["Maat", "Basis", "Nu", "Oordeel"], "rows": rows}


def as_text(table: Mapping[str, Any]) -> str:
    """A table in plain characters: first column to the left, the others to the right but for a last one of words."""
    lines = [table["columns"], *table["rows"]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(table["columns"]))]
    wordy = [i == 0 or any(len(line[i]) > 14 for line in lines) for i in range(len(widths))]
    out = [
        "  ".join(c.ljust(w) if left else c.rjust(w) for c, w, left in zip(line, widths, wordy, strict=True)).rstrip()
        for line in lines
    ]
    out.insert(1, "  ".join("-" * width for width in widths))
    if table.get("note"):
        out.append(str(table["note"]))
    return "\n".join(out) + "\n"


def _plain(key: str, value: float) -> str:
    return shown(key, value) if BY_KEY[key].unit == "share" else _number(value)


def _number(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace(".", ",")


def _outcome(failure: str | None) -> str:
    return FAILURE_LABELS[failure] if failure else "niet gesteld"
