"""A training run in a browser: form, start, live curve, stop, and the new model on the Recognise page."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute

from digitcore.runs.registry import list_runs
from digitcore.runs.run import Run
from digitcore.runs.state import Status
from tests.browser.actions import draw, expect_digit, go_to, open_app, wait_until_idle
from tests.browser.conftest import DESKTOP, assert_clean, new_page, own_folders
from tests.browser.waiting import WAIT_MS, expect
from tests.pictures import STROKES
from tests.server import Server, running_server


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Folders of models and runs for this module alone, used by its servers and by the tests themselves."""
    yield from own_folders(tmp_path_factory.mktemp("train"))


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory, folders: dict[str, str]) -> Iterator[Server]:
    """A server with these folders; afterwards its log must hold no error."""
    with running_server(tmp_path_factory.mktemp("trainer") / "log.txt", environment=folders) as server:
        yield server
    assert_clean(server.log.read_text())


@pytest.fixture(autouse=True)
def no_run_is_left(folders: dict[str, str]) -> Iterator[None]:
    """A run that still trains at the end of a test is cancelled, so that it does not hold up the next test."""
    yield
    for run in list_runs():
        if run.state().is_active:
            run.request("cancel")
    wait_for(lambda: not any(run.state().is_active for run in list_runs()))


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something holds, as long as the browser waits for things."""
    deadline = time.monotonic() + WAIT_MS / 1000
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def fill_form(page: Page, *, epochs: int) -> None:
    """Choose the smallest preset, so many epochs, and no early stopping."""
    page.get_by_role("button", name="First steps").click()
    expect(page.get_by_label("Name of the new model")).to_have_value(re.compile("^first_steps"))
    wait_until_idle(page)
    page.get_by_text("Change the training").click()
    # By keyboard: while the fold opens, the switch moves away from under a mouse.
    page.get_by_role("switch", name="Stop when nothing improves").press("Space")
    expect(page.get_by_label("Epochs to wait for an improvement")).to_have_count(0)
    page.get_by_label("Maximum number of epochs").fill(str(epochs))
    page.get_by_label("Maximum number of epochs").press("Enter")


def start_training(page: Page, url: str, *, epochs: int) -> Run:
    """Train from the smallest preset, for so many epochs."""
    page.goto(f"{url}/train")
    fill_form(page, epochs=epochs)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("combobox", name="Run")).to_have_value(re.compile(r"^First steps.*, today \d\d:\d\d"))
    return list_runs()[0]


def expect_on_curve(page: Page, epochs: int) -> None:
    """Wait until the validation curve on the page has at least so many epochs after epoch 0."""
    page.wait_for_function(
        """epochs => [...document.querySelectorAll('.js-plotly-plot')].some(chart =>
            chart.data.some(trace => trace.name == 'validation' && trace.x.length > epochs))""",
        arg=epochs,
    )


def expect_result(page: Page) -> None:
    """Wait until the page says how many test images were right."""
    expect(page.get_by_text(re.compile(r"\d\d\.\d\d% of 10,000 test images right"))).to_be_visible()


def test_the_whole_way(trainer: Server, desktop: Page) -> None:
    """Draw, choose settings, start, see the curve grow, stop, try the new model, and have the drawing read by it."""
    open_app(desktop, trainer.url)
    draw(desktop, STROKES[7])
    expect_digit(desktop, 7)
    go_to(desktop, "Train")
    fill_form(desktop, epochs=200)
    desktop.get_by_role("button", name="Start", exact=True).click()
    expect(desktop.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop")).to_be_visible()
    expect_on_curve(desktop, 3)
    expect(desktop.get_by_text(re.compile(r"images/s"))).to_be_visible()
    expect(desktop.get_by_role("combobox", name="Watched digit")).to_have_value("Your drawing")
    desktop.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
    expect_result(desktop)
    expect(desktop.get_by_text("Stopped on request").first).to_be_visible()

    desktop.get_by_role("button", name="Try it").click()
    accuracy = list_runs()[0].state().metrics["test_accuracy"]
    expect(desktop.get_by_role("combobox", name="Read by")).to_have_value(re.compile(f"{accuracy:.2%}"))
    expect_digit(desktop, 7)


def test_epoch_0(trainer: Server, desktop: Page) -> None:
    """The curve begins at epoch 0 near chance, and at epoch 0 the slider shows the bars of a network that only guesses."""
    start_training(desktop, trainer.url, epochs=2)
    expect_result(desktop)
    curve = desktop.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(chart => chart._fullData)
            .filter(trace => trace.name == 'validation').map(trace => [trace.x[0], trace.y[0]])[0]"""
    )
    assert curve[0] == 0
    assert curve[1] < 0.3
    wait_until_idle(desktop)
    slider = desktop.get_by_role("slider", name="Epoch")
    expect(slider).to_have_count(1)  # when the run ends, the page is drawn anew
    slider.press("Home")
    expect(desktop.get_by_text(re.compile("Before training it reads a"))).to_be_visible()
    shares = [float(text.strip("%")) for text in desktop.locator(".probability-bars span").all_inner_texts()]
    assert len(shares) == 10
    assert max(shares) < 50
    slider.press("End")
    expect(desktop.get_by_text(re.compile("After epoch 2 it reads a"))).to_be_visible()
    assert desktop.evaluate("document.documentElement.scrollWidth") <= desktop.viewport_size["width"]


