"""The explorer for every kind of layer: its numbers are Keras's, and what a visitor can change answers at once."""

import re

import keras
import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE
from tests.browser.explorer.page import (
    boxes,
    number,
    numbers,
    part,
    show_explorer,
    width_beyond_the_screen,
)
from tests.browser.waiting import expect
from tests.explored import NETWORKS, image_of
from tests.server import Server
from ui.layers.explorer import can_explore

#: The script that the server runs.
APP = "kinds_app.py"
#: Where the explorer must end with its result, in a column of 850 pixels at 1280x800.
FOLD = 480


@pytest.fixture(scope="module")
def networks() -> dict:
    """Name -> the network, and its layers' outputs for the image."""
    built = {name: build() for name, build in NETWORKS.items()}
    arrays = {name: network.activations(image_of(0)[None]) for name, network in built.items()}
    return {name: (built[name], {layer: maps[0] for layer, maps in arrays[name].items()}) for name in built}


def open_layer(page: Page, server: Server, network: str, layer: str, unit: int = 0, **options: object) -> None:
    show_explorer(page, server, {"network": network, "layer": layer, "unit": unit, **options})


def index(page: Page) -> tuple[int, ...]:
    return tuple(map(int, part(page, "position").get_attribute("data-index").split(",")))


def assert_agrees(page: Page, output: np.ndarray) -> None:
    """Our number and Keras's are those of the layer's output at the place that the page tells."""
    expected = output[index(page)]
    assert number(page, "keras") == pytest.approx(expected, abs=1e-6)
    assert number(page, "value") == pytest.approx(expected, rel=1e-4, abs=1e-5)
    expect(part(page, "keras")).to_contain_text("✓ the same")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_gives_keras_numbers(desktop, explorer_server, networks, name):
    """Every layer that can be explored gives Keras's numbers, at its first place and after steps and jumps."""
    network, activations = networks[name]
    explored = [layer for layer in network.layers if can_explore(network, layer)]
    assert explored
    for layer in explored:
        output = activations[layer.name]
        open_layer(desktop, explorer_server, name, layer.name, unit=output.shape[-1] - 1)
        assert index(desktop)[-1] == output.shape[-1] - 1
        assert_agrees(desktop, output)
        for _ in range(3):
            part(desktop, "back").click()
        assert_agrees(desktop, output)
        if part(desktop, "map").is_visible():
            for key in ("PageDown", "End", "ArrowUp", "Home", "ArrowRight"):
                part(desktop, "map").press(key)
                assert_agrees(desktop, output)


@pytest.mark.parametrize("layer", ["max", "max_same"])
def test_pooling_marks_the_winner(desktop, explorer_server, networks, layer):
    """The window's numbers are the input's, dashes stand for padding, and the marked number is the largest."""
    network, activations = networks["maps"]
    source = activations[network[layer].inputs[0]][..., 2]
    open_layer(desktop, explorer_server, "maps", layer, unit=2)
    for key in ("PageUp", "Home", "End", "PageDown", "PageDown", "PageDown", "PageDown"):
        part(desktop, "map").press(key)
        window = part(desktop, "window")
        columns = [int(text) for text in window.locator("thead th").all_text_contents()]
        rows = [int(text) for text in window.locator("tbody th").all_text_contents()]
        cells = window.locator("tbody td").all_text_contents()
        values = window.locator("tbody td").evaluate_all("cells => cells.map(cell => cell.dataset.value)")
        places = [(row, column) for row in rows for column in columns]
        for place, text, value in zip(places, cells, values, strict=True):
            inside = all(0 <= at < size for at, size in zip(place, source.shape, strict=True))
            assert (text != "–") == inside
            assert not inside or float(value) == source[place]
        (winner,) = [value for text, value in zip(cells, values, strict=True) if text.startswith("▶")]
        assert float(winner) == max(float(value) for value in values if value) == number(desktop, "value")


def test_pooling_walks_through_its_window(desktop, explorer_server, networks):
    """A walk over numbers tells the largest so far, and at the last one the result."""
    open_layer(desktop, explorer_server, "maps", "max", unit=1)
    part(desktop, "walk").select_option("numbers")
    expect(part(desktop, "words")).to_contain_text("number 1 of 4")
    for step in (2, 3, 4):
        part(desktop, "forward").click()
        expect(part(desktop, "words")).to_contain_text(f"number {step} of 4")
    expect(part(desktop, "words")).to_contain_text(f"largest of numbers 1 to 4: {part(desktop, 'value').text_content()}.")
    row, column, _ = index(desktop)
    part(desktop, "forward").click()
    assert index(desktop) == (row, column + 1, 1)


