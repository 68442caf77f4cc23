"""Export in a separate process, as the server does: the converters change global state and may crash."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

from digitcore import paths
from digitcore.errors import ExportError
from digitcore.export.result import Exported

TIMEOUT_SECONDS = 180.0

#: One export at a time: each needs a core and as much memory as the server.
_turn = threading.Lock()


def export_in_child_process(name: str, format: str, *, directory: Path) -> Exported:
    """Export a saved model with ``python -m digitcore export``; the arguments are those of ``export_model``.

    Raises:
        ExportError: the export failed, crashed or took longer than ``TIMEOUT_SECONDS``; the message is the command's own.
    """
    output = directory / f"{name}-{format}.zip"
    options = ["--format", format, "--output", str(output.absolute()), "--json"]
    command = [sys.executable, "-m", "digitcore", "export", *options, "--", name]
    with _turn:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_SECONDS,
                env=paths.child_environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise ExportError(
                f"The export of {name!r} took longer than {TIMEOUT_SECONDS:.0f} seconds and was stopped. Try again later."
            ) from error
    if done.returncode:
        raise ExportError(_reason(name, done))
    values = json.loads(done.stdout.splitlines()[-1])
    return Exported(**values | {"path": Path(values["path"])})


def _reason(name: str, done: "subprocess.CompletedProcess[str]") -> str:
    """The command's own error message; after a crash, how it ended and the last line that it wrote."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    sentences = [line.removeprefix("digitcore: ") for line in lines if line.startswith("digitcore: ")]
    if sentences:
        return sentences[-1]
    end = signal.Signals(-done.returncode).name if done.returncode < 0 else f"exit status {done.returncode}"
    last = f": {lines[-1]}" if lines else "."
    return f"The export of {name!r} ended with {end}{last}"
