"""Sentences that a model chooses: the state machine by itself, and with the real llama.cpp."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from doubles_llm import MEETINGS, ScriptedModel, make_evidence
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.verbatim import Quoting, VerbatimAnswerer
from rag.config import Config
from rag.types import Answer, Piece


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
