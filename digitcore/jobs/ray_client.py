"""Ask a Ray cluster over the web address of its head, with every fault told in one sentence.

Ray is imported only here and only when a cluster is asked, so that nothing else needs it.
"""

import functools
import os
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from digitcore.errors import ClusterError, summary

ADDRESS_VARIABLE = "DIGITLAB_RAY_ADDRESS"
#: Time for Ray to accept a connection and to answer. Every question may be repeated, a submission too.
TIMEOUT_SECONDS = (3.0, 10.0)

Answer = TypeVar("Answer")


class RefusedError(ClusterError):
    """Ray has answered, and refuses the request."""


def ask(question: Callable[[Any], Answer]) -> Answer:
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
            f"{ADDRESS_VARIABLE} is set, but Ray is not installed: run 'pip install -r requirements-cluster.txt'."
        ) from None
    try:
        return question(_client(address))
    except AuthenticationError:
        raise ClusterError(
            f"Ray at {shown} asks for a token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN to the token of its head."
        ) from None
    except (ConnectionError, RequestException):
        raise ClusterError(f"Ray does not answer at {shown}.") from None
    except (RuntimeError, ValueError) as error:  # the text may be a whole traceback, with the cause at its end
        lines = [line for line in str(error).splitlines() if line.strip(" .")]
        cause = (lines[-1] if lines else summary(error)).removesuffix(".")
        raise RefusedError(f"Ray at {shown} refuses: {cause}.") from None


def find_job(job_id: str) -> Any:
    """Ray's ``JobDetails``, or None if it does not know the job."""

    def find(client: Any) -> Any:
        try:
            return client.get_job_info(job_id)
        except RuntimeError as error:
            if "status code 404" in str(error):
                return None
            raise

    return ask(find)


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
        raise ClusterError(f"{ADDRESS_VARIABLE} is {shown}: give the dashboard of the head, such as http://127.0.0.1:8265.")
    return address, shown


@functools.lru_cache(maxsize=4)
def _client(address: str) -> Any:
    from ray.job_submission import JobSubmissionClient

    class Client(JobSubmissionClient):
        """Ray's client, which by itself would wait for ever for an answer."""

        def _do_request(self, *arguments: Any, **options: Any) -> Any:
            return super()._do_request(*arguments, **{"timeout": TIMEOUT_SECONDS, **options})

    return Client(address)
