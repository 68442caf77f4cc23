"""The page of layers in a browser: its numbers are the network's, a drawing travels, and the keyboard is enough."""

import contextlib
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import keras
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from digitcore.datasets import mnist
from digitcore.networks import registry
from digitcore.preprocessing.links import encode
from tests.browser.actions import draw, expect_digit, go_to, open_app, wait_until_idle
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
        place = page.get_by_test_id("explorer-position").get_attribute("data-index")
        values = [float(page.get_by_test_id(f"explorer-{name}").get_attribute("data-value")) for name in ("keras", "value")]
        return tuple(map(int, place.split(","))), *values
    name, place, value = EXPLAINED.match(told.first.inner_text()).groups()
    assert name == layer
    return tuple(map(int, place.split(","))), float(value), float(value)


def test_numbers_are_the_networks(desktop, server):
    """Twenty numbers, read from the page for random layers and units of every shipped model, are Keras's own."""
    images = mnist.load_sample().x_test.astype(np.float32) / 255
    generator = np.random.default_rng(4)
    models = {name: registry.load_model(name) for name in MODELS}
    whole = {name: keras.Model(model.inputs, [layer.output for layer in model.layers]) for name, model in models.items()}
    for number in range(NUMBERS):
        name = MODELS[number % len(MODELS)]
        index = int(generator.integers(len(models[name].layers)))
        layer = models[name].layers[index]
        image = images[generator.integers(len(images))]
        output = keras.ops.convert_to_numpy(whole[name](image[None, ..., None])[index])[0]
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
    wait_until_idle(desktop)  # a page that is drawn anew takes the focus away
    keys = desktop.keyboard
    desktop.get_by_role("button", name="input_layer", exact=True).focus()
    tab_to(desktop, "conv1a")
    keys.press("Enter")
    expect(desktop.get_by_text("conv1a: convolution")).to_be_visible()
    explorer = desktop.get_by_test_id("explorer-map")
    explorer.wait_for()
    wait_until_idle(desktop)
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
    frames = []
    desktop.on("websocket", lambda socket: socket.on("framesent", lambda _: frames.append("sent")))
    desktop.on("websocket", lambda socket: socket.on("framereceived", lambda _: frames.append("received")))
    open_layers(desktop, server.url, model="lenet", layer="conv1")
    field = desktop.get_by_test_id("explorer-map")
    place = desktop.get_by_test_id("explorer-position")
    wait_until_idle(desktop)
    for column in (3, 12, 7):
        box = field.bounding_box()
        with answered(desktop, frames):
            field.click(position={"x": (column + 0.5) * box["width"] / 24, "y": 5.5 * box["height"] / 24})
        expect(place).to_have_attribute("data-value", f"5,{column}")
    with answered(desktop, frames):
        field.press("ArrowRight")
    expect(place).to_have_attribute("data-value", "5,8")


@contextlib.contextmanager
def answered(page: Page, frames: list[str]) -> Iterator[None]:
    """Leave the block when what happens in it has reached the server, and the server's answer the page."""
    frames.clear()
    yield
    while "sent" not in frames or "received" not in frames[frames.index("sent") :]:
        page.wait_for_timeout(20)
    wait_until_idle(page)
