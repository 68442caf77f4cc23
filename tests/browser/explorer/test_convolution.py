"""The explorer for a convolution, with random layers: its numbers, its keys, its pace, and what it sends."""

import re
from collections.abc import Iterator

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.actions import wait_until_idle
from tests.browser.conftest import DESKTOP, new_page
from tests.browser.explorer.page import number, numbers, part, show_explorer, width_beyond_the_screen
from tests.browser.waiting import expect
from tests.explored import convolution_sum, random_layer
from tests.server import Server
from ui.explorer import HERE

#: The script that the server runs.
APP = "convolution_app.py"
START = (2, 3)
GEOMETRIES = (
    {"stride": 2, "side": 14},
    {"dilation": 2, "activation": "tanh"},
    {"kernel": 5, "padding": "valid", "activation": "linear"},
    {"channels": 12, "groups": 3, "unit": 1},
    {"channels": 1, "kernel": 1},
    {"kernel": 7, "side": 7, "padding": "valid"},
)


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """A page that is not open yet, for those who listen to what it sends."""
    yield from new_page(chromium, DESKTOP)


def open_explorer(page: Page, server: Server, **options: object) -> None:
    show_explorer(page, server, options)


def place(page: Page) -> tuple[int, ...]:
    return tuple(map(int, page.get_by_test_id("explorer-position").get_attribute("data-value").split(",")))


def expect_place(page: Page, *position: int) -> None:
    expect(page.get_by_test_id("explorer-position")).to_have_attribute("data-value", "{},{}".format(*position))


def click_pixel(page: Page, row: int, column: int, shape: tuple[int, int]) -> None:
    field = page.get_by_test_id("explorer-map")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    field.click(position={"x": (column + 0.5) * box["width"] / shape[1], "y": (row + 0.5) * box["height"] / shape[0]})


def assert_numbers(page: Page, data, position: tuple[int, int]) -> None:
    """What the page shows at a place is what NumPy computes, and what the layer gave."""
    total = convolution_sum(data)[position]
    assert number(page, "sum") == pytest.approx(total, abs=1e-9)
    assert number(page, "before") == pytest.approx(total + data.bias, abs=1e-9)
    assert number(page, "value") == pytest.approx(data.output[position], abs=1e-5)
    assert number(page, "keras") == data.output[position]
    assert part(page, "keras").get_attribute("data-agrees") == "true"


def test_numbers_are_the_layers(desktop, explorer_server):
    """At 20 random places, chosen by pointer, every number is NumPy's and the parts add up."""
    data = random_layer()
    open_explorer(desktop, explorer_server)
    for row, column in np.random.default_rng(1).integers(0, 28, (20, 2)).tolist():
        click_pixel(desktop, row, column, (28, 28))
        expect_place(desktop, row, column)
        assert_numbers(desktop, data, (row, column))
        assert sum(numbers(part(desktop, "terms"))) == pytest.approx(number(desktop, "part"))
        parts = desktop.get_by_test_id("explorer-contributions").locator("output")
        shown = parts.evaluate_all("parts => parts.map(part => Number(part.dataset.value))")
        assert np.all(np.diff(np.abs(shown)) <= 0)
        assert sum(shown) + number(desktop, "rest") == pytest.approx(number(desktop, "sum"))


