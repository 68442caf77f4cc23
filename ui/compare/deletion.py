"""Delete saved models; those that come with the project stay."""

import streamlit as st

from digitcore.errors import ConfigError, DigitcoreError
from digitcore.networks import registry
from digitcore.runs.registry import model_names_in_use

DELETED = "compare_deleted"


def show_deleted() -> None:
    """What became of the last deletion."""
    kind, text = st.session_state.pop(DELETED, (None, None))
    if kind:
        (st.success if kind == "success" else st.error)(text)


def show_deletion(name: str) -> None:
    """Ask whether to delete a model, and do it on confirmation."""
    st.write(f"Delete the model **{name}** with its card and its history? Its training run stays.")
    st.button(f"Yes, delete {name}", type="primary", key="compare_delete", on_click=_delete, args=(name,))


def _delete(name: str) -> None:
    try:
        if name in model_names_in_use():
            raise ConfigError(f"A queued or running run will save the model {name!r}. Cancel it, or wait for it.")
        registry.delete_model(name)
    except DigitcoreError as error:
        st.session_state[DELETED] = ("error", str(error))
    else:
        st.session_state[DELETED] = ("success", f"The model **{name}** has been deleted.")
