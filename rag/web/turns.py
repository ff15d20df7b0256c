"""A question with everything the page shows about it, while it is answered and afterwards. Knows no HTML.

``follow`` runs the assistant and yields a new ``Turn`` at every step: searching, evidence found, each sentence, and
the end. A conversation is a list of turns, kept in the memory of the server for as long as the browser is open.
"""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from threading import Event as Stop
from threading import Lock
from typing import Literal

from rag.errors import Cancelled, ModelError, QuestionError, RaadwijzerError, UsageError
from rag.types import Answer, Citation, Claim, Document, Event, Filters, Found, Hit, Piece
from rag.web.backend import UNEXPECTED, Assistant
from rag.web.excerpts import Excerpt, excerpt
from rag.web.subject import about

State = Literal["searching", "writing", "done", "stopped", "failed"]
COOKIE = "raadwijzer_gesprek"  # a session cookie: gone when the browser closes
NO_FILTERS = Filters()
NEARLY_AS_GOOD = 0.8  # a newer passage counts as "on the same subject" from this share of the best score
YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
SHOWN_HITS = 3
MAX_QUESTION = 2000
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer as far as it is there. ``question`` is as understood, ``typed`` as written."""

    turn_id: str
    typed: str
    question: str
    filters: Filters = NO_FILTERS
    state: State = "searching"
    hits: tuple[Hit, ...] = ()
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    excerpts: dict[int, Excerpt] = field(default_factory=dict)  # by marker
    answer: Answer | None = None
    newer: tuple[Hit, ...] = ()  # more recent passages on the subject than those cited
    later: tuple[Hit, ...] = ()  # likewise, from after the year that the question names
    similar: tuple[Hit, ...] = ()
    error: str | None = None
    about: str = ""  # the title of the document that a follow-up asks about ("wie vroeg dat?")
    chosen: Filters | None = None  # as chosen on the page, where that differs: a follow-up is limited to its document
    without: str = ""  # why no language model made the answer
    moment: int = field(default_factory=time.time_ns, compare=False)  # of asking: which of two turns is the newer


def follow(assistant: Assistant, turn: Turn, stop: Stop) -> Iterator[Turn]:
    """Answer ``turn.question``; yields the turn at every step, the last one being done, stopped or failed.

    What was found stays with it when the rest fails.
    """
    latest = turn
    try:
        problem = unusable(turn.question)
        if problem:
            raise QuestionError(problem)
        for latest in _stream(assistant, turn, stop):
            yield latest
    except Cancelled:
        yield replace(latest, state="stopped")
    except RaadwijzerError as error:
        yield replace(latest, state="failed", error=str(error))
    except Exception:  # the page must say so and keep the question; the log tells what it was
        LOG.exception("answering failed")
        yield replace(latest, state="failed", error=UNEXPECTED)


def chosen_for(turn: Turn) -> Filters:
    """The filters that were chosen on the page when a question was asked."""
    return turn.filters if turn.chosen is None else turn.chosen


def unusable(question: str) -> str:
    """Why a question cannot be asked, and what to do; empty when it can."""
    if not question.strip():
        return "Typ eerst een vraag."
    if len(question) <= MAX_QUESTION:
        return ""
    lengths = f"Uw vraag heeft {len(question):,} tekens. Er mogen er {MAX_QUESTION:,} in. ".replace(",", ".")
    return f"{lengths}Maak de vraag korter. Uw tekst staat nog in het vak."


def _stream(assistant: Assistant, turn: Turn, stop: Stop) -> Iterator[Turn]:
    try:
        for event in _events(assistant, turn, stop):
            if isinstance(event, ModelError):
                turn = replace(turn, without=str(event), claims=(), citations=(), excerpts={})  # starts over
            elif isinstance(event, Found):
                turn = replace(turn, state="writing", hits=event.hits)
            elif isinstance(event, Piece):
                turn = _with_piece(assistant, turn, event)
            else:
                turn = _finished(assistant, turn, event)
            yield turn
            if stop.is_set() and turn.state == "writing":
                raise Cancelled("Gestopt.")
    except Cancelled:
        yield replace(turn, state="stopped")


def _events(assistant: Assistant, turn: Turn, stop: Stop) -> Iterator[Event | ModelError]:
    """The events of an answer; without the language model, and that error among them, when it cannot be used."""
    try:
        yield from assistant.stream(turn.question, filters=turn.filters, stop=stop.is_set)
    except ModelError as error:
        yield error
        yield from assistant.stream(turn.question, filters=turn.filters, stop=stop.is_set, answerer="extractive")


def _with_piece(assistant: Assistant, turn: Turn, piece: Piece) -> Turn:
    known = {one.marker for one in turn.citations}
    new = tuple(one for one in piece.citations if one.marker not in known)
    return replace(
        turn,
        claims=(*turn.claims, piece.claim),
        citations=(*turn.citations, *new),
        excerpts=turn.excerpts | _excerpts(assistant, new),
    )


def _finished(assistant: Assistant, turn: Turn, answer: Answer) -> Turn:
    newer, later = since(answer.question, newer_positions(answer, turn.hits))
    similar = assistant.similar_questions(turn.question)
    return replace(
        turn,
        state="done",
        question=answer.understood or turn.question,
        answer=answer,
        claims=answer.claims,
        citations=answer.citations,
        excerpts=_excerpts(assistant, answer.citations),
        newer=newer,
        later=later,
        similar=tuple(similar if answer.answered else about(turn.question, similar))[:SHOWN_HITS],
    )


def _excerpts(assistant: Assistant, citations: tuple[Citation, ...]) -> dict[int, Excerpt]:
    """The surroundings of each quote; none where the index was replaced since and the quote is there no more."""
    found = {}
    for one in citations:
        document = _document(assistant, one.document)
        if document is not None and document.text[one.start : one.end] == one.quote:
            found[one.marker] = excerpt(document, one.start, one.end)
    return found


def _document(assistant: Assistant, path: str) -> Document | None:
    """A document; None when it has left the index since it was cited."""
    try:
        return assistant.document(path)
    except UsageError:
        return None


def newer_positions(answer: Answer, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Passages of a later date than anything cited that match nearly as well, newest first, one per document."""
    cited = max((one.date or one.date_asked or "" for one in answer.citations), default="")
    if not cited or not hits:
        return ()
    enough = hits[0].score * NEARLY_AS_GOOD
    later = [hit for hit in hits if _day(hit) > cited and hit.score >= enough]
    first: dict[str, Hit] = {}
    for hit in later:
        first.setdefault(hit.document.path, hit)
    return tuple(sorted(first.values(), key=lambda hit: (_day(hit), -hit.rank), reverse=True))


