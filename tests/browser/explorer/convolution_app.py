"""A page with nothing but the explorer, on a convolution of random numbers; what it shows can be chosen.

Options, in the field "Options" or the address: ``channels``, ``kernel``, ``stride``, ``dilation``, ``padding``, ``groups``,
``activation``, ``next_activation``, ``unit``, ``digit``, ``side``, ``wrong`` (spoils Keras's number).
"""

import numpy as np
import streamlit as st

from tests.browser.explorer.options import options_of_session
from tests.explored import random_layer
from ui.explorer import explorer as layer_explorer

st.set_page_config(layout="wide")


@st.fragment
def explorer(digit: int, unit: int, wrong: float | str, **options: int | str) -> None:
    # The current place: that of the run before would move the visitor back.
    reported = (st.session_state.get("explorer") or {}).get("position")
    position = tuple(reported) if reported else st.session_state.get("place", (2, 3))
    data = random_layer(seed=digit, unit=unit, position=position, **options)
    if wrong:
        np.add(data.output, float(wrong), out=data.output)
    place = layer_explorer(data)
    st.session_state.place = place or (2, 3)
    st.session_state.reports = st.session_state.get("reports", 0) + 1
    st.markdown(f"place {place}, fragment {st.session_state.reports}, page {st.session_state.runs}.")


options = options_of_session()
if options is not None:
    options = {name: int(value) if value.lstrip("-").isdigit() else value for name, value in options.items()}
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    digit = options.pop("digit", 0) + st.number_input("Digit", 0, 9, 0)
    unit = options.pop("unit", 0) + st.number_input("Unit", 0, 9, 0)
    wrong = options.pop("wrong", 0)
    if st.toggle("Show", value=True):
        explorer(digit, unit, wrong, **options)
