"""Pages of a PDF in the viewer, in a real browser; and that the last click wins."""

from __future__ import annotations

import re
import time

from conftest import OpenPage
from playwright.sync_api import Locator, Page, Route, expect
from steps import COUNT, ask, marks, ready, source, turn, violations, words

PAGED = "Wanneer zal het onderzoek naar de rol van klanten zijn afgerond?"
HALF = 0.5


def leaf(page: Page) -> Locator:
    """The page of a PDF beside the answer, when its image is there."""
    ask(page, PAGED)
    mark = turn(page).locator(".antwoordtekst .merk[href*='.pdf']").first
    expect(mark).to_be_visible()
    mark.click()
    expect(source(page).locator(".bladbeeld")).to_be_visible()
    drawn(page)
    return source(page)


def drawn(page: Page) -> None:
    page.wait_for_function("document.querySelector('.bladbeeld')?.naturalWidth > 0")


def test_a_pdf_is_shown_as_its_page_with_the_sentence_framed(open_page: OpenPage) -> None:
    page = open_page(server="pages")
    viewer = leaf(page)
    frame = viewer.locator(".kader").first
    expect(frame).to_be_in_viewport()
    assert frame.evaluate("(one) => getComputedStyle(one).borderTopStyle") == "solid"
    quote = words(turn(page).locator(".bronnen mark").first.inner_text())
    assert words(viewer.locator("blockquote mark").inner_text()) == quote
    image, box = viewer.locator(".bladbeeld").bounding_box(), frame.bounding_box()
    assert image is not None
    assert box is not None
    assert image["x"] <= box["x"] < box["x"] + box["width"] <= image["x"] + image["width"] + HALF
    assert image["y"] <= box["y"] < box["y"] + box["height"] <= image["y"] + image["height"] + HALF
    assert violations(page) == []


def test_pages_are_turned_enlarged_and_left_for_the_text_by_keyboard(open_page: OpenPage) -> None:
    page = open_page(server="pages")
    viewer = leaf(page)
    expect(viewer.get_by_role("button", name="Bladzijde", exact=True)).to_have_attribute("aria-pressed", "true")
    number = int(re.findall(r"\d+", viewer.locator(".bladzijdebeeld").get_attribute("aria-label") or "")[0])
    turner = viewer.get_by_role("button", name="Volgende bladzijde" if number == 1 else "Vorige bladzijde")
    turner.focus()
    page.keyboard.press("Enter")
    expect(viewer.locator(".bladzijdebeeld")).not_to_have_attribute("aria-label", re.compile(rf"^Bladzijde {number} "))
    assert page.evaluate("document.activeElement.closest('#bron') !== null"), "the focus stays in the source"
    viewer.get_by_role("button", name="Naar de zin op bladzijde").click()
    expect(viewer.locator(".kader").first).to_be_in_viewport()
    before = viewer.locator(".bladbeeld").evaluate("(one) => one.clientWidth")
    viewer.get_by_role("button", name="Vergroot").press("Enter")
    expect(viewer.get_by_role("button", name="Vergroot")).to_have_attribute("aria-pressed", "true")
    assert viewer.locator(".bladbeeld").evaluate("(one) => one.clientWidth") > before
    viewer.get_by_role("button", name="Tekst", exact=True).press("Enter")
    expect(viewer.locator(".document mark").first).to_be_in_viewport()
    expect(viewer.get_by_role("button", name="Tekst", exact=True)).to_be_focused()
    assert violations(page) == []


def test_a_page_that_cannot_be_drawn_becomes_its_text(open_page: OpenPage) -> None:
    page = open_page(server="pages")
    page.route("**/bladzijde?*", lambda route: route.fulfill(status=200, content_type="image/png", body=b"geen beeld"))
    ask(page, PAGED)
    turn(page).locator(".antwoordtekst .merk[href*='.pdf']").first.click()
    expect(source(page).locator(".melding")).to_contain_text("De bladzijde kon niet worden getekend")
    expect(source(page).locator(".document mark").first).to_be_in_viewport()


def test_a_motion_names_its_parts_and_the_letter_that_belongs_with_it(open_page: OpenPage) -> None:
    page = open_page("/document?pad=motie.txt", server="pages")
    expect(page.locator(".feiten")).to_contain_text("aangenomen")
    expect(page.get_by_role("heading", name="Overwegingen")).to_be_visible()
    link = page.get_by_role("region", name="Stukken die hierbij horen").get_by_role("link").first
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Uitvoering motie toezicht bij het station")
    assert violations(page) == []


def test_the_last_click_wins_when_answers_come_late(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    late: list[str] = []

    def hold(route: Route) -> None:
        if not late:
            late.append(route.request.url)
            time.sleep(1.5)
        route.continue_()

    page.route("**/bron?*", hold)
    page.evaluate("[...document.querySelectorAll('.antwoordtekst .merk')].slice(0, 2).forEach((one) => one.click())")
    expect(marks(page).nth(1)).to_have_class(re.compile(r"\bgekozen\b"))
    page.wait_for_timeout(500)
    expect(marks(page).nth(0)).not_to_have_class(re.compile(r"\bgekozen\b"))
    second = words(turn(page).locator(".bronnen mark").nth(1).inner_text())
    assert words(" ".join(source(page).locator("mark").all_inner_texts())) == second


def test_the_menu_is_one_row_on_a_phone(open_page: OpenPage) -> None:
    page = open_page("/", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    ready(page)
    tops = {round(link.bounding_box()["y"]) for link in page.locator(".balk a").all() if link.bounding_box()}  # type: ignore[index]
    assert len(tops) <= 2, "the sign and the links may differ a little in height, no more"
    assert page.locator(".bovenkant").bounding_box()["height"] < 64  # type: ignore[index]
    for name in ("Vragen", "Documenten", "Tijdlijn", "Over Raadwijzer"):
        expect(page.get_by_role("navigation").get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
