"""Draw, upload or photograph a digit and see what a network reads."""

import streamlit as st

from ui.recognise.answers import show_answer, show_answers, show_large, show_nothing_yet
from ui.shared.widgets import digit_source, draws_wide, model_picker

PICKER_WIDTH = 360

with st.container(horizontal=True, vertical_alignment="bottom", key="recognise_head"):
    st.title("Recognise a digit", anchor=False)
    with st.container(width=PICKER_WIDTH):
        model = model_picker()
left, right = (st.container(), st.container()) if draws_wide() else st.columns([5, 7], gap="medium")
with left:
    pictures = show_large(digit_source(numbers=True))
with right:
    if model is None or not pictures:
        show_nothing_yet(can_read=model is not None)
    elif len(pictures) == 1:
        show_answer(pictures[0], model)
    else:
        show_answers(pictures, model)
