"""One drawing, read by every model at once."""

import pandas as pd
import streamlit as st

from digitcore.errors import DigitcoreError
from ui.compare.answers import choose_readers, read_by_all
from ui.shared.widgets import NamedPicture, digit_source

#: As many are kept loaded; more take seconds for each stroke.
AT_ONCE = 4


def show_one_drawing() -> None:
    """Draw or bring a digit, and see what each model reads."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        pictures = digit_source()
    with right:
        models = choose_readers("drawing_models")
        if not pictures:
            st.subheader("Nothing to read yet", anchor=False)
            st.write("Each model's answer appears here.")
        elif models and (len(models) <= AT_ONCE or st.button(f"Read by {len(models)} models", type="primary")):
            _show_answers(pictures[0], models)


def _show_answers(picture: NamedPicture, models: list[str]) -> None:
    try:
        result = read_by_all([(picture.name, picture.content)], models, name=picture.name)
    except DigitcoreError as error:
        st.error(str(error))
        return
    answers = {model: found[0] for model, found in result.answers.items()}
    digits = {answer.digit for answer in answers.values()}
    if digits == {None}:
        said = "No digit"
    elif len(digits) == 1:
        said = f"All read a {digits.pop()}"
    else:
        said = "They differ"
    st.subheader(said, anchor=False)
    table = pd.DataFrame(
        {
            "model": list(answers),
            "reads": ["–" if answer.digit is None else str(answer.digit) for answer in answers.values()],
            "how sure": [answer.confidence for answer in answers.values()],
            "why not": [answer.reason or "" for answer in answers.values()],
        }
    )
    if not table["why not"].any():
        table = table.drop(columns="why not")
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={"how sure": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
        key="drawing_answers",
    )
    for problem in result.problems:
        st.warning(f"{problem.name}: {problem.reason}", icon=":material/broken_image:")
