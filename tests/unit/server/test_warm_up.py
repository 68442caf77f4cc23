"""The warm-up: training begins whatever fails in it, and a server that ends does not wait for it."""

import importlib.util
import threading

import pytest

from server import warm_up
from server.warm_up import WarmUp

WAIT_SECONDS = 60


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Nothing is imported or loaded, unless a test says so."""
    for step in ("_import_first_page", "import_tensorflow", "_load_default_model", "_import_pages"):
        monkeypatch.setattr(warm_up, step, lambda: None)
    monkeypatch.setattr(warm_up, "FIRST_PAGE_WAIT_SECONDS", 0)


def run():
    """Run a warm-up; whether it called what comes after it."""
    after = threading.Event()
    warming = WarmUp(then=after.set)
    warming.start()
    warming._thread.join(WAIT_SECONDS)
    return after.is_set()


@pytest.mark.parametrize("step", ["_import_first_page", "import_tensorflow", "_load_default_model", "_import_pages"])
@pytest.mark.parametrize("error", [ImportError("no such module"), MemoryError(), RuntimeError("a bug")], ids=repr)
def test_training_begins_whatever_fails(monkeypatch, caplog, step, error):
    """Whatever step fails, and however, the failure is logged and what comes after the warm-up begins."""

    def fail():
        raise error

    monkeypatch.setattr(warm_up, step, fail)
    assert run()
    assert "could not be warmed up" in caplog.text
    assert type(error).__name__ in caplog.text


def test_the_steps_after_a_failure(monkeypatch):
    """A failed step does not keep the next ones from being done."""
    done = []

    def fail():
        raise ImportError

    monkeypatch.setattr(warm_up, "import_tensorflow", fail)
    monkeypatch.setattr(warm_up, "_load_default_model", lambda: done.append("model"))
    assert run()
    assert done == ["model"]


def test_it_waits_for_the_first_page(monkeypatch):
    """TensorFlow is imported once the first page is on its way."""
    monkeypatch.setattr(warm_up, "FIRST_PAGE_WAIT_SECONDS", WAIT_SECONDS)
    imported = threading.Event()
    monkeypatch.setattr(warm_up, "import_tensorflow", imported.set)
    warming = WarmUp(then=lambda: None)
    warming.start()
    assert not imported.is_set()
    warming.first_page_sent()
    assert imported.wait(WAIT_SECONDS)
    warming.close()


def test_nothing_begins_after_the_end(monkeypatch):
    """A warm-up that is closed while it works starts nothing more."""
    importing, may_end, after = threading.Event(), threading.Event(), []

    def slow():
        importing.set()
        assert may_end.wait(WAIT_SECONDS)

    monkeypatch.setattr(warm_up, "import_tensorflow", slow)
    monkeypatch.setattr(warm_up, "CLOSE_WAIT_SECONDS", 0)
    warming = WarmUp(then=lambda: after.append(1))
    warming.start()
    assert importing.wait(WAIT_SECONDS)
    warming.close()
    may_end.set()
    warming._thread.join(WAIT_SECONDS)
    assert after == []


def test_closed_before_it_began():
    """A warm-up that was never started can be closed."""
    WarmUp(then=lambda: None).close()


@pytest.mark.parametrize("module", [*warm_up.FIRST_PAGE_NEEDS, *warm_up.PAGES_NEED])
def test_what_is_imported_exists(module):
    """The modules that are named by strings are there."""
    assert importlib.util.find_spec(module)
