"""The real page in a real Chromium: servers on free ports, and pages that fail a test when anything leaks or breaks.

Without a Chromium the folder is left out, and the end of the run says so.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from rag.assistant import index_documents
from rag.config import Config
from rag.documents import read_document

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
USUAL_PLACE = Path("/usr/bin/chromium")
CHROMIUM = shutil.which("chromium") or (str(USUAL_PLACE) if USUAL_PLACE.exists() else None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
ELSEWHERE = re.compile(r"^(?!https?://127\.0\.0\.1[:/])(?!data:|blob:|about:)")
PATIENCE_MS = 20_000  # the machine may be busy; a right page answers long before

if CHROMIUM is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that the browser tests did not run; a header would come too early for a conftest in a folder."""
    if CHROMIUM is None:
        terminalreporter.write_line("Zonder Chromium: tests/browser is niet gedraaid. Op Debian: apt install chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))  # once, and counted: a busy machine makes a page late


@dataclass
class Servers:
    """Addresses of running pages: on the seeds, with slow answers, and on a PDF with copies.

    And of those where something lacks: no index, one of another version, a language model that does not load.
    """

    seeds: str
    slow: str
    empty: str
    pages: str
    old: str
    broken: str


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until_served(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert process.poll() is None, f"the page stopped:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{address}/eigen/page.js", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"no page at {address} in 90 s:\n{log.read_text()}")


@pytest.fixture(scope="session")
def servers(seed_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The program as a person starts it (``app.py``), and beside it the pages of ``other_pages.py``."""
    folder = tmp_path_factory.mktemp("servers")
    ports = [free_port() for _ in range(6)]
    (folder / "kapot.gguf").write_bytes(b"GGUF" + bytes(100))
    commands = [
        [ROOT / "app.py", "--index", seed_index, "--port", ports[0]],
        [HERE / "other_pages.py", seed_index, folder / "no-index", paged_index(folder), old_index(folder, seed_index),
         folder / "kapot.gguf", *ports[1:]],
    ]  # fmt: skip
    with ExitStack() as running:
        started = [running.enter_context(program(command, folder)) for command in commands]
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for address, (process, log) in zip(addresses, (started[0], *[started[1]] * 5), strict=True):
            wait_until_served(address, process, log)
        yield Servers(*addresses)


def paged_index(folder: Path) -> Path:
    """An index of one seed set in type as a PDF of several pages, and a motion and a letter that belong together."""
    sys.path.insert(0, str(HERE.parent / "formats"))
    import council
    from typeset import COLUMNS, typeset

    files = folder / "stukken"
    files.mkdir()
    seed = sorted((ROOT / "seeds").iterdir())[3]
    (files / "meisjes.pdf").write_bytes(typeset(read_document(seed, seed.parent), COLUMNS))
    (files / "motie.txt").write_text(council.MOTION, encoding="utf-8")
    (files / "brief.txt").write_text(council.LETTER, encoding="utf-8")
    index_documents([files], Config(index=str(folder / "paged")))
    return folder / "paged"


def old_index(folder: Path, seed_index: Path) -> Path:
    """The index of the seeds as an older version would have left it."""
    shutil.copytree(seed_index, folder / "old")
    (manifest,) = (folder / "old").glob("generations/*/manifest.json")
    said = json.loads(manifest.read_text(encoding="utf-8"))
    said["made"]["format"] = 0
    manifest.write_text(json.dumps(said), encoding="utf-8")
    return folder / "old"


@contextmanager
def program(command: Sequence[object], folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A Python program that runs for as long as the block, and the file with what it says."""
    log = folder / f"{Path(str(command[0])).stem}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *map(str, command)], cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process, log
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """What a browser context did that it may not do."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)  # parts of messages that a test expects

    def attach(self, context: BrowserContext) -> None:
        context.route(ELSEWHERE, lambda route: route.abort())
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.errors.append(f"page error: {error.error}"))

    def _request(self, request: Request) -> None:
        if ELSEWHERE.match(request.url):
            self.outside.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text} ({message.location.get('url', '')})")

    def check(self) -> None:
        assert self.outside == [], f"the page asked other hosts: {self.outside}"
        unexpected = [one for one in self.errors if not any(part in one for part in self.allowed)]
        assert unexpected == [], f"errors in the browser: {unexpected}"


@pytest.fixture
def watched() -> Watched:
    return Watched()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, servers: Servers, watched: Watched) -> Iterator[OpenPage]:
    """``open_page("/documenten", color_scheme="dark")``: a page in a context of its own, watched until the end."""
    contexts: list[BrowserContext] = []

    def open_(path: str = "/", server: str = "seeds", **options: object) -> Page:
        settings: dict[str, object] = {"viewport": {"width": 1280, "height": 900}, "locale": "nl-NL"} | options
        context = chromium.new_context(base_url=getattr(servers, server), service_workers="block", **settings)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        watched.attach(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    watched.check()
