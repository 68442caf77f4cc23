"""Who may keep pictures on the computer that serves the page."""

import pytest

from ui.recognise.collect import is_local


@pytest.mark.parametrize("address", [None, "127.0.0.1", "::1", "::ffff:127.0.0.1", "127.0.0.9"])
def test_the_computer_itself(address):
    """Whoever sits at the computer is local, unless a reverse proxy there speaks for somebody else."""
    assert is_local(address, forwarded=False)
    assert not is_local(address, forwarded=True)


@pytest.mark.parametrize("address", ["192.168.0.7", "::ffff:10.0.0.3", "2001:db8::1", "", "junk"])
def test_others(address):
    """A phone in the same network is not."""
    assert not is_local(address, forwarded=False)