def test_global_pooling_has_one_window(desktop, explorer_server, networks):
    """The mean is the sum of the whole map, divided by the count; the walk goes through its numbers."""
    network, activations = networks["maps"]
    source = activations[network["mean"].inputs[0]][..., 3].astype(np.float64)
    open_layer(desktop, explorer_server, "maps", "mean", unit=3)
    for _ in range(source.size - 1):
        part(desktop, "forward").click()
    expect(part(desktop, "words")).to_contain_text(f"number {source.size} of {source.size}")
    assert number(desktop, "sum") == pytest.approx(source.sum())
    assert number(desktop, "count") == source.size


def test_batch_normalisation_shows_its_numbers(desktop, explorer_server, networks):
    """Mean, deviation, scale and shift are the layer's weights, and give the number after it."""
    network, activations = networks["maps"]
    gamma, beta, mean, variance = (weight[4] for weight in network["norm"].layer.get_weights())
    open_layer(desktop, explorer_server, "maps", "norm", unit=4)
    shown = {name: number(desktop, name) for name in ("before", "mean", "deviation", "normalised", "gamma", "beta", "value")}
    deviation = np.sqrt(variance + network["norm"].layer.epsilon)
    before = activations["conv"][index(desktop)]
    expected = {"before": before, "mean": mean, "deviation": deviation, "normalised": (before - mean) / deviation}
    expected |= {"gamma": gamma, "beta": beta, "value": (before - mean) / deviation * gamma + beta}
    assert shown == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("name", "layer", "shape"), [("pixels", "dense", (28, 28)), ("flattened", "probabilities", (7, 7))])
