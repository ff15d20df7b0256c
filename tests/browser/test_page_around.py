"""Looking around: documents, one document, the time line, what the program is, and addresses that lead nowhere."""

from __future__ import annotations

import re

from conftest import OpenPage, Watched
from playwright.sync_api import expect


def test_the_list_names_every_document_newest_first(open_page: OpenPage) -> None:
    page = open_page("/documenten")
    expect(page.get_by_role("heading", level=1)).to_have_text("Documenten")
    expect(page.locator(".inleiding").first).to_contain_text("5 documenten")
    expect(page.locator(".kaart")).to_have_count(4)
    page.locator(".kaart .ook-in a", has_text="wat er verschilt").click()  # the fifth is nearly the same as another
    expect(page.get_by_role("heading", level=1)).to_have_text("Wat er verschilt")
    expect(page.locator(".kaart").first).to_contain_text("In het eerste:")


def test_a_document_shows_its_questions_and_answers(open_page: OpenPage) -> None:
    page = open_page("/documenten")
    link = page.locator(".kaart .kop a").first
    title = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".feiten")).to_contain_text("Datum")
    page.locator(".inhoud > summary").click()
    page.locator(".inhoud a").first.click()
    expect(page.locator(".blok.question").first).to_be_in_viewport()
    expect(page.locator(".blok.answer").first).to_be_visible()


def test_the_time_line_draws_and_lists_what_was_asked(open_page: OpenPage) -> None:
    page = open_page("/tijdlijn")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    field = page.locator("main").get_by_role("searchbox").or_(page.locator("main").get_by_role("textbox")).first
    field.fill("hulp aan slachtoffers van mensenhandel")
    field.press("Enter")
    expect(page.locator("main svg:not(.icoon)").first).to_be_visible()
    rows = page.locator("main table tbody tr")
    expect(rows.first).to_be_visible()
    assert rows.count() >= 2
    expect(page.locator("main table")).to_contain_text("2022")
    dots = page.locator("main svg a, main svg [tabindex='0']")
    assert dots.count() >= 2, "what is drawn can be reached by keyboard"


def test_the_time_line_is_gone_through_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/tijdlijn?onderwerp=hulp+aan+slachtoffers")
    page.get_by_role("button", name="Toon tijdlijn").focus()
    page.keyboard.press("Tab")  # the newest document
    page.keyboard.press("Tab")
    dot = page.locator(".tijdlijn a").first
    expect(dot).to_be_focused()
    assert dot.evaluate("(one) => getComputedStyle(one.querySelector('circle')).strokeWidth") == "3px"
    said = dot.get_attribute("aria-label") or ""
    assert re.fullmatch(r"\d+ \w+ \d{4}(?: \(gevraagd\))?: \d+ vra(?:ag|gen) in .+", said)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(said.partition(" in ")[2])
    expect(page.locator(".document mark").first).to_be_in_viewport()


def test_a_subject_that_is_in_no_document_is_told(open_page: OpenPage) -> None:
    page = open_page("/tijdlijn?onderwerp=abonnement+zwembad")
    expect(page.locator(".melding")).to_contain_text("Hierover staan geen vragen in de documenten")
    expect(page.locator("main")).not_to_contain_text("meest recente")
    page.locator(".voorbeeld").first.click()
    expect(page.locator(".tijdlijn")).to_be_visible()


def test_documents_are_sought_by_title(open_page: OpenPage) -> None:
    page = open_page("/documenten")
    field = page.get_by_label("Zoek een document op titel of bestandsnaam")
    field.fill("kinderhandel")
    field.press("Enter")
    expect(page.get_by_role("status").filter(has_text="1 document heeft")).to_be_visible()
    expect(page.locator(".kaart")).to_have_count(1)
    page.get_by_role("link", name="Toon alle documenten").click()
    expect(page.locator(".kaart")).to_have_count(4)


def test_the_about_page_says_what_it_is(open_page: OpenPage) -> None:
    page = open_page("/over")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Over Raadwijzer")
    for subject in ("model", "privacy", "algoritmeregister", "index"):
        expect(page.locator("main")).to_contain_text(subject, ignore_case=True)
    link = page.locator("main a[href*='algoritmeregister']").first
    reply = page.request.get(link.get_attribute("href") or "")
    assert reply.ok
    assert "Raadwijzer" in reply.text()


def test_a_document_that_is_not_there_is_told(open_page: OpenPage, watched: Watched) -> None:
    watched.allowed.append("404")
    page = open_page("/document?pad=bestaat-niet.txt")
    expect(page.locator(".melding")).to_contain_text("staat niet in de index")
