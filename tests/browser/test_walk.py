"""The first visit: ask, open a source, ask on and take the answer along, by what the page itself says.

At the pace of someone who reads what is new to them, with a stopwatch: within two minutes. ``docs/pagina.md`` tells
what this person sees.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import docx
from conftest import OpenPage
from playwright.sync_api import Page, expect

QUESTION = "Hoeveel jonge slachtoffers waren er in 2021 in beeld bij SHOP?"
LONGEST = 120  # seconds, for the whole visit
WORDS_A_SECOND = 4  # of Dutch text on a screen, read by an adult (Brysbaert 2019: 238 words a minute)
KEYS_A_SECOND = 3  # typed by who does not type blindly
LOOKING = 1.5  # seconds to find something on the page and go there


class Person:
    """Reads and types at a person's pace; the time is added up instead of waited for. The page's own time is real."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.spent = 0.0
        self._began = time.monotonic()

    def reads(self, text: str) -> None:
        self.spent += len(text.split()) / WORDS_A_SECOND

    def types(self, text: str) -> None:
        self.spent += LOOKING + len(text) / KEYS_A_SECOND

    def looks(self) -> None:
        self.spent += LOOKING

    @property
    def seconds(self) -> float:
        return self.spent + time.monotonic() - self._began


def test_who_never_saw_it_asks_reads_asks_on_and_saves(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(accept_downloads=True)
    someone = Person(page)
    someone.reads(page.locator(".welkom").inner_text())
    field = page.get_by_label("Uw vraag", exact=True)
    field.fill(QUESTION)
    someone.types(QUESTION)
    page.get_by_role("button", name="Zoek antwoord").click()
    expect(page.get_by_role("heading", name="Bronnen")).to_be_visible()
    someone.reads(page.locator(".antwoordtekst").first.inner_text())
    someone.looks()
    page.get_by_text("[1]", exact=True).first.click()
    expect(page.get_by_role("button", name="Volgende bron")).to_be_visible()
    expect(page.locator("#bron mark").first).to_be_in_viewport()
    someone.reads(page.locator("#bron .blok:has(mark)").first.inner_text())
    someone.looks()
    page.get_by_role("button", name="Terug naar het antwoord").click()
    field.fill("en in 2020?")
    someone.types("en in 2020?")
    field.press("Enter")
    expect(page.get_by_text("Begrepen als:")).to_contain_text(QUESTION.replace("2021", "2020"))
    expect(page.locator("#antwoord .beurt").first).to_have_attribute("data-stand", "done")
    someone.reads(page.locator("#antwoord .beurt").first.locator(".begrepen, .antwoordtekst").first.inner_text())
    someone.looks()
    with page.expect_download() as download:
        page.get_by_role("link", name="Word", exact=True).first.click()
    name = download.value.suggested_filename
    assert re.fullmatch(r"raadwijzer-\d{4}-\d\d-\d\d-hoeveel-jonge-slachtoffers-waren-er-in-2020-.+\.docx", name)
    download.value.save_as(tmp_path / name)
    said = "\n".join(paragraph.text for paragraph in docx.Document(str(tmp_path / name)).paragraphs)
    assert "en in 2020?" in said
    assert "Bronnen" in said
    print(f"the walk took {someone.seconds:.0f} s, of which the page {someone.seconds - someone.spent:.1f} s")
    assert someone.seconds < LONGEST
