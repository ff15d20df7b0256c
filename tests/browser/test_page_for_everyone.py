"""For everyone: axe-core finds nothing in any state, and the page fits phones, zoom, dark, little motion and Dutch."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote_plus

import pytest
from conftest import OpenPage, Watched
from playwright.sync_api import Page, expect
from steps import CENTRE, COUNT, ELSEWHERE, ask, box, marks, ready, settled, turn, violations, width

from eval.page_speed import GOAL_BYTES, GOAL_EVIDENCE_MS, GOAL_PAINT_MS, OPENED, WATCH, asked

BUSY = 5  # times as long as the goals of eval/page_speed.py on a machine that does much else; that script measures
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
ZOOMED = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}  # 1280 pixels wide at 200%
DARK = {"color_scheme": "dark"}
DIFFERENCES = "/verschillen?een=003_56af7280508c8f03.txt&ander=004_b4f3971fa9bef79f.txt"
SUBJECTS = ("/tijdlijn", "/tijdlijn?onderwerp=criminele+uitbuiting", "/tijdlijn?onderwerp=zwembad")
LISTS = ("/documenten", "/documenten?zoek=kind", "/documenten?zoek=niets+hiervan", DIFFERENCES, "/oordelen")
PAGES = (*LISTS, *SUBJECTS, "/over")
ERRORS = ("/document?pad=bestaat-niet.txt", "/meenemen/weg.docx")
SIZES = [pytest.param(PHONE, id="phone"), pytest.param(ZOOMED, id="zoomed")]
LOOKS = [pytest.param({}, id="light"), pytest.param(DARK, id="dark"), *SIZES]


# Controls of less than 24 by 24 CSS pixels (WCAG 2.2, 2.5.8); links in a sentence are excepted there.
TOO_SMALL = """() => [...document.querySelectorAll(
        `button, summary, select, input, textarea, .merk, nav a, .los, .knop, .kop a, .voorbeeld, .terug a,
         .tijdlijn a`)]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1)
    .map((one) => [one.closest('label') ?? one, one])
    .filter(([one]) => one.getBoundingClientRect().height < 24 || one.getBoundingClientRect().width < 24)
    .map(([, one]) => one.outerHTML.slice(0, 120))"""


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
    """The quote of a mark: by pointing at it, or by a first tap."""
    touch = page.evaluate("matchMedia('(pointer: coarse)').matches")
    marks(page).first.tap() if touch else marks(page).first.hover()
    expect(page.locator("#citaatkaart")).to_be_visible()


def source_shown(page: Page) -> None:
    """The source of the mark whose quote is shown."""
    marks(page).first.click()
    expect(page.locator("#bron mark").first).to_be_visible()


def other_filters(page: Page) -> None:
    """Filters chosen after the answer, with what is said of that."""
    page.keyboard.press("Escape")
    page.locator(".filters > summary").click()
    page.get_by_role("checkbox", name=re.compile("^CDA")).click()
    expect(page.locator(".andere-filters")).to_be_visible()


def judged(page: Page) -> None:
    """An opinion is being given."""
    turn(page).locator(".oordeel > summary").click()


def disconnected(page: Page) -> None:
    """The server does not answer."""
    page.context.set_offline(True)
    box(page).fill(COUNT)
    box(page).press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Start Raadwijzer opnieuw")).to_be_visible()


def half_way(page: Page) -> None:
    """The first sentence is there, the rest is not."""
    expect(turn(page).locator(".antwoordtekst")).to_be_visible()
    expect(turn(page)).to_have_attribute("aria-busy", "true")


def asked_in_vain(page: Page) -> None:
    """A question that cannot be answered, with the reason."""
    box(page).fill(COUNT)
    box(page).press("Enter")
    expect(page.locator("#antwoord .melding")).to_be_visible()


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


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_a_whole_visit(open_page: OpenPage, watched: Watched, look: dict[str, object]) -> None:
    watched.allowed += ["ERR_INTERNET_DISCONNECTED", "Failed to fetch", "NetworkError", "Could not"]
    check(
        open_page(**look),
        {
            "start": ready,
            "answer": lambda page: ask(page, COUNT),
            "quote": quote_shown,
            "source": source_shown,
            "other filters": other_filters,
            "refusal": lambda page: ask(page, ELSEWHERE),
            "conversation": lambda page: ask(page, "en bij de politie?"),
            "opinion": judged,
            "unfolded": unfold,
            "too long": too_long,
            "two parts": lambda page: ask(page, f"{COUNT[:-1]} en wat kost een abonnement op het zwembad?"),
            "disconnected": disconnected,
        },
    )


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_while_an_answer_is_made_or_stopped(open_page: OpenPage, look: dict[str, object]) -> None:
    check(open_page(server="slow", **look), {"answering": answering, "half": half_way, "stopped": stopped})


@pytest.mark.parametrize("look", LOOKS[:2])
@pytest.mark.parametrize("server", ["empty", "old"])
def test_axe_finds_nothing_without_a_usable_index(open_page: OpenPage, server: str, look: dict[str, object]) -> None:
    check(open_page(server=server, **look), {"start": ready, "asked": asked_in_vain})


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_other_pages(open_page: OpenPage, watched: Watched, look: dict[str, object]) -> None:
    watched.allowed.append("404")
    page = open_page("/documenten", **look)
    document = page.locator(".kaart .kop a").first.get_attribute("href") or ""
    check(page, {address: partial(Page.goto, url=address) for address in (*PAGES, *ERRORS, document)})


def test_axe_finds_nothing_in_what_is_printed(open_page: OpenPage) -> None:
    page = open_page()
    address = ask(page, COUNT).get_by_role("link", name="Afdrukken").get_attribute("href") or ""
    check(page, {"printed": lambda page: page.goto(address)})


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
    found = {}
    quote_of = ask(page, COUNT)
    unfold(page)
    found["answer"] = page.evaluate(TOO_SMALL)
    quote_of.locator(".bronnen .kop a").first.click()
    expect(page.locator("#bron mark").first).to_be_visible()
    found["source"] = page.evaluate(TOO_SMALL)
    for address in PAGES:
        page.goto(address)
        unfold(page)
        found[address] = page.evaluate(TOO_SMALL)
    assert {place: small for place, small in found.items() if small} == {}


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
