"""Getting around: the pages' links on a screen and on a phone, and the browser's Back."""

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.actions import draw, expect_digit, go_to, open_app, wait_until_idle
from tests.browser.conftest import PHONE, new_page
from tests.browser.test_pages import PAGES
from tests.browser.waiting import expect
from tests.pictures import STROKES
from tests.server import Server

HEADINGS = {
    "Layers": "See the digit travel",
    "Train": "Train a network",
    "Search": "Search hyper-parameters",
    "Compare": "Compare models",
}


def test_every_page_is_one_tap_away(page: Page, server: Server) -> None:
    """From each page to each other one by one tap; nothing covers the page afterwards, and Back returns."""
    open_app(page, server.url)
    for name, heading in HEADINGS.items():
        go_to(page, name)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.get_by_test_id("stSidebar").or_(page.locator("body > .none"))).to_be_hidden()
        assert_uncovered(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS["Search"])


def assert_uncovered(page: Page) -> None:
    """What lies at the heading's place is the heading."""
    wait_until_idle(page)
    hit = page.get_by_role("heading", level=1).evaluate(
        """heading => {
            const box = heading.getBoundingClientRect()
            return heading.contains(document.elementFromPoint(box.x + 5, box.y + box.height / 2))
        }"""
    )
    assert hit


@pytest.mark.parametrize("address", PAGES)
def test_a_link_on_a_phone_shows_the_page(chromium: Browser, server: Server, address: str) -> None:
    """A link opens the page itself, no wider than the screen, with the bar at its bottom and no drawer over it."""
    for page in new_page(chromium, PHONE):
        page.goto(f"{server.url}/{address}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wait_until_idle(page)
        expect(page.get_by_test_id("stExpandSidebarButton")).to_be_hidden()
        assert_uncovered(page)
        for name in ("Recognise", *HEADINGS):
            box = page.get_by_role("link", name=name, exact=True).bounding_box()
            assert box["y"] + box["height"] <= PHONE["height"]
            assert box["y"] > PHONE["height"] - 80
            assert box["width"] >= 44
            assert box["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_the_switch_for_detail_stays_for_the_session(desktop: Page, server: Server) -> None:
    """Everything, once chosen, is shown on the other pages too."""
    open_app(desktop, server.url)
    draw(desktop, STROKES[3])
    expect_digit(desktop, 3)
    took = desktop.get_by_text(re.compile("The network took"))
    expect(took).to_have_count(0)
    desktop.get_by_role("radio", name="Everything").click()
    expect(took).to_be_visible()
    go_to(desktop, "Layers")
    expect(desktop.get_by_test_id("explorer-formula")).to_be_visible()
