"""What the tests of runs share."""

import pytest

from digitcore.runs.registry import create_run
from tests.unit.short_training import CONFIG


@pytest.fixture
def run():
    """A queued run."""
    return create_run(CONFIG)
