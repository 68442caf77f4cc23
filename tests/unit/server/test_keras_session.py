"""A canary: notices when Streamlit changes where it clears Keras's global state."""

import keras
import pytest
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from server.keras_session import keep_keras_session


@pytest.fixture
def cleared(monkeypatch):
    """How often Keras's global state was cleared, as a list that grows; Streamlit is as it was installed."""
    calls = []
    monkeypatch.setattr(keras.backend, "clear_session", lambda *_, **__: calls.append(1))
    monkeypatch.setattr(script_runner, "_clean_problem_modules", installed)
    return calls


installed = script_runner._clean_problem_modules


def run_a_script():
    AppTest.from_string("import streamlit as st; st.write('done')").run(timeout=60)


def test_streamlit_alone_clears_the_session(cleared):
    """Streamlit still does what we keep it from; where this fails, ``server/keras_session.py`` can go."""
    run_a_script()
    assert cleared


def test_the_session_is_kept(cleared):
    """After a run of a script Keras's state is as it was."""
    keep_keras_session()
    run_a_script()
    assert not cleared
