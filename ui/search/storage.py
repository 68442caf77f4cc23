"""The studies in the storage; while it cannot be reached, the reason, and the page tries again by itself."""

import contextlib
from collections.abc import Callable

import streamlit as st

from digitcore.errors import DigitcoreError, StorageError
from digitcore.search.included import include_studies
from digitcore.search.study import Study, list_studies

RETRY_SECONDS = 3.0


def studies_or_reason() -> list[Study] | None:
    """All studies, the newest first; None, and the reason on the page, if the storage cannot be used."""
    with contextlib.suppress(OSError):  # without it, there is only less to look at
        include_studies()
    try:
        return list_studies()
    except StorageError as error:
        show_reason(error)
        return None


def show_reason(error: StorageError) -> None:
    """Say why the storage cannot be used, and run the page again when it can."""
    st.error(str(error), icon=":material/cloud_off:")
    st.caption(f"This page tries again by itself, every {RETRY_SECONDS:g} seconds.")
    st.fragment(_try_again, run_every=RETRY_SECONDS)()


def guarded(draw: Callable[[], None]) -> None:
    """Draw something that reads a study, or say why it cannot be read."""
    try:
        draw()
    except StorageError as error:
        show_reason(error)
    except DigitcoreError as error:  # the study was deleted elsewhere, or its settings are damaged
        st.error(str(error))


def _try_again() -> None:
    try:
        list_studies()
    except StorageError:
        return
    st.rerun()
