"""Reading on the page: a mark leads to its sentence, in the viewer, in the document and in every export."""

from __future__ import annotations

import re

from conftest import OpenPage
from playwright.sync_api import expect
from steps import COUNT, ask, box, marks, open_first_source, ready, source, turn, words


def test_a_mark_shows_its_quote_when_pointed_at(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    marks(page).first.hover()
    card = page.locator("#citaatkaart")
    expect(card).to_be_visible()
    quote = turn(page).locator(".bronnen mark").first.inner_text()
    expect(card).to_contain_text(words(quote))


def test_every_mark_opens_the_source_at_exactly_its_quote(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    quotes = [words(one.inner_text()) for one in turn(page).locator(".bronnen mark").all()]
    assert quotes
    for mark in marks(page).all():
        number = int(re.sub(r"\D", "", mark.inner_text()))
        mark.click()
        expect(mark).to_have_class(re.compile(r"\bgekozen\b"))  # set when the source of this mark has come
        expect(source(page).locator("mark").first).to_be_in_viewport()
        marked = words(" ".join(source(page).locator("mark").all_inner_texts()))
        assert marked == quotes[number - 1]


def test_the_source_shows_the_question_above_and_the_way_on_and_back(open_page: OpenPage) -> None:
    page = open_page()
    viewer = open_first_source(page)
    title = words(turn(page).locator(".bronnen .kop a").first.inner_text())
    expect(viewer.locator("#bron-naam")).to_have_text(title)
    question = words(viewer.locator(".bovenvraag").first.text_content() or "").removeprefix("Vraag: ")
    assert len(question) > 40
    above = viewer.get_by_text(question[:40])  # kept in sight, or in the text itself when that is in sight
    expect(above.locator("visible=true").first).to_be_in_viewport()
    expect(viewer.get_by_role("button", name="Vorige bron")).to_be_disabled()
    first = viewer.locator("mark").first.inner_text()
    viewer.get_by_role("button", name="Volgende bron").click()
    expect(viewer.locator("mark").first).not_to_have_text(first)
    expect(viewer.get_by_role("button", name="Vorige bron")).to_be_enabled()
    viewer.get_by_role("button", name="Terug naar het antwoord").click()
    expect(viewer).to_be_hidden()
    expect(marks(page).nth(1)).to_be_focused()  # where the reader was, not where they began


def test_the_whole_walk_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    ready(page)
    expect(box(page)).to_be_focused()
    page.keyboard.type(COUNT)
    page.keyboard.press("Enter")
    expect(turn(page)).to_have_attribute("data-stand", "done")
    for _ in range(12):  # the button, the filters, then the marks
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.merk')"):
            break
    expect(marks(page).first).to_be_focused()
    expect(page.locator("#citaatkaart")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#citaatkaart")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(source(page).locator("mark").first).to_be_visible()
    assert page.evaluate("document.activeElement.closest('#bron') !== null"), "the source has the focus"
    page.keyboard.press("Escape")
    expect(source(page)).to_be_hidden()
    expect(marks(page).first).to_be_focused()


def test_tab_goes_down_the_page_and_focus_is_visible(open_page: OpenPage) -> None:
    page = open_page("/documenten")
    seen: list[str] = []
    for _ in range(7):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", f"no visible focus on {seen[-1]!r}"
    assert seen[:6] == ["Naar de inhoud", "Raadwijzer", "Vragen", "Documenten", "Tijdlijn", "Over Raadwijzer"]


def test_a_tap_shows_the_quote_and_a_second_tap_opens_the_source(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    ask(page, COUNT)
    marks(page).first.tap()
    expect(page.locator("#citaatkaart")).to_be_visible()
    expect(source(page)).to_be_hidden()
    marks(page).first.tap()
    expect(source(page).locator("mark").first).to_be_visible()


def test_the_quote_of_a_tapped_mark_leaves_the_mark_in_sight_and_opens_the_source_itself(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    ask(page, COUNT)
    card = page.locator("#citaatkaart")
    for block in ("start", "end"):  # the mark high in the window, and low
        marks(page).first.evaluate("(one, block) => one.scrollIntoView({ block })", block)
        marks(page).first.tap()
        expect(card).to_be_visible()
        mark, shown = marks(page).first.bounding_box(), card.bounding_box()
        assert mark is not None
        assert shown is not None
        assert mark["y"] + mark["height"] <= shown["y"] or shown["y"] + shown["height"] <= mark["y"]
        page.keyboard.press("Escape")
        page.locator("h1").tap()
    marks(page).first.tap()
    card.tap()
    expect(source(page).locator("mark").first).to_be_visible()
    on_top = """(one) => {
        scrollTo(0, 0);
        const { x, y } = one.getBoundingClientRect();
        return document.elementFromPoint(x + 9, y + 9).closest('#bron') !== null;
    }"""
    assert page.get_by_text("Uw vraag", exact=True).evaluate(on_top), "nothing of the page lies above the source"


def test_a_link_to_a_sentence_marks_it_in_its_document(open_page: OpenPage) -> None:
    page = open_page()
    viewer = open_first_source(page)
    quote = words(viewer.locator("mark").first.inner_text())
    viewer.get_by_role("link", name="Open het hele document").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert words(" ".join(page.locator(".document mark").all_inner_texts())) == quote
    expect(page.locator(".document mark").first).to_be_in_viewport()


def test_a_source_card_opens_the_source_too(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, COUNT)
    turn(page).locator(".bronnen .kop a").first.click()
    expect(source(page).locator("mark").first).to_be_visible()


def test_the_answer_can_be_taken_along(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, COUNT)
    quote = words(answer.locator(".bronnen mark").first.inner_text())
    links = {one.inner_text(): one.get_attribute("href") for one in answer.locator("a[href^='/meenemen/']").all()}
    assert list(links) == ["Word", "Markdown", "Afdrukken"]
    word, markdown, printable = (page.request.get(address or "") for address in links.values())
    assert word.ok
    assert word.body()[:2] == b"PK"
    assert markdown.ok
    assert quote in words(markdown.text())
    assert printable.ok
    assert "<html" in printable.text()
    assert "door een computer gemaakt" in markdown.text()


def test_copy_puts_the_answer_with_its_sources_on_the_clipboard(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    answer = ask(page, COUNT)
    answer.get_by_role("button", name="Kopieer met bronnen").click()
    expect(page.locator("#omroep")).to_have_text("Het antwoord is gekopieerd, met bronnen.")
    assert "[1]" in page.evaluate("navigator.clipboard.readText()")


def test_an_opinion_is_kept(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, COUNT)
    answer.locator(".oordeel > summary").click()
    answer.get_by_label("Nee, er klopt iets niet").check()
    answer.get_by_label(re.compile("Wat is er goed of fout")).fill("Het jaartal hoort erbij.")
    answer.get_by_role("button", name="Verstuur").click()
    expect(answer).to_contain_text("Uw oordeel is bewaard op de computer waarop Raadwijzer draait")
    expect(answer.locator(".oordeel")).to_have_count(0)
    page.goto("/oordelen")
    expect(page.locator("table")).to_contain_text("Het jaartal hoort erbij.")
    page.get_by_label("Ik weet het zeker").check()
    page.get_by_role("button", name="Wis alle oordelen").click()
    expect(page.locator("main")).to_contain_text("Alle oordelen zijn gewist")
    page.goto("/oordelen")
    expect(page.locator("main")).to_contain_text("Er zijn nog geen oordelen")
