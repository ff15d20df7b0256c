"""Plain pipelines (eval/peers) beside the product: their raw hits judged by the same measures, in one table.

A pipeline reads the files itself, so its chunks have no place in the parsed text. A chunk counts as found when it holds
the first or the last half of a wanted quote, layout aside: the same leniency that overlap gives the product's passages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.evaluation import measures
from rag.evaluation import statistics as st
from rag.evaluation.questions import Case, Gold, find_loosely
from rag.evaluation.summary import shown
from rag.evaluation.tables import Table

COLUMNS = (
    "Opstelling",
    "Recall@1",
    "Recall@5",
    "MRR",
    "Indexeren",
    "Vraag, mediaan",
    "Geheugen",
    "Schijf",
    "Kan zwijgen",
    "Bewijst citaten",
)


def peers_table(raw: Mapping[str, Any], cases: Sequence[Case], summary: Mapping[str, Any]) -> Table:
    """The product's own line, then a line for every pipeline that ran; the note says what was skipped."""
    rows = [_own_line(summary, raw.get("own", {}))]
    rows += [_line(peer, cases) for peer in raw["peers"] if "hits" in peer]
    skipped = [f"{one['label']}: {one['skipped']}" for one in [raw.get("own", {}), *raw["peers"]] if "skipped" in one]
    return {"columns": list(COLUMNS), "rows": rows, "note": " ".join(skipped)}


def _own_line(summary: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    figures = summary["figures"]
    ranking = [shown(key, figures[key]["value"]) if key in figures else "–" for key in ("recall@1", "recall@5", "mrr")]
    median = figures.get("search_p50", {}).get("value")
    costs = [_seconds(own.get("index_s")), shown("search_p50", median)]
    return [
        "Raadwijzer",
        *ranking,
        *costs,
        _megabytes(own.get("memory_mb")),
        _megabytes(own.get("disk_mb")),
        "ja",
        "ja",
    ]


def _line(peer: Mapping[str, Any], cases: Sequence[Case]) -> list[str]:
    scores = peer_scores(peer["hits"], cases)
    ranking = [
        shown(key, st.mean_figure([s[key] for s in scores.values()]).value) for key in ("recall@1", "recall@5", "mrr")
    ]
    median = st.percentiles(peer["query_ms"]).get("p50")
    costs = [_seconds(peer["index_s"]), shown("search_p50", median)]
    return [peer["label"], *ranking, *costs, _megabytes(peer["memory_mb"]), _megabytes(peer["disk_mb"]), "nee", "nee"]


def peer_scores(hits: Mapping[str, Sequence[Mapping[str, str]]], cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """The measures of ranking for every answerable case. A case that the pipeline has no hits for scores zero."""
    ranks = {case.id: _ranks(hits.get(case.id, ()), case) for case in cases if case.gold}
    return measures.ranking_measures(ranks) if ranks else {}


def _ranks(found: Sequence[Mapping[str, str]], case: Case) -> dict[str, int | None]:
    ranks: dict[str, int | None] = dict.fromkeys(case.groups)
    for rank, hit in enumerate(found, 1):
        for gold in case.gold:
            if ranks[gold.group] is None and hit["document"] == gold.document and holds_quote(hit["text"], gold):
                ranks[gold.group] = rank
    return ranks


def holds_quote(text: str, gold: Gold) -> bool:
    """Whether a chunk holds the first or the last half of a quote (a short quote: all of it)."""
    words = gold.quote.split()
    half = max(len(words) // 2, min(len(words), 4))
    halves = (" ".join(words[:half]), " ".join(words[-half:]))
    return any(find_loosely(text, part) is not None for part in halves)


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s".replace(".", ",")


def _megabytes(value: float | None) -> str:
    return "–" if not value else f"{value:.0f} MB"