def test_dense_shows_its_weights_in_their_places(desktop, explorer_server, networks, name, layer, shape):
    """Inputs, weights and products lie where the pixels are; the contributions are the largest, and add up."""
    network, activations = networks[name]
    inputs = activations[network[layer].inputs[0]].astype(np.float64)
    weights, bias = (weight[..., 4].astype(np.float64) for weight in network[layer].layer.get_weights())
    open_layer(desktop, explorer_server, name, layer, unit=4)
    assert number(desktop, "sum") == pytest.approx(inputs @ weights, abs=1e-9)
    assert number(desktop, "before") == pytest.approx(inputs @ weights + bias, abs=1e-7)
    picture = desktop.locator("[data-part=weights] canvas")
    assert tuple(picture.evaluate("canvas => [canvas.height, canvas.width]")) == shape
    products = inputs * weights
    shown = part(desktop, "contributions").locator("output").evaluate_all("all => all.map(one => Number(one.dataset.value))")
    np.testing.assert_allclose(np.abs(shown), np.sort(np.abs(products))[::-1][:12], rtol=1e-9)
    assert sum(shown) + number(desktop, "rest") == pytest.approx(products.sum(), abs=1e-9)
    strongest = np.abs(products).argmax()
    row, column = np.unravel_index(strongest, (*shape, products.size // np.prod(shape)))[:2]
    assert part(desktop, "position").get_attribute("data-value") == f"{row},{column}"
    part(desktop, "forward").click()
    expect(part(desktop, "contributions").locator("button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(part(desktop, "words")).to_contain_text(f"contribution 2 of {products.size}")


def probabilities(page: Page) -> list[float]:
    rows = page.get_by_test_id(re.compile(r"^explorer-unit-\d+$"))
    return rows.evaluate_all("rows => rows.map(row => Number(row.cells[4].dataset.value))")


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    exponentials = np.exp((logits - logits.max()) / temperature)
    return exponentials / exponentials.sum()


@pytest.mark.parametrize(("name", "layer"), [("maps", "softmax"), ("pixels", "probabilities")])
def test_temperature_changes_the_probabilities(desktop, explorer_server, networks, name, layer):
    """The ten bars are Keras's probabilities at temperature 1, and the softmax of the divided logits at any other."""
    _, activations = networks[name]
    open_layer(desktop, explorer_server, name, layer, unit=6)
    np.testing.assert_allclose(probabilities(desktop), activations[layer], rtol=1e-5)
    logits = np.log(activations[layer].astype(np.float64))
    assert desktop.get_by_test_id("explorer-unit-6").get_by_text("digit 6").is_visible()
    slider = part(desktop, "temperature")
    for key, temperature in (("End", 4.0), ("Home", 0.25)):
        slider.press(key)
        expect(slider).to_have_attribute("aria-valuetext", f"{temperature:.2f}")
        np.testing.assert_allclose(probabilities(desktop), softmax(logits, temperature), rtol=1e-4)
        assert number(desktop, "total") == pytest.approx(1)
        assert number(desktop, "value") == pytest.approx(softmax(logits, temperature)[6], rel=1e-4)
        expect(part(desktop, "keras")).to_contain_text("(at temperature 1)")
    slider.fill("0")
    expect(part(desktop, "keras")).to_contain_text("✓ the same")


@pytest.mark.parametrize(("name", "layer"), [("maps", "softmax"), ("pixels", "probabilities")])
def test_the_temperature_moves_nothing(page, explorer_server, networks, name, layer):
    """The bars change their lengths alone, and "Reset" goes back to temperature 1."""
    _, activations = networks[name]
    open_layer(page, explorer_server, name, layer, unit=6)
    slider, before = part(page, "temperature"), boxes(page)
    for exponent in ("-2", "-1", "0.5", "2"):
        slider.fill(exponent)
        expect(part(page, "keras")).to_contain_text("(at temperature 1)")
        assert boxes(page) == before
    page.get_by_role("button", name="Reset the temperature to 1").click()
    expect(slider).to_have_attribute("aria-valuetext", "1.00")
    np.testing.assert_allclose(probabilities(page), activations[layer], rtol=1e-5)
    assert boxes(page) == before


def test_a_digit_is_chosen_by_its_bar(desktop, explorer_server, networks):
    """A click on another digit's name shows its weights, and the page around the explorer follows; twice works too."""
    _, activations = networks["pixels"]
    open_layer(desktop, explorer_server, "pixels", "probabilities", unit=6)
    unit = desktop.get_by_label("Unit", exact=True)
    for digit in (2, 6, 2):
        desktop.get_by_role("button", name=f"digit {digit}", exact=True).click()
        expect(unit).to_have_value(str(digit))
        expect(part(desktop, "position")).to_have_attribute("data-index", str(digit))
        expect(desktop.locator("[data-part=weightsTitle]")).to_have_text(f"Weights: digit {digit}, 30 numbers")
        assert_agrees(desktop, activations["probabilities"])


def test_a_unit_is_chosen_by_keys(desktop, explorer_server, networks):
    """In a vector, the arrow keys go from unit to unit, and the page around the explorer follows."""
    _, activations = networks["maps"]
    open_layer(desktop, explorer_server, "maps", "elu", unit=3)
    part(desktop, "map").press("ArrowRight")
    part(desktop, "map").press("ArrowDown")
    assert index(desktop) == (19,)  # the second row has units 16 to 19 alone
    expect(desktop.get_by_label("Unit", exact=True)).to_have_value("19")
    assert_agrees(desktop, activations["elu"])


PRESETS = {
    "Blur": np.full((3, 3), 1 / 9),
    "Vertical edge": np.array([[-1, 0, 1]] * 3),
    "Horizontal edge": np.array([[-1, 0, 1]] * 3).T,
    "Sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "Identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
}


def own(page: Page, name: str) -> float:
    return float(part(page, "own-words").get_attribute(f"data-{name}"))


def open_own_kernel(page: Page, server: Server) -> None:
    open_layer(page, server, "maps", "conv", unit=1)
    page.get_by_text("Your own kernel: change").click()
    expect(part(page, "own-words")).to_have_attribute("data-own", re.compile("."))


def expected_of(networks: dict, kernel: np.ndarray, position: tuple[int, ...]) -> float:
    """What the layer gives there with this kernel, by Keras."""
    network, activations = networks["maps"]
    bias = network["conv"].layer.get_weights()[1][1]
    source = keras.ops.convert_to_tensor(activations["rescaling"][None])
    output = keras.ops.conv(source, keras.ops.convert_to_tensor(kernel[..., None, None].astype(np.float32)), padding="same")
    return float(keras.ops.convert_to_numpy(output)[0, *position[:2], 0] + bias)


def test_own_kernel_gives_its_map(page, explorer_server, networks):
    """Presets and numbers of one's own give what Keras gives with them; the learned kernel stands beside."""
    _, activations = networks["maps"]
    open_own_kernel(page, explorer_server)
    position = index(page)
    learned = activations["conv"][position]
    assert own(page, "own") == pytest.approx(learned, abs=1e-5)
    for name, kernel in PRESETS.items():
        page.get_by_role("button", name=name, exact=True).click()
        assert own(page, "own") == pytest.approx(expected_of(networks, kernel, position), abs=1e-5)
        assert own(page, "learned") == pytest.approx(learned, abs=1e-5)
    kernel = PRESETS["Identity"].astype(float)
    kernel[2, 1] = -2.5
    page.get_by_label("row 2, column 1").fill("-2,5")
    assert own(page, "own") == pytest.approx(expected_of(networks, kernel, position), abs=1e-5)
    part(page, "own-reset").click()
    assert own(page, "own") == pytest.approx(learned, abs=1e-5)


def test_own_kernel_answers_junk(desktop, explorer_server):
    """What is no number gets a sentence, stays to be mended, and the map goes on with the last number."""
    open_own_kernel(desktop, explorer_server)
    field = desktop.get_by_label("row 1, column 1", exact=True)
    for junk in ("abc", "1e999", "", "NaN", "--1", "1 2", "99999"):
        desktop.get_by_role("button", name="Sharpen").click()
        before = own(desktop, "own")
        field.fill(junk)
        expect(part(desktop, "own-message")).to_contain_text("is not a number from −1000 to 1000")
        expect(field).to_have_value(junk)
        assert own(desktop, "own") == before
        field.fill("7")
        expect(part(desktop, "own-message")).to_be_empty()
        assert own(desktop, "own") != before


def test_own_kernel_shows_its_products(desktop, explorer_server, networks):
    """Under the window stand the products of the kernel that is in use, with their sum and its name."""
    open_own_kernel(desktop, explorer_server)
    patch, learned_products = numbers(part(desktop, "own-patch")), numbers(part(desktop, "own-terms"))
    assert patch == numbers(part(desktop, "patch"))
    assert learned_products == pytest.approx(numbers(part(desktop, "terms")))
    expect(part(desktop, "own-title")).to_have_text("The learned kernel")
    desktop.get_by_role("button", name="Sharpen").click()
    expect(part(desktop, "own-title")).to_have_text("Your own kernel")
    assert numbers(part(desktop, "own-terms")) == pytest.approx(patch * PRESETS["Sharpen"].ravel())
    assert number(desktop, "own-sum") == pytest.approx(patch @ PRESETS["Sharpen"].ravel())
    assert numbers(part(desktop, "terms")) == pytest.approx(learned_products)
    part(desktop, "own-reset").click()
    expect(part(desktop, "own-title")).to_have_text("The learned kernel")
    assert number(desktop, "own-sum") == pytest.approx(number(desktop, "part"))


def pressed_presets(page: Page) -> list[str]:
    return page.get_by_role("group", name="Kernels to start from").get_by_role("button", pressed=True).all_text_contents()


def test_the_kernel_in_use_is_marked(desktop, explorer_server):
    """Of the kernels to start from, that with the present numbers is pressed; with other numbers, none is."""
    open_own_kernel(desktop, explorer_server)
    assert pressed_presets(desktop) == ["Learned kernel"]
    desktop.get_by_role("button", name="Identity").click()
    assert pressed_presets(desktop) == ["Identity"]
    desktop.get_by_label("row 0, column 0", exact=True).fill("3")
    assert pressed_presets(desktop) == []
    desktop.get_by_label("row 0, column 0", exact=True).fill("0")
    assert pressed_presets(desktop) == ["Identity"]


def test_a_message_moves_nothing(page, explorer_server):
    """Every cell without a number is marked, the first ones are named, and all else stays where it is."""
    open_own_kernel(page, explorer_server)
    page.get_by_role("button", name="Identity").click()
    before = boxes(page)
    cells = [page.get_by_label(f"row {row}, column {column}", exact=True) for row in range(2) for column in range(3)]
    for cell in cells[:5]:
        cell.fill("a long text without a number")
    message = part(page, "own-message")
    expect(message).to_contain_text("These are not numbers from −1000 to 1000: “a long t” at row 0, column 0;")
    expect(message).to_contain_text("“a long t” at row 0, column 2; 2 more.")
    assert page.locator(".editor [aria-invalid=true]").count() == 5
    box, around = message.bounding_box(), page.locator(".messages").bounding_box()
    assert box["y"] + box["height"] <= around["y"] + around["height"]
    for cell, value in zip(cells[:5], "00001", strict=True):
        assert boxes(page) == before
        cell.fill(value)
    expect(message).to_be_empty()
    assert page.locator(".editor [aria-invalid=true]").count() == 0


def test_own_kernel_says_whether_an_activation_follows(desktop, explorer_server):
    """One sentence tells whether the activation function is applied to the maps."""
    open_own_kernel(desktop, explorer_server)
    expect(part(desktop, "own-what")).to_contain_text("This layer has no activation function of its own.")
    open_layer(desktop, explorer_server, "maps", "depthwise")
    desktop.get_by_text("Your own kernel: change").click()
    expect(part(desktop, "own-what")).to_contain_text("Then ReLU is applied to both maps.")


def test_own_kernel_stays_for_another_unit(desktop, explorer_server, networks):
    """A kernel of one's own is still there when another feature map is shown."""
    open_own_kernel(desktop, explorer_server)
    desktop.get_by_label("row 0, column 2").fill("0.125")
    unit = desktop.get_by_label("Unit", exact=True)
    unit.fill("3")
    unit.press("Enter")
    expect(part(desktop, "position")).to_have_attribute("data-index", re.compile(",3$"))
    expect(desktop.get_by_label("row 0, column 2")).to_have_value("0.125")


def test_formulas_for_those_who_want_everything(desktop, explorer_server):
    """A sentence says how the number is computed; the formula in symbols comes with "Everything" alone."""
    open_layer(desktop, explorer_server, "maps", "norm")
    expect(part(desktop, "rule")).to_contain_text("divided by their standard deviation")
    expect(part(desktop, "formula")).to_be_empty()
    open_layer(desktop, explorer_server, "maps", "norm", detail="Everything")
    expect(part(desktop, "formula")).to_have_text("y = γ · (x − μ) / √(σ² + ε) + β")


def test_a_term_is_explained_by_keyboard(desktop, explorer_server):
    """The question mark beside a term opens its explanation with Enter."""
    open_layer(desktop, explorer_server, "pixels", "probabilities")
    mark = desktop.get_by_role("button", name="What does temperature mean?")
    mark.press("Enter")
    expect(desktop.get_by_text("The scores are divided by it before the softmax.")).to_be_visible()


CAPTIONS = (
    ("maps", "norm", ["Input: feature map 2, 28×28", "Output: feature map 2, 28×28"]),
    ("maps", "max", ["Input: feature map 2, 28×28", "Output: feature map 2, 14×14"]),
    ("maps", "mean", ["Input: feature map 2, 3×2", "Output: unit 2, one number"]),
    ("maps", "elu", ["Input: 20 numbers of Norm of units", "Output: 20 numbers"]),
    ("pixels", "dense", ["Input: the digit, 28×28", "Weights: unit 2, 28×28", "Products: input × weight, 28×28"]),
    ("maps", "scores", ["Input: 20 numbers of ELU", "Weights: digit 2, 20 numbers", "Products: input × weight, 20 numbers"]),
)


@pytest.mark.parametrize(("name", "layer", "captions"), CAPTIONS)
def test_captions_have_sizes(desktop, explorer_server, name, layer, captions):
    """For every kind of layer the captions name the pictures and their sizes in the same way."""
    open_layer(desktop, explorer_server, name, layer, unit=2)
    shown = desktop.locator(":is([data-part=only], [data-part=weightsTitle], [data-part=title]):visible")
    expect(shown).to_have_text(captions)


@pytest.fixture
def touch(staying) -> Page:
    """A page on a phone with a touch screen."""
    return staying(PHONE, has_touch=True, is_mobile=True)


def test_fingers_find_large_targets(touch, explorer_server):
    """On a touch screen the hint says "Tap", every button and field is 44 pixels high, and nothing is too wide."""
    for name, layer in (*LARGE, ("maps", "mean"), ("maps", "softmax"), ("maps", "elu"), ("flattened", "probabilities")):
        open_layer(touch, explorer_server, name, layer, unit=1)
        if part(touch, "how").is_visible():
            expect(part(touch, "how")).to_have_text(re.compile("^ *Tap "), use_inner_text=True)
        if part(touch, "own").is_visible():
            touch.get_by_text("Your own kernel: change").tap()
        targets = touch.get_by_test_id("explorer").locator(":is(button:not(.help), select, input, summary):visible")
        sizes = targets.evaluate_all("all => all.map(one => [one.offsetHeight, one.offsetWidth, one.outerHTML])")
        assert [size for size in sizes if min(size[:2]) < 44] == []
        assert width_beyond_the_screen(touch) <= 0


LARGE = (("maps", "conv"), ("maps", "norm"), ("maps", "max"), ("pixels", "dense"), ("pixels", "probabilities"))


@pytest.mark.parametrize(("name", "layer"), LARGE)
def test_the_result_is_on_the_first_screen(staying, explorer_server, name, layer):
    """In a column of 850 pixels, pictures, Play and the sum take less than 480 pixels of height; nothing is too wide."""
    page = staying({"width": 1010, "height": 800})
    open_layer(page, explorer_server, name, layer)
    top, result = page.get_by_test_id("explorer").bounding_box(), page.locator(".result").bounding_box()
    assert 800 < top["width"] <= 850
    assert result["y"] + result["height"] - top["y"] <= FOLD
    assert width_beyond_the_screen(page) <= 0
