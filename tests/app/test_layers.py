"""The page of layers without a browser: any model, any digit, any layer."""

import keras
import numpy as np
import pytest
from keras import layers
from streamlit.testing.v1 import AppTest

from digitcore.preprocessing.links import decode, encode
from tests.pictures import as_file, draw_digit
from tests.server import PROJECT

pytestmark = pytest.mark.usefixtures("own_folders")

VIEWS = ("Inside the layer", "Why this prediction?", "Top activations", "Among other digits")


def save(tmp_path, name, *outputs, image):
    """Put a model with random weights where the page finds it."""
    keras.Model(image, list(outputs) if len(outputs) > 1 else outputs[0]).save(tmp_path / "models" / f"{name}.keras")


def ten(x):
    return layers.Dense(10, activation="softmax", name="probabilities")(layers.Flatten()(x))


def plain(image):
    x = layers.Conv2D(6, 3, activation="relu", name="conv")(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU(name="relu")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    return (ten(layers.AveragePooling2D(2, name="mean")(x)),)


def one_layer(image):
    return (ten(image),)


def two_outputs(image):
    x = layers.Conv2D(4, 3, strides=2, name="conv")(image)
    return (layers.GlobalMaxPooling2D(name="size")(x), ten(x))


def no_digits(image):
    return (layers.Conv2D(1, 3, padding="same", name="conv")(image),)


def one_pixel(image):
    x = layers.Conv2D(5, 28, activation="relu", name="conv")(image)
    return (ten(layers.Conv2D(3, 1, activation="tanh", name="point")(x)),)


def constant(image):
    x = layers.Conv2D(3, 3, kernel_initializer="zeros", name="conv")(image)
    return (ten(layers.ReLU(name="relu")(x)),)


def branches(image):
    left = layers.Conv2D(4, 3, padding="same", activation="relu", name="left")(image)
    right = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=4, name="right")(image)
    x = layers.Add(name="add")([left, right])
    x = layers.Concatenate(name="both")([x, left])
    x = layers.SeparableConv2D(4, 3, name="separable")(x)
    x = layers.Conv2DTranspose(2, 3, name="transposed")(layers.ZeroPadding2D(name="pad")(x))
    return (ten(layers.GlobalAveragePooling2D(name="means")(x)),)


def wide(image):
    x = layers.Conv2D(128, 3, padding="same", activation="relu", name="wide")(image)
    return (ten(layers.GlobalAveragePooling2D(name="means")(x)),)


MODELS = (plain, one_layer, two_outputs, no_digits, one_pixel, constant, branches, wide)


@pytest.fixture
def model(request, tmp_path):
    """A model of that kind, its weights the same each time."""
    keras.utils.set_random_seed(1)
    image = keras.Input((28, 28, 1), name="image")
    save(tmp_path, "model", *request.param(image), image=image)


def open_page(**query):
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    app.query_params.update(query)
    return run(app.switch_page("../pages/layers.py"))


def run(app):
    assert not app.run().exception
    return app


