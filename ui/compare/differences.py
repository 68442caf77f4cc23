"""The images that two models read differently, and each model's worst mistakes."""

import numpy as np
import streamlit as st

from digitcore.evaluation.error_analysis import disagreements, worst_mistakes
from ui.compare.choices import choose_pair
from ui.compare.confusion import both_predictions
from ui.compare.gallery import gallery
from ui.compare.results import Results


def show_differences(results: Results) -> None:
    """Choose two models and see where they differ, or which images each confidently misreads."""
    pair = choose_pair(results)
    first, second = (results.evaluations[name] for name in pair)
    kinds = ["Read differently", f"Worst mistakes of {pair[0]}", f"Worst mistakes of {pair[1]}"]
    kind = st.radio("Images", range(3), format_func=kinds.__getitem__, horizontal=True, key="compare_difference")
    if pair[0] == pair[1] and kind == 0:
        st.info("Choose two different models.")
        return
    if kind == 0:
        indices = disagreements(first.probabilities, second.probabilities)
        _show_who_is_right(results, pair, indices)
    else:
        chosen = (first, second)[kind - 1]
        indices = worst_mistakes(chosen.labels, chosen.probabilities)
        known = int((chosen.labels >= 0).sum())
        st.markdown(
            f"**{pair[kind - 1]}** misreads {len(indices):,} of {known:,} labelled images; the most confident ones come first."
        )

    def caption(index: int) -> str:
        label = results.data.labels[index]
        truth = f"labelled **{label}**" if label >= 0 else "no label"
        return f"{truth}  \n{both_predictions(results, pair, index)}"

    gallery(results.data.images, indices, caption, key="compare_differences")


def _show_who_is_right(results: Results, pair: tuple[str, str], indices: np.ndarray) -> None:
    labels = results.data.labels[indices]
    right = [int((results.evaluations[name].probabilities[indices].argmax(axis=1) == labels).sum()) for name in pair]
    sentence = f"The models differ on {len(indices):,} of {len(results.data.labels):,} images"
    if results.is_labelled:
        neither = len(indices) - sum(right)
        sentence += f": only **{pair[0]}** is right on {right[0]}, only **{pair[1]}** on {right[1]}, neither on {neither}"
    st.markdown(f"{sentence}. Images on which both are confident come first.")
