"""What a page with nothing but the explorer shows: a field that a test fills, so that it need not load the page again."""

from urllib.parse import parse_qsl, urlencode

import streamlit as st

FIELD, NO_OPTIONS = "Options", "none="


def options_of_session() -> dict[str, str] | None:
    """The field's options, which at first are the address's. With an empty field the session is forgotten: None.

    The script must then show nothing and end. After ``st.stop`` Streamlit would still run the fragments of the run before.
    """
    st.session_state.setdefault(FIELD, urlencode(dict(st.query_params.items())) or NO_OPTIONS)
    options = st.text_input(FIELD, key=FIELD, label_visibility="collapsed")
    if not options:
        for key in set(st.session_state) - {FIELD}:
            del st.session_state[key]
        return None
    return dict(parse_qsl(options))