def text(app):
    """Everything that the page says."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.subheader, app.html)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def layer_names(app):
    return [
        button.key.removeprefix("layers_choose_") for button in app.button if (button.key or "").startswith("layers_choose_")
    ]


def test_no_model():
    """Without a model the page says how to get one."""
    assert "no model yet" in text(open_page())


@pytest.mark.parametrize("model", MODELS, indirect=True, ids=lambda build: build.__name__)
def test_every_layer_of_every_model(model):
    """Each layer can be opened in each view, without an error."""
    app = open_page()
    for name in layer_names(app):
        app.button(key=f"layers_choose_{name}").click()
        run(app)
        assert any(name in header.value for header in app.subheader)
    for view in VIEWS[1:]:
        app.segmented_control(key="look").set_value(view)
        assert text(run(app))


@pytest.mark.parametrize("model", [plain, constant, branches], indirect=True, ids=lambda build: build.__name__)
def test_a_blank_digit(model):
    """A blank picture has a sensible page in every view."""
    app = open_page(digit=encode(np.zeros((28, 28))))
    for view in VIEWS:
        app.segmented_control(key="look").set_value(view)
        run(app)


@pytest.mark.parametrize("model", [no_digits], indirect=True)
def test_no_probabilities(model):
    """A model that reads no digits can be looked into, and says why it has no answer to explain."""
    app = open_page(look="Why this prediction?")
    assert "expected (10,)" in text(app)


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_link_holds_model_digit_layer_and_unit(model):
    """What the address says is what the page shows, and the other way round."""
    image = np.zeros((28, 28), np.float32)
    image[5:20, 13:15] = 1
    app = open_page(model="model", digit=encode(image), layer="pool", unit="3", look="Inside the layer")
    assert any("pool: max pooling" in header.value for header in app.subheader)
    assert app.number_input(key="unit").value == 3
    app.button(key="layers_choose_norm").click()
    app.number_input(key="unit").set_value(5)
    run(app)
    found = dict(app.query_params.items())
    assert found["model"] == "model"
    assert found["layer"] == "norm"
    assert found["unit"] == "5"
    assert (decode(found["digit"]) == image).all()


@pytest.mark.parametrize("model", [plain], indirect=True)
@pytest.mark.parametrize("query", [{"digit": "x"}, {"digit": "eJwDAAAAAAE"}, {"layer": "no"}, {"unit": "-1"}, {"unit": "999"}])
def test_a_damaged_link(model, query):
    """A link that says nonsense opens all the same."""
    assert layer_names(open_page(**query))


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_link_with_an_unknown_layer_says_so(model):
    """For a link to an unknown layer the page names it and the layer shown instead; a good link gives no warning."""
    assert "This model has no layer `no`; conv is shown instead." in text(open_page(layer="no"))
    assert "has no layer" not in text(open_page(layer="pool"))


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_link_with_an_unknown_view(model):
    """A link to a view that does not exist opens the first one."""
    assert open_page(look="What excites it").segmented_control(key="look").value == VIEWS[0]


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_another_digit_keeps_layer_and_unit(model):
    """An upload takes the digit's place; layer and unit stay."""
    app = open_page(layer="pool", unit="2")
    before = app.query_params["digit"]
    app.toggle(key="layers_digit_open").set_value(True)
    run(app)
    app.get_by_key("way_in").set_value("Upload")
    run(app)
    app.file_uploader[0].upload("7.png", as_file(draw_digit(7)))
    run(app)
    assert app.query_params["digit"] != before
    assert app.query_params["layer"] == "pool"
    assert app.number_input(key="unit").value == 2


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_picture_that_cannot_be_read(model):
    """A file that is no picture leaves the digit and says what is wrong."""
    app = open_page()
    before = app.query_params["digit"]
    app.toggle(key="layers_digit_open").set_value(True)
    run(app)
    app.get_by_key("way_in").set_value("Upload")
    run(app)
    app.file_uploader[0].upload("essay.png", b"once upon a time")
    run(app)
    assert "not a PNG" in text(app)
    assert app.query_params["digit"] == before


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_an_ablated_map_changes_the_prediction(model):
    """Ablating a feature map shows the prediction of the network without it."""
    app = open_page(look="Why this prediction?", layer="pool")
    app.toggle(key="layers_ablate").set_value(True)
    assert "Without it the network reads" in text(run(app))


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_blank_picture_and_several_uploads(model):
    """A blank upload is no digit and says so; of several pictures the newest that can be read travels."""
    app = open_page()
    before = app.query_params["digit"]
    app.toggle(key="layers_digit_open").set_value(True)
    run(app)
    app.get_by_key("way_in").set_value("Upload")
    run(app)
    app.file_uploader[0].upload("white.png", as_file(draw_digit(1).point(lambda _: 255)))
    assert "white.png: The picture is blank" in text(run(app))
    assert app.query_params["digit"] == before
    app.file_uploader[0].upload("7.png", as_file(draw_digit(7)))
    run(app)
    assert app.query_params["digit"] != before
