"""What of an answer's steps is drawn, and that every event of Gradio's page gives something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.types import Claim
from rag.web import page
from rag.web.page import HURRY, unhurried
from rag.web.turns import Turn

CLAIMS = (Claim("Een.", (1,)), Claim("Twee.", (2,)), Claim("Drie.", (3,)))


class Clock:
    """Tells the time that it was set to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock()
    monkeypatch.setattr(page, "time", told)
    return told


def steps(clock: Clock, pauses: tuple[float, ...]) -> Iterator[Turn]:
    """A question that was found, three sentences each after a pause, and the end."""
    yield Turn("t", "?", "?", state="writing")
    for number, pause in enumerate(pauses, 1):
        clock.now += pause
        yield Turn("t", "?", "?", state="writing", claims=CLAIMS[:number])
    yield Turn("t", "?", "?", state="done", claims=CLAIMS)


def drawn(clock: Clock, pauses: tuple[float, ...]) -> list[tuple[str, int]]:
    return [(turn.state, len(turn.claims)) for turn in unhurried(steps(clock, pauses))]


def test_sentences_that_come_at_once_are_drawn_once(clock: Clock) -> None:
    assert drawn(clock, (0, 0, 0)) == [("writing", 0), ("done", 3)]


def test_sentences_that_take_their_time_are_drawn_one_by_one(clock: Clock) -> None:
    each = [("writing", 0), ("writing", 1), ("writing", 2), ("writing", 3), ("done", 3)]
    assert drawn(clock, (2 * HURRY,) * 3) == each


def test_an_answer_that_breaks_off_shows_all_that_came(clock: Clock) -> None:
    begun = steps(clock, (0, 0, 0))
    assert [len(turn.claims) for turn in unhurried(next(begun) for _ in range(3))] == [0, 2]
