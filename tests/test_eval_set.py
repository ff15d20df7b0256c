"""The eval set over the seeds is what its README says, and the loader refuses what is not a set."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from rag.errors import UsageError
from rag.evaluation import questions
from rag.evaluation.authoring import feedback_cases
from rag.evaluation.matching import holds
from rag.evaluation.questions import ANSWERABLE_KINDS, UNANSWERABLE_KINDS, VOICES, Case, Gold, find_loosely, load_cases

ROOT = Path(__file__).resolve().parent.parent
CASES = load_cases(ROOT / "eval" / "questions.jsonl")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return questions.document_texts(ROOT / "seeds", (gold.document for case in CASES for gold in case.gold))


def test_every_gold_quote_stands_in_its_document(texts: dict[str, str]) -> None:
    for case in CASES:
        for gold in case.gold:
            assert texts[gold.document][gold.start : gold.end] == gold.quote, case.id


def test_every_wanted_fact_stands_in_its_gold() -> None:
    for case in CASES:
        quotes = "\n".join(gold.quote for gold in case.gold)
        for fact in case.facts:
            assert holds(quotes, fact), (case.id, fact)


@pytest.mark.parametrize("name", ["second", "third", "short", "fourth"])
def test_quotes_and_facts_of_the_other_sets_stand_in_their_documents(name: str) -> None:
    cases = load_cases(ROOT / "eval" / f"{name}.jsonl")
    known = questions.document_texts(ROOT / "seeds", (gold.document for case in cases for gold in case.gold))
    assert len({" ".join(case.q.lower().split()) for case in cases}) == len(cases)
    for case in cases:
        assert case.answerable == (case.kind in ANSWERABLE_KINDS) == bool(case.gold) == bool(case.facts), case.id
        for gold in case.gold:
            assert known[gold.document][gold.start : gold.end] == gold.quote, case.id
        quotes = "\n".join(gold.quote for gold in case.gold)
        assert all(holds(quotes, fact) for fact in case.facts), case.id


def test_short_questions_are_short_and_their_length_tells_nothing() -> None:
    cases = load_cases(ROOT / "eval" / "short.jsonl")
    sizes = {kind: [len(c.q.split()) for c in cases if c.answerable == kind] for kind in (True, False)}
    assert max(map(max, sizes.values())) <= 6
    assert abs(sum(sizes[True]) / len(sizes[True]) - sum(sizes[False]) / len(sizes[False])) < 0.2


def test_all_documents_are_asked_about(texts: dict[str, str]) -> None:
    assert len(texts) == 5


def test_there_are_enough_questions_of_every_kind_and_voice() -> None:
    assert len(CASES) >= 160
    for split in ("dev", "test"):
        mine = [case for case in CASES if case.split == split]
        assert sum(not case.answerable for case in mine) >= 20
        assert {case.kind for case in mine} == {*ANSWERABLE_KINDS, *UNANSWERABLE_KINDS}
        assert {case.voice for case in mine} == set(VOICES)
        assert sum(case.variant_of is not None for case in mine) >= 10


def test_dev_and_test_share_no_topic_and_no_question() -> None:
    topics = {split: {case.topic for case in CASES if case.split == split} for split in ("dev", "test")}
    assert not topics["dev"] & topics["test"]
    assert len({" ".join(case.q.lower().split()) for case in CASES}) == len(CASES)


def test_answerable_cases_have_facts_and_gold_and_unanswerable_ones_have_neither() -> None:
    for case in CASES:
        assert case.answerable == (case.kind in ANSWERABLE_KINDS), case.id
        assert bool(case.facts) == bool(case.gold) == case.answerable, case.id


def test_the_first_word_does_not_give_away_whether_there_is_an_answer() -> None:
    share = sum(case.answerable for case in CASES) / len(CASES)
    first = {
        answerable: Counter(c.q.split()[0].lower() for c in CASES if c.answerable == answerable)
        for answerable in (True, False)
    }
    guessed = sum(max(first[True][word], first[False][word]) for word in first[True] | first[False])
    common = sum(n for word in first[True] | first[False] if (n := first[True][word] + first[False][word]) >= 8)
    right = sum(
        max(first[True][word], first[False][word])
        for word in first[True] | first[False]
        if first[True][word] + first[False][word] >= 8
    )
    assert guessed <= len(CASES)
    assert right / common <= share + 0.06  # hardly better than always saying "answerable"


def test_the_same_answer_in_two_documents_is_one_group() -> None:
    case = next(case for case in CASES if case.kind == "duplicate")
    assert {gold.document[:3] for gold in case.gold} == {"003", "004"}
    assert case.groups == ("a",)


# --- locating ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("een vermoede-\nlijk slachtoffer", "vermoedelijk slachtoffer", "vermoede-\nlijk slachtoffer"),
        ("het «Platform» bestaat", "'Platform'", "«Platform»"),
        ("het «Platform» bestaat", "Platform", "Platform"),
        ("januari. Ja.", "Ja.", "Ja."),
        ("totaal 91 en 911", "911", "911"),
        ("totaal 911 en 91", "91", "91"),
        ("niets", "iets", None),
        ("niets", "", None),
    ],
)
def test_a_quote_is_found_whatever_the_layout(text: str, quote: str, found: str | None) -> None:
    span = find_loosely(text, quote)
    assert (text[span[0] : span[1]] if span else None) == found


def test_locating_twice_changes_nothing_and_after_chooses_among_equals() -> None:
    text = "Vraag 1? Ja. Vraag 2? Ja."
    case = Case("x", "?", "yesno", "resident", "t", "dev", True, (("ja",),), (Gold("a", "Ja.", after="Vraag 2?"),))
    once = questions.locate(case, {"a": text})
    assert (once.gold[0].start, once.gold[0].end) == (22, 25)
    assert questions.locate(once, {"a": text}) == once


@pytest.mark.parametrize(("texts", "reason"), [({}, "is er niet"), ({"a": "Iets anders."}, "staat niet in a")])
def test_a_quote_that_is_nowhere_is_named(texts: dict[str, str], reason: str) -> None:
    case = Case("x-1", "?", "fact", "resident", "t", "dev", True, (("ja",),), (Gold("a", "Ja zeker."),))
    with pytest.raises(UsageError, match=f"x-1.*{reason}"):
        questions.locate(case, texts)


# --- loading ----------------------------------------------------------------------------------------------------------

LINE = {"id": "a", "q": "?", "kind": "fact", "voice": "resident", "topic": "t", "split": "dev", "answerable": False}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["{"], "regel 1"),
        (["[]"], "regel 1"),
        ([json.dumps({**LINE, "kind": "raadsel"})], "'kind'.*raadsel"),
        ([json.dumps({k: v for k, v in LINE.items() if k != "q"})], "'q' ontbreekt"),
        ([json.dumps(LINE), json.dumps(LINE)], "a komt twee keer voor"),
        ([json.dumps({**LINE, "variant_of": "z"})], "variant van z"),
        ([json.dumps({**LINE, "gold": [{"bron": "a"}]})], "regel 1"),
    ],
)
def test_a_bad_set_is_refused_with_its_line(tmp_path: Path, lines: list[str], reason: str) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UsageError, match=reason):
        load_cases(file)


def test_a_set_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bestaat niet"):
        load_cases(tmp_path / "geen.jsonl")
    (tmp_path / "fout.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        load_cases(tmp_path / "fout.jsonl")


def test_saving_and_loading_gives_the_same_set(tmp_path: Path) -> None:
    questions.save_cases(tmp_path / "set.jsonl", CASES)
    assert load_cases(tmp_path / "set.jsonl") == CASES
    (tmp_path / "windows.jsonl").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "set.jsonl").read_bytes())
    assert load_cases(tmp_path / "windows.jsonl") == CASES


@pytest.mark.parametrize(
    ("lines", "reason"),
    [(b"\xff\xfe", "geen UTF-8"), (b'{"q": ' + b"9" * 5000 + b"}", "regel 1: dit is geen JSON"), (b"[]", "een object")],
)
def test_reports_that_cannot_be_read_are_refused(tmp_path: Path, lines: bytes, reason: str) -> None:
    (tmp_path / "meldingen.jsonl").write_bytes(lines)
    with pytest.raises(UsageError, match=reason):
        feedback_cases(tmp_path / "meldingen.jsonl", [])


def test_the_locate_command_makes_quotes_exact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stuk.txt").write_text("De raad telt 45\nleden.\n", encoding="utf-8")
    file = tmp_path / "set.jsonl"
    gold = [{"document": "stuk.txt", "quote": "raad telt 45 leden."}]
    file.write_text(json.dumps({**LINE, "answerable": True, "facts": [["45"]], "gold": gold}), encoding="utf-8")
    assert questions.main(["--locate", str(file), "--documents", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "1 vraag nagelopen.\n"
    one = load_cases(file)[0].gold[0]
    assert one.start == 3
    assert one.quote.split() == ["raad", "telt", "45", "leden."]


def test_the_readme_counts_right() -> None:
    readme = (ROOT / "eval" / "README.md").read_text(encoding="utf-8")
    answerable = sum(case.answerable for case in CASES)
    assert f"| {len(CASES)} vragen over de vijf stukken" in readme
    assert f"{answerable} vragen hebben een antwoord in de stukken, {len(CASES) - answerable} niet." in readme
