"""More pages for the browser tests, in one process: with answers that take their time, and with what can go wrong.

    python other_pages.py INDEX NO_INDEX PAGED_INDEX OLD_INDEX NO_MODEL SLOW EMPTY PAGES OLD BROKEN

The slow one is the real assistant with a pause before each step of an answer, as a language model would take: the
tests look at the page, and press its stop button, while an answer is being made.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import uvicorn

from rag.assistant import Assistant
from rag.config import Config
from rag.types import Event, Filters
from rag.web.server import create_app

PAUSE = 1.5  # seconds


class SlowAssistant:
    """Passes everything on to the assistant it is made of; only ``stream`` takes longer."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def __getattr__(self, name: str) -> object:
        return getattr(self._assistant, name)

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        answerer: str | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        for event in self._assistant.stream(question, filters=filters, answerer=answerer, stop=stop):
            yield event
            self._pause(stop)

    def _pause(self, stop: Callable[[], bool] | None) -> None:
        end = time.monotonic() + PAUSE
        while time.monotonic() < end and not (stop and stop()):
            time.sleep(0.02)


def main() -> None:
    index, no_index, paged, old, no_model, *ports = sys.argv[1:]
    assistant = Assistant.open(config=Config(index=index, answerer="extractive"))
    sources = (
        SlowAssistant(assistant),
        Config(index=no_index),
        Config(index=paged, answerer="extractive"),
        Config(index=old),
        Config(index=index, answerer="llm", llm=no_model),
    )
    servers = [
        uvicorn.Server(uvicorn.Config(create_app(source), host="127.0.0.1", port=int(port), log_level="warning"))
        for source, port in zip(sources, ports, strict=True)
    ]
    for server in servers[1:]:
        Thread(target=server.run, daemon=True).start()
    servers[0].run()


if __name__ == "__main__":
    main()
