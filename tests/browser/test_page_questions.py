"""Asking on the page: question, evidence, answer, refusal, stop, follow-up, filters, addresses, errors."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

from conftest import OpenPage, Watched
from playwright.sync_api import expect
from steps import COUNT, ELSEWHERE, HOSTILE, ask, box, marks, ready, settled, turn


def test_enter_asks_and_the_answer_comes_with_marks_and_sources(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, COUNT)
    expect(answer.locator(".antwoordtekst")).to_contain_text("vier")
    expect(answer.locator(".bewijs")).to_contain_text("Bewezen")
    expect(marks(page).first).to_be_visible()
    expect(answer.get_by_role("heading", name="Bronnen")).to_be_visible()
    expect(answer).to_contain_text("door een computer gemaakt")


def test_every_sentence_of_the_answer_has_a_mark(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, COUNT)
    sentences = answer.locator(".antwoordtekst .zin")
    assert sentences.count() >= 1
    assert [one.locator(".merk").count() > 0 for one in sentences.all()] == [True] * sentences.count()


def test_the_question_stays_in_its_field(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    expect(box(page)).to_have_value(COUNT)


def test_an_example_asks_its_question(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    example = page.locator(".voorbeeld").first
    question = example.inner_text()
    example.click()
    settled(page, question)


def test_evidence_stands_there_while_the_answer_is_made(open_page: OpenPage) -> None:
    page = open_page(server="slow")
    ready(page)
    box(page).fill(COUNT)
    box(page).press("Enter")
    expect(turn(page)).to_have_attribute("data-stand", "writing")
    expect(turn(page).locator(".toestand")).to_contain_text("gevonden in")
    expect(turn(page).locator(".kaart").first).to_be_visible()
    expect(turn(page)).to_have_attribute("aria-busy", "true")
    settled(page, COUNT)


def test_stop_ends_the_answer_and_the_button_leaves(open_page: OpenPage) -> None:
    page = open_page(server="slow")
    ready(page)
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_hidden()
    box(page).fill(COUNT)
    box(page).press("Enter")
    expect(stop).to_be_visible()
    stop.click()
    expect(turn(page)).to_have_attribute("data-stand", "stopped")
    expect(turn(page)).to_contain_text("Gestopt")
    expect(stop).to_be_hidden()
    expect(box(page)).to_have_value(COUNT)


def test_a_refusal_shows_what_was_found(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, ELSEWHERE)
    expect(answer).to_contain_text("Geen antwoord gevonden in de documenten")
    expect(answer.get_by_role("heading", name="Dit vond ik wél")).to_be_visible()
    expect(answer.locator(".kaart").first).to_be_visible()
    assert answer.locator(".antwoordtekst").count() == 0
    word = page.request.get(answer.get_by_role("link", name="Word", exact=True).get_attribute("href") or "")
    assert word.body()[:2] == b"PK", "silence can be taken along too"


def test_markup_in_a_question_is_text(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    title = page.title()
    ask(page, HOSTILE)
    assert page.title() == title
    assert page.locator("#antwoord script").count() == 0


def test_an_address_asks_its_question(open_page: OpenPage) -> None:
    page = open_page(f"/?vraag={quote_plus(COUNT)}")
    settled(page, COUNT)
    expect(box(page)).to_have_value(COUNT)


def test_an_answer_gets_an_address(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    expect(page).to_have_url(re.compile(rf"/\?vraag={re.escape(quote_plus(COUNT))}$"))


def test_a_follow_up_is_shown_as_understood(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    answer = ask(page, "en in 2020?")
    expect(answer.locator(".begrepen strong")).to_have_text(COUNT.replace("2021", "2020"))
    answer.get_by_role("button", name="Pas de vraag aan").click()
    expect(box(page)).to_have_value(COUNT.replace("2021", "2020"))
    expect(box(page)).to_be_focused()
    expect(page.get_by_role("heading", name="Eerder in dit gesprek")).to_be_visible()


def test_a_conversation_is_found_back_and_can_be_cleared(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    page.goto("/")
    expect(turn(page)).to_contain_text(COUNT)
    page.get_by_role("button", name="Wis dit gesprek").click()
    expect(turn(page)).to_have_count(0)
    page.goto("/")
    ready(page)
    expect(turn(page)).to_have_count(0)


def test_a_filter_counts_becomes_a_chip_limits_and_leaves(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    page.locator(".filters > summary").click()
    choice = page.locator(".filtergroepen .keuze").first
    expect(choice).to_contain_text(re.compile(r"\(\d+\)"))
    choice.locator("input").check()
    chip = page.locator(".chip")
    expect(chip).to_have_count(1)
    ask(page, COUNT)
    expect(page).to_have_url(re.compile(r"&(soort|partij|vrager|beantwoorder)="))
    chip.click()
    expect(chip).to_have_count(0)


def test_a_filter_chosen_by_keyboard_keeps_the_focus(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    page.locator(".filters > summary").press("Enter")
    choice = page.locator(".filtergroepen .keuze input").first
    choice.press("Space")
    expect(page.locator(".chip")).to_have_count(1)
    expect(choice).to_be_checked()
    expect(choice).to_be_focused()


def test_an_address_holds_filters(open_page: OpenPage) -> None:
    page = open_page(f"/?vraag={quote_plus(COUNT)}&van=2023")
    answer = settled(page, COUNT)
    expect(page.locator(".chip")).to_contain_text("2023")
    expect(answer).to_contain_text("U zoekt met filters")


def test_an_answer_says_that_other_filters_were_chosen_since(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    notice = turn(page).locator(".andere-filters")
    expect(notice).to_be_hidden()
    page.locator(".filters > summary").click()
    page.get_by_role("checkbox", name=re.compile("^CDA")).click()
    expect(notice).to_contain_text("Dit antwoord hoort nog bij de vorige keuze")
    expect(page.locator("#omroep")).to_contain_text("U hebt nu andere filters gekozen")
    before = turn(page).get_attribute("id") or ""
    notice.get_by_role("button", name="Vraag opnieuw met de filters van nu").click()
    expect(turn(page)).not_to_have_id(before)
    expect(settled(page, COUNT)).to_contain_text("Gezocht met filters: Partij: CDA")
    expect(turn(page).locator(".andere-filters")).to_be_hidden()
    page.locator(".chip").click()
    expect(turn(page).locator(".andere-filters")).to_be_visible()
    page.locator(".filters > summary").click()
    page.get_by_role("checkbox", name=re.compile("^CDA")).click()  # as they were
    expect(turn(page).locator(".andere-filters")).to_be_hidden()


def test_a_follow_up_about_a_source_does_not_change_the_filters(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    expect(ask(page, "wie vroeg dat?").locator(".begrepen")).to_contain_text("Wie heeft deze vragen gesteld?")
    page.goto("/")
    expect(turn(page).locator("h2").first).to_have_text("wie vroeg dat?")
    expect(page.locator(".filters > summary")).to_be_visible()
    expect(page.locator(".chip")).to_have_count(0)
    expect(turn(page).locator(".andere-filters")).to_be_hidden()


def test_a_language_model_that_does_not_load_is_told_and_done_without(open_page: OpenPage) -> None:
    page = open_page(server="broken")
    answer = ask(page, COUNT)
    expect(answer.locator(".melding")).to_contain_text("Zonder taalmodel beantwoord")
    expect(answer.locator(".melding")).to_contain_text("kapot.gguf")
    expect(answer.locator(".melding")).to_contain_text('answerer = "extractive"')
    expect(answer.locator(".antwoordtekst")).to_contain_text("vier")


def test_an_index_of_another_version_says_what_to_run(open_page: OpenPage) -> None:
    page = open_page(server="old")
    expect(page.locator(".melding").first).to_contain_text("een andere versie van Raadwijzer")
    expect(page.locator(".melding").first).to_contain_text("raadwijzer index")


def test_a_question_that_is_too_long_is_refused_and_kept(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    long = "Waarom is dat zo? " * 150
    box(page).fill(long)
    box(page).press("Enter")
    expect(page.locator("#antwoord .melding")).to_contain_text("Maak de vraag korter")
    expect(box(page)).to_have_value(long)


def test_an_empty_question_says_what_to_do(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    box(page).fill("   ")
    box(page).press("Enter")
    expect(page.locator("#antwoord .melding")).to_contain_text("Typ eerst een vraag")


def test_without_an_index_the_page_says_what_to_do(open_page: OpenPage) -> None:
    page = open_page(server="empty")
    expect(page.locator(".melding").first).to_contain_text("raadwijzer index")
    box(page).fill(COUNT)
    box(page).press("Enter")
    expect(page.locator("#antwoord .melding")).to_contain_text("raadwijzer index")
    expect(box(page)).to_have_value(COUNT)


def test_what_was_typed_after_an_answer_is_there_again_when_the_page_is_loaded_again(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    page.reload()
    settled(page, COUNT)
    expect(box(page)).to_have_value(COUNT)
    box(page).fill("Een halve vraag")
    page.reload()
    settled(page, COUNT)
    expect(box(page)).to_have_value("Een halve vraag")
    page.goto("/")  # the conversation of this browser, found back
    settled(page, COUNT)
    expect(box(page)).to_have_value("Een halve vraag")


def test_a_server_that_stopped_is_told_and_the_text_is_kept(open_page: OpenPage, watched: Watched) -> None:
    page = open_page()
    ready(page)
    watched.allowed += ["ERR_INTERNET_DISCONNECTED", "Failed to fetch", "NetworkError", "Could not"]
    page.context.set_offline(True)
    box(page).fill(COUNT)
    box(page).press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Start Raadwijzer opnieuw")).to_be_visible()
    expect(box(page)).to_have_value(COUNT)
    page.context.set_offline(False)
    page.reload()
    expect(box(page)).to_have_value(COUNT)
