"""The interface that does not change (design: contract.md), on the real program and the real seeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from rag import Assistant
from rag.cli import main

QUESTION = "Hoeveel aanmeldingen van vermoedelijke slachtoffers kreeg SHOP Jeugd in 2020?"
OFF_TOPIC = "Hoeveel parkeerplaatsen komen er bij het nieuwe zwembad?"

HIT = {"rank", "score", "document", "title", "date", "questions", "passage_id", "text", "start", "end"}
ANSWER = {
    "id", "question", "answered", "answer", "confidence", "claims", "citations", "nearest", "answerer", "model",
    "timings_ms",
}  # fmt: skip
CITATION = {"marker", "document", "title", "date", "questions", "passage_id", "quote", "start", "end", "page"}


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    status, out, _ = run(capsys, *arguments, "--json")
    assert status == 0
    return json.loads(out)


def test_search_gives_the_fields_of_the_contract(capsys, seed_index):
    result = run_json(capsys, "search", QUESTION, "--index", seed_index, "-k", 3)
    assert result["id"] is None
    assert result["query"] == QUESTION
    assert [hit["rank"] for hit in result["hits"]] == [1, 2, 3]
    assert all(set(hit) >= HIT for hit in result["hits"])
    best = result["hits"][0]
    assert best["document"] == "000_36febb8cce1cb314.txt"
    assert best["questions"] == ["2"]


def test_every_hit_stands_in_the_text_that_show_prints(capsys, seed_index):
    for hit in run_json(capsys, "search", QUESTION, "--index", seed_index)["hits"]:
        _, text, _ = run(capsys, "show", hit["document"], "--index", seed_index, "--text")
        assert text[hit["start"] : hit["end"]] == hit["text"]


def test_a_source_without_a_date_of_answer_says_when_it_was_asked(capsys, seed_index):
    _, said, _ = run(capsys, "ask", QUESTION, "--index", seed_index)
    assert "gevraagd op 2021-07-01" in said
    _, found, _ = run(capsys, "search", QUESTION, "--index", seed_index, "-k", 1)
    assert "gevraagd op 2021-07-01" in found


def test_ask_gives_the_fields_of_the_contract_and_proves_every_quote(capsys, seed_index):
    result = run_json(capsys, "ask", QUESTION, "--index", seed_index)
    assert set(result) >= ANSWER
    assert result["answered"] is True
    assert "7 aanmeldingen" in result["answer"]
    assert all(claim["citations"] for claim in result["claims"])
    for citation in result["citations"]:
        assert set(citation) >= CITATION
        assert f"[{citation['marker']}]" in result["answer"]
        _, text, _ = run(capsys, "show", citation["document"], "--index", seed_index, "--text")
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_no_answer_in_the_documents_is_a_result(capsys, seed_index):
    result = run_json(capsys, "ask", OFF_TOPIC, "--index", seed_index)
    assert result["answered"] is False
    assert result["claims"] == []
    assert result["citations"] == []
    assert result["nearest"]


def test_the_same_question_gives_the_same_json(capsys, seed_index):
    first, second = (run_json(capsys, "ask", QUESTION, "--index", seed_index) for _ in range(2))
    del first["timings_ms"], second["timings_ms"]
    assert first == second


def test_people_read_dutch_on_stdout(capsys, seed_index):
    status, out, err = run(capsys, "ask", QUESTION, "--index", seed_index)
    assert status == 0
    assert "7 aanmeldingen" in out
    assert "000_36febb8cce1cb314.txt" in out
    assert "door een computer gemaakt" in out
    assert err == ""


def test_a_batch_answers_line_by_line_and_goes_on_after_a_bad_one(capsys, seed_index, tmp_path):
    batch = tmp_path / "vragen.jsonl"
    lines = [
        json.dumps({"id": "a", "q": QUESTION, "extra": 1}),
        "geen json",
        '{"id": "getal", "q": "Wat?", "n": ' + 5000 * "9" + "}",
        json.dumps({"id": "c", "vraag": "?"}),
        json.dumps({"id": "d", "q": "   "}),
        json.dumps({"id": 5, "q": OFF_TOPIC}),
    ]
    batch.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")  # as Windows saves it
    for command in ("ask", "search"):
        status, out, _ = run(capsys, command, "--batch", batch, "--index", seed_index)
        results = [json.loads(line) for line in out.splitlines()]
        assert status == 1
        assert [result["id"] for result in results] == ["a", None, None, "c", "d", "5"]
        assert ["error" in result for result in results] == [False, True, True, True, True, False]
        assert "extra" not in results[0]


def test_lines_end_alike_everywhere(monkeypatch):
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(BytesIO(), encoding="cp1252", newline="\r\n"))  # a Windows pipe
    assert main(["models", "list"]) == 0
    sys.stdout.flush()
    written = sys.stdout.buffer.getvalue()
    assert b"\r" not in written
    assert "fietje-2" in written.decode("utf-8")


def test_show_gives_a_document_as_indexed(capsys, seed_index, assistant):
    shown = run_json(capsys, "show", "002_599943ccf35121b5.txt", "--index", seed_index)
    document = assistant.document("002_599943ccf35121b5.txt")
    assert shown["text"] == document.text
    assert [exchange["questions"] for exchange in shown["exchanges"]][:3] == [["1"], ["2", "3"], ["4"]]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "OPDRACHT"),
        (["ask"], 2, "Stel één vraag"),
        (["ask", ""], 2, "vraag is leeg"),
        (["ask", "?!"], 2, "vraag is leeg"),
        (["ask", "waarom " * 20_000], 2, "Maak de vraag korter"),
        (["ask", "Wat?", "--batch", "x.jsonl"], 2, "Stel één vraag"),
        (["ask", "--batch", "bestaat-niet.jsonl"], 2, "bestaat niet"),
        (["ask", "Wat?", "--answerer", "orakel"], 2, "bestaat niet: 'orakel'"),
        (["ask", "Wat?", "--from", "gisteren"], 2, "geen datum"),
        (["search", "Wat?", "-k", "0"], 2, "1 of meer"),
        (["search", "Wat?", "-k", "veel"], 2, "geen geheel getal"),
        (["show", "bestaat-niet.txt"], 2, "bestaat-niet.txt"),
        (["onzin"], 2, "bestaat niet: 'onzin'"),
        (["ask", "Wat?", "--onzin"], 2, "nbekend: --onzin"),
    ],
)
def test_wrong_use_is_named_in_dutch(capsys, seed_index, arguments, status, words):
    place = ["--index", str(seed_index)] if arguments and arguments[0] in ("ask", "search", "show") else []
    got, out, err = run(capsys, *arguments, *place)
    assert (got, out) == (status, "")
    assert words in err
    assert "Traceback" not in err


def test_an_index_that_is_not_there_names_the_command(capsys, tmp_path):
    status, _, err = run(capsys, "ask", QUESTION, "--index", tmp_path / "niets")
    assert status == 1
    assert "raadwijzer index" in err


def test_a_file_that_cannot_be_read_is_named_counted_and_skipped(capsys, tmp_path):
    folder = tmp_path / "stukken"
    folder.mkdir()
    (folder / "goed.txt").write_text("Het college heeft in 2021 drie brieven verstuurd.", encoding="utf-8")
    (folder / "leeg.txt").write_bytes(b"")
    (folder / "plaatje.txt").write_bytes(bytes(range(256)) * 20)
    status, out, err = run(capsys, "index", folder, "--index", tmp_path / "index")
    assert status == 1
    assert "leeg.txt" in err
    assert "plaatje.txt" in err
    assert "1 document, 1 passage (" in out
    assert "2 niet gelezen" in out


def test_typing_errors_are_mended_and_shown(capsys, seed_index):
    typed = "hoeveel aanmeldigen van slachtofers kreeg SHOP Jeugd in 2020"
    result = run_json(capsys, "ask", typed, "--index", seed_index)
    assert result["question"] == typed
    assert "slachtoffers" in result["understood"]
    assert "7 aanmeldingen" in result["answer"]
    assert "Begrepen als: " in run(capsys, "ask", typed, "--index", seed_index)[1]


def test_python(seed_index):
    assistant = Assistant.open(seed_index)
    answer = assistant.ask(QUESTION)
    assert answer.answered
    assert answer.claims
    document = assistant.document(answer.citations[0].document)
    assert document.text[answer.citations[0].start : answer.citations[0].end] == answer.citations[0].quote
    assert len(assistant.search(QUESTION, k=4)) == 4


def test_the_console_script_and_the_module_are_the_same(seed_index):
    script = Path(sys.executable).with_name("raadwijzer")
    command = ["search", QUESTION, "--index", str(seed_index), "--json"]
    outputs = [
        subprocess.run([*start, *command], capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout
        for start in ([str(script)], [sys.executable, "-m", "rag"])
    ]
    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0].decode("utf-8"))["hits"]
