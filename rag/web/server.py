"""Puts the page together and serves it: Gradio for the questions, FastAPI for the rest, a guard around both."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from rag.config import Config
from rag.errors import RaadwijzerError, UsageError
from rag.web.backend import Assistant, Backend
from rag.web.feedback import Feedback, beside
from rag.web.turns import Conversations

if TYPE_CHECKING:
    from fastapi import FastAPI

ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
PORT, LAST_PORT = 7860, 65535


def create_app(
    source: Assistant | Config | Backend,
    host: str = "127.0.0.1",
    feedback: Feedback | None = None,
    conversations: Conversations | None = None,
) -> FastAPI:
    """The whole application. ``source`` is an assistant, or the settings to open one with when it is first needed.

    Opinions are kept beside the index and conversations in memory, unless ``feedback`` and ``conversations`` are given.
    """
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware import Middleware

    from rag.web import early, guard, intake, page, routes

    backend = backend_of(source)
    hosts = frozenset() if host in ANY_ADDRESS else guard.LOCAL | {host}
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, middleware=[Middleware(guard.Guard, hosts=hosts)])
    conversations = conversations or Conversations()
    opinions = Feedback(beside(backend.index, backend.config.closed)) if feedback is None else feedback
    asking = intake.Intake(backend, conversations)
    app.include_router(routes.router(backend, conversations, opinions))
    app.include_router(early.router(asking))
    mounted: FastAPI = gr.mount_gradio_app(
        app, page.build(backend, conversations, asking), path="/", server_name=host, footer_links=[], run_history=False,
        theme=page.theme(), ssr_mode=False, show_error=False, pwa=False, enable_monitoring=False, mcp_server=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )  # fmt: skip
    return mounted


def backend_of(source: Assistant | Config | Backend) -> Backend:
    """A holder for the assistant, whatever it is made from."""
    if isinstance(source, Backend):
        return source
    if isinstance(source, Config):
        return Backend(opener=_opener(source), config=source)
    return Backend(assistant=source)


def _opener(config: Config) -> Callable[[], Assistant]:
    def open_assistant() -> Assistant:
        from rag.assistant import Assistant as Real

        return Real.open(config=config)

    return open_assistant


def serve(config: Config, host: str = "127.0.0.1", port: int = PORT) -> None:
    """Serve until it is stopped; prints the address as soon as the page answers.

    Raises:
        UsageError: the port is taken or is none, or the address cannot be listened on.
    """
    listener = listen(host, port)  # before anything heavy: a taken port is told at once
    print("Raadwijzer start …", file=sys.stderr, flush=True)
    import uvicorn

    backend = backend_of(config)
    app = create_app(backend, host)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on", timeout_graceful_shutdown=2))
    shown_host = "127.0.0.1" if host in ANY_ADDRESS else host
    address = f"http://{f'[{shown_host}]' if ':' in shown_host else shown_host}:{listener.getsockname()[1]}"
    _tell_when_ready(server, address, lambda: warm(backend))
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, or a clear refusal; no other port is taken silently. Port 0: any that is free.

    Raises:
        UsageError: the port is taken or is none, or the address cannot be listened on.
    """
    if not 0 <= port <= LAST_PORT:
        said = f"Poort {port} bestaat niet. Kies een poort van 0 tot en met {LAST_PORT}, bijvoorbeeld: "
        raise UsageError(f"{said}raadwijzer app --port {PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, getattr(socket, address_option(os.name)), 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        other = port + 1 if 1024 <= port < LAST_PORT else PORT
        raise UsageError(
            f"Raadwijzer kan niet luisteren op {host}, poort {port}: {error.strerror}. Er draait daar misschien al een "
            f"Raadwijzer. Sluit die, of kies een andere poort, bijvoorbeeld: raadwijzer app --port {other}"
        ) from error
    return listener


def address_option(system: str) -> str:
    """The option with which a port that was just left can be taken again, and one that is in use cannot.

    On Windows SO_REUSEADDR would let a second program listen on the same port.
    """
    return "SO_EXCLUSIVEADDRUSE" if system == "nt" else "SO_REUSEADDR"


def warm(backend: Backend) -> None:
    """Open the models before anyone waits for them, with a question of the documents themselves."""
    with contextlib.suppress(RaadwijzerError):  # whoever opens the page is told what is wrong, and what to do
        assistant = backend.assistant()
        for question in assistant.examples(1):
            for _ in assistant.stream(question, answerer="extractive"):
                pass


def _tell_when_ready(server: object, address: str, then: Callable[[], None]) -> None:
    """Print the address once the server answers; a thread, because ``run`` does not return. ``then`` comes after it."""
    import threading
    import time

    def wait() -> None:
        while not getattr(server, "started", False):
            if getattr(server, "should_exit", False):
                return
            time.sleep(0.02)
        print(f"Raadwijzer staat klaar: {address}", flush=True)
        print("Stoppen: Ctrl+C", file=sys.stderr, flush=True)
        then()

    threading.Thread(target=wait, daemon=True).start()
