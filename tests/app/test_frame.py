"""The frame of every page: the sign of training, and the switch for detail."""

import json
import time

import pytest
from streamlit.testing.v1 import AppTest

from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run
from digitcore.runs.state import State, Status
from tests.server import PROJECT

pytestmark = pytest.mark.usefixtures("own_folders")


def open_page():
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60).run()
    assert not app.exception
    return app


def signs(app):
    """What the links of the page say, besides those to the pages."""
    labels = [link.proto.label for link in app.get("page_link")]
    return [label for label in labels if "running" in label or "waiting" in label]


@pytest.mark.parametrize(
    ("statuses", "sign"),
    [
        ([], []),
        ([Status.FINISHED, Status.FAILED, Status.CANCELLED], []),
        ([Status.QUEUED], ["1 waiting"]),
        ([Status.RUNNING], ["1 running"]),
        ([Status.RUNNING, Status.QUEUED, Status.QUEUED, Status.FINISHED], ["1 running, 2 waiting"]),
    ],
)
def test_the_sign_of_training(statuses, sign):
    """It counts the runs that train and those that wait, and is not there without any."""
    for number, status in enumerate(statuses):
        run = create_run(TrainConfig(name=f"net{number}", architecture="lenet"))
        run.write_state(State(status=status, queued_at=time.time(), heartbeat=time.time()))
    assert signs(open_page()) == sign


def test_the_sign_leads_to_the_run_that_trains():
    """Of several active runs, the link opens the one that trains."""
    runs = [create_run(TrainConfig(name=name, architecture="lenet")) for name in ("one", "two", "three")]
    for run, status in zip(runs, (Status.QUEUED, Status.RUNNING, Status.QUEUED), strict=True):
        run.write_state(State(status=status, queued_at=time.time(), heartbeat=time.time()))
    (link,) = [link.proto for link in open_page().get("page_link") if "running" in link.proto.label]
    assert link.query_string == f"view=Watch&run={runs[1].id}"


def page_end(app):
    """What the browser is asked to do when the page has run."""
    (element,) = [each.proto for each in app.get("bidi_component") if each.proto.component_name == "page_end"]
    return json.loads(element.json)


def test_the_address_reaches_the_browser():
    """It is in the data of later runs, too: the browser may miss those of a run that a click interrupts."""
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    first = page_end(app.switch_page("../pages/compare.py").run())
    assert first["address"]["show"] == "Overview"
    assert page_end(app.run()) == first
    app.pills(key="show").set_value("Mistakes")  # Streamlit changes the address for a click
    assert page_end(app.run()) == first | {"address": None, "tops": first["tops"] + 1}


def test_the_address_of_another_page():
    """Another page never gets the address of the one before."""
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    assert page_end(app.switch_page("../pages/compare.py").run())["address"]
    assert page_end(app.switch_page("../pages/recognise.py").run())["address"] is None


def test_basics_come_first():
    """A visitor sees the basics until he asks for everything."""
    app = open_page()
    assert app.get_by_key("detail").value == "Basics"
    app.get_by_key("detail").set_value("Everything")
    assert not app.run().exception
    assert app.get_by_key("detail").value == "Everything"
