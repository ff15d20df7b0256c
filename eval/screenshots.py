"""Pictures of an evaluation report, light and dark, as they stand in the README. Needs Chromium and the extra ``test``.

python -m eval.screenshots eval/runs/test-extractive docs
"""

from __future__ import annotations

import sys
from pathlib import Path

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PARTS = {"cijfers": "header", "beelden": "#beelden", "vragen": "#vragen"}


def main(run: Path, out: Path) -> int:
    """One picture per part of the report and colour scheme."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
            page.goto((run / "report.html").resolve().as_uri())
            page.evaluate("document.querySelector('details.case').open = true")
            for name, place in PARTS.items():
                page.evaluate("place => document.querySelector(place).scrollIntoView()", place)
                page.screenshot(path=out / f"eval-{name}-{scheme}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
