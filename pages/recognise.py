"""Draw, upload or photograph a digit and see what a network reads."""

import streamlit as st

from ui.recognise.answers import show_answer, show_answers, show_nothing_yet
from ui.shared.widgets import digit_source, model_picker

st.title("Recognise a digit", anchor=False)
left, right = st.columns([5, 6], gap="large")
with left:
    pictures = digit_source()
with right:
    answer = st.container(key="answer")  # above the picker, where the eye goes first
    model = model_picker()
    if model is None or not pictures:
        show_nothing_yet(answer)
    elif len(pictures) == 1:
        show_answer(answer, pictures[0], model)
    else:
        show_answers(answer, pictures, model)
