"""How the models stand on pictures that a visitor brings: a sentence, and a small table with intervals."""

import numpy as np
import pandas as pd
import streamlit as st

from digitcore.evaluation.folder_report import FolderReport, Total, is_right
from digitcore.evaluation.significance import compare_correct
from ui.compare.headline import headline
from ui.shared.glossary import explain


def show_verdict(report: FolderReport, titles: dict[str, str]) -> None:
    """Which model reads the most pictures right, where there are labels; and each model's total.

    Args:
        report: what the models read.
        titles: model -> its title.
    """
    labelled = sum(picture.label is not None for picture in report.pictures)
    several = max(total.several for total in report.totals.values())
    st.markdown(f"#### {_sentence(report, titles, labelled)}", anchors=False)
    table = pd.DataFrame([_row(titles[model], total) for model, total in report.totals.items()])
    columns = {"95 % interval": st.column_config.TextColumn(help=explain("interval"))}
    st.dataframe(table, hide_index=True, height="content", column_config=columns, key="compare_folder_totals")
    remark = " A picture that is read as several digits, such as 701, is right for no label." if several else ""
    st.caption(f"n = {labelled:,} labelled of {len(report.pictures):,}.{remark}")


def _sentence(report: FolderReport, titles: dict[str, str], labelled: int) -> str:
    if not labelled:
        return "No picture has a label, so it is not known which answers are right."
    correct = {titles[model]: _correct(report, model) for model in report.models}
    comparison = compare_correct(correct)
    ranked = [comparison.best, *comparison.others]
    alike = [title for title in comparison.others if not comparison.told_apart(title)]
    return headline({title: int(correct[title].sum()) for title in ranked}, labelled, alike=alike, noun="picture")


def _correct(report: FolderReport, model: str) -> np.ndarray:
    """Whether a model is right, for each labelled picture."""
    pairs = zip(report.pictures, report.predictions[model], strict=True)
    return np.array([is_right(picture, prediction) for picture, prediction in pairs if picture.label is not None], bool)


def _row(title: str, total: Total) -> dict[str, object]:
    interval = total.interval
    return {
        "model": title,
        "right": f"{total.right} of {total.labelled}" if interval else "no labels",
        "95 % interval": f"{interval.low:.0%} to {interval.high:.0%}" if interval else "",
        "no digit": total.abstained,
        "several digits": total.several,
    }
