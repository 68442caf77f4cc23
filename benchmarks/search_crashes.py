"""Kill -9 while a study runs: five times one of its two workers, and twice the server that starts them.

What is checked: after each kill, no trial of a dead worker is running after 60 s; in the end no trial is lost or counted twice.

Usage: python -m benchmarks.search_crashes
"""

import contextlib
import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil

from tests.server import running_server

KILLS = ("worker", "worker", "server", "worker", "worker", "server", "worker")
TRIALS, WORKERS, LIMIT_SECONDS = 24, 2, 60
ENOUGH_SECONDS = 900


def main() -> None:
    generator = random.Random(0)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        for name in ("runs", "models"):
            os.environ[f"DIGITLAB_{name.upper()}"] = str(Path(folder) / name)
        from digitcore.runs.config import TrainConfig
        from digitcore.search.config import SearchConfig
        from digitcore.search.space import default_space
        from digitcore.search.study import StudyStatus, create_study

        base = TrainConfig(
            name="crashes", architecture="lenet", data="sample", limit=1000, epochs=10, early_stopping_patience=None
        )
        space = {name: values for name, values in default_space("lenet").items() if not name.startswith("filters")}
        base = replace(base, arguments={"filters": [8, 16]})
        study = create_study(SearchConfig(name="crashes", base=base, space=space, trials=TRIALS, workers=WORKERS))
        study.start()
        server = stack.enter_context(contextlib.closing(Restarted(Path(folder))))
        longest = 0.0
        for what in KILLS:
            wait(lambda: sum(bool(record.curve) for record in running(study)) == WORKERS)
            time.sleep(generator.uniform(0, 2))
            if what == "server":
                server.kill()
                print("killed the server", flush=True)
                continue
            victim = generator.choice(running(study))
            os.kill(int(victim.worker.split(":")[1]), signal.SIGKILL)
            seconds = wait(lambda number=victim.number: all(record.number != number for record in running(study)))
            longest = max(longest, seconds)
            print(f"killed the worker of trial {victim.number}, which was running for {seconds:.0f} s more", flush=True)
        wait(lambda: study.status == StudyStatus.FINISHED)
        records = study.records()
        print(f"trials: {Counter(record.state for record in records)}, {len(records)} of {TRIALS}")
        print(f"with the same values: {TRIALS - len({json.dumps(record.params) for record in records})}")
        print(f"running after their worker was dead: {longest:.0f} s at most (limit {LIMIT_SECONDS})")


def running(study):
    return [record for record in study.records() if record.state == "running"]


def wait(condition) -> float:
    """Wait until something is true, and return the seconds that it took."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > ENOUGH_SECONDS:
            raise TimeoutError
        time.sleep(0.5)
    return time.monotonic() - started


class Restarted:
    """The app's server, which can be killed and is then started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = contextlib.ExitStack()
        self._server = self._stack.enter_context(running_server(folder / "log"))

    def kill(self) -> None:
        process = psutil.Process(self._server.pid)
        process.kill()
        self.close()
        self._stack = contextlib.ExitStack()
        self._server = self._stack.enter_context(running_server(self.folder / "log"))

    def close(self) -> None:
        self._stack.close()


if __name__ == "__main__":
    main()