def since(question: str, hits: tuple[Hit, ...]) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
    """Newer passages that may overtake an answer, and those that only came after the year that the question names.

    Who asks about 2019 asks how things were then: what was said in 2022 does not make the answer old, but may be
    worth knowing. Without a year every newer passage may overtake.
    """
    years = YEAR.findall(question)
    if not years:
        return hits, ()
    last = max(years)
    return tuple(hit for hit in hits if _day(hit)[:4] <= last), tuple(hit for hit in hits if _day(hit)[:4] > last)


def _day(hit: Hit) -> str:
    return hit.document.date or hit.document.date_asked or ""


class Conversations:
    """The conversations of the browsers that are open, in memory only; the oldest leave when there are too many."""

    def __init__(self, most: int = 200, turns: int = 30) -> None:
        self._turns: OrderedDict[str, list[Turn]] = OrderedDict()
        self._stops: dict[str, Stop] = {}
        self._most = most
        self._most_turns = turns
        self._lock = Lock()

    def turns(self, browser: str) -> tuple[Turn, ...]:
        """The turns of one browser, oldest first."""
        with self._lock:
            return tuple(self._turns.get(browser, ()))

    def keep(self, browser: str, turn: Turn) -> None:
        """Add a turn, or replace the one with the same id."""
        with self._lock:
            kept = [one for one in self._turns.get(browser, []) if one.turn_id != turn.turn_id]
            self._turns[browser] = [*kept, turn][-self._most_turns :]
            self._turns.move_to_end(browser)
            while len(self._turns) > self._most:
                self._turns.popitem(last=False)

    def clear(self, browser: str) -> None:
        """Forget a conversation."""
        with self._lock:
            self._turns.pop(browser, None)

    def find(self, turn_id: str) -> Turn | None:
        """A turn by its id, which is long and random: who has it was given it."""
        with self._lock:
            return next((one for turns in self._turns.values() for one in turns if one.turn_id == turn_id), None)

    def start(self, browser: str) -> Stop:
        """A fresh stop signal for the next answer; an answer that is still running for this browser is stopped."""
        with self._lock:
            previous = self._stops.get(browser)
            if previous is not None:
                previous.set()
            self._stops.pop(browser, None)
            while len(self._stops) >= self._most:  # of browsers that left in the middle of an answer
                self._stops.pop(next(iter(self._stops)))
            self._stops[browser] = Stop()
            return self._stops[browser]

    def stop(self, browser: str) -> None:
        """Stop the answer that is being made for this browser."""
        with self._lock:
            if browser in self._stops:
                self._stops[browser].set()

    def is_newest(self, browser: str, stop: Stop) -> bool:
        """Whether the answer with this stop signal is still the last that this browser asked for."""
        with self._lock:
            return self._stops.get(browser) is stop

    def finish(self, browser: str, stop: Stop) -> None:
        """The answer is there: its stop signal is no longer needed."""
        with self._lock:
            if self._stops.get(browser) is stop:
                del self._stops[browser]


def new_id() -> str:
    """An id that cannot be guessed, for a turn or a browser."""
    return token_urlsafe(12)
