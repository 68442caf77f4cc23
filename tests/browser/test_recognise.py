"""The recognise page as a visitor sees it: what is in sight, examples, uploads, and the ways on from an answer."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.actions import (
    CANVAS,
    answer,
    choose,
    draw,
    expect_blank,
    expect_digit,
    go_to,
    open_app,
    press,
    upload,
    wait_until_idle,
)
from tests.browser.waiting import expect
from tests.pictures import STROKES, as_file, draw_digit, draw_digits
from tests.server import Server

HEADER_HEIGHT = 60
PHONE_WIDTH = 767


def is_phone(page: Page) -> bool:
    return page.viewport_size["width"] <= PHONE_WIDTH


def bottom(box: Locator) -> float:
    found = box.bounding_box()
    return found["y"] + found["height"]


def end_of_sight(page: Page) -> float:
    """Where the part of the screen ends that nothing covers: at the phone's navigation, else at the window's end."""
    return page.locator(".st-key-frame_bar").bounding_box()["y"] if is_phone(page) else page.viewport_size["height"]


def scroll_to_end(page: Page) -> None:
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")


def expect_nothing_too_wide(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_canvas_and_answer_are_in_sight_together(page: Page, server: Server) -> None:
    """Without scrolling: the whole canvas with its buttons, the answer with its confidence; beside them the ten bars."""
    open_app(page, server.url)
    draw(page, STROKES[4])
    expect_digit(page, 4)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0
    expect(answer(page)).to_contain_text("% confidence")
    clear = page.get_by_test_id("stButton").get_by_role("button", name="Clear", exact=True)
    assert page.locator(CANVAS).bounding_box()["y"] >= HEADER_HEIGHT
    assert bottom(answer(page)) <= end_of_sight(page) + 1
    if is_phone(page):
        assert bottom(clear) <= answer(page).bounding_box()["y"]
    else:
        assert max(bottom(clear), bottom(page.get_by_role("list", name="Probability of each digit"))) <= end_of_sight(page)
    expect_nothing_too_wide(page)


def test_the_answer_stays_in_sight_on_a_phone(page: Page, server: Server) -> None:
    """At the page's end the answer is still there, and covers nothing."""
    if not is_phone(page):
        pytest.skip("Only a phone has the bar.")
    open_app(page, server.url)
    draw(page, STROKES[7])
    expect_digit(page, 7)
    wait_until_idle(page)
    before = answer(page).bounding_box()
    scroll_to_end(page)
    assert answer(page).bounding_box() == before
    assert bottom(page.locator(".recognise-steps")) <= before["y"]


def test_an_example_is_drawn_and_read(desktop: Page, server: Server) -> None:
    """One click on an example puts it on the canvas, where it can be undone, and it is read."""
    open_app(desktop, server.url)
    for name, digit in (("A clear 3", 3), ("A 4 that could be a 9", 4), ("A tiny digit", 5)):
        desktop.get_by_role("button", name=name).click()
        expect_digit(desktop, digit)
        press(desktop, "Clear")
        expect_blank(desktop)
    draw(desktop, STROKES[8])
    expect_digit(desktop, 8)


def test_the_strokes_of_an_example_can_be_undone(desktop: Page, server: Server) -> None:
    """The canvas knows the example's strokes: the letter has two."""
    open_app(desktop, server.url)
    desktop.get_by_role("button", name="A letter").click()
    expect(answer(desktop)).to_contain_text("confidence")
    press(desktop, "Undo")
    wait_until_idle(desktop)  # Streamlit takes two clicks within one run for one
    press(desktop, "Undo")
    expect_blank(desktop)


def test_see_why_and_back(page: Page, server: Server) -> None:
    """The address of the explanation holds model and digit; Back leads to the drawing."""
    open_app(page, server.url)
    draw(page, STROKES[2])
    expect_digit(page, 2)
    page.get_by_role("link", name="See why").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Recognise a digit")
    address = urlsplit(page.url)
    assert address.path == "/layers"
    assert parse_qs(address.query)["model"] == ["cnn_v2"]
    assert len(parse_qs(address.query)["digit"][0]) > 100
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recognise a digit")
    expect_digit(page, 2)
    expect(page.locator(CANVAS)).to_be_visible()


