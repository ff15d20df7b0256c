"""Make docs/screenshots/terminal.png: the real command, its real output, set as a terminal shows it."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "screenshots" / "terminal.png"
QUESTION = "Hoeveel jonge slachtoffers van criminele uitbuiting waren er in 2021 in beeld bij SHOP?"
STYLE = """
body { margin: 0; background: #16191d; display: inline-block; }
pre { margin: 0; padding: 24px 28px; color: #e6e9ed; font: 15px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
b { color: #8fd0a4; font-weight: normal; }
"""


def run(index: Path) -> str:
    """Index the seeds aside and ask, as a person would in a terminal of 100 columns."""
    script = Path(sys.executable).with_name("raadwijzer")
    environment = {**os.environ, "COLUMNS": "100"}
    subprocess.run([script, "index", "seeds", "--index", index], cwd=ROOT, check=True, capture_output=True)
    command = [script, "ask", QUESTION, "--index", index]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=environment).stdout


def picture(output: str) -> None:
    """Set the command and its output in a browser and keep what it shows."""
    page_html = f'<style>{STYLE}</style><pre><b>$</b> raadwijzer ask "{QUESTION}"\n\n{html.escape(output)}</pre>'
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(device_scale_factor=2)
        page.set_content(page_html)
        page.locator("body").screenshot(path=OUT)
        browser.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        picture(run(Path(folder) / "index"))
