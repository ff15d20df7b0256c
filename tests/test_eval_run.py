"""A run from question to report, with an assistant whose every answer is scripted: whole outputs, nothing real."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from rag import cli as main_cli
from rag.errors import ModelMissing, UsageError
from rag.evaluation import ablations, cli, gate, report, run
from rag.evaluation.compare import compare
from rag.evaluation.questions import Case, Gold, load_cases, save_cases
from rag.evaluation.records import FAILURES, Row, failure_of, row_from, row_value, score_rows
from rag.evaluation.summary import summarise
from rag.types import (
    Answer,
    Block,
    Citation,
    Claim,
    Document,
    DocumentInfo,
    DroppedClaim,
    Hit,
    Passage,
    SourceMap,
)

TEXT = "In 2021 waren er 40 meldingen.\n\nIn 2022 waren het er 52.\n\nDe politie deed 7 keer aangifte.\n"
SPANS = {"40": (0, 30), "52": (32, 56), "7": (58, 90)}
INFO = DocumentInfo("a.txt", "Meldingen", "schriftelijke vragen", "2022-08-30")


def passage(name: str) -> Passage:
    start, end = SPANS[name]
    return Passage(
        f"p{name}", "a.txt", "exchange", (name,), start, end, TEXT[start:end], (Block("answer", start, end),)
    )


def hit(rank: int, name: str) -> Hit:
    return Hit(rank, 1 / rank, passage(name), INFO)


def spoken(question: str, name: str, text: str | None = None, confidence: float = 0.9, shift: int = 0) -> Answer:
    start, end = SPANS[name]
    said = f"{text or TEXT[start:end]} [1]"
    quote = TEXT[start:end]
    citation = Citation(1, "a.txt", "Meldingen", None, (name,), f"p{name}", quote, start + shift, end + shift)
    return Answer(
        question, said, True, confidence, (Claim(said, (1,)),), (citation,), timings_ms={"prompt_tokens": 300.0}
    )


def silent(question: str, confidence: float = 0.1) -> Answer:
    return Answer(question, "Geen antwoord gevonden.", False, confidence, nearest=(hit(1, "40"),))


class ScriptedAssistant:
    """Answers as told; asked something else, it breaks. ``asked`` counts."""

    def __init__(
        self, answers: dict[str, Answer | Exception], ranking: dict[str, tuple[str, ...]] | None = None
    ) -> None:
        self.answers, self.ranking, self.asked = answers, ranking or {}, 0

    def search(self, question: str, k: int = 10) -> list[Hit]:
        return [hit(rank, name) for rank, name in enumerate(self.ranking.get(question, ("40", "52", "7"))[:k], 1)]

    def ask(self, question: str, *, answerer: str | None = None) -> Answer:
        self.asked += 1
        answer = self.answers[question]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def document(self, path: str) -> Document:
        if path != "a.txt":
            raise UsageError(f"{path} staat niet in de index.")
        return Document("a.txt", "f", "document", TEXT, "Meldingen", SourceMap(((0, 0, len(TEXT)),)), ())

    def documents(self) -> list[DocumentInfo]:
        return [INFO]


def case(number: int, q: str, name: str | None, **more: object) -> Case:
    gold = (Gold("a.txt", TEXT[slice(*SPANS[name])], *SPANS[name]),) if name else ()
    facts = ((name,),) if name else ()
    kind = "number" if name else "near-miss"
    return Case(f"c{number}", q, kind, "resident", "t", "test", name is not None, facts, gold, **more)


CASES = (
    case(1, "Hoeveel in 2022?", "52"),
    case(2, "hoevel in 2022", "52", variant_of="c1"),
    case(3, "Hoeveel aangiften?", "7"),
    case(4, "Hoeveel in 2030?", None),
    case(5, "Hoeveel in 2021?", "40"),
)
GOOD: dict[str, Answer | Exception] = {
    "Hoeveel in 2022?": spoken("Hoeveel in 2022?", "52"),
    "hoevel in 2022": spoken("hoevel in 2022", "52", confidence=0.8),
    "Hoeveel aangiften?": spoken("Hoeveel aangiften?", "7"),
    "Hoeveel in 2030?": silent("Hoeveel in 2030?"),
    "Hoeveel in 2021?": spoken("Hoeveel in 2021?", "40"),
}
SETTINGS = run.Settings(repeat=2)


def rows_of(answers: dict[str, Answer | Exception], ranking: dict[str, tuple[str, ...]] | None = None) -> list[Row]:
    return run.run_cases(CASES, ScriptedAssistant(answers, ranking), SETTINGS)


def figures(answers: dict[str, Answer | Exception]) -> dict[str, float]:
    summary = summarise(score_rows(rows_of(answers)))
    return {key: figure["value"] for key, figure in summary["figures"].items()}


# --- what each planted error does to the figures --------------------------------------------------------------------


def test_a_faultless_assistant_has_faultless_figures() -> None:
    got = figures(GOOD)
    for key in (
        "all_facts",
        "right",
        "proven",
        "citation_recall",
        "citation_precision",
        "on_gold",
        "exact",
        "repeated",
    ):
        assert got[key] == 1.0, key
    assert got["refusal_f1"] == got["auroc"] == got["robust"] == 1.0
    assert got["unsupported"] == got["wrongly_refused"] == 0.0
    assert got["recall@1"] == 0.25
    assert got["recall@3"] == 1.0
    assert got["prompt_tokens"] == 300.0


PLANTED = [  # question, what is said instead, the figure that must see it, its value, what became of the question
    ("Hoeveel in 2022?", spoken("", "52", shift=1), "exact", 0.75, "right"),
    ("Hoeveel in 2022?", spoken("", "52", text="In 2022 waren het er 54."), "unsupported", 1.0, "incomplete"),
    ("Hoeveel in 2022?", spoken("", "7", text="In 2022 waren het er 52."), "proven", 0.75, "right"),
    ("Hoeveel in 2022?", spoken("", "7"), "all_facts", 0.75, "not_chosen"),
    ("Hoeveel in 2022?", silent(""), "wrongly_refused", 0.25, "refused_wrongly"),
    ("Hoeveel in 2030?", spoken("", "40"), "refusal_recall", 0.0, "answered_wrongly"),
    ("Hoeveel in 2022?", ModelMissing("weg"), "all_facts", 0.75, "error"),
    ("Hoeveel in 2022?", ZeroDivisionError("stuk"), "recall@3", 0.75, "error"),
    ("hoevel in 2022", silent(""), "robust", 0.0, "refused_wrongly"),
]


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_error_is_seen_by_its_figure_and_named(planted: tuple) -> None:
    question, said, key, value, became = planted
    rows = rows_of({**GOOD, question: said})
    assert figures({**GOOD, question: said})[key] == value
    assert failure_of(next(row for row in rows if row.case.q == question)) == became


def test_a_passage_that_is_not_found_is_told_from_one_that_is_not_chosen() -> None:
    rows = rows_of({**GOOD, "Hoeveel in 2022?": silent("")}, {"Hoeveel in 2022?": ("40", "7")})
    assert failure_of(rows[0]) == "not_found"


def test_a_fact_that_verification_left_out_is_told_apart() -> None:
    dropped = replace(spoken("", "40"), dropped=(DroppedClaim("In 2022 waren het er 52.", "staat niet in de bron"),))
    rows = rows_of({**GOOD, "Hoeveel in 2022?": dropped})
    assert failure_of(rows[0]) == "dropped"
    restored = ablations.without_verification(rows)
    assert failure_of(restored[0]) == "right"
    assert score_rows(restored)[0].scores["unsupported"] == 2.0


def test_an_answer_that_changes_is_seen() -> None:
    class Wavering(ScriptedAssistant):
        def ask(self, question: str, *, answerer: str | None = None) -> Answer:
            return replace(super().ask(question), confidence=self.asked / 100)

    rows = run.run_cases(CASES, Wavering(GOOD), SETTINGS)
    assert [row.repeated for row in rows] == [False] * 5


def test_a_gold_quote_that_moved_is_found_again_and_one_that_is_gone_is_named() -> None:
    moved = replace(CASES[0], gold=(Gold("a.txt", "In 2022 waren het er 52.", 0, 5),))
    placed, texts = run.placed((moved,), ScriptedAssistant(GOOD))
    assert (placed[0].gold[0].start, placed[0].gold[0].end) == SPANS["52"]
    assert texts == {"a.txt": TEXT}
    with pytest.raises(UsageError, match="c1"):
        run.placed((replace(CASES[0], gold=(Gold("a.txt", "Er waren 99 meldingen."),)),), ScriptedAssistant(GOOD))
    with pytest.raises(UsageError, match=r"b\.txt"):
        run.placed((replace(CASES[0], gold=(Gold("b.txt", "x"),)),), ScriptedAssistant(GOOD))


def test_rows_survive_the_way_to_the_file_and_back() -> None:
    for row in rows_of({**GOOD, "Hoeveel in 2022?": ModelMissing("weg")}):
        assert row_from(json.loads(json.dumps(row_value(row)))) == row


# --- a run in a folder ----------------------------------------------------------------------------------------------


def plan(assistant: ScriptedAssistant, identity: str = "i") -> run.Plan:
    return run.Plan(CASES, assistant, SETTINGS, {"identity": identity})


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    def stop_after(n: int):
        def progress(done: int, total: int) -> None:
            if done == n:
                raise KeyboardInterrupt

        return progress

    first = ScriptedAssistant(GOOD)
    with pytest.raises(KeyboardInterrupt):
        run.run_in_folder(tmp_path, plan(first), stop_after(3))
    with (tmp_path / "rows.jsonl").open("a") as file:
        file.write('{"case": {"id": "c4", "q"')  # the line that was being written when it stopped
    second = ScriptedAssistant(GOOD)
    rows, there = run.run_in_folder(tmp_path, plan(second))
    assert there >= 2
    assert second.asked == 2 * (5 - there)
    assert [row.case.id for row in rows] == ["c1", "c2", "c3", "c4", "c5"]
    assert [row.case.id for row in run.read_rows(tmp_path)] == ["c1", "c2", "c3", "c4", "c5"]


def test_a_finished_run_and_a_run_of_something_else_are_made_anew(tmp_path: Path) -> None:
    run.run_in_folder(tmp_path, plan(ScriptedAssistant(GOOD)))
    for identity in ("i", "j"):
        again = ScriptedAssistant(GOOD)
        assert run.run_in_folder(tmp_path, plan(again, identity))[1] == 0
        assert again.asked == 10


def test_what_is_run_decides_the_identity() -> None:
    one = run.identity(CASES, {"a.txt": TEXT}, {"answerer": "extractive"})
    assert one == run.identity(CASES, {"a.txt": TEXT}, {"answerer": "extractive"})
    others = {
        run.identity(CASES[:4], {"a.txt": TEXT}, {"answerer": "extractive"}),
        run.identity(CASES, {"a.txt": TEXT + "!"}, {"answerer": "extractive"}),
        run.identity(CASES, {"a.txt": TEXT}, {"answerer": "llm"}),
    }
    assert one not in others
    assert len(others) == 3


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape(str(tmp_path))):
        run.read_rows(tmp_path)


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the small set, in which every command talks to the scripted assistant."""
    save_cases(tmp_path / "set.jsonl", CASES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_assistant", lambda config: ScriptedAssistant(GOOD))
    return tmp_path


def test_run_prints_a_table_and_writes_a_report(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_cli.main(["eval", "run", "--set", "set.jsonl", "--out", "uit"]) == 0
    out = re.sub(r"\d+,\d ms", "0,0 ms", capsys.readouterr().out)
    lines = [re.sub(r"  +", "  ", line) for line in out.splitlines()]
    assert lines[0] == "5 vragen (test), antwoorder extractive"
    assert "Recall@1  0,250  0,000 – 0,750  4" in lines
    assert "Alle feiten  1,000  1,000 – 1,000  4" in lines
    assert "Getallen zonder bron  0  4" in lines
    assert "getal  4  0,250  1,000  1,000  1,000" in lines
    assert "zonder antwoord: net niet  1  –  –  –  1,000" in lines
    assert "goed  5" in lines
    assert lines[-1] == "Verslag: uit/report.html"
    assert {file.name for file in (desk / "uit").iterdir()} == {"run.json", "rows.jsonl", "summary.json", "report.html"}


def test_run_gives_json_only_when_asked(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--set", "set.jsonl", "--out", "uit", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["figures"]["right"]["value"] == 1.0
    assert value["failures"] == {name: 5 if name == "right" else 0 for name in FAILURES}


def test_a_run_with_a_crash_ends_with_status_1(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**GOOD, "Hoeveel in 2021?": RuntimeError("stuk")}
    monkeypatch.setattr(cli, "_assistant", lambda config: ScriptedAssistant(broken))
    assert cli.main(["run", "--set", "set.jsonl", "--out", "uit"]) == 1
    assert "RuntimeError: stuk" in (desk / "uit" / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["run", "--set", "geen.jsonl"], "bestaat niet"),
        (["run", "--set", "set.jsonl", "--split", "dev"], "geen enkele vraag"),
        (["run", "--set", "set.jsonl", "--ablation", "toeval"], "De ablatie 'toeval' bestaat niet"),
        (["run", "--split", "alles"], "kies uit"),
        (["compare", "hier", "daar"], "staat geen evaluatie"),
        (["gate", "--set", "set.jsonl", "--baseline", "geen.json"], "bestaat niet"),
        (["add", "geen.sqlite"], "bestaat niet"),
        ([], "wat ontbreekt"),
    ],
)
def test_wrong_use_is_told_in_dutch(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert cli.main(arguments) == 2
    assert reason.lower() in capsys.readouterr().err.lower()


def worse() -> dict[str, Answer | Exception]:
    return {**GOOD, "Hoeveel in 2022?": silent(""), "Hoeveel aangiften?": spoken("", "40")}


def test_compare_tells_what_changed_question_by_question(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.main(["run", "--set", "set.jsonl", "--out", "goed"])
    monkeypatch.setattr(cli, "_assistant", lambda config: ScriptedAssistant(worse()))
    cli.main(["run", "--set", "set.jsonl", "--out", "slechter"])
    capsys.readouterr()
    assert cli.main(["compare", "goed", "slechter"]) == 0
    lines = [re.sub(r"  +", "  ", line) for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith("Alle feiten  1,000  0,500  -0,500  ") for line in lines)
    assert "c1  goed  ten onrechte gezwegen  Hoeveel in 2022?" in lines
    assert "c3  goed  gevonden, niet gekozen  Hoeveel aangiften?" in lines
    cli.main(["compare", "goed", "goed"])
    assert "Geen enkele vraag kreeg een andere uitkomst." in capsys.readouterr().out
    assert cli.main(["compare", "goed", "slechter", "--json"]) == 0
    assert [t["id"] for t in json.loads(capsys.readouterr().out)["turned"]] == ["c1", "c3"]


def test_a_question_that_only_one_run_has_counts_as_zero_in_the_other() -> None:
    full = score_rows(rows_of(GOOD))
    comparison = compare(full, full[:4])
    right = next(change for change in comparison.changes if change.measure.key == "right")
    assert (right.first, right.second, right.difference.n) == (1.0, 0.8, 5)
    assert comparison.only_first == 1
    assert comparison.turned[0].second is None


def test_silence_is_not_a_bad_citation_when_runs_are_compared() -> None:
    silenced = score_rows(rows_of({**GOOD, "Hoeveel in 2022?": silent("")}))
    comparison = compare(score_rows(rows_of(GOOD)), silenced)
    cited = next(change for change in comparison.changes if change.measure.key == "citation_recall")
    assert (cited.second, cited.difference.value, cited.difference.n) == (1.0, 0.0, 3)


def many(answers: dict[str, Answer | Exception], n: int = 12) -> list:
    rows = rows_of(answers)
    copies = [replace(row, case=replace(row.case, id=f"{row.case.id}-{i}")) for i in range(n) for row in rows]
    return score_rows(copies)


def test_the_gate_is_open_for_the_same_and_shut_for_a_significant_fall(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["gate", "--set", "set.jsonl", "--out", "uit", "--baseline", "basis.json", "--update"]) == 0
    assert cli.main(["gate", "--run", "uit", "--baseline", "basis.json"]) == 0
    assert "in orde" in capsys.readouterr().out
    basis = gate.baseline_of(many(GOOD), {"split": "test"})
    assert not [c.problem for c in gate.check(many(GOOD), basis) if c.problem]
    problems = [c.problem for c in gate.check(many(worse()), basis) if c.problem]
    assert any(problem.startswith("Alle feiten daalt aantoonbaar: van 1,000 naar 0,500") for problem in problems)
    assert any(problem.startswith("Gesproken waar dat kon") for problem in problems)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (spoken("", "52", shift=1), "Niet elk citaat is letterlijk."),
        (
            spoken("", "52", text="In 2022 waren het er 52 en niet 53."),
            "Er staat een getal zonder bron in een antwoord.",
        ),
        (RuntimeError("stuk"), "Niet elke vraag is verwerkt."),
    ],
)
def test_one_broken_promise_shuts_the_gate(said: Answer | Exception, reason: str) -> None:
    basis = gate.baseline_of(score_rows(rows_of(GOOD)), {})
    problems = [c.problem for c in gate.check(score_rows(rows_of({**GOOD, "Hoeveel in 2022?": said})), basis)]
    assert reason in problems


def test_rounding_in_the_baseline_is_no_fall() -> None:
    thirds = [replace(one, scores={**one.scores, "mrr": 2 / 3}) for one in many(GOOD) if one.row.case.answerable]
    basis = json.loads(json.dumps(gate.baseline_of(thirds, {})))
    assert not [c.problem for c in gate.check(thirds, basis) if c.problem]


def test_a_baseline_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="--update"):
        gate.check([], {"iets": 1})


