"""Sentences that a model chooses: the state machine by itself, and with the real llama.cpp."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from doubles_llm import MEETINGS, ScriptedModel, make_evidence
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.prompts import NO_ANSWER, choosing_prompt
from rag.answering.verbatim import LEAST_SHARE, Quoting, VerbatimAnswerer, leanings
from rag.config import Config
from rag.types import Answer, Piece, Sentence


class ChoosingScript(ScriptedModel):
    """Chooses the options it is told to."""

    def __init__(self, *choices: int) -> None:
        super().__init__("")
        self.choices = choices

    def choose(
        self,
        instructions: str,
        material: str,
        options: Sequence[str],
        *,
        most: int,
        leanings: Sequence[float] = (),
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[int]:
        self.prompts.append((instructions, material))
        self.leanings = list(leanings)
        yield from self.choices[:most]


def test_chosen_sentences_are_the_answer():
    answer = VerbatimAnswerer(ChoosingScript(2, 1), Config()).answer(make_evidence())
    assert answer.text == f"{MEETINGS[1]} [1] {MEETINGS[0]} [2]"
    assert [claim.text for claim in answer.claims] == [c.quote for c in answer.citations] == [MEETINGS[1], MEETINGS[0]]
    assert all(claim.support == 1.0 for claim in answer.claims)


def test_the_part_of_a_question_on_which_documents_are_silent_is_named():
    whole, silent = make_evidence(), make_evidence(question="Wie betaalde dat?", answerable=False)
    answer = VerbatimAnswerer(ChoosingScript(2), Config()).answer(replace(whole, parts=(whole, silent)))
    assert (answer.answered, answer.unanswered) == (True, ("Wie betaalde dat?",))


def test_each_sentence_is_a_piece():
    *pieces, answer = VerbatimAnswerer(ChoosingScript(2, 1), Config()).stream(make_evidence())
    assert [type(piece) for piece in pieces] == [Piece, Piece]
    assert isinstance(answer, Answer)
    assert tuple(piece.claim for piece in pieces) == answer.claims


def test_no_answer_and_silent_documents():
    assert not VerbatimAnswerer(ChoosingScript(0), Config()).answer(make_evidence()).answered
    model = ChoosingScript(1)
    assert not VerbatimAnswerer(model, Config()).answer(make_evidence(answerable=False)).answered
    assert model.prompts == []


def test_the_evidence_leans_in_and_no_answer_as_it_is_set():
    model = ChoosingScript(1)
    evidence = make_evidence()
    VerbatimAnswerer(model, Config(llm_evidence_weight=2.0, llm_silence=-0.5)).answer(evidence)
    scores = [s.score for s in choosing_prompt(evidence, model.count_tokens, 5, model.context).sentences]
    assert model.leanings == pytest.approx([-0.5, *(2 * math.log(score / max(scores)) for score in scores)])
    nothing = [Sentence(0, 0, 1, "x", 0.0), Sentence(0, 2, 3, "y", 0.0)]
    assert leanings(nothing, 1.0, 0.0)[1:] == [math.log(LEAST_SHARE)] * 2


def test_what_is_chosen_from_is_what_stands_in_the_prompt():
    prompt = choosing_prompt(make_evidence(passages=2), ScriptedModel("").count_tokens, 5, 4096)
    lines = prompt.material.split("\n")
    assert lines[0] == lines[-1] == "Vraag: Hoeveel meldingen zijn er gedaan?"
    assert prompt.choices()[0] == NO_ANSWER
    assert all(line in lines for line in prompt.choices()[1:])


# --- the state machine --------------------------------------------------------------------------------------------


def test_shared_beginnings_are_forced_and_differences_are_choices():
    quoting = Quoting([[1, 2, 3], [1, 2, 4, 5], [9]])
    assert quoting.allowed() == [1, 9]
    quoting.advance(1)
    assert (quoting.allowed(), quoting.decided()) == ([2], None)
    quoting.advance(2)
    assert quoting.allowed() == [3, 4]
    quoting.advance(4)
    assert quoting.decided() == (1, [5])
    quoting.remove(1)
    assert quoting.allowed() == [1, 9]
    quoting.remove(2)
    assert quoting.decided() == (0, [1, 2, 3])


def test_what_leans_towards_a_token_is_the_most_of_its_options():
    quoting = Quoting([[9], [1, 2], [1, 3]], [0.5, -1.0, -2.0])
    assert [quoting.leaning(token) for token in quoting.allowed()] == [-1.0, 0.5]
    quoting.advance(1)
    assert [quoting.leaning(token) for token in quoting.allowed()] == [-1.0, -2.0]


def test_equal_sentences_are_one_choice():
    quoting = Quoting([[1, 2], [3], [1, 2]])
    assert len(quoting) == 2
    quoting.advance(1)
    assert quoting.decided() == (0, [2])


option = st.lists(st.integers(0, 5), min_size=1, max_size=8).map(lambda tokens: [*tokens, 99])  # 99 ends each


@given(st.lists(option, min_size=1, max_size=12), st.randoms())
def test_every_walk_ends_in_an_option(options, chance):
    quoting = Quoting(options)
    given = []
    while (found := quoting.decided()) is None:
        given.append(chance.choice(quoting.allowed()))
        quoting.advance(given[-1])
    index, tail = found
    assert given + tail == options[index]
    assert index == options.index(options[index])