@pytest.mark.parametrize("options", GEOMETRIES, ids=lambda options: " ".join(f"{k}={v}" for k, v in options.items()))
def test_every_geometry(desktop, explorer_server, options):
    """Strides, dilation, padding, groups, and maps of one pixel: corners and middle are right."""
    data = random_layer(**options)
    open_explorer(desktop, explorer_server, **options)
    height, width = data.output.shape
    for position in {(0, 0), (height - 1, width - 1), (height // 2, width // 3)}:
        click_pixel(desktop, *position, data.output.shape)
        expect_place(desktop, *position)
        assert_numbers(desktop, data, position)


def test_activations_are_keras(visitor):
    """Every formula of an activation gives Keras's numbers."""
    xs = [-30.0, -4.0, -2.5, -1.0, -0.1, 0.0, 0.3, 1.0, 2.9, 7.0, 30.0]
    script = (HERE / "activations.js").read_text("utf-8")
    ask = """([script, xs]) => Object.fromEntries(Object.entries(new Function(script + "; return ACTIVATIONS")())
        .map(([name, f]) => [name, xs.map(f)]))"""
    answers = visitor.evaluate(ask, [script, xs])
    assert len(answers) >= 15
    for name, answer in answers.items():
        expected = keras.ops.convert_to_numpy(keras.activations.get(name)(np.array(xs, np.float32)))
        np.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-6, err_msg=name)


def test_keys_move(desktop, explorer_server):
    """Arrows, Home, End, Page Up and Page Down move, and stop at the edges."""
    open_explorer(desktop, explorer_server)
    field = desktop.get_by_test_id("explorer-map")
    walk = [
        ("ArrowRight", (2, 4)),
        ("ArrowDown", (3, 4)),
        ("ArrowLeft", (3, 3)),
        ("ArrowUp", (2, 3)),
        ("End", (2, 27)),
        ("ArrowRight", (2, 27)),
        ("PageDown", (7, 27)),
        ("Home", (7, 0)),
        ("ArrowLeft", (7, 0)),
        ("PageUp", (2, 0)),
        ("PageUp", (0, 0)),
    ]
    assert place(desktop) == START
    part(desktop, "input-map").press("ArrowLeft")
    part(desktop, "input-map").press("ArrowRight")
    for key, expected in walk:
        field.press(key)
        assert place(desktop) == expected, key


def test_keyboard_alone_reaches_a_multiplication(desktop, explorer_server):
    """From the map by Tab and arrows to one product, and its words."""
    open_explorer(desktop, explorer_server)
    desktop.get_by_test_id("explorer-channel").focus()
    for key in ("Tab", "Tab", "ArrowRight", "Tab", "Tab", "Tab", "Tab", "ArrowDown", "Shift+Tab", "Enter", "Enter"):
        desktop.keyboard.press(key)
    assert place(desktop) == (2, 4)
    cell = desktop.get_by_test_id("explorer-terms").locator("td").nth(2)
    expect(cell).to_have_class("current")
    factors = [desktop.get_by_test_id(f"explorer-{name}").locator("td").nth(2) for name in ("patch", "weights")]
    values = [float(factor.get_attribute("data-value")) for factor in factors]
    assert float(cell.get_attribute("data-value")) == pytest.approx(values[0] * values[1])
    expect(part(desktop, "live")).to_contain_text("Row 2, column 4, multiplication 3 of 108")


@pytest.mark.parametrize("name", ["input-map", "map"])
def test_keys_on_both_maps(desktop, explorer_server, name):
    """The arrow keys move the window from the input and from the output; Space plays and pauses; the focus is seen."""
    open_explorer(desktop, explorer_server)
    field = part(desktop, name)
    field.press("ArrowDown")
    assert place(desktop) == (START[0] + 1, START[1])
    window = desktop.locator("[data-part=input] rect.chosen.line")
    assert [window.get_attribute(side) for side in ("y", "x")] == ["2", "2"]
    assert field.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    field.press(" ")
    expect(part(desktop, "play")).to_have_text("Pause")
    expect(part(desktop, "position")).not_to_have_attribute("data-value", f"{START[0] + 1},{START[1]}")
    field.press(" ")
    expect(part(desktop, "play")).to_have_text("Play")


def test_walk_over_multiplications(desktop, explorer_server):
    """A pixel's products add up to its sum; then come its bias, its activation, and the next pixel."""
    open_explorer(desktop, explorer_server, channels=1)
    part(desktop, "walk").select_option("multiplications")
    part(desktop, "back").click()
    assert place(desktop) == (2, 2)
    expect(part(desktop, "words")).to_contain_text("activation")
    for _ in range(9):
        part(desktop, "forward").click()
    assert place(desktop) == START
    written = part(desktop, "sum").text_content()
    expect(part(desktop, "words")).to_contain_text("multiplication 9 of 9")
    expect(part(desktop, "words")).to_contain_text(f"sum of products 1 to 9: {written}.")
    part(desktop, "forward").click()
    expect(part(desktop, "words")).to_contain_text("bias")


def test_channel_can_be_chosen(desktop, explorer_server):
    """A click on a contribution shows that channel, and it stays while the place changes."""
    open_explorer(desktop, explorer_server)
    third = desktop.get_by_test_id("explorer-contributions").locator("button").nth(2)
    channel = third.get_attribute("data-channel")
    third.click()
    expect(part(desktop, "channel")).to_have_value(channel)
    part(desktop, "forward").click()
    expect(part(desktop, "channel")).to_have_value(channel)


def test_play_and_pause(visitor, explorer_server):
    """Play walks on by itself, without a word to the server; after a pause the place is reported once."""
    sent = []
    visitor.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_explorer(visitor, explorer_server)
    visitor.get_by_text("place None, fragment 1, page 1.").wait_for()
    part(visitor, "speed").select_option("10")
    wait_until_idle(visitor)
    sent.clear()
    part(visitor, "play").click()
    ten_steps_on = re.compile(r"^(2,[12]\d|[3-9],|[12]\d,)")
    expect(visitor.get_by_test_id("explorer-position")).to_have_attribute("data-value", ten_steps_on)
    assert not sent
    part(visitor, "play").click()
    row, column = place(visitor)
    visitor.get_by_text(f"place ({row}, {column}), fragment 2, page 1.").wait_for()
    assert place(visitor) == (row, column)
    assert len(sent) == 1


def test_steps_ask_nothing(visitor, explorer_server):
    """With 128 channels the page gets less than 3 MB, and a step sends nothing."""
    sent, received, requests = [], [], []

    def listen(socket):
        socket.on("framesent", lambda frame: sent.append(frame))
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    visitor.on("websocket", listen)
    open_explorer(visitor, explorer_server, channels=128)
    wait_until_idle(visitor)
    assert sum(received) < 3_000_000
    visitor.on("request", lambda request: requests.append(request.url))
    sent.clear()
    visitor.evaluate("""async () => {
        const root = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot
        const step = root.querySelector("[data-testid=explorer-forward]")
        for (let n = 0; n < 30; n++) {
            await new Promise(requestAnimationFrame)
            step.click()
        }
    }""")
    assert (sent, requests) == ([], [])
    received.clear()
    visitor.get_by_text("place (3, 5), fragment 2, page 1.").wait_for()
    assert len(sent) == 1
    assert sum(received) < 20_000, "The arrays came again."


def choose(page: Page, label: str, value: int) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")


def expect_keras(page: Page, data, position: tuple[int, int]) -> None:
    expect(page.get_by_test_id("explorer-keras")).to_have_attribute("data-value", str(float(data.output[position])))


def test_place_stays(desktop, explorer_server):
    """A new digit, a new unit, and going away and coming back keep the place."""
    open_explorer(desktop, explorer_server, activation="linear")
    click_pixel(desktop, 10, 11, (28, 28))
    desktop.get_by_text("place (10, 11)").wait_for()
    choose(desktop, "Digit", 3)
    expect_keras(desktop, random_layer(seed=3, activation="linear"), (10, 11))
    choose(desktop, "Unit", 2)
    data = random_layer(seed=3, unit=2, activation="linear")
    expect_keras(desktop, data, (10, 11))
    assert_numbers(desktop, data, (10, 11))
    desktop.get_by_text("Show", exact=True).click()
    expect(desktop.get_by_test_id("explorer")).to_have_count(0)
    desktop.get_by_text("Show", exact=True).click()
    expect_place(desktop, 10, 11)


def test_new_data_stop_the_walk(desktop, explorer_server):
    """A new digit while it plays: the explorer stops where it is, so that one sees what has changed."""
    open_explorer(desktop, explorer_server)
    part(desktop, "play").click()
    expect(part(desktop, "play")).to_have_text("Pause")
    expect(part(desktop, "position")).not_to_have_attribute("data-value", "2,3")
    choose(desktop, "Digit", 3)
    expect(part(desktop, "play")).to_have_text("Play")
    row, column = place(desktop)
    assert_numbers(desktop, random_layer(seed=3), (row, column))
    desktop.get_by_text(f"place ({row}, {column})").wait_for()


def test_a_wrong_number_is_flagged(desktop, explorer_server):
    """Where the arithmetic does not give Keras's number, the page says so."""
    open_explorer(desktop, explorer_server, wrong=1)
    expect(part(desktop, "keras")).to_have_attribute("data-agrees", "false")
    expect(part(desktop, "keras")).to_contain_text("differs by 1.0000")


def test_a_diverged_network(desktop, explorer_server):
    """Where the numbers are not numbers any more, the page still stands and says so."""
    open_explorer(desktop, explorer_server, wrong="nan")
    expect(part(desktop, "keras")).to_contain_text("NaN ⚠ differs")
    part(desktop, "forward").click()
    expect_place(desktop, 2, 4)


def test_unknown_activation(desktop, explorer_server):
    """An activation without a formula here: the number before it, and Keras's after it."""
    open_explorer(desktop, explorer_server, activation="unheard_of")
    data = random_layer(activation="unheard_of")
    assert number(desktop, "before") == pytest.approx(convolution_sum(data)[START] + data.bias)
    assert number(desktop, "value") == data.output[START]
    expect(part(desktop, "keras")).to_contain_text("taken over")


def test_an_activation_may_be_the_next_layer(desktop, explorer_server):
    """A convolution without an activation function says so, and names the layer that is one."""
    open_explorer(desktop, explorer_server, activation="linear", next_activation="ReLU 1")
    expect(part(desktop, "words")).to_contain_text("This layer has no activation function of its own; ReLU 1 comes next.")
    desktop.get_by_text("Your own kernel: change").click()
    expect(part(desktop, "own-what")).to_contain_text("ReLU 1 comes next and is not applied here.")
    open_explorer(desktop, explorer_server, activation="linear")
    expect(part(desktop, "words")).to_contain_text("This layer has no activation function of its own.")


def test_maps_tell_their_facts(desktop, explorer_server):
    """A screen reader hears the largest number, where it is, and how many are zero."""
    open_explorer(desktop, explorer_server)
    output = random_layer().output
    row, column = np.unravel_index(output.argmax(), output.shape)
    words = f"largest number {output.max():.4f} at row {row}, column {column}; {(output == 0).sum()} of 784 are zero"
    expect(part(desktop, "map")).to_have_accessible_name(re.compile(words))
    expect(desktop.get_by_role("img", name="The drawing, 28 by 28")).to_be_visible()


def test_maps_are_captioned_with_their_sizes(desktop, explorer_server):
    """The captions name what is shown and how large it is."""
    open_explorer(desktop, explorer_server, padding="valid", channels=1)
    captions = desktop.locator(":is([data-part=seen], [data-part=only], [data-part=title])")
    expect(captions).to_have_text(
        ["Drawing: what this number sees, 28×28", "Input: drawing, 28×28", "Output: feature map 0, 26×26"]
    )
    open_explorer(desktop, explorer_server)
    expect(part(desktop, "channel").locator("option").nth(3)).to_have_text("map 2, 28×28")
    expect(part(desktop, "how")).to_contain_text("Click or point at a pixel of the output", use_inner_text=True)


def test_pointer_shows_the_receptive_field(desktop, explorer_server):
    """An output pixel under the pointer shows what it sees of the drawing, clipped, and does not choose it."""
    open_explorer(desktop, explorer_server)
    box = desktop.get_by_test_id("explorer-map").bounding_box()
    desktop.mouse.move(box["x"] + box["width"] * 27.5 / 28, box["y"] + box["height"] * 10.5 / 28)
    seen = desktop.locator("[data-part=picture] rect.glimpse.line")
    expect(seen).to_have_count(1)
    edges = [int(seen.get_attribute(name)) for name in ("x", "y", "width", "height")]
    assert edges == [24, 7, 4, 7]
    assert place(desktop) == START


def test_one_scale_for_the_layer(desktop, explorer_server):
    """The visitor chooses between a scale for each map and one for all; the scale's end tells it."""
    open_explorer(desktop, explorer_server)
    end = desktop.locator("[data-part=input] .legend span").last
    inputs = random_layer().inputs
    part(desktop, "colours").select_option("layer")
    expect(end).to_have_text(f"{inputs.max():.2f}")
    part(desktop, "colours").select_option("map")
    channel = int(desktop.locator("li button[aria-pressed=true]").get_attribute("data-channel"))
    expect(end).to_have_text(f"{inputs[:, :, channel].max():.2f}")


def test_fits_the_screen(page, explorer_server):
    """Nothing is wider than the screen, with a large kernel and with 128 channels."""
    for options in ({"kernel": 11}, {"kernel": 7}, {"channels": 128}):
        open_explorer(page, explorer_server, **options)
        assert width_beyond_the_screen(page) <= 0
        box = page.get_by_test_id("explorer-terms").bounding_box()
        assert box["x"] + box["width"] <= page.viewport_size["width"]
