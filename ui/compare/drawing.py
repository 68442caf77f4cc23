"""One drawing, read by every model at once."""

import pandas as pd
import streamlit as st

from digitcore.errors import DigitcoreError
from ui.compare.readers import choose_readers, read_by_all
from ui.shared.widgets import NamedPicture, digit_source

#: With more models, each stroke would take seconds.
AT_ONCE = 4


def show_one_drawing() -> None:
    """Draw, upload, photograph or pick a digit, and see what each model reads."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        pictures = digit_source()
    with right:
        models = choose_readers("compare_drawing_models")
        if not pictures:
            st.subheader("Nothing to read yet", anchor=False)
            st.write("Draw or upload a digit, and what each model reads appears here.")
        elif models and (len(models) <= AT_ONCE or st.button(f"Read by {len(models)} models", type="primary")):
            _show_predictions(pictures[0], models)


def _show_predictions(picture: NamedPicture, models: list[str]) -> None:
    try:
        result = read_by_all([(picture.name, picture.content)], models, name=picture.name, keep_loaded=len(models) <= AT_ONCE)
    except DigitcoreError as error:
        st.error(str(error))
        return
    predictions = {model: of_pictures[0] for model, of_pictures in result.predictions.items()}
    digits = {prediction.digit for prediction in predictions.values()}
    if digits == {None}:
        heading = "No digit"
    elif len(digits) == 1:
        heading = f"All read a {digits.pop()}"
    else:
        heading = "The models differ"
    st.subheader(heading, anchor=False)
    table = pd.DataFrame(
        {
            "model": list(predictions),
            "reads": ["–" if one.digit is None else str(one.digit) for one in predictions.values()],
            "confidence": [one.confidence for one in predictions.values()],
            "why no digit": [one.reason or "" for one in predictions.values()],
        }
    )
    if not table["why no digit"].any():
        table = table.drop(columns="why no digit")
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={"confidence": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
        key="compare_drawing_predictions",
    )
    for problem in result.problems:
        st.warning(f"{problem.name}: {problem.reason}", icon=":material/broken_image:")
