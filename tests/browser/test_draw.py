"""Drawing on the real canvas."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.actions import CANVAS, choose, draw, expect_blank, expect_digit, open_app, press, wait_until_idle
from tests.browser.conftest import PHONE, new_page
from tests.browser.waiting import expect
from tests.pictures import STROKES
from tests.server import Server


def test_every_digit_is_read(desktop: Page, server: Server) -> None:
    """Each of the ten digits, drawn with mouse strokes, is read as itself, and a cleared canvas shows none."""
    open_app(desktop, server.url)
    expect_blank(desktop)
    for digit, strokes in STROKES.items():
        draw(desktop, strokes)
        expect_digit(desktop, digit)
        press(desktop, "Clear")
        expect_blank(desktop)


def test_undo_takes_back_one_stroke(desktop: Page, server: Server) -> None:
    """Undo takes back the last stroke and leaves the others."""
    open_app(desktop, server.url)
    draw(desktop, [[(x / 3, y) for x, y in stroke] for stroke in STROKES[1]])
    expect_digit(desktop, 1)
    draw(desktop, [[(0.5 + x / 2, y) for x, y in stroke] for stroke in STROKES[7]])
    expect_digit(desktop, 17)
    press(desktop, "Undo")
    expect_digit(desktop, 1)
    press(desktop, "Undo")
    expect_blank(desktop)


def test_a_drawing_goes_on_after_undo(desktop: Page, server: Server) -> None:
    """After undo and clear the canvas takes new strokes."""
    open_app(desktop, server.url)
    draw(desktop, STROKES[3])
    expect_digit(desktop, 3)
    press(desktop, "Undo")
    expect_blank(desktop)
    draw(desktop, STROKES[8])
    expect_digit(desktop, 8)


def test_the_drawing_stays_when_the_model_changes(desktop: Page, server: Server) -> None:
    """Another model reads the same drawing."""
    open_app(desktop, server.url)
    draw(desktop, STROKES[2])
    expect_digit(desktop, 2)
    picker = desktop.get_by_role("combobox", name="Read by")
    expect(picker).to_have_value("CNN v2 · most accurate · 99.51%")
    picker.click()
    desktop.get_by_role("option", name="LeNet · 99.24%").click()
    expect(picker).to_have_value("LeNet · 99.24%")
    expect_digit(desktop, 2)


def test_the_drawing_stays_when_the_visitor_comes_back(desktop: Page, server: Server) -> None:
    """Drawing, looking at the upload form and coming back finds the drawing, on the canvas and read."""
    open_app(desktop, server.url)
    draw(desktop, STROKES[5])
    expect_digit(desktop, 5)
    choose(desktop, "Upload")
    expect_blank(desktop)
    choose(desktop, "Draw")
    expect_digit(desktop, 5)
    expect(desktop.locator(CANVAS)).to_be_visible()
    press(desktop, "Clear")
    expect_blank(desktop)


@pytest.mark.parametrize("digit", [3, 7])
def test_a_finger_draws_and_does_not_scroll(chromium: Browser, server: Server, digit: int) -> None:
    """On a touch screen a stroke on the canvas draws, and the page stays where it is."""
    pages = new_page(chromium, PHONE, has_touch=True, is_mobile=True)
    page = next(pages)
    open_app(page, server.url)
    box = page.locator(CANVAS).bounding_box()
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    for stroke in STROKES[digit]:
        send("touchStart", stroke[0])
        for point in stroke[1:]:
            send("touchMove", point)
        send("touchEnd")
    expect_digit(page, digit)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    assert page.locator(CANVAS).bounding_box() == box
    next(pages, None)


def test_the_pen_width_wipes_nothing(page: Page, server: Server) -> None:
    """Ten quick presses on the pen's slider, right after a stroke, leave the drawing on the canvas, and the pen is wider."""
    open_app(page, server.url)
    draw(page, STROKES[3])
    slider = page.get_by_role("slider", name="Pen width")
    before = int(slider.input_value())
    for _ in range(10):
        slider.press("ArrowRight")
    expect_digit(page, 3)
    first = dark_pixels(page)
    draw(page, [[(0.05, 0.95), (0.3, 0.95)]])
    expect(slider).to_have_value(str(before + 10))
    wait_for_more_ink(page, first)
    wait_until_idle(page)
    assert 5000 < first < dark_pixels(page)


LOWER_CANVAS = "canvas.dc-canvas.lower-canvas"
COUNT_INK = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
    .filter((value, index, all) => index % 4 === 0 && value < 128 && all[index + 3] > 0).length"""


def dark_pixels(page: Page) -> int:
    """Ink on the canvas, in its own pixels."""
    return page.locator(LOWER_CANVAS).evaluate(COUNT_INK)


def wait_for_more_ink(page: Page, before: int) -> None:
    """Wait until the canvas has painted a new stroke, which it does in one of the browser's next frames."""
    canvas = page.locator(LOWER_CANVAS).element_handle()
    page.wait_for_function(f"([canvas, before]) => ({COUNT_INK})(canvas) > before", arg=[canvas, before])


def test_the_canvas_fills_its_column_without_a_toolbar(page: Page, server: Server) -> None:
    """The canvas is square and as wide as what stands above it; the drawing component's own toolbar does not appear."""
    open_app(page, server.url)
    page.locator(CANVAS).hover()
    expect(page.locator(".dc-toolbar")).to_be_hidden()
    canvas, above = page.locator(CANVAS).bounding_box(), page.get_by_role("radiogroup", name="Bring a digit").bounding_box()
    assert canvas["width"] == pytest.approx(above["width"], abs=2)
    assert canvas["height"] == pytest.approx(canvas["width"], abs=1)
