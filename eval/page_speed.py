"""How quick the page is in a real browser, on the seeds: first paint, bytes of our own, evidence after Enter.

    python -m eval.page_speed [ROUNDS]

Prints what was measured, with the load of the machine: on a busy one every time here is longer, and the least of
each question's rounds says most. Needs Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools.screenshots import PATIENCE_MS, ROOT, served

QUESTIONS = 20  # each round, from eval/questions.jsonl
GOAL_PAINT_MS, GOAL_BYTES, GOAL_EVIDENCE_MS = 1000, 1_000_000, 100

# Marks the moment of Enter, and the first frame in which a passage of the new question is on the screen.
WATCH = """() => {
    window.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter') return;
        window.shown = null;
        window.before = document.querySelector('#antwoord .beurt')?.id ?? '';
        performance.mark('enter');
    }, true);
    new MutationObserver(() => {
        const turn = document.querySelector('#antwoord .beurt');
        if (window.shown !== null || !turn || turn.id === window.before || !turn.querySelector('.kaart')) return;
        window.shown = -1;
        requestAnimationFrame(() => setTimeout(() => {
            window.shown = performance.now() - performance.getEntriesByName('enter').at(-1).startTime;
        }, 0));
    }).observe(document.documentElement, { childList: true, subtree: true });
}"""

OPENED = """() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    page: performance.getEntriesByType('navigation')[0].encodedBodySize,
    own: performance.getEntriesByType('resource').filter((one) => one.name.includes('/eigen/'))
        .reduce((sum, one) => sum + one.encodedBodySize, 0),
    others: performance.getEntriesByType('resource').filter((one) => !one.name.includes('/eigen/'))
        .reduce((sum, one) => sum + one.encodedBodySize, 0),
})"""


def opened(browser: Browser, address: str) -> dict[str, float]:
    """What opening the page costs in a window without anything kept: ms to first paint, bytes of each kind."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/")
    expect(page.locator(".voorbeeld").first).to_be_visible()
    found: dict[str, float] = page.evaluate(OPENED)
    context.close()
    return found


def asked(page: Page, question: str) -> tuple[float, float]:
    """(ms from Enter to a passage on the screen, ms of those that the search took)."""
    box = page.get_by_label("Uw vraag", exact=True)
    box.fill(question)
    box.press("Enter")
    page.wait_for_function("window.shown > 0")
    turn = page.locator("#antwoord .beurt").first
    expect(turn).to_have_attribute("data-stand", "done")
    spent = turn.locator(".hoe dd").last.text_content() or ""
    search = spent.removeprefix("zoeken ").split(" ms")[0]
    return float(page.evaluate("window.shown")), float(search.replace(",", ".")) if search[:1].isdigit() else 0.0


def questions() -> list[str]:
    """Questions of the evaluation, spread over its set."""
    lines = (ROOT / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line)["q"] for line in lines]
    return found[:: len(found) // QUESTIONS][:QUESTIONS]


def measured(browser: Browser, address: str, rounds: int) -> dict[str, Any]:
    """Everything, over a number of rounds; the first question of all warms the models and is left out."""
    opens = [opened(browser, address) for _ in range(rounds)]
    page = browser.new_context(base_url=address).new_page()
    page.goto("/")
    expect(page.locator(".voorbeeld").first).to_be_visible()
    page.evaluate(WATCH)
    asked(page, questions()[-1])
    times = [asked(page, question) for _ in range(rounds) for question in questions()]
    return {"opens": opens, "times": times, "best": best(times, rounds)}


def spread(values: Sequence[float]) -> str:
    """Least, middle and nineteen in twenty of times in ms."""
    ordered = sorted(values)
    return f"{ordered[0]:.0f} / {median(ordered):.0f} / {ordered[round(0.95 * (len(ordered) - 1))]:.0f} ms"


def best(found: Sequence[tuple[float, float]], rounds: int) -> list[tuple[float, float]]:
    """Of each question the round in which its passages were there soonest."""
    each = len(found) // rounds
    return [min(found[question::each]) for question in range(each)]


def told(found: dict[str, Any]) -> list[str]:
    """The figures as lines, each with its goal."""
    opens = found["opens"]
    own = max(one["own"] + one["page"] for one in opens)
    return [
        f"belasting van de machine: {os.getloadavg()[0]:.1f} op {os.cpu_count()} kernen",
        "tijden: kortste / middelste / 95%",
        f"eerste beeld: {spread([one['paint'] for one in opens])} (doel {GOAL_PAINT_MS} ms)",
        f"eigen bytes: {own / 1000:.0f} kB (doel {GOAL_BYTES / 1000:.0f} kB), van Gradio "
        f"{max(one['others'] for one in opens) / 1000:.0f} kB",
        f"gevonden passages na Enter: {spread([all_ for all_, _ in found['times']])} (doel {GOAL_EVIDENCE_MS} ms)",
        f"waarvan zoeken: {spread([search for _, search in found['times']])}",
        f"van elke vraag de beste ronde: {spread([all_ for all_, _ in found['best']])}, "
        f"waarvan zoeken {spread([search for _, search in found['best']])}",
    ]


def main(rounds: int) -> int:
    """Measure and print."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Hiervoor is Chromium nodig. Op Debian: apt install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, served(Path(folder)) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        print("\n".join(told(measured(browser, address, rounds))))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2))
