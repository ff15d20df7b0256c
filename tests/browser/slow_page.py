"""The real page on the real assistant, with a pause before each step of an answer, as a language model would take.

Run by the browser tests, which press the stop button while an answer is being made.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import uvicorn

from rag.assistant import Assistant
from rag.config import Config
from rag.types import Event, Filters
from rag.web.server import create_app

PAUSE = 2.0  # seconds


class SlowAssistant:
    """Passes everything on to the assistant it is made of; only ``stream`` takes longer."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def __getattr__(self, name: str) -> object:
        return getattr(self._assistant, name)

    def stream(
        self, question: str, *, filters: Filters | None = None, stop: Callable[[], bool] | None = None
    ) -> Iterator[Event]:
        for event in self._assistant.stream(question, filters=filters, stop=stop):
            yield event
            self._pause(stop)

    def _pause(self, stop: Callable[[], bool] | None) -> None:
        end = time.monotonic() + PAUSE
        while time.monotonic() < end and not (stop and stop()):
            time.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--index", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    assistant = Assistant.open(config=Config(index=options.index, answerer="extractive"))
    uvicorn.run(create_app(SlowAssistant(assistant)), host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
