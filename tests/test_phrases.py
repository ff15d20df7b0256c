"""Counts, cut texts and months as people read them, and that there is one of each."""

from __future__ import annotations

import pytest

from rag import phrases, terminal
from rag.types import Answer
from rag.web import wording


@pytest.mark.parametrize(("amount", "said"), [(0, "0 vragen"), (1, "1 vraag"), (1200, "1.200 vragen")])
def test_counts(amount, said):
    assert phrases.count(amount, "vraag", "vragen") == said


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("Een kort stuk", 20, "Een kort stuk"),
        ("Een  stuk\nover de haven", 14, "Een stuk…"),
        ("Beantwoordingstermijnoverschrijding", 10, "Beantwoor…"),
    ],
)
def test_a_text_that_is_too_long_is_cut(text, width, short):
    assert phrases.shorten(text, width) == short
    assert len(short) <= width


def test_one_of_a_thing_is_said_as_one(capsys):
    terminal.print_gone(1, 1)
    terminal.print_gone(2, 0)
    said = " ".join(capsys.readouterr().out.split())
    assert "Verwijderd: 1 document en 1 oordeel." in said
    assert "Verwijderd: 2 documenten en 0 oordelen." in said


def test_what_is_silent_stands_on_a_line_of_its_own(capsys):
    terminal.print_answer(Answer("", "Dat waren er drie. [1]", True, 0.9, unanswered=("wie betaalde dat?",)))
    assert capsys.readouterr().out.startswith("Dat waren er drie. [1]\n\nOp dit deel van de vraag")


def test_the_page_says_the_same_as_the_command_line():
    assert (wording.NOTICE, wording.count) == (phrases.NOTICE, phrases.count)
    assert wording.date("2021-03-02") == "2 maart 2021"
