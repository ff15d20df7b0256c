"""Follow-up questions: a table of what is typed and what is understood."""

from __future__ import annotations

from threading import Event

import pytest

from rag.types import Filters
from rag.web.followups import understand
from rag.web.turns import Conversations, Turn, follow
from tests.doubles_web import ScriptedAssistant

BEFORE = "Hoeveel plekken waren er in de stalling in 2020?"


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("en in 2021?", "Hoeveel plekken waren er in de stalling in 2021?"),
        ("En voor het jaar 2019?", "Hoeveel plekken waren er in de stalling in 2019?"),
        ("en bij het strand?", "Hoeveel plekken waren er in de stalling in 2020, bij het strand?"),
        ("waarom is dat?", "waarom is dat? (over: Hoeveel plekken waren er in de stalling in 2020)"),
        (
            "Wat kost een tweede stalling bij het station ongeveer?",
            "Wat kost een tweede stalling bij het station ongeveer?",
        ),
        ("  Wat   kost  parkeren? ", "Wat kost parkeren?"),
    ],
)
def test_understood(typed: str, understood: str) -> None:
    assert understand(typed, BEFORE) == (understood, Filters())


def test_the_first_question_stands_alone() -> None:
    assert understand("en in 2021?", None) == ("en in 2021?", Filters())


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("wie vroeg dat?", "Wie heeft deze vragen gesteld?"),
        ("Wie heeft dat gevraagd?", "Wie heeft deze vragen gesteld?"),
        ("en wie heeft dat beantwoord?", "Wie heeft deze vragen beantwoord?"),
        ("Wie heeft die vragen gesteld", "Wie heeft deze vragen gesteld?"),
        ("door wie is dat gevraagd?", "Wie heeft deze vragen gesteld?"),
        ("Wie heeft geantwoord?", "Wie heeft deze vragen beantwoord?"),
        ("wie antwoordde daarop?", "Wie heeft deze vragen beantwoord?"),
        ("wie gaf dat antwoord?", "Wie heeft deze vragen beantwoord?"),
        ("wie heeft daar antwoord op gegeven?", "Wie heeft deze vragen beantwoord?"),
        ("wanneer was dat?", "Wanneer zijn deze vragen beantwoord?"),
        ("En wanneer is dat beantwoord?", "Wanneer zijn deze vragen beantwoord?"),
        ("wanneer werd dat gevraagd?", "Wanneer zijn deze vragen gesteld?"),
    ],
)
def test_a_question_about_the_source_is_asked_of_that_source(typed: str, understood: str) -> None:
    turn = [*follow(ScriptedAssistant(), Turn("b", "?", "Wat kost de tweede stalling?"), Event())][-1]
    question, filters = understand(typed, turn.question, turn.answer)
    assert (question, filters.documents) == (understood, (turn.citations[0].document,))


@pytest.mark.parametrize(
    "typed",
    [
        "Wanneer is dat rapport verschenen?",
        "Wanneer was dit onderzoek klaar?",
        "Wie heeft besloten dat het zwembad sluit?",
        "Wie heeft de meeste vragen in 2021 beantwoord?",
        "Wie stelde voor dat de stalling open blijft?",
        "Wie hebben deze week vragen over de stalling gesteld?",
        "Wie heeft antwoord gegeven op de motie over de stalling?",
        "Wie gaf de gemeente antwoord op de motie?",
    ],
)
def test_a_question_of_its_own_is_not_taken_for_one_about_the_source(typed: str) -> None:
    turn = [*follow(ScriptedAssistant(), Turn("b", "?", "Wat kost de tweede stalling?"), Event())][-1]
    question, filters = understand(typed, turn.question, turn.answer)
    assert question.startswith(typed)
    assert filters == Filters()


def test_a_conversation_is_kept_found_and_cleared() -> None:
    kept = Conversations(most=2, turns=2)
    for number in range(3):
        kept.keep("a", Turn(f"beurt{number}", "?", "?"))
    assert [turn.turn_id for turn in kept.turns("a")] == ["beurt1", "beurt2"]
    assert kept.find("beurt2") is not None
    kept.keep("b", Turn("b", "?", "?"))
    kept.keep("c", Turn("c", "?", "?"))
    assert kept.turns("a") == ()
    kept.clear("b")
    assert kept.find("b") is None


def test_a_new_answer_stops_the_one_before_it() -> None:
    kept = Conversations()
    first = kept.start("a")
    second = kept.start("a")
    assert first.is_set()
    assert not second.is_set()
    kept.stop("a")
    assert second.is_set()
