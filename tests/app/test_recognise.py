"""The recognise page without a browser."""

import base64
import io
import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from digitcore.datasets import collections
from digitcore.networks.recogniser import recognise
from digitcore.preprocessing.links import decode
from tests.pictures import as_file, draw_digit, draw_digits
from tests.server import PROJECT


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60).run()


def bring(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Upload files, given as (name, content)."""
    app.get_by_key("way_in").set_value("Upload").run()
    for name, content in files:
        app.file_uploader[0].upload(name, content)
    return app.run()


def answer(app: AppTest) -> str:
    """All text in the answer's container."""
    box = app.container(key="answer")
    return " ".join(text_of(element.value) for kind in (box.html, box.subheader, box.markdown, box.error) for element in kind)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<.*?>", "", html)).strip()


def element(app: AppTest, css_class: str) -> str:
    """The HTML of the element with that class; empty if there is none."""
    return next((found.value for found in app.html if f'class="{css_class}"' in found.value), "")


def probabilities(app: AppTest) -> list[str]:
    """The ten numbers beside the bars."""
    return re.findall("<span>(.*?)</span>", element(app, "probability-bars"))


def links(app: AppTest) -> dict[str, dict[str, list[str]]]:
    """The page's links to other pages: label -> what the address asks for."""
    return {link.proto.label: parse_qs(link.proto.query_string) for link in app.get("page_link")}


def broken_model(folder: Path, name: str) -> None:
    (folder / f"{name}.keras").write_bytes((PROJECT / "models" / "lenet" / "model.keras").read_bytes()[:5000])


def test_an_untouched_page_shows_no_digit(app: AppTest) -> None:
    """A blank canvas says so."""
    assert not app.exception
    assert answer(app).startswith("Nothing to read yet")
    assert not any(character.isdigit() for character in answer(app))


@pytest.mark.parametrize("digit", range(10))
def test_an_uploaded_digit_is_read(app: AppTest, digit: int) -> None:
    """The answer begins with the digit, and one of the ten bars stands out."""
    bring(app, (f"{digit}.png", as_file(draw_digit(digit))))
    assert not app.exception
    assert answer(app).startswith(f"{digit} **")
    assert "% confidence" in answer(app)
    assert len(probabilities(app)) == 10
    assert f"class=best>{digit}<" in element(app, "probability-bars")


def test_a_bad_file_is_one_sentence(app: AppTest) -> None:
    """A file that is no picture gives an error that names it and says what to do."""
    bring(app, ("essay.png", b"once upon a time"))
    assert not app.exception
    assert "essay.png: This is not a PNG, JPEG or WebP picture" in answer(app)


def test_a_blank_upload_shows_no_digit(app: AppTest) -> None:
    """A picture with nothing on it gives the reason, not a digit."""
    bring(app, ("white.png", as_file(draw_digit(1, pen_width=0.0001).point(lambda _: 255))))
    assert answer(app).startswith("No digit The picture is blank")


def test_the_chosen_model_survives_another_way_in(app: AppTest) -> None:
    """Choosing a model and then another way in keeps the model."""
    app.selectbox(key="model").select("lenet").run()
    app.get_by_key("way_in").set_value("Upload").run()
    assert app.selectbox(key="model").value == "lenet"


def test_a_broken_model_is_listed_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged files are not offered, and a folded list below the picker says why."""
    shutil.copytree(PROJECT / "models" / "lenet", tmp_path / "lenet")
    broken_model(tmp_path, "torn")
    monkeypatch.setenv("DIGITLAB_MODELS", str(tmp_path))
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60).run()
    assert not app.exception
    assert app.selectbox(key="model").value == "lenet"
    assert len(app.selectbox(key="model").options) == 1
    assert app.expander[0].label == "1 model cannot be used: why"
    assert not app.expander[0].proto.expanded
    assert re.fullmatch(r"The model \*\*torn\*\* cannot be used: .*cut off.*", app.expander[0].markdown[0].value)


def test_without_models_the_page_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder of models gives advice instead of an error."""
    monkeypatch.setenv("DIGITLAB_MODELS", str(tmp_path))
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60).run()
    assert not app.exception
    assert "python -m digitcore train" in app.info[0].value


