"""Comparing models in a browser: figure, matrix, images and their explanation; folder, handwriting; export with its proof."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from digitcore import paths
from digitcore.figures.confusion import images
from tests.browser.actions import draw, wait_until_idle
from tests.browser.conftest import DESKTOP, NO_IDLE_WORKER, PHONE, assert_clean, new_page
from tests.browser.waiting import expect
from tests.pictures import as_file, draw_digit
from tests.server import PROJECT, Server, running_server

MODELS = ("lenet", "sprint")
#: Evaluating two models takes seconds, on a busy machine many.
EVALUATION_MS = 120_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of this module's own: two good models and a broken one, and MNIST where it is there already."""
    folder = tmp_path_factory.mktemp("compare")
    for name in MODELS:
        (folder / "models").mkdir(exist_ok=True)
        (folder / "models" / name).symlink_to(PROJECT / "models" / name)
    (folder / "models" / "broken.keras").write_bytes(b"nothing")
    (folder / "data").mkdir()
    if (paths.data_dir() / "mnist").is_dir():
        (folder / "data" / "mnist").symlink_to(paths.data_dir() / "mnist")
    return folder


@pytest.fixture(scope="module")
def comparer(folder: Path, chromium: Browser) -> Iterator[Server]:
    """A server with these folders, its models evaluated; afterwards its log must hold no error."""
    environment = {f"DIGITLAB_{name.upper()}": str(folder / name) for name in ("models", "data", "evaluations", "runs")}
    with running_server(folder / "log.txt", environment=environment | NO_IDLE_WORKER) as server:
        pages = new_page(chromium, DESKTOP)
        page = next(pages)
        page.goto(f"{server.url}/compare")
        expect(page.get_by_text(re.compile("^Evaluating "))).to_be_visible(timeout=EVALUATION_MS)
        expect(page.locator(".js-plotly-plot")).to_be_visible(timeout=EVALUATION_MS)
        expect(page.get_by_text(re.compile("^Evaluating "))).to_have_count(0, timeout=EVALUATION_MS)
        next(pages, None)
        yield server
    assert_clean("\n".join(line for line in (folder / "log.txt").read_text().splitlines() if "broken" not in line))


def show(page: Page, view: str) -> None:
    """Choose a view."""
    page.get_by_role("radio", name=view).click()


def cell(page: Page, label: int, answer: int) -> Locator:
    """A cell of the confusion matrix."""
    return page.get_by_role("button", name=f"{label} read as {answer}: ")


def commonest_mistake(page: Page) -> tuple[int, int, int]:
    """(label, answer, how many), as the matrix's caption says; of several, the first."""
    said = page.get_by_text(re.compile("The commonest mistake")).first.inner_text()
    label, answer = re.search(r"mistakes?: an? (\d) read as an? (\d)", said).groups()
    return int(label), int(answer), int(re.search(r"([\d,]+) images? ?(?:each)?\.", said)[1].replace(",", ""))


def heading_of(page: Page, label: int, answer: int) -> Locator:
    """The heading of a cell's images."""
    mistake = rf"An? {label} read as an? {answer}: [\d,]+ images?|reads no {label} as an? {answer}"
    return page.get_by_role("heading", name=re.compile(mistake))


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_from_the_figure_to_the_images_in_a_cell(page: Page, comparer: Server) -> None:
    """The overview names both models and the broken one; a click on a cell shows just its images, and its number stays."""
    page.goto(f"{comparer.url}/compare")
    figure = page.locator(".st-key-compare_accuracy .js-plotly-plot")
    expect(figure.get_by_text("LeNet", exact=True)).to_be_visible()
    expect(figure.get_by_text("Sprint")).to_be_visible()
    expect(page.get_by_text("n = 10,000 labelled images")).to_be_visible()
    expect(page.get_by_text("broken.keras is not a .keras archive")).to_be_visible()
    assert fits(page)
    show(page, "Mistakes")
    expect(figure).to_have_count(0)
    label, answer, count = commonest_mistake(page)
    cell(page, label, answer).click()
    expect(heading_of(page, label, answer)).to_have_text(re.compile(f": {images(count)}$"))
    shown = page.locator(".st-key-compare_images img")
    expect(shown).to_have_count(min(count, 12))
    expect(shown.first).to_have_attribute("alt", re.compile(rf"^labelled {label}, {answer}, >?[\d.]+%, (LeNet|Sprint)$"))
    expect(cell(page, label, answer)).to_have_text(f"{count:,}")
    assert fits(page)


