"""For everyone: axe-core finds nothing in any state, and the page fits phones, zoom, dark, little motion and Dutch."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote_plus

import pytest
from conftest import OpenPage
from playwright.sync_api import Page, expect
from steps import CENTRE, COUNT, ELSEWHERE, ask, box, marks, ready, settled, turn, violations, width

from eval.page_speed import GOAL_BYTES, GOAL_EVIDENCE_MS, GOAL_PAINT_MS, OPENED, WATCH, asked

BUSY = 5  # times as long as the goals of eval/page_speed.py on a machine that does much else; that script measures
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
ZOOMED = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}
DARK = {"color_scheme": "dark"}
DIFFERENCES = "/verschillen?een=003_56af7280508c8f03.txt&ander=004_b4f3971fa9bef79f.txt"
PAGES = ("/documenten", DIFFERENCES, "/oordelen", "/tijdlijn", "/tijdlijn?onderwerp=criminele+uitbuiting", "/over")
SIZES = [pytest.param(PHONE, id="phone"), pytest.param(ZOOMED, id="zoomed")]


def answering(page: Page) -> None:
    ready(page)
    box(page).fill(COUNT)
    box(page).press("Enter")
    expect(turn(page)).to_have_attribute("data-stand", "writing")


def too_long(page: Page) -> None:
    ready(page)
    box(page).fill("Waarom? " * 400)
    box(page).press("Enter")
    expect(page.locator("#antwoord .melding")).to_be_visible()


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def quote_shown(page: Page) -> None:
    marks(page).first.hover()
    expect(page.locator("#citaatkaart")).to_be_visible()


def source_shown(page: Page) -> None:
    marks(page).first.click()
    try:
        expect(page.locator("#bron mark").first).to_be_visible(timeout=8000)
    except AssertionError:  # a first tap shows the quote
        marks(page).first.click()
        expect(page.locator("#bron mark").first).to_be_visible()


def stopped(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(turn(page)).to_have_attribute("data-stand", "stopped")


def check(page: Page, steps: dict[str, Callable[[Page], object]]) -> None:
    """Go through the states one after another; in none of them may axe-core find anything."""
    found = {}
    for state, reach in steps.items():
        reach(page)
        found[state] = violations(page)
    assert {state: said for state, said in found.items() if said} == {}


def test_axe_finds_nothing_in_a_whole_visit(open_page: OpenPage) -> None:
    check(
        open_page(),
        {
            "start": ready,
            "answer": lambda page: ask(page, COUNT),
            "quote": quote_shown,
            "source": source_shown,
            "refusal": lambda page: ask(page, ELSEWHERE),
            "conversation": lambda page: ask(page, "en bij de politie?"),
            "unfolded": unfold,
            "too long": too_long,
            "two parts": lambda page: ask(page, f"{COUNT[:-1]} en wat kost een abonnement op het zwembad?"),
        },
    )


def test_axe_finds_nothing_in_a_dark_visit(open_page: OpenPage) -> None:
    check(
        open_page(color_scheme="dark"),
        {
            "start": ready,
            "refusal": lambda page: ask(page, ELSEWHERE),
            "answer": lambda page: ask(page, COUNT),
            "unfolded": unfold,
            "source": source_shown,
            "too long": too_long,
        },
    )


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_in_a_small_window(open_page: OpenPage, size: dict[str, object]) -> None:
    steps = {"start": ready, "answer": lambda page: ask(page, COUNT), "unfolded": unfold, "source": source_shown}
    check(open_page(**size), steps)


def test_axe_finds_nothing_while_an_answer_is_made_or_stopped(open_page: OpenPage) -> None:
    check(open_page(server="slow"), {"answering": answering, "stopped": stopped})


def test_axe_finds_nothing_without_an_index(open_page: OpenPage) -> None:
    check(open_page(server="empty"), {"start": ready})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_other_pages(open_page: OpenPage, scheme: str) -> None:
    page = open_page("/documenten", color_scheme=scheme)
    document = page.locator(".kaart .kop a").first.get_attribute("href") or ""
    check(page, {address: partial(Page.goto, url=address) for address in (*PAGES, document)})


@pytest.mark.parametrize("size", SIZES)
def test_nothing_has_to_be_scrolled_sideways(open_page: OpenPage, size: dict[str, object]) -> None:
    page = open_page("/", **size)
    ready(page)
    too_wide = {}
    content, window = width(page)
    if content > window:
        too_wide["start"] = (content, window)
    ask(page, COUNT)
    unfold(page)
    content, window = width(page)
    if content > window:
        too_wide["answer"] = (content, window)
    document = turn(page).locator(".bronnen .kop a").first.get_attribute("href") or ""
    for address in (*PAGES, document):
        page.goto(address)
        content, window = width(page)
        if content > window:
            too_wide[address] = (content, window)
    assert too_wide == {}


def test_every_page_is_dutch_and_has_one_title(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    for address in ("/", *PAGES):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", "nl")
        expect(page.locator("h1")).to_have_count(1)
        expect(page).to_have_title(re.compile("Raadwijzer"))


def test_controls_are_large_enough_to_hit(open_page: OpenPage) -> None:
    page = open_page("/", **PHONE)
    ask(page, COUNT)
    unfold(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, select, input, .merk, nav a')]
            .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.offsetWidth > 1)
            .map((one) => [one.closest('label') ?? one, one])
            .filter(([one]) => one.getBoundingClientRect().height < 24 || one.getBoundingClientRect().width < 24)
            .map(([, one]) => one.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_little_motion_is_respected(open_page: OpenPage) -> None:
    page = open_page(server="slow", reduced_motion="reduce")
    answering(page)
    assert page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length") == 0


def test_dark_is_dark(open_page: OpenPage) -> None:
    page = open_page("/", color_scheme="dark")
    ready(page)
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    )
    assert max(red, green, blue) < 64


def test_a_screen_reader_hears_the_answer_once(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    page.evaluate(
        """() => {
            window.heard = [];
            const place = document.getElementById('omroep');
            new MutationObserver(() => { if (place.textContent) window.heard.push(place.textContent); })
                .observe(place, { childList: true, characterData: true, subtree: true });
        }"""
    )
    ask(page, COUNT)
    page.wait_for_function("window.heard.length > 0")
    marks(page).first.hover()
    heard = page.evaluate("window.heard")
    assert len(heard) == 1
    assert heard[0].startswith("Antwoord: ")


def test_lines_of_the_answer_are_not_longer_than_75_characters(open_page: OpenPage) -> None:
    page = open_page(f"/?vraag={quote_plus(COUNT)}", viewport={"width": 1920, "height": 1000})
    settled(page, COUNT)
    per_line = page.evaluate(
        """() => {
            const place = document.querySelector('.antwoordtekst p');
            const style = getComputedStyle(place);
            const pen = document.createElement('canvas').getContext('2d');
            pen.font = style.font;
            const text = place.textContent;
            return place.clientWidth / (pen.measureText(text).width / text.length);
        }"""
    )
    assert per_line <= 77


def test_the_first_page_is_light_beyond_gradio_s_own_files_and_paints_soon(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    found = page.evaluate(OPENED)
    assert 0 < found["own"] + found["page"] < GOAL_BYTES
    assert found["paint"] < BUSY * GOAL_PAINT_MS


def test_passages_are_on_the_screen_soon_after_enter(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)  # the first question opens the models
    page.evaluate(WATCH)
    assert min(asked(page, question)[0] for question in (CENTRE, ELSEWHERE)) < BUSY * 10 * GOAL_EVIDENCE_MS
