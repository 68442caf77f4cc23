"""The page of layers without a browser: any model, any digit, any layer."""

import keras
import numpy as np
import pytest
from keras import layers
from streamlit.testing.v1 import AppTest

from digitcore.explain.network import Network
from digitcore.explain.texts import describe
from digitcore.networks import registry
from digitcore.preprocessing.links import decode, encode
from tests.app.actions import run
from tests.pictures import as_file, draw_digit
from tests.server import PROJECT
from ui.shared.titles import title_of

pytestmark = pytest.mark.usefixtures("own_folders")

VIEWS = ("Layer by layer", "Why this answer?", "Among other digits")
FOLDS = ("maps", "ablation", "top", "text")


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


def text(app):
    """Everything that the page says."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.subheader, app.html)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def network():
    return Network(registry.load_model("model", for_recognition=False))


def choose(app, **values):
    """Choose as a click on the strip or a tile does."""
    for key, value in values.items():
        app.session_state[key] = value
    return run(app)


def open_folds(app):
    """Open all folded parts of a layer."""
    for name in FOLDS:
        app.session_state[f"layers_fold_{name}"] = True
    return run(app)


def test_no_model():
    """Without a model the page says how to get one."""
    assert "no model yet" in text(open_page())


@pytest.mark.parametrize("model", MODELS, indirect=True, ids=lambda build: build.__name__)
def test_every_layer_of_every_model(model):
    """Each layer can be opened with all its folded parts, and each view, without an error."""
    app = open_folds(open_page())
    for layer in network().layers:
        assert f"**{title_of(layer.name)}** · " in text(choose(app, layer=layer.name))
        assert describe(network(), layer).numbers in text(app)
    for view in VIEWS[1:]:
        app.pills(key="look").set_value(view)
        assert text(run(app))


@pytest.mark.parametrize("model", [plain, constant, branches], indirect=True, ids=lambda build: build.__name__)
def test_a_blank_digit(model):
    """A blank picture has a sensible page in every view."""
    app = open_page(digit=encode(np.zeros((28, 28))))
    for view in VIEWS:
        app.pills(key="look").set_value(view)
        run(app)


@pytest.mark.parametrize("model", [no_digits], indirect=True)
def test_no_probabilities(model):
    """A model that reads no digits can be looked into, and says why it has no answer to explain."""
    app = open_page(look="Why this answer?")
    assert "expected (10,)" in text(app)


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_link_holds_model_digit_layer_and_unit(model):
    """What the address says is what the page shows, and the other way round."""
    image = np.zeros((28, 28), np.float32)
    image[5:20, 13:15] = 1
    app = open_page(model="model", digit=encode(image), layer="pool", unit="3", look=VIEWS[0])
    assert "**Pool** · max pooling  \nfeature map 3" in text(app)
    choose(app, layer="norm", unit=5)
    found = dict(app.query_params.items())
    assert found["model"] == "model"
    assert found["layer"] == "norm"
    assert found["unit"] == "5"
    assert (decode(found["digit"]) == image).all()


@pytest.mark.parametrize("model", [plain], indirect=True)
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"digit": "x"}, "Another digit is shown instead."),
        ({"digit": "eJwDAAAAAAE"}, "Another digit is shown instead."),
        ({"layer": "no"}, "The link asks for the layer `no`, which does not exist. conv is shown instead."),
        ({"layer": ""}, "The link asks for no layer. conv is shown instead."),
        ({"unit": "-1"}, "The link asks for the feature map `-1`, which does not exist. The strongest, "),
        ({"unit": "999"}, "the feature map `999`, which does not exist"),
        ({"unit": "²"}, "the feature map `²`, which does not exist"),
        ({"unit": "9" * 5000}, f"the feature map `{'9' * 60}`, which does not exist"),
        ({"look": ""}, "The link asks for no view. Layer by layer is shown instead."),
        ({"look": "`**no"}, "The link asks for the view `'**no`, which does not exist. Layer by layer is shown instead."),
        ({"model": "no"}, "The link asks for the model `no`, which does not exist. Model is shown instead."),
    ],
)
def test_a_damaged_link(model, query, said):
    """A link that says nonsense opens all the same, and the page says what is shown instead."""
    app = open_page(**query)
    assert app.pills(key="look").value == VIEWS[0]
    assert said in text(app)
    assert "shown instead" not in text(run(app))


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_good_link_gives_no_warning(model):
    """What exists is shown without a word."""
    assert not open_page(layer="pool", unit="0", look=VIEWS[1], model="model").warning


@pytest.mark.parametrize("model", [plain], indirect=True)
@pytest.mark.parametrize("forged", [None, [], "no"])
def test_a_forged_view(model, forged):
    """A browser that sends no view, or one that does not exist, gets the first one."""
    app = choose(open_page(), look=forged)
    assert "**Conv** · convolution" in text(app)


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_the_answer_opens_at_the_winning_digit(model):
    """The last layer opens at the digit that the network reads, whichever unit was chosen before."""
    app = choose(open_page(unit="2"), layer="probabilities")
    reads = next(line for line in text(app).splitlines() if line.startswith("Model reads a **"))
    assert f"digit {reads[len('Model reads a **')]}" in text(app)
    strongest = int(
        np.abs(network().activations(decode(app.session_state["digit"])[None])["conv"][0]).max(axis=(0, 1)).argmax()
    )
    assert f"feature map {strongest}" in text(choose(app, layer="conv"))


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_another_digit_keeps_layer_and_unit(model):
    """An upload takes the digit's place; layer and unit stay."""
    app = open_page(layer="pool", unit="2")
    before = app.session_state["digit"]
    app.get_by_key("way_in").set_value("Upload")
    run(app)
    app.file_uploader[0].upload("7.png", as_file(draw_digit(7)))
    run(app)
    assert app.session_state["digit"] != before
    assert "**Pool** · max pooling  \nfeature map 2" in text(app)


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_picture_that_cannot_be_read(model):
    """A file that is no picture leaves the digit and says what is wrong."""
    app = open_page()
    before = app.session_state["digit"]
    app.get_by_key("way_in").set_value("Upload")
    run(app)
    app.file_uploader[0].upload("essay.png", b"once upon a time")
    run(app)
    assert "not a PNG" in text(app)
    assert app.session_state["digit"] == before


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_switching_maps_off(model):
    """Without some feature maps the page says what the network reads; a reset brings them back."""
    app = open_folds(open_page(layer="pool"))
    assert "Nothing is switched off yet." in text(app)
    app.multiselect(key="layers_off_pool").set_value([0, 3])
    assert "Without 2 of 6 feature maps of Pool, the network reads a **" in text(run(app))
    next(button for button in app.button if button.label == "Reset").click()
    assert "Nothing is switched off yet." in text(run(app))


@pytest.mark.parametrize("model", [plain], indirect=True)
def test_a_blank_picture_and_several_uploads(model):
    """A blank upload is no digit and says so; of several pictures the newest that can be read travels."""
    app = open_page()
    before = app.session_state["digit"]
    app.get_by_key("way_in").set_value("Upload")
    run(app)
    app.file_uploader[0].upload("white.png", as_file(draw_digit(1).point(lambda _: 255)))
    assert "white.png: The picture is blank" in text(run(app))
    assert app.session_state["digit"] == before
    app.file_uploader[0].upload("7.png", as_file(draw_digit(7)))
    run(app)
    assert app.session_state["digit"] != before
