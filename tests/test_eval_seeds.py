"""The evaluation on the real product: a handful of questions over the seeds, with everything switched on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.evaluation import cli
from rag.evaluation.questions import load_cases, save_cases

ROOT = Path(__file__).resolve().parent.parent
CHOSEN = ("dev-001", "dev-002", "dev-006", "dev-030", "dev-062", "dev-088", "dev-107", "dev-131")


@pytest.fixture(scope="module")
def summary(seed_index: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("eval")
    cases = [case for case in load_cases(ROOT / "eval" / "questions.jsonl") if case.id in CHOSEN]
    save_cases(folder / "set.jsonl", cases)
    arguments = ["run", "--set", str(folder / "set.jsonl"), "--split", "dev", "--index", str(seed_index)]
    status = cli.main([*arguments, "--out", str(folder / "uit"), "--ablation", "all", "--shuffle", str(ROOT / "seeds")])
    assert status == 0
    return json.loads((folder / "uit" / "summary.json").read_text(encoding="utf-8"))


def test_every_promise_is_kept_on_real_answers(summary: dict) -> None:
    figures = summary["figures"]
    assert figures["exact"]["value"] == 1.0
    assert figures["unsupported"]["value"] == 0
    assert figures["citation_recall"]["value"] == 1.0
    assert figures["repeated"]["value"] == 1.0
    assert figures["shuffled"]["value"] == 1.0


def test_the_passages_are_found(summary: dict) -> None:
    assert summary["figures"]["recall@10"]["value"] == 1.0


def test_every_ablation_has_its_line(summary: dict) -> None:
    table = summary["ablations"]
    assert [row[0] for row in table["rows"]] == [
        "Alleen woorden (BM25)",
        "Alleen betekenis (embedder)",
        "Woorden en betekenis samen",
        "Samen, met geleerde volgorde",
        "Het geheel, met nalezen van de beste zinnen",
        "Geknipt per vraag en antwoord",
        "Geknipt om de 512 tokens",
        "Met controle van beweringen",
        "Zonder controle van beweringen",
    ]
    assert "tekens lang" in table["note"]
