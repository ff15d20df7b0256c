"""The first visit: ask, open a source, ask on and take the answer along, by what the page itself says."""

from __future__ import annotations

import re

from conftest import OpenPage
from playwright.sync_api import expect

QUESTION = "Hoeveel jonge slachtoffers waren er in 2021 in beeld bij SHOP?"


def test_who_never_saw_it_asks_reads_asks_on_and_saves(open_page: OpenPage) -> None:
    page = open_page(accept_downloads=True)
    field = page.get_by_label("Uw vraag", exact=True)
    field.fill(QUESTION)
    page.get_by_role("button", name="Zoek antwoord").click()
    expect(page.get_by_role("heading", name="Bronnen")).to_be_visible()
    page.get_by_text("[1]", exact=True).first.click()
    expect(page.get_by_role("button", name="Volgende bron")).to_be_visible()
    expect(page.locator("#bron mark").first).to_be_in_viewport()
    page.get_by_role("button", name="Terug naar het antwoord").click()
    field.fill("en in 2020?")
    field.press("Enter")
    expect(page.get_by_text("Begrepen als:")).to_contain_text(QUESTION.replace("2021", "2020"))
    save = page.get_by_role("link", name="Word", exact=True).first
    expect(save).to_be_visible()
    with page.expect_download() as download:
        save.click()
    assert re.fullmatch(r".+\.docx", download.value.suggested_filename)
