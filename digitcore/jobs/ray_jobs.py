"""Start workers as jobs of a Ray cluster, where ``DIGITLAB_RAY_ADDRESS`` names the dashboard of its head.

Ray is imported only here and only when a job is started, so that nothing else needs it.
"""

import contextlib
import functools
import itertools
import os
import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from digitcore.errors import ClusterError, summary
from digitcore.jobs.job_environment import cores_per_job

ADDRESS_VARIABLE = "DIGITLAB_RAY_ADDRESS"
#: Time for Ray to accept a connection and to answer. A submission may be repeated, see ``submit``.
TIMEOUT_SECONDS = (3.0, 10.0)
#: The shortest time between two questions about the same job.
POLL_SECONDS = 1.0
#: How often a job is submitted that Ray itself lost or could not start.
MAX_ATTEMPTS = 3

Answer = TypeVar("Answer")


def is_used() -> bool:
    """Whether workers are started as Ray jobs."""
    return bool(os.environ.get(ADDRESS_VARIABLE, "").strip())


class RayJob:
    """A worker that was submitted to Ray.

    Args:
        job_id: Ray's submission id.
        attempt: how often this work was submitted, counted from 1.
        log_file: where Ray's own account of a failed job is added; the worker itself writes there.
    """

    def __init__(self, job_id: str, attempt: int, log_file: Path) -> None:
        self.id, self.attempt, self.log_file = job_id, attempt, log_file
        self.may_try_again = False
        self.ended_with = ""
        self._status: int | None = None
        self._asked = float("-inf")

    def poll(self) -> int | None:
        """The exit status; None while the job runs or waits for a free machine.

        Raises:
            ClusterError: Ray does not answer.
        """
        if self._status is None and time.monotonic() - self._asked >= POLL_SECONDS:
            details = _find(self.id)
            self._asked = time.monotonic()
            if details is None or details.status.is_terminal():
                self._end(details)
        return self._status

    def _end(self, details: Any) -> None:
        if details is None:  # the head was started anew
            code, lost, message = None, True, "Ray does not know the job any more."
        else:
            code, message = details.driver_exit_code, details.message or ""
            lost = details.status == "FAILED" and code is None
        # A job that waited for a free machine until Ray gave up, after 15 minutes, goes on waiting.
        waited = details is not None and "START_TIMEOUT" in str(details.error_type)
        self.may_try_again = lost and (waited or self.attempt < MAX_ATTEMPTS)
        if details is not None and details.status == "SUCCEEDED":
            self._status = 0
        else:
            self._status = code or 1
            self._log(message)
        how = f"exit status {code}" if code is not None else "no exit status"
        self.ended_with = f"{how}, as the Ray job {self.id}"

    def _log(self, message: str) -> None:
        """Add Ray's own account to the log; it names what failed before the worker could write."""
        with contextlib.suppress(OSError), self.log_file.open("a") as log:  # the run may have been deleted
            log.write(f"\nRay job {self.id}: {message.strip()}\n")


def submit(
    command: Sequence[str], name: str, log_file: Path, environment: dict[str, str], *, start_ended_again: bool = False
) -> RayJob:
    """Start a command as a Ray job, or find the job if it has been submitted before.

    Ray accepts a submission id only once, and the id is made from ``name``. This protects against two starts of the same work,
    by an app that was restarted or by two of them. The run's file lock alone might not: network storage does not always pass
    locks on to other machines.

    Args:
        command: what to run; its files lie at the same paths on all machines.
        name: what is started, such as a run and when it was queued.
        log_file: the file for the output, on storage that all machines share.
        environment: variables to set for the job. Ray shows and logs them, so they hold no secrets.
        start_ended_again: whether work that has ended is started again, rather than only what Ray lost.

    Raises:
        ClusterError: Ray is not installed, does not answer or refuses the job.
    """
    entrypoint = f"exec {shlex.join(command)} >> {shlex.quote(str(log_file.resolve()))} 2>&1"
    for attempt in itertools.count(_next_attempt.get(name, 1)):
        job = RayJob(f"digitlab-{name}-{attempt}", attempt, log_file)
        try:
            _submit(job.id, entrypoint, environment)
        except RefusedError:
            if _find(job.id) is None:
                raise
            # It was submitted before, perhaps by a request whose answer was late.
            if job.poll() is None or not (job.may_try_again or start_ended_again):
                return job
            _next_attempt[name] = attempt + 1
        else:
            return job
    raise AssertionError  # the loop has no end


#: Where counting begins for work whose first attempts have ended; saves asking Ray about each of them again.
_next_attempt: dict[str, int] = {}


class RefusedError(ClusterError):
    """Ray has answered, and refuses the request."""


def _submit(job_id: str, entrypoint: str, environment: dict[str, str]) -> None:
    # With reserved cores, Ray chooses any machine that has them free; without, every job would run on the head.
    cores = cores_per_job()
    _ask(
        lambda client: client.submit_job(
            entrypoint=entrypoint,
            submission_id=job_id,
            runtime_env={"env_vars": environment},
            entrypoint_num_cpus=cores,
        )
    )


def _find(job_id: str) -> Any:
    """Ray's ``JobDetails``, or None if it does not know the job."""

    def find(client: Any) -> Any:
        try:
            return client.get_job_info(job_id)
        except RuntimeError as error:
            if "status code 404" in str(error):
                return None
            raise

    return _ask(find)


def _ask(question: Callable[[Any], Answer]) -> Answer:
    """Ask Ray's client, and turn what can go wrong into one sentence without a traceback.

    Raises:
        ClusterError: Ray is not installed, does not answer or refuses the request.
    """
    address, shown = _address()
    try:
        from ray.exceptions import AuthenticationError
        from ray.job_submission import JobSubmissionClient  # noqa: F401 - so that missing parts of Ray show here
        from requests import RequestException
    except ImportError:
        raise ClusterError(
            f"{ADDRESS_VARIABLE} is set, but Ray is not installed: run 'pip install -r requirements-cluster.txt'"
        ) from None
    try:
        return question(_client(address))
    except AuthenticationError:
        raise ClusterError(
            f"Ray at {shown} asks for a token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN to the token of its head"
        ) from None
    except (ConnectionError, RequestException):
        raise ClusterError(f"Ray does not answer at {shown}") from None
    except (RuntimeError, ValueError) as error:  # the text may be a whole traceback, with the cause at its end
        lines = [line for line in str(error).splitlines() if line.strip(" .")]
        raise RefusedError(f"Ray at {shown} refuses: {lines[-1] if lines else summary(error)}") from None


def _address() -> tuple[str, str]:
    """The address of the dashboard, and how it is shown, without a name and password.

    Raises:
        ClusterError: it is not a web address.
    """
    value = os.environ.get(ADDRESS_VARIABLE, "").strip()
    address = value if "://" in value else f"http://{value}"
    parts = urlsplit(address)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    if parts.scheme not in ("http", "https"):  # Ray's client would try other ways to connect, some of which take minutes
        raise ClusterError(f"{ADDRESS_VARIABLE} is {shown}: give the dashboard of the head, such as http://127.0.0.1:8265")
    return address, shown


@functools.lru_cache(maxsize=4)
def _client(address: str) -> Any:
    from ray.job_submission import JobSubmissionClient

    class Client(JobSubmissionClient):
        """Ray's client, which by itself would wait for ever for an answer."""

        def _do_request(self, *arguments: Any, **options: Any) -> Any:
            return super()._do_request(*arguments, **{"timeout": TIMEOUT_SECONDS, **options})

    return Client(address)
