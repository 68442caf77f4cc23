"""Start workers as jobs of a Ray cluster, where ``DIGITLAB_RAY_ADDRESS`` names the dashboard of its head."""

import contextlib
import itertools
import os
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digitcore.jobs.job_environment import cores_per_job
from digitcore.jobs.ray_client import ADDRESS_VARIABLE, RefusedError, ask, find_job

#: The shortest time between two questions about the same job.
POLL_SECONDS = 1.0
#: How often a job is submitted that Ray itself lost or could not start.
MAX_ATTEMPTS = 3
#: What Ray says of every job.
NO_NEWS = ("Runtime env is setting up", "Running entrypoint for job", "Job entrypoint command failed with exit code")


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
            details = find_job(self.id)
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
        how = f"exit status {code}" if code is not None else f"the status {details.status if details else 'unknown'}"
        self.ended_with = f"{how}, as the Ray job {self.id}"
        if self._status:
            self._log(message, died=code is None or code < 0)

    def _log(self, message: str, *, died: bool) -> None:
        """Add to the log what the worker could not write: that it was killed, or what failed before it had begun."""
        lines = [line for line in message.splitlines() if line.strip() and not any(phrase in line for phrase in NO_NEWS)]
        if died:
            lines = [f"Ended with {self.ended_with}.", *lines]
        with contextlib.suppress(OSError), self.log_file.open("a") as log:  # the run may have been deleted
            log.writelines(f"Ray: {line}\n" for line in lines)


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
            if find_job(job.id) is None:
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


def _submit(job_id: str, entrypoint: str, environment: dict[str, str]) -> None:
    # With reserved cores, Ray chooses any machine that has them free; without, every job would run on the head.
    cores = cores_per_job()
    ask(
        lambda client: client.submit_job(
            entrypoint=entrypoint,
            submission_id=job_id,
            runtime_env={"env_vars": environment},
            entrypoint_num_cpus=cores,
        )
    )
