"""Who owns the background work: opened with the server, closed in reverse order, whatever fails."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run
from digitcore.runs.state import State, Status
from server import services as module
from server.services import Services, close_services, lifespan, services


@pytest.fixture(autouse=True)
def no_services():
    """The process has no services, before and after."""
    close_services()
    yield
    close_services()


class Part:
    """Something to close that notes in which order it was."""

    def __init__(self, name, closed, error=None):
        self.name, self.closed, self.error = name, closed, error

    def close(self):
        self.closed.append(self.name)
        if self.error:
            raise self.error


def test_the_same_for_every_caller():
    """All pages get the same services."""
    assert services() is services()


def test_new_ones_after_closing():
    """Services that were closed are not given out again."""
    first = services()
    close_services()
    assert services() is not first


def test_closed_in_reverse_order():
    """What was opened last is closed first."""
    closed, these = [], Services()
    for name in ("first", "second", "third"):
        these._part(name, lambda name=name: Part(name, closed))
    these.close()
    assert closed == ["third", "second", "first"]


def test_a_part_that_fails_to_close(caplog):
    """A part that cannot be closed is logged by its name, and the others are closed."""
    closed, these = [], Services()
    these._part("good", lambda: Part("good", closed))
    these._part("bad", lambda: Part("bad", closed, OSError("stuck")))
    these.close()
    assert closed == ["bad", "good"]
    assert "The bad could not be closed." in caplog.text
    assert "stuck" in caplog.text


def test_a_part_is_made_once():
    """Threads that need a part at once get the same one."""
    made, these, start = [], Services(), threading.Barrier(8)

    def get():
        start.wait(60)
        these._part("part", lambda: made.append(1) or Part("part", []))

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_warm_up_that_ends_late():
    """After the services are closed, a warm-up that ends starts no dispatcher."""
    these = Services()
    these.close()
    these._start_dispatchers()
    assert not these._parts


def run(coroutine):
    """Run it in a loop of its own, in another thread: the browser tests leave one running in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_lifespan(monkeypatch):
    """While the server runs its services are open; when it ends, the dispatcher's thread is gone and they are closed."""
    ready = threading.Event()
    monkeypatch.setattr(module.WarmUp, "_run", lambda self: (self._then(), ready.set()))

    async def serve():
        async with lifespan(None):
            assert await asyncio.to_thread(ready.wait, 60)
            running = services()
            assert running.dispatcher._thread.is_alive()
            return running

    closed = run(serve())
    assert not closed._parts
    assert not [thread for thread in threading.enumerate() if thread.name in ("dispatcher", "warm-up")]


def test_lifespan_of_a_server_that_fails(monkeypatch):
    """A server that ends with an error closes its services all the same."""
    monkeypatch.setattr(module.WarmUp, "_run", lambda self: None)
    closed = []

    async def serve():
        async with lifespan(None):
            services()._part("part", lambda: Part("part", closed))
            raise RuntimeError("no port")

    with pytest.raises(RuntimeError, match="no port"):
        run(serve())
    assert closed == ["part"]


def test_latency_waits_for_training(tmp_path, monkeypatch):
    """While a run trains, in whatever process, nothing may be started that measures latency."""
    monkeypatch.setenv("DIGITLAB_RUNS", str(tmp_path / "runs"))
    may_start = services().latency_evaluator._may_start
    assert may_start()
    run = create_run(TrainConfig(name="new", architecture="sprint"))
    assert may_start()
    run.write_state(State(status=Status.RUNNING, heartbeat=time.time(), host="elsewhere"))
    assert not may_start()
    run.write_state(State(status=Status.FINISHED))
    assert may_start()
