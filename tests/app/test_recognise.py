"""The recognise page without a browser."""

import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pictures import as_file, draw_digit
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
    return " ".join(str(element.value) for kind in (box.html, box.subheader, box.markdown, box.error) for element in kind)


def test_an_untouched_page_shows_no_digit(app: AppTest) -> None:
    """A blank canvas says so."""
    assert not app.exception
    assert answer(app).startswith("Nothing to read yet")
    assert not any(character.isdigit() for character in re.sub("<.*?>", "", answer(app)))


@pytest.mark.parametrize("digit", range(10))
def test_an_uploaded_digit_is_read(app: AppTest, digit: int) -> None:
    """The answer's container holds the digit, and the strip of pictures follows."""
    bring(app, (f"{digit}.png", as_file(draw_digit(digit))))
    assert not app.exception
    assert f">{digit}</span>" in answer(app)
    assert "% confidence" in answer(app)


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
    """A damaged file is named beside the picker, is not offered, and the others are."""
    shutil.copytree(PROJECT / "models" / "lenet", tmp_path / "lenet")
    (tmp_path / "torn.keras").write_bytes((PROJECT / "models" / "lenet" / "model.keras").read_bytes()[:5000])
    monkeypatch.setenv("DIGITLAB_MODELS", str(tmp_path))
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60).run()
    assert not app.exception
    assert app.selectbox(key="model").value == "lenet"
    assert len(app.selectbox(key="model").options) == 1
    assert "torn" in app.warning[0].value
    assert "cut off" in app.warning[0].value


def test_without_models_the_page_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder of models gives advice instead of an error."""
    monkeypatch.setenv("DIGITLAB_MODELS", str(tmp_path))
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60).run()
    assert not app.exception
    assert "python -m digitcore train" in app.info[0].value
