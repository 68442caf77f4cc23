"""Bringing a picture: upload, and MNIST's test images."""

import re

from playwright.sync_api import Page

from tests.browser.actions import answer, choose, expect_blank, expect_digit, open_app, upload
from tests.browser.waiting import expect
from tests.pictures import as_file, draw_digit
from tests.server import Server


def test_one_upload_is_read_in_full(desktop: Page, server: Server) -> None:
    """One uploaded picture gets the large answer, the ten bars and the preprocessing strip that ends in 28 x 28."""
    open_app(desktop, server.url)
    choose(desktop, "Upload")
    expect_blank(desktop)
    upload(desktop, ("six.png", as_file(draw_digit(6))))
    expect_digit(desktop, 6)
    expect(desktop.get_by_role("list", name="Probability of each digit").get_by_role("listitem")).to_have_count(10)
    expect(desktop.locator(".st-key-recognise_steps img").last).to_have_attribute("alt", re.compile("^28 × 28"))


def test_several_uploads_are_answered_in_a_grid(desktop: Page, server: Server) -> None:
    """Several pictures, two of them unusable: the good ones are read, the others say why not, and nothing is lost."""
    open_app(desktop, server.url)
    choose(desktop, "Upload")
    upload(
        desktop,
        ("three.jpg", as_file(draw_digit(3), "JPEG")),
        ("nine.webp", as_file(draw_digit(9), "WEBP")),
        ("notes.png", b"not a picture at all"),
        ("tiny.png", as_file(draw_digit(1, side=1))),
    )
    expect(answer(desktop)).to_have_text("4 pictures")
    expect(desktop.get_by_test_id("stMetricValue")).to_have_text(["3", "9"])
    expect(desktop.get_by_text("This is not a PNG, JPEG or WebP picture")).to_be_visible()
    expect(desktop.get_by_text("The picture is 1 x 1 pixels")).to_be_visible()


def test_a_bad_upload_is_one_sentence(desktop: Page, server: Server) -> None:
    """A single bad file gets one sentence in the answer's place, without a traceback."""
    open_app(desktop, server.url)
    choose(desktop, "Upload")
    upload(desktop, ("cut.webp", as_file(draw_digit(5), "WEBP")[:300]))
    expect(answer(desktop)).to_have_text(re.compile("cut.webp: The picture is damaged"))
    expect(desktop.get_by_test_id("stException")).to_have_count(0)


def test_an_mnist_image_is_read(desktop: Page, server: Server) -> None:
    """The picker shows a test image of the wanted digit, and the network reads it."""
    open_app(desktop, server.url)
    choose(desktop, "MNIST")
    desktop.get_by_role("radio", name="4", exact=True).click()
    expect(desktop.get_by_text("labelled 4")).to_be_visible()
    expect_digit(desktop, 4)
