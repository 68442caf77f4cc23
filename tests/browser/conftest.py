"""One real server and one Chromium for all browser tests."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.waiting import WAIT_MS
from tests.server import CHROMIUM_ARGUMENTS, CHROMIUM_NAMES, PROJECT, Server, running_server

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
#: Of use to those alone who train.
NO_IDLE_WORKER = {"DIGITLAB_IDLE_WORKER": "0"}
#: At a page's own address, Streamlit's browser code looks for its server below that address first, then at the root.
PROBE = re.compile(r":\d+/\w+/_stcore/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real app; afterwards its log must hold no error."""
    with running_server(tmp_path_factory.mktemp("server") / "log.txt", environment=NO_IDLE_WORKER) as server:
        yield server
    assert_clean(server.log.read_text())


def own_folders(folder: Path) -> Iterator[dict[str, str]]:
    """Folders of models and runs below this one, used by a module's servers and by its tests themselves."""
    (folder / "models").mkdir()
    (folder / "models" / "cnn_v2").symlink_to(PROJECT / "models" / "cnn_v2")
    folders = {f"DIGITLAB_{name.upper()}": str(folder / name) for name in ("models", "runs")}
    with pytest.MonkeyPatch.context() as patch:
        for name, path in folders.items():
            patch.setenv(name, path)
        yield folders


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["1280x800", "390x844"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A new visitor's page at both sizes; its console must stay free of errors."""
    yield from new_page(chromium, request.param)


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[Page]:
    """A new visitor's page at 1280x800."""
    yield from new_page(chromium, DESKTOP)


_contexts: dict[str, BrowserContext] = {}


def new_page(chromium: Browser, size: dict[str, int], **options: object) -> Iterator[Page]:
    """A page of a visitor who was never here. The context is kept, so that Streamlit's own files are read and compiled once."""
    name = repr((size, options))
    context = _contexts.get(name) or _contexts.setdefault(name, chromium.new_context(viewport=size, **options))
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    errors: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.type == "error" and not PROBE.search(message.location["url"]):
            errors.append(message.text)

    page.on("console", keep)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    if not page.is_closed() and page.url.startswith("http"):
        page.evaluate("localStorage.clear()")
    page.close()
    context.clear_cookies()
    context.clear_permissions()
    assert not errors, f"The browser's console has errors: {errors}"


def assert_clean(log: str) -> None:
    """The server's log may hold TensorFlow's information lines, but no error."""
    bad = [line for line in log.splitlines() if any(word in line for word in ("Traceback", "Error", "ERROR", "Exception"))]
    assert not bad, f"The server's log has errors:\n{log}"
