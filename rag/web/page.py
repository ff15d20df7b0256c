"""The page where questions are asked: Gradio's components and what happens when they are used.

Wiring only: what is shown comes from ``render``, what is remembered is in ``turns``, what is found comes from the
assistant. The hidden boxes carry what the page's script sends: the chosen filters, and commands. ``#vroeg`` is the
script's own: there it shows what ``/gevonden`` gave it, until the same comes through Gradio (see ``intake``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr

from rag.errors import RaadwijzerError
from rag.types import Filters
from rag.web.backend import Backend, title_of
from rag.web.filters import from_json, from_query, to_json
from rag.web.html import Html, escape
from rag.web.intake import Begun, Intake
from rag.web.panel import example_list, filter_panel, welcome
from rag.web.remarks import error_box
from rag.web.render import announcement, earlier, newest, turn_html
from rag.web.turns import COOKIE, Conversations, Turn, chosen_for, new_id

LOOKS = 0.05  # seconds between two looks for a new event; Gradio's own 0.001 keeps a laptop at 8% of a core for nothing
HURRY = 0.02  # seconds: a sentence made sooner than this after what went before is shown with the next
PROGRESS = 0.5  # seconds between two looks for progress bars, of which this page has none
OUTPUTS = 6
Shown = tuple[object, ...]  # question box, filter panel, filters, answer, earlier questions, spoken text


def theme() -> gr.themes.Base:
    """Gradio's plainest theme, with the fonts of the reader's own system: nothing is fetched."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def build(backend: Backend, conversations: Conversations, intake: Intake) -> gr.Blocks:
    """The page, ready to be mounted."""
    page = Wiring(backend, conversations, intake)
    blocks: gr.Blocks
    with gr.Blocks(title="Raadwijzer – vraag het de raadsstukken", analytics_enabled=False) as blocks:
        gr.HTML(welcome(), apply_default_css=False, js_on_load=None)
        question = gr.Textbox(
            label="Uw vraag", lines=1, max_lines=8, elem_id="vraag", placeholder="Typ hier uw vraag en druk op Enter"
        )
        with gr.Row(elem_id="knoppen"):
            ask = gr.Button("Zoek antwoord", variant="primary", elem_id="zoek")
            stop = gr.Button("Stop", elem_id="stop")
        panel = gr.HTML(elem_id="filterpaneel", apply_default_css=False, js_on_load=None)
        shown_examples = gr.HTML(elem_id="voorbeelden", apply_default_css=False, js_on_load=None)
        with gr.Column(elem_id="antwoord"):
            gr.HTML(Html('<div id="vroeg"></div>'), elem_id="vroegvak", apply_default_css=False, js_on_load=None)
            answer = gr.HTML(elem_id="uitkomst", apply_default_css=False, js_on_load=None)
        before = gr.HTML(elem_id="eerder", apply_default_css=False, js_on_load=None)
        spoken = gr.HTML(elem_id="gesproken", apply_default_css=False, js_on_load=None)
        filters = gr.Textbox("{}", visible="hidden", elem_id="filters", show_label=False)
        again = gr.Button("opnieuw", visible="hidden", elem_id="filters-gewijzigd")
        wipe = gr.Button("wis", visible="hidden", elem_id="wis")

        outputs = [question, panel, filters, answer, before, spoken]
        gr.on(
            [question.submit, ask.click], page.ask, [question, filters], outputs,
            show_progress="hidden", concurrency_limit=None, trigger_mode="multiple", api_name="vraag",
        )  # fmt: skip
        stop.click(page.stop, queue=False, show_progress="hidden", api_visibility="private")
        again.click(page.refilter, filters, panel, queue=False, show_progress="hidden", api_visibility="private")
        wipe.click(
            page.wipe, None, [answer, before, spoken], queue=False, show_progress="hidden", api_visibility="private"
        )
        blocks.load(page.examples, None, shown_examples, queue=False, show_progress="hidden", api_visibility="private")
        blocks.load(page.open, None, outputs, show_progress="hidden", concurrency_limit=None, api_visibility="private")
    rest_between_events(blocks)
    return blocks


def rest_between_events(blocks: gr.Blocks) -> None:
    """Let Gradio's queue, which can only poll, look as often on every system as it does on Windows.

    Raises:
        ValueError: this Gradio looks for its events in another way.
    """
    for name, seconds in (("sleep_when_free", LOOKS), ("progress_update_sleep_when_free", PROGRESS)):
        if not hasattr(blocks._queue, name):
            raise ValueError(f"Gradio's queue has no {name}")
        setattr(blocks._queue, name, seconds)