def test_new_makes_a_file_to_fill_and_empty_lines_do_not_count(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "eigen.jsonl", "-n", "4"]) == 0
    cases = load_cases(desk / "eigen.jsonl")
    assert cases
    assert {case.split for case in cases} == {"review"}
    assert any(not case.answerable for case in cases)
    for one in cases:
        assert all(TEXT[g.start : g.end] == g.quote for g in one.gold)
    assert cli.main(["new", "eigen.jsonl"]) == 2
    assert "bestaat al" in capsys.readouterr().err
    assert cli.main(["run", "--set", "eigen.jsonl", "--split", "review"]) == 2
    assert "nog niet ingevuld" in capsys.readouterr().err


COMPLAINTS = [
    {"question": "Hoeveel in 2019?", "reason": "klopt niet", "answer": "Het waren er 40 [1].", "answered": True},
    {"question": "hoeveel in 2022?", "reason": "staat al in de set"},
    {"question": "  "},
    {"question": "Wie deed aangifte?", "rating": "bad"},
    {"question": "Mooi antwoord", "rating": "good"},
    {"vraag": "Prima antwoord", "oordeel": "goed"},
]


def test_add_makes_cases_of_complaints_to_be_reviewed(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "meldingen.jsonl").write_text("\n".join(json.dumps(item) for item in COMPLAINTS), encoding="utf-8")
    assert cli.main(["add", "meldingen.jsonl", "--set", "set.jsonl"]) == 0
    added = load_cases(desk / "set.jsonl")[len(CASES) :]
    assert [(c.id, c.q, c.split) for c in added] == [
        ("melding-001", "Hoeveel in 2019?", "review"),
        ("melding-002", "Wie deed aangifte?", "review"),
    ]
    assert added[0].note == "Reden: klopt niet. Gegeven antwoord: Het waren er 40 [1]."
    cli.main(["add", "meldingen.jsonl", "--set", "set.jsonl"])
    assert len(load_cases(desk / "set.jsonl")) == len(CASES) + 2
    (desk / "stuk.jsonl").write_text("geen json", encoding="utf-8")
    assert cli.main(["add", "stuk.jsonl", "--set", "set.jsonl"]) == 2


