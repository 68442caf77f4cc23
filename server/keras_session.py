"""Keep Streamlit from clearing Keras's global state.

After every run of a script, in every session, Streamlit calls ``keras.backend.clear_session()``
(``script_runner._clean_problem_modules``, Streamlit 1.67). In a server that computes in several threads, this empties
TensorFlow's kernel caches while another thread computes, which can end the process with a segmentation fault. The next forward
pass then has to fill the caches again, which takes 30-40 ms. Nothing here needs the call: no page builds networks in Keras's
global graph.

``tests/unit/server/test_keras_session.py`` fails when Streamlit clears the session from another place, or no longer does.
"""

from streamlit.runtime.scriptrunner import script_runner


def keep_keras_session() -> None:
    """Turn off Streamlit's clean-up for all sessions of this process. Calling this again changes nothing."""
    script_runner._clean_problem_modules = _clean_nothing


def _clean_nothing() -> None:
    """Stand in for Streamlit's clean-up."""
