"""The same study with two workers on three engines: processes and a file, processes and PostgreSQL, Ray jobs and PostgreSQL.

All of them run on this machine, through the app's own dispatcher, so the figures compare the engines and not the machines.

Usage: python -m benchmarks.search_workers [TRIALS]
"""

import contextlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from digitcore.jobs.search_dispatcher import SearchDispatcher
from digitcore.search.config import default_search
from digitcore.search.study import StudyStatus, create_study
from tests.postgres import Postgres
from tests.ray_head import running_ray_head

WORKERS, PAUSE_SECONDS = 2, 0.5


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    print(f"{'engine':<22}{'wall':>8}{'training':>10}{'best loss':>11}{'complete':>10}{'pruned':>8}  trials by worker")
    show("processes, file", trials)
    with contextlib.closing(Postgres()) as server:
        os.environ["DIGITLAB_STUDY_STORAGE"] = server.url()
        show("processes, PostgreSQL", trials)
        with running_ray_head() as address:
            os.environ["DIGITLAB_RAY_ADDRESS"] = address
            show("Ray jobs, PostgreSQL", trials)


def show(engine: str, trials: int) -> None:
    """Search with one engine and print a row."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("runs", "models"):
            os.environ[f"DIGITLAB_{name.upper()}"] = str(Path(folder) / name)
        config = replace(default_search("lenet", engine.replace(", ", "_").replace(" ", "_")), trials=trials, workers=WORKERS)
        study = create_study(config)
        started = time.perf_counter()
        study.start()
        with contextlib.closing(SearchDispatcher()) as dispatcher:
            dispatcher.start()
            while study.status != StudyStatus.FINISHED:
                time.sleep(PAUSE_SECONDS)
        seconds = time.perf_counter() - started
        records = study.records()
        states = Counter(record.state for record in records)
        by_worker = sorted(Counter(record.worker for record in records).values(), reverse=True)
        training = sum(record.seconds for record in records) / WORKERS
        twice = len(records) - len({json.dumps(record.params) for record in records})
        counts = f"{states['complete']:>10}{states['pruned']:>8}"
        times = f"{seconds:>6.0f} s{training:>8.0f} s"
        print(f"{engine:<22}{times}{study.best().value:>11.4f}{counts}  {by_worker}, {twice} twice", flush=True)


if __name__ == "__main__":
    main()
