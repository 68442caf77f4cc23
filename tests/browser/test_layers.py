"""The page of layers in a browser: its numbers are the network's, a drawing travels, and the keyboard is enough."""

import re
from urllib.parse import urlencode

import keras
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from digitcore.datasets import mnist
from digitcore.networks import registry
from digitcore.preprocessing.links import encode
from tests.browser.actions import draw, expect_digit, go_to, open_app
from tests.pictures import STROKES

#: How many numbers are read from the page, of how many models.
NUMBERS, MODELS = 20, ("cnn_v2", "sprint", "lenet", "cnn_v1")
EXPLAINED = re.compile(r"^(.+)\[([\d, ]+)\] = (\S+)$")


def open_layers(page: Page, url: str, **query: object) -> None:
    page.goto(f"{url}/layers?{urlencode(query)}")
    page.get_by_role("heading", name="See the digit travel").wait_for()


def number_on_page(page: Page, layer: str, unit: int) -> tuple[tuple[int, ...], float, float]:
    """The position that the page explains, the network's number there, and what its parts add up to."""
    explorer = page.get_by_test_id("explorer-value")
    told = page.get_by_text(EXPLAINED)
    expect(explorer.or_(told).first).to_be_visible()
    if explorer.count():
        place = page.get_by_test_id("explorer-position").get_attribute("data-value")
        values = [float(page.get_by_test_id(f"explorer-{name}").get_attribute("data-value")) for name in ("keras", "value")]
        return (*map(int, place.split(",")), unit), *values
    name, place, value = EXPLAINED.match(told.first.inner_text()).groups()
    assert name == layer
    return tuple(map(int, place.split(","))), float(value), float(value)


def test_numbers_are_the_networks(desktop, server):
    """Twenty numbers, read from the page for random layers and units of every shipped model, are Keras's own."""
    images = mnist.load_sample().x_test.astype(np.float32) / 255
    generator = np.random.default_rng(4)
    for number in range(NUMBERS):
        name = MODELS[number % len(MODELS)]
        model = registry.load_model(name)
        layer = model.layers[generator.integers(len(model.layers))]
        image = images[generator.integers(len(images))]
        output = keras.Model(model.inputs, model.get_layer(layer.name).output).predict(image[None, ..., None], verbose=0)[0]
        unit = int(generator.integers(output.shape[-1]))
        open_layers(desktop, server.url, model=name, layer=layer.name, unit=unit, digit=encode(image))
        position, shown, parts = number_on_page(desktop, layer.name, unit)
        assert position[-1] == unit
        assert shown == pytest.approx(output[position], rel=1e-5, abs=1e-4), (name, layer.name, position)
        assert parts == pytest.approx(output[position], rel=1e-5, abs=1e-4), (name, layer.name, position)


def test_a_drawing_travels(page, server):
    """What is drawn on the recognise page is on this page, in the link, and in every view."""
    open_app(page, server.url)
    draw(page, STROKES[3])
    expect_digit(page, 3)
    go_to(page, "Layers")
    expect(page.get_by_text("conv1a: convolution")).to_be_visible()
    expect(page.get_by_test_id("explorer-map")).to_be_visible()
    page.get_by_text("Why this prediction?").click()
    expect(page.get_by_text(re.compile(r"The network reads a 3, with [\d.]+% confidence"))).to_be_visible()
    expect(page.get_by_alt_text(re.compile("Grad-CAM for a 3: strongest at row"))).to_be_visible()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_text(re.compile(r"The network reads a 3, with [\d.]+% confidence"))).to_be_visible()


def test_another_model_keeps_the_digit(desktop, server):
    """Choosing another model keeps the digit, and its layers appear."""
    open_layers(desktop, server.url, layer="conv1a")
    digit = re.search("digit=([^&]+)", desktop.url)
    desktop.get_by_label("Read by").click()
    desktop.get_by_role("option", name=re.compile("^lenet")).click()
    expect(desktop.get_by_role("button", name="relu1", exact=True)).to_be_visible()
    expect(desktop).to_have_url(re.compile("model=lenet"))
    if digit:
        assert digit[1] in desktop.url


def test_keyboard_from_the_drawing_to_a_multiplication(desktop, server):
    """From the drawing's card to one product of a convolution, by keys alone."""
    open_layers(desktop, server.url, layer="input_layer")
    expect(desktop.get_by_text("input_layer: input")).to_be_visible()
    keys = desktop.keyboard
    desktop.get_by_role("button", name="input_layer", exact=True).focus()
    tab_to(desktop, "conv1a")
    keys.press("Enter")
    expect(desktop.get_by_text("conv1a: convolution")).to_be_visible()
    explorer = desktop.get_by_test_id("explorer-map")
    explorer.wait_for()
    for _ in range(80):
        keys.press("Tab")
        if explorer.evaluate("element => element.getRootNode().activeElement === element"):
            break
    else:
        raise AssertionError("No way by Tab to the explorer.")
    before = desktop.get_by_test_id("explorer-position").get_attribute("data-value")
    keys.press("ArrowUp")
    row, column = map(int, before.split(","))
    expect(desktop.get_by_test_id("explorer-position")).to_have_attribute("data-value", f"{row - 1},{column}")
    for _ in range(4):
        keys.press("Tab")
    keys.press("ArrowDown")  # walk over multiplications
    keys.press("Shift+Tab")
    keys.press("Enter")
    expect(desktop.get_by_test_id("explorer-words")).to_contain_text("multiplication")
    cell = desktop.get_by_test_id("explorer-terms").locator("td.current")
    expect(cell).to_have_count(1)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the button of that name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip() == name:
            return
    raise AssertionError(f"No way by Tab to {name}.")


def test_the_last_pixel_chosen_stays(desktop, server):
    """One pixel chosen after the other, with the server's answers between them: the last one stays."""
    open_layers(desktop, server.url, model="lenet", layer="conv1")
    field = desktop.get_by_test_id("explorer-map")
    place = desktop.get_by_test_id("explorer-position")
    for column in (3, 12, 7):
        box = field.bounding_box()
        field.click(position={"x": (column + 0.5) * box["width"] / 24, "y": 5.5 * box["height"] / 24})
        desktop.wait_for_timeout(3000)  # longer than it takes to tell the server, and the server to answer
        expect(place).to_have_attribute("data-value", f"5,{column}")
    field.press("ArrowRight")
    desktop.wait_for_timeout(3000)
    expect(place).to_have_attribute("data-value", "5,8")
