"""The command line: what it prints, and its exit status."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from digitcore.cli import main, train
from digitcore.datasets import mnist
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run
from digitcore.runs.state import State, Status
from digitcore.training.recipes import RECIPES
from tests.pictures import as_file, draw_digit, draw_digits
from tests.server import PROJECT


def lines(capsys: pytest.CaptureFixture) -> list[dict]:
    """The JSON objects printed, one a line."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_recognise_gives_one_json_object_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A folder's pictures come in order of their names, each with every field of the contract."""
    (tmp_path / "b.png").write_bytes(as_file(draw_digits([4, 2])))
    (tmp_path / "a.jpg").write_bytes(as_file(draw_digit(6), "JPEG"))
    (tmp_path / "notes.txt").write_text("not a picture")
    assert main.main(["recognise", str(tmp_path), "--json"]) == 0
    first, second = lines(capsys)
    assert set(first) == {"path", "digit", "confidence", "probabilities", "text", "digits", "error"}
    assert (first["path"], first["digit"], first["text"], first["error"]) == (str(tmp_path / "a.jpg"), 6, "6", None)
    assert first["confidence"] == max(first["probabilities"]) > 0.9
    assert len(first["probabilities"]) == 10
    assert second["text"] == "42"
    assert [found["digit"] for found in second["digits"]] == [4, 2]
    left, top, right, bottom = second["digits"][0]["box"]
    assert 0 < left < right < 200
    assert 0 < top < bottom < 200


def test_a_bad_picture_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A missing and a damaged file have their error on their own line; the good one is read; the exit status is 1."""
    (tmp_path / "bad.png").write_bytes(b"nothing")
    (tmp_path / "good.png").write_bytes(as_file(draw_digit(8)))
    files = [str(tmp_path / name) for name in ("missing.png", "bad.png", "good.png")]
    assert main.main(["recognise", *files, "--json"]) == 1
    missing, bad, good = lines(capsys)
    assert "missing.png cannot be read: No such file" in missing["error"]
    assert "not a PNG, JPEG or WebP" in bad["error"]
    assert good["digit"] == 8


def test_a_blank_picture_has_a_reason_and_no_digit(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """Abstaining is no failure: exit status 0, digit null, the reason under error."""
    (tmp_path / "white.png").write_bytes(as_file(draw_digit(1).point(lambda _: 255)))
    assert main.main(["recognise", str(tmp_path / "white.png"), "--json"]) == 0
    (found,) = lines(capsys)
    assert found["digit"] is None
    assert "blank" in found["error"]


def test_an_unknown_model_is_one_line(capsys: pytest.CaptureFixture) -> None:
    """A wrong model name ends in one line that lists the models, exit status 1."""
    assert main.main(["recognise", "x.png", "--model", "alexnet"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "cnn_v2" in error


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--epochs", "0"], "epochs is 0"),
        (["--learning-rate", "-1"], "learning_rate is -1.0"),
        (["--name", "../up"], "'../up' cannot be used"),
        (["--rotation", "90"], "rotation is 90.0"),
        (["--name", "lenet"], "already a model 'lenet'"),
    ],
)
def test_wrong_settings_are_refused_before_training(options: list[str], expected: str, capsys: pytest.CaptureFixture) -> None:
    """A bad setting is named with its value, exit status 2."""
    assert main.main(["train", "--architecture", "lenet", "--name", "new", *options]) == 2
    assert expected in capsys.readouterr().err


def test_an_unknown_command_is_wrong_use() -> None:
    """Wrong use ends with argparse's own exit status, 2."""
    with pytest.raises(SystemExit) as stop:
        main.main(["fly"])
    assert stop.value.code == 2


def test_data_fails_with_every_source_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """Without any source, ``data`` says why for each, and does not pass the sample off as MNIST."""

    def fail(progress: mnist.Progress) -> dict[str, bytes]:
        raise mnist.DataError("unplugged")

    monkeypatch.setattr(mnist, "SOURCES", {"the cache": fail, "npm": fail})
    assert main.main(["data"]) == 1
    assert "the cache: unplugged; npm: unplugged" in capsys.readouterr().err