def test_add_reads_the_file_of_the_page(desk: Path) -> None:
    connection = sqlite3.connect(desk / "feedback.sqlite")
    connection.execute("CREATE TABLE feedback (question TEXT, reason TEXT, answer TEXT)")
    connection.execute("INSERT INTO feedback VALUES ('Hoeveel in 2018?', 'onvolledig', '')")
    connection.commit()
    connection.close()
    assert cli.main(["add", "feedback.sqlite", "--set", "set.jsonl"]) == 0
    assert load_cases(desk / "set.jsonl")[-1].q == "Hoeveel in 2018?"
    sqlite3.connect(desk / "leeg.sqlite").close()
    (desk / "leeg.sqlite").write_bytes(b"SQLite format 3\x00 en dan niets")
    assert cli.main(["add", "leeg.sqlite", "--set", "set.jsonl"]) == 2


# --- the report -----------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page holds: its tags with their attributes, and whether they close."""

    VOID = frozenset(("meta", "br", "input", "link", "img"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


HOSTILE = "<script>alert('x')</script><img src=//kwaad.example/a.png onerror=alert(1)>\"'&amp;"


def page_of(answers: dict[str, Answer | Exception], cases: tuple[Case, ...] = CASES, word: str = "woord") -> str:
    rows = run.run_cases(cases, ScriptedAssistant(answers), SETTINGS)
    scored = score_rows(rows)
    table = {"columns": [word, "b"], "rows": [[word, word]], "note": word}
    summary = summarise(scored) | {"ablations": table, "peers": table}
    return report.render(summary, scored, {"title": word, "questions": len(rows), "machine": word})


def test_the_report_escapes_everything_from_outside() -> None:
    nasty = replace(CASES[0], id=f"c{HOSTILE}", q=HOSTILE, note=HOSTILE, facts=((HOSTILE,),))
    said = replace(spoken(HOSTILE, "52", text=HOSTILE), dropped=(DroppedClaim(HOSTILE, HOSTILE),))
    text = page_of({**GOOD, HOSTILE: said}, (nasty, *CASES[2:]), HOSTILE)
    page = Page(text)
    assert page.open == []
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert text.count("&lt;script&gt;alert(&#x27;x&#x27;)") >= 8


def test_the_report_asks_nothing_of_another_host() -> None:
    text = page_of(GOOD)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", text)
    for tag, attributes in Page(text).tags:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")


def test_the_report_is_accessible_as_far_as_markup_can_tell() -> None:
    tags = Page(page_of(GOOD)).tags
    assert ("html", {"lang": "nl"}) in tags
    assert all(attributes.get("aria-label") for tag, attributes in tags if tag == "svg")
    assert all(attributes.get("scope") for tag, attributes in tags if tag == "th")
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 or (before, after) == (2, 4) for before, after in pairwise(levels))


def test_every_question_has_its_part_with_why_it_failed() -> None:
    text = page_of({**GOOD, "Hoeveel in 2022?": silent("")})
    ids = [attributes["id"] for tag, attributes in Page(text).tags if tag == "details"]
    assert ids == [case.id for case in CASES]
    assert "De stukken geven antwoord, maar er is gezwegen." in text
    assert "goede vindplaats" in text


def test_a_search_only_run_has_a_report_too() -> None:
    rows = run.run_cases(CASES, ScriptedAssistant(GOOD), run.Settings(answers=False))
    scored = score_rows(rows, answers=False)
    summary = summarise(scored, answers=False)
    assert "all_facts" not in summary["figures"]
    assert Page(report.render(summary, scored, {})).open == []


# --- chunks ---------------------------------------------------------------------------------------------------------


def test_fixed_chunks_cover_the_text_without_overlap() -> None:
    document = ScriptedAssistant(GOOD).document("a.txt")
    pieces = ablations.fixed_chunks(document, tokens=7)
    assert [piece.text for piece in pieces] == [TEXT[p.start : p.end] for p in pieces]
    assert "".join(piece.text for piece in pieces).split() != []
    assert all(a.end <= b.start for a, b in pairwise(pieces))
    assert "".join("".join(p.text for p in pieces).split()) == "".join(TEXT.split())
    assert ablations.fixed_chunks(replace(document, text="")) == []


class WordCounter:
    """An embedder that only knows four words."""

    name, fingerprint, dim = "tel", "tel", 4

    def encode(self, texts: list[str]) -> np.ndarray:
        counts = np.array(
            [[text.lower().count(w) for w in ("politie", "2022", "2021", "raad")] for text in texts], float
        )
        return (counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1)).astype(np.float32)


def test_chunks_are_searched_by_words_and_meaning_and_judged_like_passages() -> None:
    document = ScriptedAssistant(GOOD).document("a.txt")
    rows = ablations.chunk_rows(CASES, [document], WordCounter(), lambda d: ablations.fixed_chunks(d, tokens=7))
    assert rows[0].hits[0]["spans"] == [[32, 56]]
    assert [hit["rank"] for hit in rows[0].hits] == [1, 2, 3]
    assert score_rows(rows, answers=False)[0].scores["recall@1"] == 1.0
    assert 20 < ablations.characters_to_read(rows) < 40