def test_two_broken_models_share_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many models are broken, the page has one line about them until a visitor opens it."""
    broken_model(tmp_path, "torn")
    broken_model(tmp_path, "split")
    monkeypatch.setenv("DIGITLAB_MODELS", str(tmp_path))
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60).run()
    assert [expander.label for expander in app.expander] == ["2 models cannot be used: why"]


def test_the_picker_says_what_each_model_is_good_for(app: AppTest) -> None:
    """Titles, plain words and accuracies, and behind the sign the numbers of the chosen model's card."""
    assert app.selectbox(key="model").options == [
        "CNN v2 · most accurate · 99.51%", "CNN v1 · 99.23%", "LeNet · 99.24%",
        "LeNet tuned · smallest · 99.50%", "Sprint · 99.21%",
    ]  # fmt: skip
    assert "It read 99.51% of 10,000 test images right. It has 276,810 parameters." in app.selectbox(key="model").help


@pytest.mark.parametrize("junk", ["gone", 7, ["cnn_v2"]])
def test_a_model_that_does_not_exist_is_replaced(junk: object) -> None:
    """Whatever stands in the session, the page works with the default model and says so."""
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    app.session_state["model"] = junk
    app.run()
    assert not app.exception
    assert app.selectbox(key="model").value == "cnn_v2"
    assert "The model that was chosen does not exist any more. CNN v2 is used instead." in [each.value for each in app.caption]


@pytest.mark.parametrize(("key", "junk"), [("way_in", "Fax"), ("way_in", None), ("way_in", ["Draw"]), ("model", None)])
def test_an_empty_or_unknown_choice_leaves_the_page_usable(key: str, junk: object) -> None:
    """A choice that does not exist counts as the first one."""
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    app.session_state[key] = junk
    app.run()
    assert not app.exception
    assert answer(app).startswith("Nothing to read yet")
    assert (app.get_by_key("way_in").value, app.selectbox(key="model").value) == ("Draw", "cnn_v2")


def test_examples_are_read_at_one_click(app: AppTest) -> None:
    """The clear and the tiny digit are read right, the 4 might be a 9, and the letter is taken for a digit."""
    assert [text_of(re.sub(r"!\[.*?\]\(.*?\)", "", button.label)) for button in app.button if "example" in str(button.key)] == [
        "A clear 3", "A 4 that could be a 9", "A letter", "A tiny digit",
    ]  # fmt: skip
    read = []
    for number in range(4):
        app.button(key=f"recognise_example_{number}").click().run()
        assert not app.exception
        read.append((answer(app), probabilities(app)))
        app.session_state["canvas_drawing"]["objects"] = []
        app.run()
    clear, ambiguous, letter, tiny = read
    assert clear[0].startswith("3 ")
    assert ambiguous[0].startswith("4 ")
    assert 10 < float(ambiguous[1][9].rstrip("%")) < 50
    assert letter[0][0].isdigit()
    assert tiny[0].startswith("5 ")


def test_an_example_leaves_the_upload_for_the_canvas(app: AppTest) -> None:
    """An example is a drawing, whichever way in was chosen before."""
    app.get_by_key("way_in").set_value("Upload").run()
    app.button(key="recognise_example_0").click().run()
    assert app.get_by_key("way_in").value == "Draw"
    assert answer(app).startswith("3 ")


def test_see_why_takes_the_digit_and_the_model_along(app: AppTest) -> None:
    """The link to Layers holds the model, what the network saw, and the view that explains it."""
    app.selectbox(key="model").select("lenet").run()
    file = as_file(draw_digit(5))
    bring(app, ("5.png", file))
    asked = links(app)["See why"]
    assert (asked["model"], asked["look"]) == (["lenet"], ["Why this answer?"])
    np.testing.assert_allclose(decode(asked["digit"][0]), recognise(file, "lenet").steps[-1].pixels, atol=0.5 / 255)
    assert links(app)["Ask all models"] == {"show": ["Try your own"], "own": ["Drawing"]}


def test_a_blank_picture_offers_nothing_to_explain(app: AppTest) -> None:
    """Without a digit there are no bars and no links."""
    bring(app, ("white.png", as_file(draw_digit(1).point(lambda _: 255))))
    assert not {"See why", "Ask all models"} & set(links(app))
    assert not probabilities(app)


def test_the_steps_are_numbered_and_explained(app: AppTest) -> None:
    """Each step has its number, its name, a sentence and a picture."""
    bring(app, ("5.png", as_file(draw_digit(5))))
    strip = element(app, "recognise-steps")
    assert re.findall("<b>(.*?)</b>", strip) == ["1. Grey", "2. Ink", "3. Clean", "4. Crop", "5. Scale", "6. 28 × 28"]
    sentences = re.findall("<span>(.*?)</span>", strip)
    assert len(sentences) == 6
    assert all(re.fullmatch("[A-Z].*[.]", sentence) for sentence in sentences)


