"""Kill -9 at random moments: a worker in training is killed again and again, and its run resumed.

What is checked: every file can be read, at most one epoch is lost each time, and in the end the curves are those of a run that
nobody disturbed.

Usage: python -m benchmarks.crashes [KILLS]
"""

import itertools
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

KILLS = 20
LONGEST_WAIT_SECONDS = 12.0


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    generator = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("runs", "models"):
            os.environ[f"DIGITLAB_{name.upper()}"] = str(Path(folder) / name)
        from digitcore.runs.state import Status

        reference = new_run("reference")
        worker(reference).wait()
        expected = reference.history()
        print(f"undisturbed: {reference.state().status}, {len(expected)} epochs", flush=True)

        done = lost = unreadable = 0
        disturbed = []
        while done < kills:
            run = new_run(f"run_{len(disturbed)}")
            disturbed.append(run)
            while run.state().status != Status.FINISHED:
                before = run.state().epoch
                process = worker(run)
                killed = done < kills and not ends_within(process, generator.uniform(1, LONGEST_WAIT_SECONDS))
                if killed:
                    process.kill()
                    done += 1
                process.wait()
                unreadable += len(damaged_files(run))
                state, rows = run.state(), run.history()
                finished_epochs = max(len(rows), state.epoch)
                if killed and state.status == Status.INTERRUPTED:
                    run.resume()
                    lost = max(lost, finished_epochs - kept_epochs(run))
                print(f"kill {done}: {before} -> {finished_epochs} epochs, {state.status}", flush=True)
        same = sum(run.history() == expected for run in disturbed)
        ordered = sum(is_increasing([row["epoch"] for row in run.progress()]) for run in disturbed)
    print(f"kills: {done}; files that could not be read: {unreadable}; epochs lost at once, at most: {lost} (limit 1)")
    print(f"runs: {len(disturbed)}; with exactly the undisturbed history: {same}; with curves in order: {ordered}")


def new_run(name: str):
    from digitcore.runs.config import Augmentation, TrainConfig
    from digitcore.runs.registry import create_run

    return create_run(
        TrainConfig(
            name=name,
            architecture="cnn_v2",
            arguments={"filters": [8, 16], "dense_units": 32},
            data="sample",
            batch_size=32,
            epochs=6,
            augmentation=Augmentation(shift=1, rotation=10),
        )
    )


def worker(run) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "digitcore.jobs.worker", str(run.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def ends_within(process: subprocess.Popen, seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def kept_epochs(run) -> int:
    """The epochs that the run will not have to train again."""
    from digitcore.runs.run import CHECKPOINT_FILE
    from digitcore.training import checkpoint

    path = run.folder / CHECKPOINT_FILE
    return len(checkpoint.load(path)[1].rows) if path.exists() else 0


def damaged_files(run) -> list[Path]:
    """The run's files that cannot be read whole."""
    import keras

    from digitcore.errors import DigitcoreError

    damaged = []
    if "cannot be read" in (run.state().error or ""):
        damaged.append(run.state_file)
    for path in run.folder.rglob("[!.]*.keras"):
        try:
            keras.saving.load_model(path)
        except Exception:  # many types for a bad file
            damaged.append(path)
    try:
        _ = run.config
    except DigitcoreError:
        damaged.append(run.folder)
    return damaged


def is_increasing(values: list[float]) -> bool:
    return all(first < second for first, second in itertools.pairwise(values))


if __name__ == "__main__":
    main()
