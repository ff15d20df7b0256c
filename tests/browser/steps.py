"""What a person does on the page, in one call each, and the questions that the tests put."""

from __future__ import annotations

import json
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Locator, Page, expect

COUNT = "Hoeveel jonge slachtoffers van criminele uitbuiting waren er in 2021 in beeld bij SHOP?"
CENTRE = "Hoeveel meisjes worden er volgens het Centrum tegen Kinderhandel en Mensenhandel slachtoffer?"
ELSEWHERE = "Wat kost een abonnement op het zwembad?"  # the documents do not answer it
HOSTILE = "<script>document.title = 'gekaapt'</script> Wat doet het college voor slachtoffers?"

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


def box(page: Page) -> Locator:
    """The field for the question."""
    return page.get_by_label("Uw vraag", exact=True)


def turn(page: Page) -> Locator:
    """The newest question with its answer."""
    return page.locator("#antwoord .beurt").first


def ready(page: Page) -> None:
    """Wait until the page shows its examples, or what it shows in their place."""
    expect(page.locator(".voorbeeld:visible, #voorbeelden .melding:visible, .beurt:visible").first).to_be_visible()


def ask(page: Page, question: str) -> Locator:
    """Type a question, press Enter, and wait for the end of the answer."""
    ready(page)
    box(page).fill(question)
    box(page).press("Enter")
    return settled(page, question)


def settled(page: Page, question: str) -> Locator:
    """The turn of this question when it has come to its end."""
    expect(turn(page).locator("h2").first).to_have_text(question)
    expect(turn(page)).not_to_have_attribute("aria-busy", "true")
    return turn(page)


def marks(page: Page) -> Locator:
    """The citation marks in the newest answer."""
    return turn(page).locator(".antwoordtekst .merk")


def source(page: Page) -> Locator:
    """The source beside the answer."""
    return page.locator("#bron")


def open_first_source(page: Page) -> Locator:
    """Ask, open the first source, and wait until its sentence is marked."""
    ask(page, COUNT)
    marks(page).first.click()
    expect(source(page).locator("mark").first).to_be_visible()
    return source(page)


def words(text: str) -> str:
    """Text on one line, for a line break in a document is a space to a reader."""
    return " ".join(text.split())


def width(page: Page) -> tuple[int, int]:
    """(width of the content, width of the window): equal when nothing has to be scrolled sideways."""
    root = "document.documentElement"
    return page.evaluate(f"{root}.scrollWidth"), page.evaluate(f"{root}.clientWidth")


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.0, 2.1 and 2.2, levels A and AA: rule, element and reason."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = json.dumps({"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]})
    found = page.evaluate(f"axe.run(document, {options}).then((result) => result.violations)")
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {words(node['failureSummary'])}"
        for rule in found
        for node in rule["nodes"]
    ]
