"""A search in a browser: choose ranges, start, watch, pause, continue, stop, and open trials on the other pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from digitcore.jobs.search_slots import is_taken
from digitcore.networks import registry
from digitcore.runs.registry import list_runs
from digitcore.search.study import Request, Study, list_studies
from tests.browser.actions import go_to, wait_until_idle
from tests.browser.conftest import DESKTOP, NO_IDLE_WORKER, PHONE, assert_clean, new_page, own_folders
from tests.browser.test_train import wait_for
from tests.browser.waiting import expect
from tests.server import Server, running_server

#: Height of a row of a table, and the middle of its first column, in pixels.
ROW, FIRST_COLUMN = 35, 17


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Folders of models and runs for this module alone, used by its server and by the tests themselves."""
    yield from own_folders(tmp_path_factory.mktemp("search"))


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory, folders: dict[str, str]) -> Iterator[Server]:
    """A server with these folders; afterwards its log must hold no error, and no worker is left."""
    log = tmp_path_factory.mktemp("searcher") / "log.txt"
    with running_server(log, environment=NO_IDLE_WORKER | folders) as server:
        yield server
        for run in list_runs():
            run.request("cancel")
        for study in list_studies():
            study.stop()
            wait_for(lambda name=study.name: not is_taken(name, 0))
        wait_for(lambda: not any(run.state().is_active for run in list_runs()))
    assert_clean(log.read_text())


def fill(page: Page, label: str, value: object) -> None:
    """Give a number or a text to a field, and wait until the page has taken it."""
    field = page.get_by_role("spinbutton", name=label, exact=True).or_(page.get_by_role("textbox", name=label, exact=True))
    field.fill(str(value))
    field.press("Enter")
    wait_until_idle(page)


def fill_form(page: Page, *, trials: int) -> None:
    """Networks of a few filters and 300 images, so that a trial takes about a second."""
    for number in (1, 2):
        fill(page, f"Filters {number}, lowest", 1)
        fill(page, f"Filters {number}, highest", 4)
    fill(page, "Images per trial", 300)
    fill(page, "Trials", trials)


def press(page: Page, button: str) -> None:
    """Press a button of the page."""
    page.get_by_test_id("stButton").get_by_role("button", name=button, exact=True).click()


def select(page: Page, *rows: int) -> None:
    """Select rows of the table of trials, counted from 0."""
    table = page.get_by_test_id("stDataFrame")
    for row in rows:
        table.scroll_into_view_if_needed()
        table.locator(".dvn-scroller").click(position={"x": FIRST_COLUMN, "y": int((row + 1.5) * ROW)})
        wait_until_idle(page)


def done(study: Study) -> int:
    return sum(record.is_done for record in study.records())


@pytest.fixture(scope="module")
def study(chromium: Browser, searcher: Server) -> Study:
    """A study that was started in a browser, paused, continued and stopped, with at least three trials."""
    for page in new_page(chromium, DESKTOP):
        search(page, searcher)
    (study,) = list_studies()
    return study


