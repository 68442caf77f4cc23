"""A server with nothing but the explorer for each module, and pages of it that stay open."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.explorer.page import serve, staying_pages
from tests.server import Server


@pytest.fixture(scope="module")
def explorer_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the script that the module names as ``APP``."""
    yield from serve(request.module.APP, tmp_path_factory.mktemp("explorer"))


@pytest.fixture(scope="module")
def staying(explorer_server: Server, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Pages that stay open for a module; each of its tests begins a new session on one."""
    yield from staying_pages(chromium)


@pytest.fixture
def desktop(staying: Callable[..., Page]) -> Page:
    """A page at 1280x800."""
    return staying(DESKTOP)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["1280x800", "390x844"])
def page(request: pytest.FixtureRequest, staying: Callable[..., Page]) -> Page:
    """A page at each size."""
    return staying(request.param)
