"""What was found stands there at once, before Gradio's event, and gives way to it without a gap; the last one wins."""

from __future__ import annotations

from conftest import OpenPage, Watched
from playwright.sync_api import Route, expect
from steps import CENTRE, COUNT, ask, box, ready, settled, turn, violations

# Counts the frames in which nothing of an answer stood on the page, from its first passage on.
GAPS = """() => {
    window.gaps = 0;
    let begun = false;
    const look = () => {
        const there = [...document.querySelectorAll('#antwoord .kaart')].some((one) => one.checkVisibility());
        begun ||= there;
        if (begun && !there) window.gaps += 1;
        const turns = [...document.querySelectorAll('#antwoord .beurt')].filter((one) => one.checkVisibility());
        if (turns.length > 1) window.gaps += 1;
        requestAnimationFrame(look);
    };
    look();
}"""


def test_what_was_found_gives_way_to_the_answer_without_a_gap(open_page: OpenPage) -> None:
    page = open_page(server="slow")
    ready(page)
    page.evaluate(GAPS)
    with page.expect_response("**/gevonden") as found:
        box(page).fill(COUNT)
        box(page).press("Enter")
    assert found.value.status == 200
    settled(page, COUNT)
    expect(page.locator("#vroeg > *")).to_have_count(0)
    assert page.evaluate("window.gaps") == 0
    assert violations(page) == []


def test_without_the_early_message_the_page_works_all_the_same(open_page: OpenPage, watched: Watched) -> None:
    watched.allowed += ["ERR_FAILED"]
    page = open_page()
    page.route("**/gevonden", lambda route: route.abort())
    expect(ask(page, COUNT).locator(".antwoordtekst")).to_contain_text("vier")
    expect(page.get_by_role("alert").filter(has_text="Start Raadwijzer opnieuw")).to_have_count(0)


def test_an_early_message_that_comes_late_shows_nothing(open_page: OpenPage) -> None:
    page = open_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/gevonden", hold)
    ask(page, COUNT)
    held[0].fulfill(body='<article class="beurt" data-moment="9999999999999999999"></article>')
    page.wait_for_timeout(500)
    expect(turn(page)).to_have_attribute("data-stand", "done")
    expect(page.locator("#vroeg > *")).to_have_count(0)


def test_the_last_question_wins(open_page: OpenPage) -> None:
    page = open_page(server="slow")
    ready(page)
    box(page).fill(COUNT)
    box(page).press("Enter")
    expect(turn(page)).to_have_attribute("data-stand", "writing")
    box(page).fill(CENTRE)
    box(page).press("Enter")
    expect(turn(page).locator("h2").first).to_have_text(CENTRE)
    settled(page, CENTRE)
    page.wait_for_timeout(500)
    expect(turn(page).locator("h2").first).to_have_text(CENTRE)
    expect(turn(page)).to_have_attribute("data-stand", "done")


def test_two_questions_at_once_leave_the_second(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    box(page).fill(COUNT)
    box(page).press("Enter")
    box(page).fill(CENTRE)
    box(page).press("Enter")
    settled(page, CENTRE)
    expect(turn(page)).to_have_attribute("data-stand", "done")