def test_start_is_always_in_sight(trainer: Server, page: Page) -> None:
    """However far one scrolls through the settings, Start is on the screen."""
    page.goto(f"{trainer.url}/train")
    for topic in ("network", "images", "training", "distortions"):
        page.get_by_text(f"Change the {topic}").click()
    start = page.get_by_role("button", name="Start", exact=True)
    for label in ("Name of the new model", "Maximum number of epochs", "Noise"):
        page.get_by_label(label).first.scroll_into_view_if_needed()
        expect(start).to_be_in_viewport(ratio=1)


def test_a_run_belongs_to_no_tab(trainer: Server, desktop: Page, chromium: Browser) -> None:
    """After a reload, and in another browser at the same address, the run is where it is; cancelling discards it."""
    run = start_training(desktop, trainer.url, epochs=500)
    expect_on_curve(desktop, 1)
    desktop.reload()
    expect_on_curve(desktop, 2)
    for other in new_page(chromium, DESKTOP):
        other.goto(desktop.url)
        expect_on_curve(other, 2)
        other.get_by_role("button", name="Cancel").click()
        other.get_by_role("button", name="Yes, discard").click()
        expect(other.get_by_text("its networks are discarded.")).to_be_visible()
    expect(desktop.get_by_text("its networks are discarded.")).to_be_visible()
    assert run.state().status == Status.CANCELLED


def test_a_killed_worker_is_resumed(trainer: Server, desktop: Page) -> None:
    """Kill -9 shows as interrupted; Resume goes on, and the curve has every epoch once."""
    run = start_training(desktop, trainer.url, epochs=4)
    wait_for(lambda: run.state().epoch >= 1)
    os.kill(run.state().pid, signal.SIGKILL)
    desktop.get_by_role("button", name="Resume").click()
    expect_result(desktop)
    assert [row["epoch"] for row in run.history()] == [1, 2, 3, 4]


def test_a_killed_server_loses_nothing(desktop: Page, tmp_path: Path, folders: dict[str, str]) -> None:
    """A run outlives kill -9 of its server; the next server shows it, and starts what was waiting."""
    with running_server(tmp_path / "first.txt", environment=folders) as server:
        first = start_training(desktop, server.url, epochs=5)
        second = start_training(desktop, server.url, epochs=1)
        expect(desktop.get_by_text("in the queue")).to_be_visible()
        wait_for(lambda: first.state().epoch >= 1)
        desktop.goto("about:blank")
        os.kill(server.pid, signal.SIGKILL)
    with running_server(tmp_path / "second.txt", environment=folders) as server:
        desktop.goto(f"{server.url}/train?view=Watch&run={first.id}")
        expect_result(desktop)
        desktop.goto(f"{server.url}/train?view=Watch&run={second.id}")
        expect_result(desktop)
        desktop.goto("about:blank")
    assert [row["epoch"] for row in first.history()] == list(range(1, 6))


class FragileConnections:
    """A page's connections to its server, which can be made to break in the middle of what the server sends."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        self.break_next = False
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def _connect(self, page_end: WebSocketRoute) -> None:
        server_end = page_end.connect_to_server()
        self.count += 1
        is_broken = False

        def to_page(message: str | bytes) -> None:
            nonlocal is_broken
            if is_broken:  # as on a real connection, nothing follows a message that was lost
                return
            if not self.break_next:
                page_end.send(message)
                return
            self.break_next, is_broken = False, True
            server_end.close()
            page_end.close()

        server_end.on_message(to_page)


def test_dropped_connections(chromium: Browser, trainer: Server) -> None:
    """Four times the connection breaks while the server sends: the run goes on, and the page catches up."""
    page = chromium.new_context(viewport=DESKTOP).new_page()  # its console will complain, rightly
    page.set_default_timeout(WAIT_MS)
    connections = FragileConnections(page)
    run = start_training(page, trainer.url, epochs=500)
    expect_on_curve(page, 1)
    for _ in range(4):
        reached = len(run.history())
        connections.break_next = True
        expect_on_curve(page, reached + 1)
    page.context.close()
    epochs = [row["epoch"] for row in run.history()]  # read once, because the run goes on
    assert epochs == list(range(1, len(epochs) + 1))
    assert connections.count > 4