def test_ask_all_models_and_back(desktop: Page, server: Server) -> None:
    """The comparison opens; Back leads to the drawing."""
    open_app(desktop, server.url)
    draw(desktop, STROKES[2])
    expect_digit(desktop, 2)
    desktop.get_by_role("link", name="Ask all models").click()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Compare models")
    desktop.go_back()
    expect_digit(desktop, 2)


def test_the_steps_are_one_row_for_the_keyboard(page: Page, server: Server) -> None:
    """The six steps are numbered and stand side by side; where they do not fit, an arrow key scrolls them, not the page."""
    open_app(page, server.url)
    draw(page, STROKES[6])
    expect_digit(page, 6)
    strip = page.get_by_role("region", name="How the picture was prepared")
    expect(strip.get_by_role("listitem")).to_have_count(6)
    expect(strip.get_by_role("listitem").first).to_have_text("1. GreyOnly brightness counts, not colour.")
    assert len({each.bounding_box()["y"] for each in strip.get_by_role("listitem").all()}) == 1
    expect_nothing_too_wide(page)
    if is_phone(page):
        strip.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("strip => strip.scrollLeft > 0", arg=strip.element_handle())
        expect_nothing_too_wide(page)


def test_an_upload_is_shown_large_and_kept(page: Page, server: Server) -> None:
    """The picture is as wide as its column, is still there after a look at another page, and can be removed."""
    open_app(page, server.url)
    choose(page, "Upload")
    upload(page, ("seven.png", as_file(draw_digit(7, 600))))
    expect_digit(page, 7)
    picture = page.get_by_alt_text("seven.png")
    assert picture.bounding_box()["width"] == pytest.approx(
        page.get_by_role("radiogroup", name="Bring a digit").bounding_box()["width"], abs=2
    )
    go_to(page, "Train")
    expect(page.get_by_role("heading", level=1)).to_have_text("Train a network")
    go_to(page, "Recognise")
    expect_digit(page, 7)
    expect(page.get_by_text("Still here: seven.png")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect_blank(page)
    expect(page.get_by_text(re.compile("Still here"))).to_have_count(0)


def third_of(strokes: list, number: int) -> list:
    """The strokes of a digit in one of three fields side by side."""
    return [[((x + number) / 3, y) for x, y in stroke] for stroke in strokes]


def test_a_number_is_written(page: Page, server: Server) -> None:
    """On the wide canvas, three digits are read as a number, each in its box; the narrow one keeps its own drawing."""
    open_app(page, server.url)
    draw(page, STROKES[2])
    expect_digit(page, 2)
    switch = page.get_by_role("switch", name="Write a number")
    switch.focus()
    page.keyboard.press("Space")
    expect_blank(page)
    canvas = page.locator(CANVAS)
    page.wait_for_function("canvas => canvas.width > 3 * canvas.height", arg=canvas.element_handle())
    wait_until_idle(page)
    draw(page, [*third_of(STROKES[3], 0), *third_of(STROKES[1], 1), *third_of(STROKES[4], 2)])
    expect_digit(page, 314)
    expect(page.get_by_alt_text("The picture, with a box around each digit: 314")).to_be_visible()
    expect_nothing_too_wide(page)
    switch.focus()
    page.keyboard.press("Space")
    expect_digit(page, 2)


def test_turn_and_crop(page: Page, server: Server) -> None:
    """A picture that lies on its side is turned, and cropped to one of its digits."""
    open_app(page, server.url)
    choose(page, "Upload")
    upload(page, ("number.png", as_file(draw_digits([4, 7]).rotate(90, expand=True))))
    expect(page.get_by_role("button", name="Turn")).to_be_visible()
    press(page, "Turn")
    expect_digit(page, 47)
    switch = page.get_by_role("switch", name="Crop")
    switch.focus()
    page.keyboard.press("Space")
    left = page.get_by_role("slider").first
    left.focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    expect_digit(page, 7)
    expect_nothing_too_wide(page)


def test_a_step_is_switched_off(desktop: Page, server: Server) -> None:
    """With everything shown, a thin pen stays thin once its step is switched off."""
    open_app(desktop, server.url)
    choose(desktop, "Everything")
    draw(desktop, STROKES[3])
    expect_digit(desktop, 3)
    last = desktop.get_by_role("region", name="How the picture was prepared").locator("img").last
    before = last.get_attribute("src")
    desktop.get_by_role("button", name="The centre of mass is in the middle").click()
    wait_until_idle(desktop)
    expect(last).not_to_have_attribute("src", before)
