"""A PostgreSQL server of Debian's package on a free loopback port, for the tests that need a real one."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.server import free_ports

USER, PASSWORD, DATABASE = "digits", "a secret/word", "studies"
#: Debian keeps the servers' programs outside the search path.
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
MISSING = "PostgreSQL is not installed: sudo apt-get install postgresql"


class Postgres:
    """A server with an empty database and one user, who needs a password."""

    def __init__(self) -> None:
        programs = PROGRAMS[-1].parent
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: the socket's path lies in it
        self._control = programs / "pg_ctl"
        (self.port,) = free_ports()
        if os.getuid() == 0:  # the server refuses to run as root; Debian's package has made a user for it
            shutil.chown(self._folder, "postgres")
        password = self._folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        data = self._folder / "data"
        self._run(
            programs / "initdb",
            "-D",
            data,
            "-E",
            "UTF8",
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            f"--pwfile={password}",
            "--no-sync",
        )
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\n")
            settings.write(f"unix_socket_directories = '{self._folder}'\nfsync = off\n")
        self.start()
        environment = {"PGPASSWORD": PASSWORD}
        self._run(programs / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, DATABASE, **environment)

    def url(self, password: str = PASSWORD) -> str:
        """The address for ``DIGITLAB_STUDY_STORAGE``."""
        quoted = password.replace("/", "%2F").replace(" ", "%20")
        return f"postgresql+psycopg://{USER}:{quoted}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._run(self._control, "start", "-w", "-t", "60", "-D", self._folder / "data", "-l", self._folder / "log")

    def stop(self) -> None:
        """Stop the server at once, as if its machine went down."""
        self._run(self._control, "stop", "-w", "-m", "immediate", "-D", self._folder / "data")

    def close(self) -> None:
        """Stop the server and delete its files."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: Path, *arguments: object, **environment: str) -> None:
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        done = subprocess.run(
            [str(program), *map(str, arguments)],
            env=os.environ | {"LC_ALL": "C", "HOME": str(self._folder)} | environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would be held open by the server
            stderr=subprocess.PIPE if program != self._control else subprocess.DEVNULL,
            text=True,
            check=False,
            **as_user,
        )
        assert done.returncode == 0, f"{program.name}: {done.stderr}"
