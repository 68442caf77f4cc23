"""The page of layers in a browser: its numbers are the network's, a drawing travels, and the keyboard is enough."""

import contextlib
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import keras
import numpy as np
import pytest
import segno
from playwright.sync_api import Locator, Page

from digitcore.datasets import mnist
from digitcore.networks import registry
from digitcore.preprocessing.links import encode
from tests.browser.actions import draw, expect_digit, go_to, open_app, wait_until_idle
from tests.browser.waiting import WAIT_MS, expect
from tests.pictures import STROKES
from ui.shared.glossary import TERMS

#: How many numbers are read from the page, of how many models.
NUMBERS, MODELS = 20, ("cnn_v2", "sprint", "lenet", "cnn_v1")
EXPLAINED = re.compile(r"^(.+)\[([\d, ]+)\] = (\S+)$")
READS_A_3 = re.compile(r"CNN v2 reads a 3, with >?[\d.]+% confidence")


def open_layers(page: Page, url: str, **query: object) -> None:
    page.goto(f"{url}/layers?{urlencode(query)}")
    page.get_by_role("heading", name="See the digit travel").wait_for()


#: Ends when a run of the page's script has begun.
GO_FORWARD = """address => new Promise(resolve => {
    const app = document.querySelector("[data-testid=stApp]")
    const observer = new MutationObserver(() => app.dataset.testScriptState != "notRunning" && resolve())
    observer.observe(app, { attributes: true })
    history.pushState({}, "", address)
    dispatchEvent(new PopStateEvent("popstate"))
})"""


def go_forward_to(page: Page, url: str, **query: object) -> None:
    """Go to another address of the page as the browser's Forward does, which does not load the page again."""
    page.evaluate(GO_FORWARD, f"{url}/layers?{urlencode(query)}")
    wait_until_idle(page)


def number_on_page(page: Page) -> tuple[tuple[int, ...], float, float]:
    """The position that the page explains, the network's number there, and what its parts add up to."""
    explorer = page.get_by_test_id("explorer-value")
    told = page.get_by_text(EXPLAINED)
    expect(explorer.or_(told).first).to_be_visible()
    if explorer.count():
        place = page.get_by_test_id("explorer-position").get_attribute("data-index")
        values = [float(page.get_by_test_id(f"explorer-{name}").get_attribute("data-value")) for name in ("keras", "value")]
        return tuple(map(int, place.split(","))), *values
    _, place, value = EXPLAINED.match(told.first.inner_text()).groups()
    return tuple(map(int, place.split(","))), float(value), float(value)


def chosen(page: Page) -> Locator:
    """The heading of the chosen layer, such as "Conv 1a · convolution, feature map 7"."""
    return page.locator(".st-key-layers_chosen")


def frame(page: Page, layer: str) -> Locator:
    """A layer's frame in the strip."""
    return page.locator(".st-key-layers_strip").get_by_role("button", name=re.compile(f"^{layer}:"))


def agrees(numbers: tuple[tuple[int, ...], float, float], output: np.ndarray, unit: int) -> bool:
    """Whether the network's number and the sum of its parts are those of a unit of a layer's output, at their position."""
    position, *values = numbers
    inside = len(position) == output.ndim and all(at < size for at, size in zip(position, output.shape, strict=True))
    return inside and position[-1] == unit and values == pytest.approx([output[position]] * 2, rel=1e-5, abs=1e-4)


def test_numbers_are_the_networks(desktop, server):
    """Twenty numbers, read from the page for random layers and units of every shipped model, are Keras's own."""
    images = mnist.load_sample().x_test.astype(np.float32) / 255
    generator = np.random.default_rng(4)
    models = {name: registry.load_model(name) for name in MODELS}
    whole = {name: keras.Model(model.inputs, [layer.output for layer in model.layers]) for name, model in models.items()}
    open_layers(desktop, server.url)
    number_on_page(desktop)
    wait_until_idle(desktop)
    for number in range(NUMBERS):
        name = MODELS[number % len(MODELS)]
        index = int(generator.integers(len(models[name].layers)))
        layer = models[name].layers[index]
        image = images[generator.integers(len(images))]
        output = keras.ops.convert_to_numpy(whole[name](image[None, ..., None])[index])[0]
        unit = int(generator.integers(output.shape[-1]))
        go_forward_to(desktop, server.url, model=name, layer=layer.name, unit=unit, digit=encode(image))
        deadline = time.monotonic() + WAIT_MS / 1000
        while not agrees(number_on_page(desktop), output, unit):
            assert time.monotonic() < deadline, (name, layer.name, unit, number_on_page(desktop))