def test_a_trained_model_is_listed(models_dir: Path, capsys: pytest.CaptureFixture) -> None:
    """``train`` makes a model that ``models`` lists with its accuracy."""
    arguments = ["--architecture", "lenet", "--name", "small", "--epochs", "1", "--data", "sample", "--limit", "128"]
    assert main.main(["train", *arguments]) == 0
    assert main.main(["models"]) == 0
    assert "small" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {}),
        (["--optimizer", "sgd", "--monitor", "val_accuracy"], {"optimizer": "sgd", "monitor": "val_accuracy"}),
        (["--schedule", "cosine", "--learning-rate", "0.5"], {"schedule": "cosine", "learning_rate": 0.5}),
        (["--no-early-stopping"], {"early_stopping_patience": None}),
        (["--early-stopping-min-delta", "0.1", "--tensorboard"], {"early_stopping_min_delta": 0.1, "tensorboard": True}),
        (["--plateau-factor", "0.1", "--plateau-min-rate", "1e-5"], {"plateau_factor": 0.1, "plateau_min_rate": 1e-5}),
        (["--folder", "/some/../where"], {"data": "folder", "folder": "/where"}),
    ],
)
def test_options_override_the_recipe(options: list[str], expected: dict) -> None:
    """Each option sets its setting, and leaves the others as the recipe has them."""
    parsed = main._parser().parse_args(["train", "--architecture", "lenet", *options])
    assert train._train_config(parsed) == replace(RECIPES["lenet"], **expected)


@pytest.mark.parametrize("options", [["--data", "folder"], ["--data", "sample", "--folder", "/x"], ["--optimizer", "lion"]])
def test_options_that_contradict(options: list[str]) -> None:
    """What cannot be meant is wrong use, not something else than was said."""
    with pytest.raises(SystemExit) as stop:
        main.main(["train", *options])
    assert stop.value.code == 2


def test_a_run_is_resumed(models_dir: Path, capsys: pytest.CaptureFixture) -> None:
    """``train --resume`` goes on with an interrupted run and saves its model."""
    run = create_run(TrainConfig(name="small", architecture="sprint", data="sample", limit=128, epochs=1))
    run.write_state(State(status=Status.INTERRUPTED))
    assert main.main(["train", "--resume", run.id]) == 0
    assert "small: " in capsys.readouterr().out
    assert run.state().status == Status.FINISHED


def test_a_run_that_cannot_be_resumed(capsys: pytest.CaptureFixture) -> None:
    """A run that is not there, or that waits, ends ``--resume`` in one line, exit status 1."""
    run = create_run(RECIPES["sprint"])
    for name, expected in ((run.id, "is queued and cannot be resumed"), ("x", "There is no run 'x'")):
        assert main.main(["train", "--resume", name]) == 1
        error = capsys.readouterr().err
        assert expected in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--epochs", "50"], "--epochs"),
        (["--seed", "0", "--no-early-stopping"], "--no-early-stopping, --seed"),
        (["--architecture", "lenet"], "--architecture"),
        (["--replace"], "--replace"),
    ],
)
def test_settings_of_a_resumed_run(options: list[str], named: str, capsys: pytest.CaptureFixture) -> None:
    """``--resume`` together with settings is refused with exit status 2, rather than the settings being ignored."""
    run = create_run(RECIPES["sprint"])
    run.write_state(State(status=Status.INTERRUPTED))
    assert main.main(["train", "--resume", run.id, *options]) == 2
    said = f"digitcore: The settings of a resumed run cannot change: leave out {named}, or train a new run.\n"
    assert capsys.readouterr().err == said
    assert run.state().status == Status.INTERRUPTED


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """``train`` says in one line that the folder of runs is a file, exit status 1."""
    (tmp_path / "runs").write_text("")
    assert main.main(["train", "--architecture", "sprint", "--name", "new", "--data", "sample"]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"digitcore: The folder {tmp_path / 'runs'} cannot be written to: it is a file.")
    assert error.count("\n") == 1


def test_it_runs_as_a_module() -> None:
    """``python -m digitcore models`` works from the project's folder, and prints nothing but the list."""
    done = subprocess.run(
        [sys.executable, "-m", "digitcore", "models"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["cnn_v2", "cnn_v1", "lenet", "lenet_tuned", "sprint"]
    assert not done.stderr
