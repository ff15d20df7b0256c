"""Make docs/screenshots/: the real program on the seeds, as a person sees it in a browser and in a terminal.

    python tools/screenshots.py

Asks only what the documents answer, and one thing that they do not. Needs Chromium.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote_plus

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "screenshots"
COUNT = "Hoeveel jonge slachtoffers van criminele uitbuiting waren er in 2021 in beeld bij SHOP?"
UNANSWERED = "Wat kost een abonnement op het zwembad?"
SUBJECT = "hulp aan slachtoffers van mensenhandel"
DESK = {"viewport": {"width": 1280, "height": 860}}
WIDE = {"viewport": {"width": 1440, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
PATIENCE_MS = 90_000  # a busy machine is slow; a right page answers long before


def examples(page: Page) -> None:
    """The page as it opens."""
    expect(page.locator(".voorbeeld").first).to_be_visible()


def answered(page: Page) -> None:
    """An answer or a refusal, whole."""
    expect(page.locator("#antwoord .beurt").first).to_have_attribute("data-stand", "done")


def source(page: Page) -> None:
    """The first source beside the answer."""
    answered(page)
    page.locator("#antwoord .merk").first.click()
    expect(page.locator("#bron mark").first).to_be_visible()


def loaded(page: Page) -> None:
    """A page that comes whole from the server."""
    expect(page.locator("h1")).to_be_visible()


ASKED = f"/?vraag={quote_plus(COUNT)}"
PICTURES: tuple[tuple[str, str, Callable[[Page], None], dict[str, object]], ...] = (
    ("start", "/", examples, DESK),
    ("answer", ASKED, answered, DESK),
    ("source", ASKED, source, WIDE),
    ("refusal", f"/?vraag={quote_plus(UNANSWERED)}", answered, DESK),
    ("documents", "/documenten", loaded, DESK),
    ("timeline", f"/tijdlijn?onderwerp={quote_plus(SUBJECT)}", loaded, DESK),
    ("about", "/over", loaded, DESK),
    ("phone", ASKED, answered, PHONE),
    ("dark", ASKED, answered, DESK | {"color_scheme": "dark"}),
)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The program on an index of the seeds; gives the address of its page."""
    raadwijzer = [sys.executable, str(ROOT / "app.py")]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run(
        [Path(sys.executable).with_name("raadwijzer"), "index", ROOT / "seeds"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    process = subprocess.Popen([*raadwijzer, "--port", str(port)], cwd=folder)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/documenten", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"De pagina op {address} antwoordt niet.")


def take(browser: Browser, address: str) -> None:
    """Every picture, each in a window of its own."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, path, reach, options in PICTURES:
        context = browser.new_context(locale="nl-NL", base_url=address, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(path)
        reach(page)
        page.evaluate("document.activeElement.matches('textarea') && document.activeElement.blur()")
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=OUT / f"{name}.png", animations="disabled", timeout=PATIENCE_MS)
        context.close()


def main() -> None:
    """Make the pictures of the page, then the one of the terminal."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Voor de schermafbeeldingen is Chromium nodig. Op Debian: apt install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, served(Path(folder)) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take(browser, address)
        browser.close()
    subprocess.run([sys.executable, ROOT / "tools" / "terminal_picture.py"], check=True)
    for file in sorted(OUT.glob("*.png")):
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