def test_each_of_several_digits_has_its_confidence(app: AppTest) -> None:
    """The number is the answer, with the lowest confidence; each digit's own stands below the bars."""
    file = as_file(draw_digits([4, 7]))
    bring(app, ("47.png", file))
    found = recognise(file).digits
    assert answer(app).startswith("47 ")
    assert "in the least certain digit" in answer(app)
    caption = next(each.value for each in app.caption if each.value.startswith("Confidence of each digit"))
    assert re.findall(r"\*\*(\d)\*\*", caption) == [str(each.digit) for each in found] == ["4", "7"]


def test_one_upload_is_shown_large_and_upright(app: AppTest) -> None:
    """The picture itself stands beside the answer, turned as its EXIF data say."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    lying = draw_digits([1, 7]).rotate(90, expand=True)
    bring(app, ("17.jpg", as_file(lying, "JPEG", exif=exif)))
    (url,) = app.image[0].value
    shown = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    assert shown.size == (400, 200)
    assert answer(app).startswith("17 ")


def test_several_uploads_stand_in_a_grid(app: AppTest) -> None:
    """Each picture has its own place, and none is shown large."""
    bring(app, ("4.png", as_file(draw_digit(4))), ("7.png", as_file(draw_digit(7))))
    assert answer(app) == "2 pictures"
    assert len(app.image) == 2
    assert [metric.value for metric in app.metric] == ["4", "7"]


def test_a_file_that_no_form_would_take_is_refused(app: AppTest) -> None:
    """A browser that sends a file with another ending gets a page that still works."""
    bring(app, ("7.txt", as_file(draw_digit(7))))
    assert not any("Traceback" in str(each.value) for each in app.exception)


def test_several_digits_stand_in_boxes(app: AppTest) -> None:
    """Of several digits, the picture shows where each is; of one digit there is no such picture."""
    bring(app, ("number.png", as_file(draw_digits([4, 7]), "PNG")))
    assert len(app.image) == 2
    app.file_uploader[0].clear()
    bring(app, ("seven.png", as_file(draw_digit(7), "PNG")))
    assert len(app.image) == 1


def test_turn_and_crop(app: AppTest) -> None:
    """A number on its side is read after three turns, and one of its digits after a crop."""
    picture = as_file(draw_digits([4, 7]).rotate(-90, expand=True), "PNG")
    bring(app, ("turned.png", picture))
    turn = next(button for button in app.button if button.label == "Turn")
    for _ in range(3):
        turn = next(button for button in app.button if button.label == "Turn")
        turn.click().run()
    assert "47" in answer(app)
    next(toggle for toggle in app.toggle if toggle.label == "Crop").set_value(True).run()
    next(slider for slider in app.slider if slider.label == "From left to right").set_value((50, 100)).run()
    assert answer(app).startswith("7 ")
    assert not app.exception


def test_threshold_and_steps(app: AppTest) -> None:
    """With everything shown, a high threshold makes the network hold back; its best guess stands there on request."""
    app.session_state["detail"] = "Everything"
    bring(app, ("three.png", as_file(draw_digit(3).rotate(35, fillcolor="white"), "PNG")))
    assert answer(app).startswith("3")
    slider = next(slider for slider in app.slider if slider.label == "Lowest confidence for an answer")
    slider.set_value(100).run()
    assert "No digit" in answer(app)
    app.get_by_key("recognise_guess").set_value(True).run()
    assert "3" in answer(app)
    steps = app.get_by_key("recognise_steps_done")
    steps.set_value([name for name in steps.value if name != "stroke_width"]).run()
    assert not app.exception


def test_wrong_answers_are_collected(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right digit keeps the picture in a set; where pictures may not be kept, nobody is asked."""
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path))
    monkeypatch.setenv("DIGITLAB_COLLECT", "1")
    bring(app, ("three.png", as_file(draw_digit(3), "PNG")))
    app.get_by_key("recognise_was").set_value(5).run()
    assert [picture.label for picture in collections.pictures_of("collected")] == [5]
    assert not app.exception
    monkeypatch.setenv("DIGITLAB_COLLECT", "0")
    app.run()
    with pytest.raises(KeyError):
        app.get_by_key("recognise_was")
