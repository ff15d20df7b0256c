"""A question comes in twice, from the page's script and as Gradio's event, and is searched for once."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag.config import Config
from rag.errors import IndexMissing, RaadwijzerError
from rag.types import Filters
from rag.web import intake as module
from rag.web import server
from rag.web.backend import Backend
from rag.web.intake import Intake
from rag.web.page import Wiring
from rag.web.turns import COOKIE, Conversations, Turn
from tests.doubles_web import HOSTILE, ScriptedAssistant

COST = "Wat kost de tweede stalling?"
WHEN = "Wanneer is de tweede stalling klaar?"
HERE = "http://127.0.0.1"


@pytest.fixture
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture
def conversations() -> Conversations:
    return Conversations()


@pytest.fixture
def intake(assistant: ScriptedAssistant, conversations: Conversations) -> Intake:
    return Intake(Backend(assistant), conversations)


@pytest.fixture
def client(assistant: ScriptedAssistant) -> Iterator[TestClient]:
    app: FastAPI = server.create_app(assistant)
    with TestClient(app, HERE, cookies={COOKIE: "iemand"}) as opened:
        yield opened


def test_what_the_script_started_the_event_finishes(intake: Intake, assistant: ScriptedAssistant) -> None:
    early = intake.early("iemand", COST, "{}")
    assert early is not None
    assert (early.state, early.answer) == ("writing", None)
    assert early.hits
    steps = [*intake.take("iemand", COST, "{}").steps]
    assert steps[0] == early
    assert steps[-1].state == "done"
    assert {step.turn_id for step in steps} == {early.turn_id}
    assert len(assistant.asked) == 1


def test_without_the_script_the_event_does_it_all(intake: Intake) -> None:
    steps = [*intake.take("iemand", COST, "{}").steps]
    assert [step.state for step in steps] == ["searching", "writing", "writing", "writing", "done"]


def test_a_script_that_comes_after_the_event_finds_nothing_to_do(intake: Intake, assistant: ScriptedAssistant) -> None:
    begun = intake.take("iemand", COST, "{}")
    assert intake.early("iemand", COST, "{}") is None
    assert [*begun.steps][-1].state == "done"
    assert len(assistant.asked) == 1


def test_the_last_question_wins(intake: Intake) -> None:
    intake.early("iemand", COST, "{}")
    later = intake.early("iemand", WHEN, "{}")
    assert later is not None
    assert [*intake.take("iemand", COST, "{}").steps] == []
    steps = [*intake.take("iemand", WHEN, "{}").steps]
    assert (steps[0], steps[-1].state) == (later, "done")


def test_an_answer_that_was_overtaken_is_not_the_newest(intake: Intake, conversations: Conversations) -> None:
    first = intake.take("iemand", COST, "{}")
    assert conversations.is_newest("iemand", first.stop)
    intake.early("iemand", WHEN, "{}")
    assert not conversations.is_newest("iemand", first.stop)
    assert first.stop.is_set()


def test_stop_between_the_two_stops(intake: Intake, conversations: Conversations) -> None:
    intake.early("iemand", COST, "{}")
    conversations.stop("iemand")
    assert [step.state for step in intake.take("iemand", COST, "{}").steps] == ["writing", "stopped"]


def test_other_filters_make_another_question(intake: Intake, assistant: ScriptedAssistant) -> None:
    intake.early("iemand", COST, "{}")
    intake.early("iemand", COST, '{"partij": ["Partij B"]}')
    steps = [*intake.take("iemand", COST, '{"partij": ["Partij B"]}').steps]
    assert steps[-1].filters == Filters(parties=("Partij B",))
    assert len(assistant.asked) == 2


def test_a_question_that_waited_too_long_is_asked_anew(
    intake: Intake, assistant: ScriptedAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.early("iemand", COST, "{}")
    monkeypatch.setattr(module, "WAITS", -1.0)
    assert [*intake.take("iemand", COST, "{}").steps][-1].state == "done"
    assert len(assistant.asked) == 2


def test_an_event_that_comes_during_the_search_waits_for_it(assistant: ScriptedAssistant) -> None:
    intake = Intake(Backend(assistant), Conversations())
    found: list[Turn | None] = []
    searching = Thread(target=lambda: found.append(intake.early("iemand", COST, "{}")))
    searching.start()
    searching.join(0.0)
    steps = [*intake.take("iemand", COST, "{}").steps]
    searching.join()
    assert steps[-1].state == "done"
    assert len(assistant.asked) == 1


def test_a_follow_up_is_understood(intake: Intake, conversations: Conversations) -> None:
    done = [*intake.take("iemand", "Hoeveel plekken waren er in 2021 in de stalling?", "").steps][-1]
    conversations.keep("iemand", done)
    early = intake.early("iemand", "en in 2020?", "")
    assert early is not None
    assert early.question == "Hoeveel plekken waren er in 2020 in de stalling?"


def test_a_conversation_that_is_wiped_leaves_nothing_of_what_was_typed(
    intake: Intake, conversations: Conversations
) -> None:
    intake.early("iemand", COST, "{}")
    assert COST in everything(intake, conversations)
    request = SimpleNamespace(cookies={COOKIE: "iemand"}, session_hash=None)
    Wiring(Backend(ScriptedAssistant()), conversations, intake).wipe(request)  # type: ignore[arg-type]
    assert COST not in everything(intake, conversations)


def everything(intake: Intake, conversations: Conversations) -> str:
    """What is held in memory of questions, as text."""
    return repr([vars(place) for place in intake._places.values()]) + repr(conversations._turns)


def test_without_an_index_there_is_nothing_to_start() -> None:
    def open_() -> ScriptedAssistant:
        raise IndexMissing("Er is nog geen index.")

    intake = Intake(Backend(opener=open_), Conversations())
    with pytest.raises(IndexMissing):
        intake.early("iemand", COST, "{}")


def test_the_route_gives_what_was_found(client: TestClient) -> None:
    answer = client.post("/gevonden", json={"vraag": COST, "filters": "{}"})
    assert answer.status_code == 200
    assert 'aria-busy="true"' in answer.text
    assert 'class="kaart"' in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_route_escapes_what_was_typed(client: TestClient) -> None:
    answer = client.post("/gevonden", json={"vraag": f"{HOSTILE} {COST}"})
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_the_route_says_what_is_wrong_with_a_question(client: TestClient) -> None:
    assert "Maak de vraag korter" in client.post("/gevonden", json={"vraag": "Waarom? " * 400}).text
    assert "Typ eerst een vraag" in client.post("/gevonden", json={"vraag": "  "}).text


def test_the_route_is_for_this_page_only(client: TestClient) -> None:
    elsewhere = client.post("/gevonden", json={"vraag": COST}, headers={"origin": "https://kwaad.example"})
    assert elsewhere.status_code == 403
    assert client.get("/gevonden?vraag=x").status_code in {404, 405}
    assert client.post("/gevonden", data={"vraag": COST}).status_code == 422
    client.cookies.clear()
    assert client.post("/gevonden", json={"vraag": COST}).status_code == 204


def test_the_route_leaves_a_missing_index_to_the_event(tmp_path: object) -> None:
    app = server.create_app(Config(index=f"{tmp_path}/niets"))
    with TestClient(app, HERE, cookies={COOKIE: "iemand"}) as client:
        assert client.post("/gevonden", json={"vraag": COST}).status_code == 204


def test_a_failure_nobody_foresaw_is_told_in_dutch(caplog: pytest.LogCaptureFixture) -> None:
    def open_() -> ScriptedAssistant:
        raise TypeError("no such argument")

    with pytest.raises(RaadwijzerError, match="Er ging iets mis in Raadwijzer zelf"):
        Backend(opener=open_).assistant()
    assert "no such argument" in caplog.text
