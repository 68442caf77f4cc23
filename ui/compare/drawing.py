"""One drawing, read by every model at once."""

import pandas as pd
import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.figures.words import percent
from ui.compare.headline import readings
from ui.compare.readers import choose_readers, read_by_all
from ui.shared.glossary import explain
from ui.shared.widgets import NamedPicture, digit_source

#: With more models, each stroke would take seconds.
AT_ONCE = 4


def show_one_drawing() -> None:
    """Draw, upload, photograph or pick a digit, and see what each model reads."""
    left, right = st.columns([3, 5], gap="large")
    with left:
        pictures = digit_source()
    with right:
        models = choose_readers("compare_drawing_models")
        if not pictures:
            st.subheader("Nothing to read yet", anchor=False)
            st.write("Draw or upload a digit, and what each model reads appears here.")
        elif models and (len(models) <= AT_ONCE or st.button(f"Read by {len(models)} models", type="primary")):
            _show_predictions(pictures[0], models)


def _show_predictions(picture: NamedPicture, models: dict[str, str]) -> None:
    try:
        result = read_by_all(
            [(picture.name, picture.content)], [*models], name=picture.name, keep_loaded=len(models) <= AT_ONCE
        )
    except DigitcoreError as error:
        st.error(str(error))
        return
    predictions = {models[model]: of_pictures[0] for model, of_pictures in result.predictions.items()}
    st.subheader(readings([*predictions.values()]), anchor=False)
    table = pd.DataFrame(
        {
            "model": list(predictions),
            "reads": [prediction.text for prediction in predictions.values()],
            "confidence": [percent(prediction.confidence) for prediction in predictions.values()],
            "remark": [prediction.reason or "" for prediction in predictions.values()],
        }
    )
    if not table["remark"].any():
        table = table.drop(columns="remark")
    confidence = st.column_config.TextColumn(help=explain("confidence"))
    st.dataframe(
        table, hide_index=True, height="content", column_config={"confidence": confidence}, key="compare_drawing_predictions"
    )
    for problem in result.problems:
        st.warning(f"{problem.name}: {problem.reason}", icon=":material/broken_image:")
