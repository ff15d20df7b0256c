"""A question that comes in twice: at Enter from the page's own script, and a moment later as Gradio's event.

The first to come starts the search. What the script started is shown at once, and Gradio's event goes on from there
with the answer; nothing is searched twice. Either works without the other. Knows no HTML and no Gradio.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from threading import Event as Stop
from threading import Lock

from rag.web.backend import Backend
from rag.web.filters import from_json
from rag.web.followups import understand
from rag.web.turns import Conversations, Turn, follow, new_id

WAITS = 30.0  # seconds that a started question waits for its event
SAME = 5.0  # seconds within which the script's message and the event are of one press of Enter
MOST = 100  # browsers

Key = tuple[str, str]  # what was typed, and the filters as the page sent them


@dataclass(frozen=True, slots=True)
class Begun:
    """A question whose answering has begun: the signal that stops it, and what is to be shown, step by step."""

    stop: Stop
    steps: Iterator[Turn]


class _Place:
    """One question of one browser. The lock is held while it is searched for."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.at = time.monotonic()
        self.lock = Lock()
        self.begun: Begun | None = None
        self.taken = False

    def waits_for(self, key: Key) -> bool:
        """Whether the event of ``key`` is still to come for it."""
        return self.key == key and not self.taken and time.monotonic() - self.at < WAITS

    def is_newer_than(self, key: Key) -> bool:
        """Whether the event of ``key`` comes too late: another question was started a moment ago."""
        return self.key != key and not self.taken and time.monotonic() - self.at < SAME

    def was_just(self, key: Key) -> bool:
        """Whether the event of ``key`` has come already."""
        return self.key == key and self.taken and time.monotonic() - self.at < SAME


class Intake:
    """Where questions come in. Holds at most one started question per browser."""

    def __init__(self, backend: Backend, conversations: Conversations) -> None:
        self._backend = backend
        self._conversations = conversations
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._lock = Lock()

    def early(self, browser: str, typed: str, filters: str) -> Turn | None:
        """Start a question and give what was found for it; None when its event came first, or nothing can be shown.

        Raises:
            RaadwijzerError: there is no assistant to ask; the event says so on the page.
        """
        self._backend.assistant()
        key = (typed, filters)
        with self._lock:
            known = self._places.get(browser)
            if known and known.was_just(key):
                return None
            place = self._put(browser, _Place(key))
            place.lock.acquire()
        try:
            begun = self._begin(browser, typed, filters)
            next(begun.steps)  # that it is being searched for
            found = next(begun.steps)
            place.begun = replace(begun, steps=chain([found], begun.steps))
            return found
        finally:
            place.lock.release()

    def take(self, browser: str, typed: str, filters: str) -> Begun:
        """Go on with a question that was started, or start it; nothing when another was started since.

        Raises:
            RaadwijzerError: there is no assistant to ask.
        """
        key = (typed, filters)
        with self._lock:
            place = self._places.get(browser)
            if place and place.is_newer_than(key):
                return Begun(Stop(), iter(()))
            if place is None or not place.waits_for(key):
                place = self._put(browser, _Place(key))
            place.taken = True
            place.at = time.monotonic()
        with place.lock:
            begun, place.begun = place.begun, None
        return begun or self._begin(browser, typed, filters)

    def open(self, browser: str, turn: Turn) -> Begun:
        """Start a question that came with the address of the page."""
        stop = self._conversations.start(browser)
        return Begun(stop, chain([turn], follow(self._backend.assistant(), turn, stop)))

    def forget(self, browser: str) -> None:
        """Drop the question that this browser sent last."""
        with self._lock:
            self._places.pop(browser, None)

    def _put(self, browser: str, place: _Place) -> _Place:
        self._places[browser] = place
        self._places.move_to_end(browser)
        while len(self._places) > MOST:
            self._places.popitem(last=False)
        return place

    def _begin(self, browser: str, typed: str, filters: str) -> Begun:
        return self.open(browser, self._turn(browser, typed, filters))

    def _turn(self, browser: str, typed: str, filters_json: str) -> Turn:
        """The question as understood after those before it."""
        before = self._conversations.turns(browser)
        last = next((turn for turn in reversed(before) if not turn.about), None)
        question, implied = understand(typed, last.question if last else None, last.answer if last else None)
        chosen = filters = from_json(filters_json)
        about = next((one.title for one in last.citations), "") if last and implied.documents else ""
        if implied.documents:
            filters = replace(filters, documents=implied.documents)
        return Turn(new_id(), typed.strip(), question, filters, about=about, chosen=chosen)