def test_a_misread_image_leads_to_its_explanation(page: Page, comparer: Server) -> None:
    """One click leads to the view that explains the answer, for this model and digit; Back returns, and the next one works."""
    page.goto(f"{comparer.url}/compare?show=Mistakes&first=sprint")
    links = page.locator(".st-key-compare_images").get_by_role("link", name="Why this answer?")
    for number in (0, 1):
        linked = parse_qs(urlsplit(links.nth(number).get_attribute("href")).query)
        assert (linked["model"], linked["look"]) == (["sprint"], ["Why this answer?"])
        links.nth(number).click()
        expect(page.get_by_role("radio", name="Why this answer?")).to_be_checked()
        wait_until_idle(page)
        opened = parse_qs(urlsplit(page.url).query)
        assert {name: opened[name] for name in linked} == linked
        page.go_back()
        expect(page.get_by_role("heading", name=re.compile("^Sprint misreads"))).to_be_visible()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A new visitor's page on a screen that is touched."""
    yield from new_page(chromium, PHONE, has_touch=True)


def test_cells_by_touch(phone: Page, comparer: Server) -> None:
    """Each tap shows the images of the cell that was tapped; a second tap on it shows all mistakes again."""
    phone.goto(f"{comparer.url}/compare?show=Mistakes&first=sprint")
    shown = phone.locator(".st-key-compare_images img")
    for label, answer in ((7, 7), commonest_mistake(phone)[:2], (0, 0)):
        cell(phone, label, answer).tap()
        expect(cell(phone, label, answer)).to_have_attribute("aria-pressed", "true")
        expect(heading_of(phone, label, answer)).to_be_visible()
        expect(shown.first).to_have_attribute("alt", re.compile(f"^labelled {label}, {answer}, "))
    assert fits(phone)
    cell(phone, 0, 0).tap()
    expect(phone.get_by_role("heading", name=re.compile("^Sprint misreads"))).to_be_visible()
    expect(cell(phone, 0, 0)).to_have_attribute("aria-pressed", "false")


def test_a_cell_by_keyboard(desktop: Page, comparer: Server) -> None:
    """One press of Tab leads into the matrix, arrow keys move in it, and Enter and the space bar choose."""
    desktop.goto(f"{comparer.url}/compare?show=Mistakes&first=sprint")
    expect(desktop.get_by_role("combobox", name="Model", exact=True)).to_have_value("Sprint")
    desktop.get_by_role("switch", name="Difference to another model").or_(
        desktop.get_by_role("checkbox", name="Difference to another model")
    ).focus()
    desktop.keyboard.press("Tab")
    expect(cell(desktop, 0, 0)).to_be_focused()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowLeft"):
        desktop.keyboard.press(key)
    expect(cell(desktop, 1, 1)).to_be_focused()
    desktop.keyboard.press("Enter")
    expect(heading_of(desktop, 1, 1)).to_be_visible()
    expect(cell(desktop, 1, 1)).to_be_focused()
    desktop.keyboard.press("End")
    desktop.keyboard.press("Space")
    expect(heading_of(desktop, 1, 9)).to_be_visible()
    desktop.keyboard.press("Tab")
    expect(desktop.locator("table button:focus")).to_have_count(0)


