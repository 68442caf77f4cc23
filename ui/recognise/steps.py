"""How a picture was prepared: its steps in one row."""

from collections.abc import Sequence

import streamlit as st

from digitcore.geometry import PreprocessingStep
from ui.shared.pictures import tile

#: The width of a step's picture.
SIDE = 88


def show_steps(steps: Sequence[PreprocessingStep]) -> None:
    """Show the steps, numbered, each with its picture and a sentence. Where the row does not fit, arrow keys scroll it."""
    items = (
        f'<li><img src="{tile(step.pixels, SIDE)}" alt="{step.name}: {step.caption}">'
        f"<b>{number}. {step.name}</b><span>{step.caption}</span></li>"
        for number, step in enumerate(steps, start=1)
    )
    row = f'<ol role="list">{"".join(items)}</ol>'
    st.container(key="recognise_steps").html(
        f'<div class="recognise-steps" tabindex="0" role="region" aria-label="How the picture was prepared">{row}</div>'
    )
