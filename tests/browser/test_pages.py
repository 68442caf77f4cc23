"""Every page's own address, on servers that have just started."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NO_IDLE_WORKER, assert_clean
from tests.browser.waiting import expect
from tests.server import PROJECT, running_server

#: Address -> the page's heading.
PAGES = {
    "": "Recognise a digit",
    "recognise": "Recognise a digit",
    "layers": "See the digit travel",
    "train": "Train a network",
    "search": "Search hyper-parameters",
    "compare": "Compare models",
}


def test_every_page_is_listed_here() -> None:
    """A page added to pages/ is also opened by the test below."""
    assert {path.stem for path in (PROJECT / "pages").glob("*.py")} == set(PAGES) - {""}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_on_a_cold_server(desktop: Page, tmp_path: Path, address: str) -> None:
    """A link straight to a page works as the first request that a server gets."""
    with running_server(tmp_path / "log.txt", environment=NO_IDLE_WORKER) as server:
        desktop.goto(f"{server.url}/{address}")
        expect(desktop.get_by_role("heading", level=1)).to_have_text(PAGES[address])
        expect(desktop.get_by_test_id("stException")).to_have_count(0)
        expect(desktop.get_by_text("Page not found")).to_have_count(0)
        desktop.goto("about:blank")  # a page whose server stops would complain
    assert_clean(server.log.read_text())


def test_a_broken_model_is_named_and_the_others_work(desktop: Page, tmp_path: Path) -> None:
    """With an unreadable model in the folder the page names it and its reason, and lists the others."""
    models = tmp_path / "models"
    models.mkdir()
    (models / "cnn_v2").symlink_to(PROJECT / "models" / "cnn_v2")
    (models / "torn.keras").write_bytes(b"PK\x03\x04 half a file")
    with running_server(tmp_path / "log.txt", environment=NO_IDLE_WORKER | {"DIGITLAB_MODELS": str(models)}) as server:
        desktop.goto(server.url)
        desktop.get_by_text("1 model cannot be used: why").click()
        expect(desktop.get_by_text("The model torn cannot be used")).to_be_visible()
        expect(desktop.get_by_role("combobox", name="Read by")).to_have_value(re.compile("^CNN v2"))
        desktop.goto("about:blank")
    assert_clean(server.log.read_text())