def test_a_cell_stays_in_the_address(desktop: Page, comparer: Server) -> None:
    """A reload keeps the chosen cell, and Back returns to the one before."""
    desktop.goto(f"{comparer.url}/compare?show=Mistakes&first=sprint&cell=7-7")
    expect(heading_of(desktop, 7, 7)).to_be_visible()
    cell(desktop, 0, 0).click()
    expect(desktop).to_have_url(re.compile("cell=0-0"))
    desktop.reload()
    expect(heading_of(desktop, 0, 0)).to_be_visible()
    expect(cell(desktop, 0, 0)).to_have_attribute("aria-pressed", "true")
    desktop.go_back()
    expect(heading_of(desktop, 7, 7)).to_be_visible()
    expect(cell(desktop, 7, 7)).to_have_attribute("aria-pressed", "true")
    desktop.get_by_role("button", name="All mistakes").click()
    expect(desktop.get_by_role("heading", name=re.compile("^Sprint misreads"))).to_be_visible()
    expect(desktop).to_have_url(re.compile("cell=(&|$)"))
    desktop.go_back()
    expect(heading_of(desktop, 7, 7)).to_be_visible()


def test_four_pictures_are_too_few(desktop: Page, comparer: Server, folder: Path) -> None:
    """On a labelled folder of four pictures, the page does not say which model is better."""
    for digit in (0, 3, 5, 7):
        (folder / "data" / "few" / str(digit)).mkdir(parents=True)
        (folder / "data" / "few" / str(digit) / "a.png").write_bytes(as_file(draw_digit(digit)))
    desktop.goto(f"{comparer.url}/compare?data=few")
    expect(desktop.get_by_text("Each model reads 4 of 4; too few to tell the models apart.")).to_be_visible(
        timeout=EVALUATION_MS
    )
    expect(desktop.get_by_text("n = 4 labelled images of few")).to_be_visible()


def test_a_folder_to_a_grid_to_files(page: Page, comparer: Server) -> None:
    """Uploaded pictures become a grid with every model's answer, the bad one a sentence; CSV and picture can be taken away."""
    page.goto(f"{comparer.url}/compare?show=Try+your+own&own=Folder")
    page.locator("input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "image/png", "buffer": content}
            for name, content in (
                ("3_good.png", as_file(draw_digit(3))),
                ("4_not.png", as_file(draw_digit(7))),
                ("bare.png", as_file(draw_digit(5))),
                ("9_bad.png", b"no picture"),
            )
        ]
    )
    grid = page.locator(".st-key-compare_folder_grid")
    expect(grid.locator("img")).to_have_count(3)
    expect(grid.get_by_text(re.compile(r"✓ 3 >?[\d.]+% LeNet"))).to_be_visible()
    expect(grid.get_by_text(re.compile(r"✗ 7 >?[\d.]+% LeNet"))).to_be_visible()
    expect(grid.get_by_text(re.compile(r"· 5 >?[\d.]+% LeNet"))).to_be_visible()
    expect(page.get_by_text("9_bad.png: This is not a PNG")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert [(row["picture"], row["model"], row["right"]) for row in rows][:2] == [
        ("3_good.png", "lenet", "yes"),
        ("3_good.png", "sprint", "yes"),
    ]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download picture").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_whole_folder_gives_the_labels(desktop: Page, comparer: Server, tmp_path: Path) -> None:
    """A folder's own folders label its pictures."""
    (tmp_path / "mine" / "6").mkdir(parents=True)
    (tmp_path / "mine" / "6" / "a.png").write_bytes(as_file(draw_digit(6)))
    desktop.goto(f"{comparer.url}/compare?show=Try+your+own&own=Folder")
    desktop.get_by_role("radio", name="A whole folder").click()
    desktop.locator("input[type=file][webkitdirectory]").set_input_files(tmp_path / "mine")
    expect(desktop.locator(".st-key-compare_folder_grid").get_by_text("labelled 6")).to_be_visible()


def test_an_export_shows_its_proof(desktop: Page, comparer: Server) -> None:
    """After the export, the largest difference from Keras is there, and the zip with it."""
    desktop.goto(f"{comparer.url}/compare")
    desktop.get_by_role("button", name="Export").click()
    desktop.get_by_role("radio", name="ONNX").click()
    desktop.get_by_role("button", name="Export and check").click()
    expect(desktop.get_by_text("Largest difference from Keras")).to_be_visible(timeout=EVALUATION_MS)
    assert float(desktop.get_by_test_id("stMetricValue").inner_text()) <= 1e-4
    with desktop.expect_download() as download:
        desktop.get_by_role("button", name=re.compile("onnx.zip")).click()
    names = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())).namelist()
    assert {"model.onnx", "card.json"} <= set(names)


