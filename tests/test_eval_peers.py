"""Plain pipelines beside the product: their chunks are judged fairly, and what did not run is said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rag.evaluation import footprint
from rag.evaluation.peers import holds_quote, peer_scores, peers_table
from rag.evaluation.questions import Case, Gold

ROOT = Path(__file__).resolve().parent.parent
QUOTE = "In 2022 waren het er 52, verdeeld over drie wijken van de stad."


def case(number: int, *gold: Gold) -> Case:
    return Case(f"c{number}", "?", "fact", "resident", "t", "test", bool(gold), (("52",),) if gold else (), gold)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Vooraf. {QUOTE} Daarna.", True),
        ("In 2022 waren het\ner 52, verdeeld", True),
        ("verdeeld over drie wijken van de stad. En", True),
        ("In 2022 waren het er 53, verdeeld", False),
        ("de stad", False),
    ],
)
def test_a_chunk_that_holds_half_of_a_quote_counts(text: str, found: bool) -> None:
    assert holds_quote(text, Gold("a.txt", QUOTE)) is found


def test_a_short_quote_must_be_there_whole() -> None:
    assert holds_quote("kenmerk RIS312672.", Gold("a.txt", "RIS312672"))
    assert not holds_quote("kenmerk RIS3126720", Gold("a.txt", "RIS312672"))


def test_the_right_words_in_another_document_do_not_count_and_a_missing_case_scores_zero() -> None:
    cases = [case(1, Gold("a.txt", QUOTE)), case(2, Gold("a.txt", QUOTE)), case(3)]
    hits = {"c1": [{"document": "b.txt", "text": QUOTE}, {"document": "a.txt", "text": QUOTE}]}
    scores = peer_scores(hits, cases)
    assert scores["c1"]["mrr"] == 0.5
    assert scores["c2"]["mrr"] == 0.0
    assert "c3" not in scores


def test_the_table_has_a_line_for_each_and_says_what_was_skipped() -> None:
    costs = {"index_s": 0.5, "memory_mb": 60.0, "disk_mb": 70.0}
    peer = {"name": "x", "label": "Gewoon", "query_ms": [1.0, 2.0, 9.0], "hits": {}, **costs}
    raw = {"own": costs, "peers": [peer, {"name": "y", "label": "Anders", "skipped": "overgeslagen."}]}
    summary = {"figures": {"recall@1": {"value": 0.9}, "search_p50": {"value": 2.0}}}
    table = peers_table(raw, [case(1, Gold("a.txt", QUOTE))], summary)
    assert table["rows"] == [
        ["Raadwijzer", "0,900", "–", "–", "0,50 s", "2,0 ms", "60 MB", "70 MB", "ja", "ja"],
        ["Gewoon", "0,000", "0,000", "0,000", "0,50 s", "2,0 ms", "60 MB", "70 MB", "nee", "nee"],
    ]
    assert table["note"] == "Anders: overgeslagen."


def test_pipelines_that_are_not_installed_are_skipped_and_said(tmp_path: Path) -> None:
    out = tmp_path / "peers.json"
    command = [sys.executable, "-S", str(ROOT / "eval" / "peers" / "run.py"), "--out", str(out)]  # -S: no packages
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    raw = json.loads(out.read_text(encoding="utf-8"))
    assert [peer["name"] for peer in raw["peers"]] == ["bm25s", "langchain", "minilm"]
    assert all(peer["skipped"] == "overgeslagen, niet geïnstalleerd." for peer in raw["peers"])
    assert done.stderr.count("overgeslagen, niet geïnstalleerd") == 4


def test_size_on_disk_takes_what_a_package_needs_along() -> None:
    alone, unknown = footprint.disk_megabytes(["numpy"]), footprint.disk_megabytes(["bestaat-niet"])
    assert alone > 10
    assert unknown == 0
    assert footprint.disk_megabytes(["faiss-cpu"]) > alone
    assert footprint.peak_megabytes() > 1
