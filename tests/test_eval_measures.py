"""Each measure with a worked example, as literal tables; and each kind of planted error, proven to be seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.evaluation import measures, statistics
from rag.evaluation.matching import carries, holds, numbers, unsupported
from rag.evaluation.measures import Cited, Said
from rag.evaluation.questions import Gold

TEXT = "In 2021 waren er 40 meldingen. In 2022 waren het er 52. De politie deed 7 keer aangifte."
FIRST, SECOND, THIRD = (0, 30), (31, 55), (56, 88)
GOLD = (Gold("a.txt", TEXT[slice(*SECOND)], *SECOND),)
FACTS = (("52",),)


def cite(marker: int, span: tuple[int, int], quote: str | None = None) -> Cited:
    return Cited(marker, "a.txt", *span, TEXT[slice(*span)] if quote is None else quote)


# --- matching -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "variants", "found"),
    [
        ("Het waren er 91.", ["91"], True),
        ("Het waren er 911.", ["91"], False),
        ("vermoedelijk 2.500 slachtoffers", ["2"], False),
        ("vermoedelijk 2.500 slachtoffers", ["500"], False),
        ("vermoedelijk 2.500 slachtoffers", ["2500", "2.500"], True),
        ("één op de zes", ["een op de zes"], True),
        ("«Meisjes in de gevarenzone»", ['"meisjes in de gevarenzone"'], True),
        ("in 2020 – 2023", ["2020-2023"], True),
        ("zo’n 18 % van alle", ["18%"], True),
        ("vermogensdelicten", ["vermogensdelict*"], True),
        ("vermogensdelicten", ["vermogensdelict"], False),
        ("Nee, dat klopt niet.", ["ja"], False),
        ("januari", ["ja"], False),
    ],
)
def test_a_fact_stands_in_a_text_as_whole_words(text: str, variants: list[str], found: bool) -> None:
    assert holds(text, variants) is found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.013 in 2020, elf in 2021", ["1013", "2020", "11", "2021"]),
        ("zo’n 18% of 2,5 miljoen", ["18", "2,5"]),
        ("een man en één vrouw", []),
        ("artikel 30.", ["30"]),
    ],
)
def test_numbers_are_read_as_digits(text: str, expected: list[str]) -> None:
    assert numbers(text) == expected


def test_a_number_written_out_supports_the_same_number_in_digits() -> None:
    assert unsupported("Het waren er 11 [1].", ["met elf minderjarigen"]) == []


def test_a_quote_carries_a_claim_when_numbers_and_words_stand_in_it() -> None:
    assert carries(TEXT, "In 2022 waren er 52 meldingen [1].")
    assert not carries(TEXT, "In 2022 waren er 53 meldingen [1].")
    assert not carries(TEXT, "Gemeenten krijgen voldoende subsidie voor opvang [1].")
    assert carries("Ja, dat klopt.", "Ja [1].")
    assert not carries("Nee, dat klopt niet.", "Ja [1].")


# --- search -------------------------------------------------------------------------------------------------------


def test_the_first_passage_that_touches_a_gold_span_gives_the_rank() -> None:
    found = [[("b.txt", 31, 55)], [("a.txt", 0, 30)], [("a.txt", 50, 60)]]
    assert measures.first_ranks(found, GOLD) == {"a": 3}
    assert measures.first_ranks([], GOLD) == {"a": None}


def test_alternatives_in_one_group_count_once() -> None:
    twice = (*GOLD, Gold("b.txt", "x", 5, 9, group="a"))
    assert measures.first_ranks([[("b.txt", 0, 6)], [("a.txt", 0, 60)]], twice) == {"a": 1}


RANKINGS = [  # ranks of the groups, recall@1, recall@3, recall@5, MRR, nDCG@10
    ({"a": 1}, 1.0, 1.0, 1.0, 1.0, 1.0),
    ({"a": 2}, 0.0, 1.0, 1.0, 0.5, 1 / np.log2(3)),
    ({"a": 4}, 0.0, 0.0, 1.0, 0.25, 1 / np.log2(5)),
    ({"a": None}, 0.0, 0.0, 0.0, 0.0, 0.0),
    ({"a": 1, "b": 3}, 1.0, 1.0, 1.0, 1.0, (1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3))),
    ({"a": 2, "b": None}, 0.0, 0.5, 0.5, 0.5, (1 / np.log2(3)) / (1 + 1 / np.log2(3))),
    ({"a": 1, "b": 1}, 1.0, 1.0, 1.0, 1.0, 1.0),
]


@pytest.mark.parametrize("row", RANKINGS)
def test_ranking_measures(row: tuple) -> None:
    ranks, r1, r3, r5, mrr, ndcg = row
    scores = measures.ranking_measures({"q": ranks, "other": {"a": 1}})["q"]
    expected = {"recall@1": r1, "recall@3": r3, "recall@5": r5, "mrr": mrr, "ndcg@10": ndcg}
    assert {key: scores[key] for key in expected} == pytest.approx(expected)


def test_a_question_for_which_nothing_was_found_scores_zero_and_does_not_vanish() -> None:
    scores = measures.ranking_measures({"missing": {"a": None}})
    assert set(scores["missing"].values()) == {0.0}
    assert len(scores["missing"]) == len(measures.CUTS) + 2


def test_gold_without_a_place_is_refused_with_a_way_out() -> None:
    with pytest.raises(UsageError, match="--locate"):
        measures.first_ranks([[("a.txt", 0, 5)]], (Gold("a.txt", "x"),))


# --- answers: every planted error is seen by its measure ------------------------------------------------------------

RIGHT = ([Said("In 2022 waren het er 52 [1].", (1,))], [cite(1, SECOND)])


def test_a_right_answer_scores_full_marks() -> None:
    claims, citations = RIGHT
    assert measures.facts_found("In 2022 waren het er 52 [1].", FACTS) == 1.0
    assert measures.citation_recall(claims, citations) == 1.0
    assert measures.citation_precision(claims, citations) == 1.0
    assert measures.citations_on_gold(citations, GOLD) == 1.0
    assert measures.facts_proven(claims, citations, FACTS, GOLD) == 1.0
    assert measures.quote_exactness(citations, {"a.txt": TEXT}) == 1.0
    assert measures.unsupported_numbers(claims, citations) == 0


def test_a_wrong_span_is_seen() -> None:
    shifted = [cite(1, (SECOND[0] + 1, SECOND[1] + 1), TEXT[slice(*SECOND)])]
    assert measures.quote_exactness(shifted, {"a.txt": TEXT}) == 0.0
    assert measures.quote_exactness(RIGHT[1], {}) == 0.0
    elsewhere = [cite(1, FIRST)]
    assert measures.citations_on_gold(elsewhere, GOLD) == 0.0
    assert measures.facts_proven(RIGHT[0], elsewhere, FACTS, GOLD) == 0.0
    assert measures.citation_recall(RIGHT[0], elsewhere) == 0.0


def test_an_invented_number_is_seen() -> None:
    claims = [Said("In 2022 waren het er 54 [1].", (1,))]
    assert measures.unsupported_numbers(claims, [cite(1, SECOND)]) == 1
    assert measures.citation_recall(claims, [cite(1, SECOND)]) == 0.0
    assert measures.facts_found("In 2022 waren het er 54 [1].", FACTS) == 0.0


def test_a_swapped_citation_is_seen() -> None:
    claims = [Said("In 2022 waren het er 52 [2].", (2,)), Said("De politie deed 7 keer aangifte [1].", (1,))]
    citations = [cite(1, SECOND), cite(2, THIRD)]
    assert measures.citation_recall(claims, citations) == 0.0
    assert measures.facts_proven(claims, citations, FACTS, GOLD) == 0.0
    assert measures.unsupported_numbers(claims, citations) == 3
    assert measures.citations_on_gold(citations, GOLD) == 0.5  # where they point did not change, only who cites


@pytest.mark.parametrize(
    ("answerable", "answered", "answer", "right"),
    [
        (True, True, "Het waren er 52 [1].", True),
        (True, True, "Het waren er 40 [1].", False),
        (True, False, "", False),  # a refused answerable question
        (False, True, "Het waren er 52 [1].", False),  # an answered unanswerable one
        (False, False, "", True),
    ],
)
def test_the_outcome_of_a_question(answerable: bool, answered: bool, answer: str, right: bool) -> None:
    assert measures.is_right(answerable, answered, answer, FACTS if answerable else ()) is right


def test_a_citation_that_adds_nothing_lowers_precision() -> None:
    claims = [Said("In 2022 waren het er 52 [1][2].", (1, 2))]
    citations = [cite(1, SECOND), cite(2, THIRD)]
    assert measures.citation_recall(claims, citations) == 1.0
    assert measures.citation_precision(claims, citations) == 0.5


def test_two_citations_that_carry_a_claim_together_are_both_needed() -> None:
    claims = [Said("In 2021 waren er 40 meldingen en in 2022 waren het er 52 [1][2].", (1, 2))]
    assert measures.citation_precision(claims, [cite(1, FIRST), cite(2, SECOND)]) == 1.0


def test_another_sentence_of_the_right_passage_is_told_from_one_of_another_passage() -> None:
    whole, other = [("a.txt", 0, 55)], [("a.txt", 56, 88)]
    citations = [cite(1, FIRST), cite(2, SECOND), cite(3, THIRD)]
    assert measures.citations_in_right_passages([other, whole], citations, GOLD) == pytest.approx(2 / 3)
    assert measures.citations_on_gold(citations, GOLD) == pytest.approx(1 / 3)
    assert measures.citations_in_right_passages([], [cite(1, SECOND)], GOLD) == 1.0
    assert measures.citations_in_right_passages([whole], [], GOLD) is None


def test_a_marker_without_a_citation_is_not_needed_and_carries_nothing() -> None:
    claims = [Said("In 2022 waren het er 52 [9].", (9,))]
    assert measures.citation_recall(claims, []) == 0.0
    assert measures.citation_precision(claims, []) == 0.0


def test_measures_of_what_is_not_there_have_no_value() -> None:
    assert measures.citation_recall([], []) is None
    assert measures.citation_precision([], []) is None
    assert measures.citations_on_gold([], GOLD) is None
    assert measures.quote_exactness([], {}) is None


def test_another_judge_can_take_over() -> None:
    assert measures.citation_recall(*RIGHT, judge=lambda cited, claim: False) == 0.0


# --- figures over questions -----------------------------------------------------------------------------------------


def test_refusal_as_a_worked_example() -> None:
    answerable = [True, True, True, False, False, False]
    refused = [False, False, True, True, True, False]
    result = statistics.refusal(answerable, refused)
    assert (result.precision, result.recall, result.f1, result.wrongly_refused) == pytest.approx(
        (2 / 3, 2 / 3, 2 / 3, 1 / 3)
    )


def test_never_silent_has_no_precision_and_no_recall() -> None:
    result = statistics.refusal([True, False], [False, False])
    assert (result.precision, result.recall, result.f1, result.wrongly_refused) == (0.0, 0.0, 0.0, 0.0)


def test_risk_rises_as_less_sure_questions_come_in() -> None:
    coverage, risk = statistics.risk_coverage([0.9, 0.8, 0.2, 0.1], [True, True, False, True])
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0.0, 0.0, 1 / 3, 0.25])
    assert statistics.aurc([0.9, 0.8, 0.2, 0.1], [True, True, False, True]) == pytest.approx((1 / 3 + 0.25) / 4)
    assert statistics.aurc([], []) is None


def test_equal_confidence_does_not_depend_on_the_order_of_questions() -> None:
    one = statistics.aurc([0.5, 0.5], [True, False])
    assert one == statistics.aurc([0.5, 0.5], [False, True]) == 0.5


@pytest.mark.parametrize(
    ("scores", "positive", "expected"),
    [
        ([0.9, 0.8, 0.1], [True, True, False], 1.0),
        ([0.1, 0.9], [True, False], 0.0),
        ([0.5, 0.5], [True, False], 0.5),
        ([0.9, 0.4, 0.6], [True, True, False], 0.5),
        ([0.9], [True], None),
    ],
)
def test_auroc(scores: list[float], positive: list[bool], expected: float | None) -> None:
    assert statistics.auroc(scores, positive) == expected


def test_calibration_as_a_worked_example() -> None:
    confidence, outcome = [0.95, 0.95, 0.15, 1.0], [True, False, False, True]
    bins = statistics.calibration_bins(confidence, outcome)
    assert [(round(b.confidence, 3), round(b.share, 3), b.n) for b in bins] == [(0.15, 0.0, 1), (0.967, 0.667, 3)]
    assert statistics.ece(confidence, outcome) == pytest.approx((0.15 + 3 * 0.3) / 4)
    assert statistics.ece([], []) is None


def test_intervals_hold_the_mean_narrow_with_more_questions_and_repeat_exactly() -> None:
    few, many = statistics.mean_figure([1.0, 0.0] * 10), statistics.mean_figure([1.0, 0.0] * 200)
    assert few.value == many.value == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high
    assert few == statistics.mean_figure([1.0, 0.0] * 10)
    assert statistics.mean_figure([]) == statistics.Figure(None, None, None, 0)


def test_an_interval_of_any_statistic() -> None:
    figure = statistics.statistic_figure(lambda rows: float(len(set(rows.tolist()))), 10)
    assert figure.value == 10.0
    assert figure.low < figure.high <= 10.0
    assert statistics.statistic_figure(lambda rows: None, 3).value is None


def test_a_paired_difference_sees_a_real_change_and_not_a_small_one() -> None:
    before, worse, same = [1.0] * 40, [0.0] * 15 + [1.0] * 25, [0.0] + [1.0] * 39
    assert statistics.paired_difference(before, worse).p < 0.001
    assert statistics.paired_difference(before, same).p > 0.9
    assert statistics.paired_difference(before, before).value == 0.0
    assert statistics.paired_difference([], []).p == 1.0
    with pytest.raises(ValueError, match="equally long"):
        statistics.paired_difference([1.0], [])


def test_percentiles_of_durations() -> None:
    assert statistics.percentiles([1.0, 2.0, 3.0]) == pytest.approx({"p50": 2.0, "p95": 2.9, "max": 3.0})
    assert statistics.percentiles([]) == {}


# --- what always holds --------------------------------------------------------------------------------------------

RANKS = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(1, 25), min_size=1)


@given(ranks=RANKS)
@settings(max_examples=60)
def test_recall_grows_with_k_and_every_measure_is_a_share(ranks: dict) -> None:
    scores = measures.ranking_measures({"q": ranks})["q"]
    recalls = [scores[f"recall@{k}"] for k in measures.CUTS]
    assert all(0 <= value <= 1 for value in scores.values())
    if len(ranks) == 1:  # with several places the divisor grows with k too
        assert recalls == sorted(recalls)


@given(number=st.integers(0, 99_999), text=st.sampled_from(["Het waren er {}.", "({} stuks)", "in {}: veel", "{}%"]))
def test_a_number_is_found_in_any_sentence_and_never_in_a_longer_number(number: int, text: str) -> None:
    assert holds(text.format(number), [str(number)])
    assert not holds(text.format(f"{number}7"), [str(number)])
    assert not holds(text.format(f"7{number}"), [str(number)])
    assert unsupported(text.format(number), [text.format(number)]) == []


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_figures_of_confidence_are_shares_and_do_not_depend_on_order(rows: list[tuple[float, bool]]) -> None:
    confidence, right = [r[0] for r in rows], [r[1] for r in rows]
    for figure in (statistics.aurc, statistics.ece, statistics.auroc):
        value = figure(confidence, right)
        assert value is None or -1e-9 <= value <= 1 + 1e-9
        again = figure(confidence[::-1], right[::-1])
        assert value == pytest.approx(again)
