"""Loaded models, shared by the threads of a process."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class ModelCache(Generic[T]):
    """Keeps the entries of the most recently used models. Safe to use from several threads.

    A model in the cache is returned at once, even while another one is being loaded. Threads that need the same model share
    one load. If a model's file changes, only the newest version is kept.

    Args:
        load: creates the entry for the model of that name.
        size: the number of entries that are kept.
    """

    def __init__(self, load: Callable[[str], T], *, size: int) -> None:
        self._load, self._size = load, size
        self._entries: OrderedDict[str, tuple[Hashable, Future[T]]] = OrderedDict()
        self._lock = threading.Lock()  # held only to access the dictionary, never during a load

    def get(self, name: str, version: Hashable) -> T:
        """The entry of a model; it is loaded if it is missing or of another version.

        Raises:
            Exception: any exception that ``load`` raises; a failed load is not kept.
        """
        with self._lock:
            kept_version, entry = self._entries.get(name, (None, None))
            is_new = entry is None or kept_version != version
            if is_new:
                entry = Future()
                self._entries[name] = version, entry
            self._entries.move_to_end(name)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
        if is_new:
            self._fill(name, entry)
        return entry.result()

    def _fill(self, name: str, entry: "Future[T]") -> None:
        try:
            entry.set_result(self._load(name))
        except BaseException as error:
            with self._lock:
                if self._entries.get(name, (None, None))[1] is entry:
                    del self._entries[name]
            entry.set_exception(error)
