"""The images that two models read differently, and each model's worst mistakes."""

import numpy as np
import streamlit as st

from digitcore.evaluation.error_analysis import disagreements, worst_mistakes
from ui.compare.confusion import both_answers
from ui.compare.gallery import gallery
from ui.compare.results import Results, choose_pair


def show_differences(results: Results) -> None:
    """Choose two models and see where they differ, or what each got wrong while it was sure."""
    pair = choose_pair(results)
    first, second = (results.evaluations[name] for name in pair)
    kinds = ["They differ", f"Worst mistakes of {pair[0]}", f"Worst mistakes of {pair[1]}"]
    kind = st.radio("Images", range(3), format_func=kinds.__getitem__, horizontal=True, key="difference")
    if pair[0] == pair[1] and kind == 0:
        st.info("Choose two different models.")
        return
    if kind == 0:
        indices = disagreements(first.probabilities, second.probabilities)
        _say_who_is_right(results, pair, indices)
    else:
        of = (first, second)[kind - 1]
        indices = worst_mistakes(of.labels, of.probabilities)
        known = int((of.labels >= 0).sum())
        st.markdown(f"**{pair[kind - 1]}** reads {len(indices):,} of {known:,} labelled images wrongly; the surest come first.")

    def say(index: int) -> str:
        label = results.data.labels[index]
        truth = f"labelled **{label}**" if label >= 0 else "no label"
        return f"{truth}  \n{both_answers(results, pair, index)}"

    gallery(results.data.images, indices, say, key="differences")


def _say_who_is_right(results: Results, pair: tuple[str, str], indices: np.ndarray) -> None:
    labels = results.data.labels[indices]
    right = [int((results.evaluations[name].probabilities[indices].argmax(axis=1) == labels).sum()) for name in pair]
    of = f"They differ on {len(indices):,} of {len(results.data.labels):,} images"
    if results.is_labelled:
        neither = len(indices) - sum(right)
        of += f": {right[0]} of these only **{pair[0]}** reads right, {right[1]} only **{pair[1]}**, {neither} neither"
    st.markdown(f"{of}. Those first where both are sure.")