class Wiring:
    """What happens at each event. Holds nothing but the assistant, the conversations and the intake."""

    def __init__(self, backend: Backend, conversations: Conversations, intake: Intake) -> None:
        self._backend = backend
        self._conversations = conversations
        self._intake = intake

    def ask(self, typed: str, filters_json: str, request: gr.Request) -> Iterator[Shown]:
        """Answer what was typed; yields what is to be shown at every step. The question stays in its box."""
        browser = browser_of(request)
        shown: Shown | None = None
        for shown in self._answer(browser, lambda: self._intake.take(browser, typed or "", filters_json or "")):
            yield shown
        if shown is None:  # overtaken; after an event that gives nothing Gradio's page hears of no later one
            yield (gr.skip(),) * OUTPUTS

    def _answer(self, browser: str, begin: Callable[[], Begun]) -> Iterator[Shown]:
        keep = gr.skip()
        before = self._conversations.turns(browser)
        try:
            begun = begin()
        except RaadwijzerError as error:
            box = error_box("Raadwijzer kan nog niet antwoorden", str(error))
            yield keep, keep, keep, box, keep, escape(str(error))
            return
        since: object = earlier(before)  # what went before is sent once, not at each step
        for turn in unhurried(begun.steps):
            if not self._conversations.is_newest(browser, begun.stop):
                return  # another question was asked since; what is on the page is of that one
            if turn.state in {"searching", "writing"}:
                yield keep, keep, keep, turn_html(turn), since, ""
            else:
                yield keep, keep, keep, self._ended(browser, begun, turn), since, speak(turn)
            since = keep

    def _ended(self, browser: str, begun: Begun, turn: Turn) -> Html:
        """The turn that has come to its end, kept when there is something to keep."""
        self._conversations.finish(browser, begun.stop)
        if turn.state == "failed":
            return turn_html(turn)
        self._conversations.keep(browser, turn)
        return newest(turn)

    def open(self, request: gr.Request) -> Iterator[Shown]:
        """What to show when the page opens: the question in the address, or the conversation of this browser."""
        browser = browser_of(request)
        pairs = parse_qsl(str(request.query_params))
        asked = dict(pairs).get("vraag", "").strip()
        filters = from_query(pairs)
        turns = self._conversations.turns(browser)
        known = bool(turns) and turns[-1].question == asked and turns[-1].filters == filters
        if not asked or known:
            last = turns[-1] if turns else None
            box = last.typed if last else gr.skip()
            chosen = chosen_for(last) if last else filters
            # nothing is shown in their place: a question may be asked before this event ends
            shown = (newest(turns[-1]), earlier(turns[:-1])) if turns else (gr.skip(), gr.skip())
            yield box, self.panel(chosen), to_json(chosen), *shown, gr.skip()
            return
        yield asked, self.panel(filters), to_json(filters), gr.skip(), gr.skip(), gr.skip()
        yield from self._answer(browser, lambda: self._intake.open(browser, Turn(new_id(), asked, asked, filters)))

    def stop(self, request: gr.Request) -> None:
        """Stop the answer that is being made for this browser."""
        self._conversations.stop(browser_of(request))

    def wipe(self, request: gr.Request) -> tuple[str, str, str]:
        """Forget the conversation of this browser, and what it sent last."""
        browser = browser_of(request)
        self._conversations.clear(browser)
        self._intake.forget(browser)
        return "", "", "Het gesprek is gewist."

    def refilter(self, filters_json: str) -> Html:
        """The filters with the counts that go with the choice."""
        return self.panel(from_json(filters_json))

    def panel(self, chosen: Filters) -> Html:
        """The filters; nothing while there is no index."""
        try:
            assistant = self._backend.assistant()
            return filter_panel(
                assistant.facets, chosen, {path: title_of(assistant, path) for path in chosen.documents}
            )
        except RaadwijzerError:  # the page says so where the examples would be, and again when a question is asked
            return Html("")

    def examples(self) -> Html:
        """Questions from the documents to begin with, or the reason why there are none."""
        try:
            return example_list(self._backend.assistant().examples())
        except RaadwijzerError as error:
            return error_box("Raadwijzer kan nog niet antwoorden", str(error))


def unhurried(steps: Iterator[Turn]) -> Iterator[Turn]:
    """The steps without those that need not be drawn: each costs the server and the browser some time.

    A sentence that was made at once is held back until the next step: sentences that are copied come all together,
    those of a language model each by itself.
    """
    held: Turn | None = None
    began = time.monotonic()
    for turn in steps:
        soon = turn.state == "writing" and turn.claims and time.monotonic() - began < HURRY
        held = turn if soon else None
        if held is None:
            yield turn
        began = time.monotonic()
    if held:
        yield held


def browser_of(request: gr.Request) -> str:
    """Which browser asks: the random value of its session cookie, or Gradio's own session without one."""
    return request.cookies.get(COOKIE) or request.session_hash or "?"


def speak(turn: Turn) -> Html:
    """The text for the live region; the script hands it on once."""
    return escape(announcement(turn))
