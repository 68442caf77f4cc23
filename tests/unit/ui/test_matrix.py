"""The component of the confusion matrix: what it sends to the browser, and what it takes from there."""

import numpy as np
import pytest

from digitcore.figures.confusion import confusion_cells
from ui import matrix as module


@pytest.fixture
def shown(monkeypatch):
    """Mount a matrix and return the arguments of the component, with the state of the session and the chosen cells."""
    arguments, chosen, state = {}, [], {}
    monkeypatch.setattr(module.st.components.v2, "component", lambda *_, **__: lambda **given: arguments.update(given))
    monkeypatch.setattr(module.st, "session_state", state)

    def show(cell=None):
        module.matrix(confusion_cells(np.eye(10, dtype=int)), cell, chosen.append, label="Mistakes", key="cells")
        return arguments, state, chosen

    return show


@pytest.mark.parametrize(("cell", "at"), [(None, -1), ((0, 0), 0), ((5, 3), 53)])
def test_the_chosen_cell_is_marked(shown, cell, at):
    """The browser gets a hundred cells, and which one is chosen."""
    data = shown(cell)[0]["data"]
    assert (len(data["cells"]), data["chosen"]) == (100, at)


@pytest.mark.parametrize(("sent", "cell"), [(53, (5, 3)), (0, (0, 0)), (99, (9, 9)), (-1, None)])
def test_a_choice(shown, sent, cell):
    """A cell's number becomes (label, prediction); -1 is none."""
    arguments, state, chosen = shown()
    state["cells"] = {"chosen": sent}
    arguments["on_chosen_change"]()
    assert chosen == [cell]


@pytest.mark.parametrize(
    "junk", [None, {}, {"chosen": None}, {"chosen": 100}, {"chosen": -2}, {"chosen": "5"}, {"chosen": 5.5}, 7]
)
def test_junk_from_the_browser(shown, junk):
    """Anything else chooses nothing."""
    arguments, state, chosen = shown()
    state["cells"] = junk
    arguments["on_chosen_change"]()
    assert chosen == []
