"""Start the real server on loopback, and stop it; shared by the browser tests and the benchmarks."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
START_TIMEOUT_SECONDS = 60

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: where it answers, its process, what it writes, and when it was started (time.perf_counter)."""

    url: str
    pid: int
    log: Path
    started: float


@contextlib.contextmanager
def running_server(
    log: Path, *, script: Path = PROJECT / "app.py", environment: dict[str, str] | None = None
) -> Iterator[Server]:
    """Run ``streamlit run SCRIPT`` on a free port until the block ends; its output goes to ``log``."""
    (port,) = free_ports()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.address=127.0.0.1", f"--server.port={port}"]
    started = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=os.environ | (environment or {}), stdout=output, stderr=subprocess.STDOUT
        )
    server = Server(url=f"http://127.0.0.1:{port}", pid=process.pid, log=log, started=started)
    try:
        _wait_until_healthy(server, process)
        yield server
    finally:
        end(process)


def free_ports(count: int = 1, *, lowest: int = 1) -> list[int]:
    """Different ports on loopback that nobody uses, none below the lowest."""
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            if probe.getsockname()[1] >= lowest:
                ports.append(probe.getsockname()[1])
        return ports


def end(process: subprocess.Popen) -> None:
    """End a process, at once if it does not by itself within ten seconds."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_healthy(server: Server, process: subprocess.Popen) -> None:
    while time.perf_counter() - server.started < START_TIMEOUT_SECONDS:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.02)
    raise RuntimeError(f"The server did not start within {START_TIMEOUT_SECONDS} s:\n{server.log.read_text()}")
