"""Start a Ray head on loopback, and end it; for tests of what runs on a cluster."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import psutil
import requests

from tests.server import end, free_ports

START_TIMEOUT_SECONDS = 60
#: Ray gives the ports from 10002 to 19999 to its own workers.
RAYS_OWN_PORTS_END = 20_000


#: Only who knows the token can start jobs. Ray reads it once in each process, so all heads of a process share it.
SECRET = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}
#: Ray listens on loopback alone, as on macOS, and reports to nobody.
QUIET = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}


@contextlib.contextmanager
def running_ray_head(cores: int = 2) -> Iterator[str]:
    """Run a head that has this many cores to give away, until the block ends.

    Yields:
        The address of its dashboard. Clients find the token in this process's environment; Ray must not be imported before.
    """
    ports = dict(zip(("dashboard", "gcs", "client", "agent"), free_ports(4, lowest=RAYS_OWN_PORTS_END), strict=True))
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # a short path: Ray makes sockets below it
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "DIGITLAB_"))}
    os.environ.update(SECRET)
    options = {
        **{"node-ip-address": "127.0.0.1", "port": ports["gcs"], "ray-client-server-port": ports["client"]},
        **{"include-dashboard": "true", "dashboard-host": "127.0.0.1", "dashboard-port": ports["dashboard"]},
        **{"dashboard-agent-listen-port": ports["agent"], "include-log-monitor": "false", "num-cpus": cores},
        **{"object-store-memory": 80_000_000, "temp-dir": folder},
    }
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--disable-usage-stats"]
    with open(f"{folder}/start.log", "w") as output:
        process = subprocess.Popen(
            [*command, *(f"--{name}={value}" for name, value in options.items())],
            env=inherited | SECRET | QUIET,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{ports['dashboard']}"
    try:
        _wait_until_it_answers(address, process, output.name)
        yield address
    finally:
        _end(process)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(address: str, process: subprocess.Popen, log: str) -> None:
    """Wait for the node that runs jobs; the dashboard answers somewhat earlier."""
    headers = {"Authorization": f"Bearer {SECRET['RAY_AUTH_TOKEN']}"}
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(requests.RequestException, KeyError, ValueError):
            nodes = requests.get(f"{address}/api/v0/nodes", headers=headers, timeout=5).json()
            if any(node["state"] == "ALIVE" for node in nodes["data"]["result"]["result"]):
                return
        time.sleep(0.05)
    with open(log) as file:
        raise RuntimeError(f"The Ray head does not start:\n{file.read()}")


def _end(process: subprocess.Popen) -> None:
    """End the head and all that it has started, jobs included."""
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    end(process)
    _, alive = psutil.wait_procs(started, 3)
    for child in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