def test_drawings_are_added_one_by_one(desktop: Page, comparer: Server, folder: Path) -> None:
    """Each drawing is saved with its label on an empty canvas, and the number of them stands beside the button."""
    desktop.goto(f"{comparer.url}/compare?show=Try+your+own&own=Handwriting")
    desktop.get_by_role("combobox", name="Set", exact=True).click()
    desktop.keyboard.type("drawn")
    desktop.keyboard.press("Enter")
    for count, x in ((1, 0.2), (2, 0.8)):
        draw(desktop, [[(x, 0.2), (x, 0.3), (x, 0.8)]])
        desktop.get_by_role("button", name=re.compile(r"^Add as an? \d$")).click()
        expect(desktop.get_by_text(f"Added to drawn: 1, now {count} picture")).to_be_visible()
        expect(desktop.get_by_role("button", name="Undo")).to_be_disabled()
        wait_until_idle(desktop)
        expect(desktop.get_by_text(f"Added to drawn: 1, now {count} picture")).to_be_visible()
    pictures = [Image.open(file).convert("L") for file in (folder / "data" / "drawn").rglob("*.png")]
    inks = [picture.point(lambda grey: 255 - grey).getbbox() for picture in pictures]
    halves = [{x < each.width / 2 for x in (ink[0], ink[2])} for each, ink in zip(pictures, inks, strict=True)]
    assert sorted(map(sorted, halves)) == [[False], [True]]  # one on the right alone, one on the left alone


def test_my_handwriting_becomes_data(desktop: Page, comparer: Server, folder: Path) -> None:
    """A set is made, a label corrected, the set compared on, renamed and deleted."""
    place = folder / "data"
    desktop.goto(f"{comparer.url}/compare?show=Try+your+own&own=Handwriting")
    desktop.get_by_role("combobox", name="Set", exact=True).click()
    desktop.keyboard.type("mine")
    desktop.keyboard.press("Enter")
    desktop.get_by_role("radio", name="Upload").click()
    desktop.locator("input[type=file]").set_input_files(
        [{"name": f"{d}_x.png", "mimeType": "image/png", "buffer": as_file(draw_digit(d))} for d in (2, 8)]
    )
    desktop.get_by_role("button", name="Add 2 pictures").click()
    expect(desktop.get_by_role("heading", name="mine: 2 pictures")).to_be_visible()
    assert len(list((place / "mine" / "8").iterdir())) == 1
    desktop.locator(".st-key-compare_set").get_by_role("combobox").last.click()
    desktop.keyboard.type("3")
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".st-key-compare_set").get_by_alt_text("Labelled 3")).to_be_visible()
    assert len(list((place / "mine" / "3").iterdir())) == 1
    show(desktop, "Mistakes")
    desktop.get_by_role("combobox", name="Compared on").click()
    desktop.get_by_role("option", name="mine").click()
    expect(desktop.get_by_text("1 of 2 are right.")).to_be_visible(timeout=EVALUATION_MS)
    show(desktop, "Try your own")
    desktop.get_by_role("button", name="Rename").click()
    desktop.get_by_role("textbox", name="New name").fill("ours")
    desktop.get_by_role("button", name="Rename the set").click()
    expect(desktop.get_by_role("heading", name="ours: 2 pictures")).to_be_visible()
    desktop.get_by_role("button", name="Delete").click()
    desktop.get_by_role("button", name="Yes, delete ours").click()
    expect(desktop.get_by_role("heading", name="ours: 2 pictures")).to_have_count(0)
    assert not (place / "mine").exists()
    assert not (place / "ours").exists()
