"""What a visitor does on the recognise page."""

import re

from playwright.sync_api import Locator, Page

from tests.browser.waiting import expect
from tests.pictures import Stroke

CANVAS = "canvas.upper-canvas"


def open_app(page: Page, url: str) -> None:
    page.goto(url)
    page.locator(CANVAS).wait_for()


def go_to(page: Page, name: str) -> None:
    """Open a page by its link, which is above on a screen and below on a phone."""
    page.get_by_role("link", name=name, exact=True).click()


def wait_until_idle(page: Page) -> None:
    """Wait until the server has run the page's script to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def draw(page: Page, strokes: list[Stroke]) -> None:
    """Draw strokes, given in a unit square, with the mouse on the canvas."""
    page.locator(CANVAS).scroll_into_view_if_needed()
    box = page.locator(CANVAS).bounding_box()
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y)
        page.mouse.up()


def answer(page: Page) -> Locator:
    return page.locator(".st-key-answer")


def expect_digit(page: Page, text: int | str) -> None:
    """Wait until the answer's text begins with these digits."""
    expect(answer(page)).to_have_text(re.compile(rf"^\s*{text}(?!\d)"))


def expect_blank(page: Page) -> None:
    """Wait until the page says that there is nothing to read."""
    expect(answer(page)).to_have_text(re.compile(r"^\s*Nothing to read yet"))


def choose(page: Page, way: str) -> None:
    """Choose a way to bring a digit: Draw, Upload, Camera or MNIST."""
    page.get_by_role("radio", name=way).click()


def press(page: Page, button: str) -> None:
    """Press one of our buttons below the canvas; the component's own toolbar has an "Undo" too."""
    page.get_by_test_id("stButton").get_by_role("button", name=button, exact=True).click()


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose files, as (name, content), by the upload button."""
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    )
