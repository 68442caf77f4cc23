"""Loaded models, shared by threads: no hit waits for a load, and nothing outlives its place in the cache."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import keras
import pytest

from digitcore.networks.model_cache import ModelCache
from digitcore.networks.recogniser import Recogniser

WAIT_SECONDS = 60


class Loaded:
    """An entry."""


def test_loaded_once():
    """The same version of a model is loaded once."""
    loads = []
    cache = ModelCache(lambda name: loads.append(name) or Loaded(), size=2)
    assert cache.get("a", 1) is cache.get("a", 1)
    assert loads == ["a"]


def test_a_hit_waits_for_no_load():
    """A model in the cache is returned while another one is still being loaded."""
    loading, may_end = threading.Event(), threading.Event()

    def load(name):
        if name == "slow":
            loading.set()
            assert may_end.wait(WAIT_SECONDS)
        return Loaded()

    cache = ModelCache(load, size=2)
    hit = cache.get("ready", 1)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(cache.get, "slow", 1)
        assert loading.wait(WAIT_SECONDS)
        assert pool.submit(cache.get, "ready", 1).result(WAIT_SECONDS) is hit
        assert not slow.done()
        may_end.set()


def test_threads_share_a_load():
    """Eight threads that need a model at once get one entry."""
    start = threading.Barrier(8)
    cache = ModelCache(lambda name: Loaded(), size=2)

    def get(_):
        start.wait(WAIT_SECONDS)
        return cache.get("a", 1)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(get, range(8)))) == 1


def test_the_one_used_longest_ago_goes():
    """A full cache drops the model that was used longest ago."""
    loads = []
    cache = ModelCache(lambda name: loads.append(name) or Loaded(), size=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        cache.get(name, 1)
    assert loads == ["a", "b", "c", "b"]


def test_another_version_replaces_the_old_one():
    """Of a model whose file has changed only the newest version is kept."""
    cache = ModelCache(lambda name: Loaded(), size=4)
    old = weakref.ref(cache.get("a", 1))
    assert cache.get("a", 2) is cache.get("a", 2)
    assert old() is None


def test_a_failed_load_is_tried_again():
    """What a load raises reaches the caller, and the next call loads again."""
    results = [ValueError("broken"), None]

    def load(name):
        if error := results.pop(0):
            raise error
        return Loaded()

    cache = ModelCache(load, size=2)
    with pytest.raises(ValueError, match="broken"):
        cache.get("a", 1)
    assert isinstance(cache.get("a", 1), Loaded)


def test_a_compiled_network_goes_with_its_entry():
    """Nothing but the cache keeps a compiled network: when its entry is dropped, its memory is free."""

    def load(name):
        return Recogniser(keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]))

    cache = ModelCache(load, size=1)
    first = weakref.ref(cache.get("first", 1).model)
    cache.get("second", 1)
    gc.collect()
    assert first() is None