def test_a_drawing_travels(page, server):
    """What is drawn on the recognise page is on this page, in the link, and in every view."""
    open_app(page, server.url)
    draw(page, STROKES[3])
    expect_digit(page, 3)
    go_to(page, "Layers")
    expect(chosen(page)).to_contain_text("Conv 1a · convolution")
    expect(page.get_by_test_id("explorer-map")).to_be_visible()
    page.get_by_text("Why this answer?").click()
    expect(page.get_by_text(READS_A_3)).to_be_visible()
    expect(page.get_by_alt_text(re.compile("Grad-CAM for a 3: strongest at row"))).to_be_visible()
    expect(page).to_have_url(re.compile("look=Why"))
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_text(READS_A_3)).to_be_visible()
    expect(page.get_by_alt_text(re.compile("Grad-CAM for a 3: strongest at row"))).to_be_visible()


def test_drawing_beside_the_strip_changes_all_maps(page, server):
    """A digit that is drawn on this page takes the place of the one before, in the strip, the explorer and the link."""
    open_layers(page, server.url, layer="conv1b")
    expect(page.get_by_test_id("explorer-map")).to_be_visible()
    wait_until_idle(page)
    before = [picture_of(frame(page, title)) for title in ("Input layer", "Conv 1a", "Pool 1")]
    number = page.get_by_test_id("explorer-keras").get_attribute("data-value")
    entries = page.evaluate("history.length")
    if page.viewport_size["width"] < 768:
        page.get_by_text("Change digit or model").click()
    draw(page, STROKES[3])
    expect(page.get_by_text(READS_A_3)).to_be_visible()
    wait_until_idle(page)
    after = [picture_of(frame(page, title)) for title in ("Input layer", "Conv 1a", "Pool 1")]
    assert all(one != other for one, other in zip(before, after, strict=True))
    expect(page.get_by_test_id("explorer-keras")).not_to_have_attribute("data-value", number)
    assert page.evaluate("history.length") == entries, "A drawing in progress fills no history."


def picture_of(button: Locator) -> str:
    return button.locator("i").evaluate("node => node.style.backgroundImage")


def test_back_and_forward(page, server):
    """Opening the page is one entry of the browser's history, each of six clicks another; Back and Forward walk over them."""
    open_layers(page, server.url)
    expect(page.get_by_test_id("explorer-map")).to_be_visible()
    expect(page).to_have_url(re.compile("layer=conv1a"))
    wait_until_idle(page)
    entries = page.evaluate("history.length")
    names = ["Conv 1a", "Conv 1b", "Pool 1", "Conv 2a", "Conv 2b", "Dense", "Probabilities"]
    addresses = [parameters(page)]
    for name in names[1:]:
        frame(page, name).click()
        expect(chosen(page)).to_contain_text(f"{name} · ")
        expect(page).to_have_url(re.compile(f"layer={name.lower().replace(' ', '')}&|layer={name.lower().replace(' ', '')}$"))
        wait_until_idle(page)
        addresses.append(parameters(page))
    assert page.evaluate("history.length") == entries + 6
    for name, address in reversed(list(zip(names, addresses, strict=True))[:-1]):
        page.go_back()
        expect(chosen(page)).to_contain_text(f"{name} · ")
        wait_until_idle(page)
        assert parameters(page) == address
    page.go_forward()
    expect(chosen(page)).to_contain_text("Conv 1b · ")
    assert set(addresses[0]) == {"model", "digit", "layer", "unit", "look"}


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_whole_step_is_on_one_screen(desktop, server):
    """At 1280x800 the strip, the three pictures, Play and the sum are seen together; the strip stays when one scrolls."""
    open_layers(desktop, server.url, layer="conv1b")
    expect(desktop.get_by_test_id("explorer-map")).to_be_visible()
    parts = [frame(desktop, "Conv 1b"), *(desktop.get_by_test_id(f"explorer-{name}") for name in ("map", "play", "value"))]
    for part in parts:
        box = part.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= desktop.viewport_size["height"]
    desktop.get_by_text("What this layer is for").scroll_into_view_if_needed()
    desktop.mouse.wheel(0, 400)
    expect(frame(desktop, "Conv 1b")).to_be_in_viewport()