def search(page: Page, searcher: Server) -> None:
    """Start a search, watch it, pause, continue and stop it."""
    page.goto(f"{searcher.url}/search")
    expect(page.get_by_label("Name of the search")).to_have_value("lenet_search")
    wait_until_idle(page)
    fill_form(page, trials=200)
    expect(page.get_by_text(re.compile("endlessly many combinations · about"))).to_be_visible()
    press(page, "Start")
    expect(page.get_by_text("searching", exact=True)).to_be_visible()
    expect(page.get_by_text("Running now")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^([3-9]|\d\d+) of 200 trials done"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("lowest validation loss so far"))).to_be_visible()
    expect(page.get_by_role("link", name="1 search")).to_be_visible()
    press(page, "Pause")
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    (study,) = list_studies()
    wait_for(lambda: not study.is_training())
    paused_at = done(study)
    press(page, "Continue")
    wait_for(lambda: done(study) > paused_at)
    press(page, "Stop")
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()
    wait_for(lambda: not study.is_training())
    assert study.request == Request.STOP


def watch(page: Page, searcher: Server, study: Study) -> None:
    """Open the page of the study by its address."""
    page.goto(f"{searcher.url}/search?view=Watch&study={study.name}")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    wait_until_idle(page)


def test_a_trial_on_the_layers_page(searcher: Server, study: Study, desktop: Page) -> None:
    """One click opens the network of a trial on the Layers page, and it stands on the Recognise page too."""
    watch(desktop, searcher, study)
    select(desktop, 0)
    expect(desktop.get_by_text(re.compile("^Trial 0, complete"))).to_be_visible()
    press(desktop, "Open on Layers")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("See the digit travel")
    expect(desktop.get_by_role("combobox", name="Read by")).to_have_value(re.compile("LeNet search trial 0"))
    go_to(desktop, "Recognise")
    expect(desktop.get_by_role("combobox", name="Read by")).to_have_value(re.compile("LeNet search trial 0"))


def test_two_trials(searcher: Server, study: Study, desktop: Page) -> None:
    """Two trials stand side by side, and Compare shows the difference of their models."""
    watch(desktop, searcher, study)
    select(desktop, 0, 1)
    expect(desktop.get_by_role("heading", name="Trial 0 and trial 1")).to_be_visible()
    press(desktop, "Compare")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Compare models")
    expect(desktop.get_by_role("combobox", name="Other model")).to_be_visible()
    assert {"lenet_search_trial_0", "lenet_search_trial_1"} <= {entry.name for entry in registry.list_models()}
    desktop.go_back()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Search hyper-parameters")
    expect(desktop.get_by_role("combobox", name="Search")).to_have_value(re.compile("LeNet search"))


def test_train_the_best_fully(searcher: Server, study: Study, desktop: Page) -> None:
    """The best trial's settings become a normal run with all images, with best_params.json, which is watched."""
    watch(desktop, searcher, study)
    press(desktop, "Train the best one fully")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Train a network")
    (run,) = list_runs()
    expect(desktop).to_have_url(re.compile(f"view=Watch&run={run.id}"))
    expect(desktop.get_by_role("combobox", name="Run")).to_have_value(re.compile("^LeNet search best"))
    assert run.config.limit is None
    assert (Path(run.folder) / "best_params.json").is_file()
    run.request("cancel")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_fit_a_phone(chromium: Browser, searcher: Server, study: Study, scheme: str) -> None:
    """Every figure is drawn on a phone, and none makes the page wider than the screen."""
    for page in new_page(chromium, PHONE, color_scheme=scheme):
        watch(page, searcher, study)
        group = page.get_by_role("radiogroup", name="Figure")
        for name in group.get_by_role("radio").all_inner_texts():
            group.get_by_role("radio", name=name, exact=True).click()
            wait_until_idle(page)
            expect(page.locator(".js-plotly-plot, [data-testid=stAlert]").first).to_be_visible()
            assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth"), name


def test_an_unreachable_storage(desktop: Page, tmp_path: Path) -> None:
    """The page says in one sentence that it cannot reach the storage, shows no password, and stays usable."""
    storage = {
        "DIGITLAB_STUDY_STORAGE": "postgresql+psycopg://pupil:secret@127.0.0.1:1/studies",
        "DIGITLAB_RUNS": str(tmp_path),
    }
    with running_server(tmp_path / "log.txt", environment=NO_IDLE_WORKER | storage) as server:
        desktop.goto(f"{server.url}/search")
        expect(desktop.get_by_text(re.compile("cannot be reached"))).to_be_visible()
        assert "secret" not in desktop.content()
        desktop.get_by_role("radio", name="All searches").click()
        expect(desktop.get_by_role("radio", name="All searches")).to_be_checked()
        go_to(desktop, "Train")
        expect(desktop.get_by_role("heading", level=1)).to_have_text("Train a network")
        desktop.goto("about:blank")
    assert "secret" not in (tmp_path / "log.txt").read_text()