def test_another_model_keeps_the_digit(desktop, server):
    """Choosing another model keeps the digit, and its layers appear."""
    open_layers(desktop, server.url, layer="conv1a")
    expect(desktop).to_have_url(re.compile("digit="))
    digit = parameters(desktop)["digit"]
    desktop.get_by_role("combobox", name="Read by").click()
    desktop.get_by_role("option", name="LeNet", exact=True).click()
    expect(frame(desktop, "ReLU 1")).to_be_visible()
    expect(desktop).to_have_url(re.compile("model=lenet"))
    assert parameters(desktop)["digit"] == digit


def test_a_link_to_copy_and_a_qr_code(page, server):
    """Share shows the link to what the page shows; its QR code holds the same link, and the button copies it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_layers(page, server.url, layer="pool1", unit=3)
    expect(chosen(page)).to_contain_text("feature map 3")
    page.get_by_role("button", name="Share").click()
    field = page.get_by_role("textbox", name="Link")
    expect(field).to_have_value(re.compile("unit=3"))
    link = field.input_value()
    assert link.startswith(f"{server.url}/layers?")
    expect(page).to_have_url(re.compile("digit="))
    assert parse_qs(urlsplit(link).query) == parameters(page)
    source = page.get_by_alt_text("QR code of the link").get_attribute("src")
    expected = segno.make_qr(link, error="L").svg_data_uri(scale=4, border=4, light="white")
    assert source == expected
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_a_term_is_explained_by_keyboard(desktop, server):
    """The question mark beside a term is reached by Tab and shows the explanation; Escape or leaving it hides it."""
    open_layers(desktop, server.url, layer="conv1a")
    mark = chosen(desktop).get_by_role("button", name="Help")
    expect(mark).to_be_visible()
    wait_until_idle(desktop)
    frame(desktop, "Probabilities").focus()
    for _ in range(5):
        desktop.keyboard.press("Tab")
        if mark.evaluate("node => node === document.activeElement"):
            break
    expect(mark).to_be_focused()
    expect(desktop.get_by_text(TERMS["convolution"]).first).to_be_visible()
    desktop.keyboard.press("Shift+Tab")
    expect(desktop.get_by_text(TERMS["convolution"])).to_have_count(0)


def test_keyboard_from_the_strip_to_a_multiplication(desktop, server):
    """From the strip to one product of a convolution, by keys alone."""
    open_layers(desktop, server.url, layer="input_layer")
    expect(chosen(desktop)).to_contain_text("Input layer · input")
    wait_until_idle(desktop)  # a page that is drawn anew takes the focus away
    keys = desktop.keyboard
    frame(desktop, "Input layer").focus()
    keys.press("ArrowRight")
    expect(frame(desktop, "Conv 1a")).to_be_focused()
    keys.press("Enter")
    expect(chosen(desktop)).to_contain_text("Conv 1a · convolution")
    explorer = desktop.get_by_test_id("explorer-map")
    explorer.wait_for()
    wait_until_idle(desktop)
    for _ in range(120):
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


def test_another_layer_opens_at_its_strongest_number(desktop, server):
    """A place that was chosen in one layer is not carried into the next, where it would be another part of the picture."""
    frames = []
    desktop.on("websocket", lambda socket: socket.on("framesent", lambda _: frames.append("sent")))
    desktop.on("websocket", lambda socket: socket.on("framereceived", lambda _: frames.append("received")))
    open_layers(desktop, server.url, layer="conv1a")
    place = desktop.get_by_test_id("explorer-position")
    field = desktop.get_by_test_id("explorer-map")
    field.wait_for()
    wait_until_idle(desktop)
    box = field.bounding_box()
    with answered(desktop, frames):  # the explorer tells the server of a place where the visitor rests
        field.click(position={"x": box["width"] / 52, "y": box["height"] / 52})
    expect(place).to_have_attribute("data-value", "0,0")
    frame(desktop, "Pool 1").click()
    expect(chosen(desktop)).to_contain_text("Pool 1")
    expect(place).not_to_have_attribute("data-value", "0,0")
    expect(desktop.get_by_test_id("explorer-keras")).to_have_attribute("data-value", re.compile(r"^[\d.e-]*[1-9]"))
