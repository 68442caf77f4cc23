"""Several pictures at once: every model's prediction for each, marked right or wrong, to look at and to download."""

import pandas as pd
import streamlit as st

from digitcore.datasets.labelled_folder import is_passed_over
from digitcore.errors import DigitcoreError
from digitcore.evaluation.folder_report import FolderPicture, FolderReport, Prediction, is_right, to_csv
from ui.compare.readers import Sources, choose_readers, read_by_all
from ui.shared.pictures import tile

FILES, FOLDER = "Files", "A whole folder"
TYPES = ["png", "jpg", "jpeg", "webp"]
MAX_FILES = 200
CELL_WIDTH, SIDE, PAGE = 160, 96, 24
RIGHT, WRONG, ABSTAINS, UNLABELLED = ":green[**✓**]", ":red[**✗**]", "**–**", "**·**"


def show_folder_test() -> None:
    """Upload pictures, choose models, see the grid."""
    way = st.segmented_control("Upload", [FILES, FOLDER], default=FILES, required=True, key="compare_folder_way")
    files = st.file_uploader(
        "Pictures of digits",
        TYPES,
        accept_multiple_files="directory" if way == FOLDER else True,
        key=f"compare_folder_{way == FOLDER}",
        help="PNG, JPEG or WebP, up to 5 MB each. The label comes from the name: 3_mine.png, or 3/mine.png in a folder.",
    )
    files = [file for file in files if not is_passed_over(file.name)]
    models = choose_readers("compare_folder_models")
    if not files:
        st.info("Upload some pictures: every chosen model reads each of them. They are not stored.")
        return
    if len(files) > MAX_FILES:
        st.warning(
            f"You uploaded {len(files)} pictures; only {MAX_FILES} are read. For more, use `python -m digitcore test-folder`"
        )
    if models:
        _show_report(sorted((file.name, file.getvalue()) for file in files[:MAX_FILES]), models)


def _show_report(sources: Sources, models: list[str]) -> None:
    try:
        result = read_by_all(sources, models, name="pictures")
    except DigitcoreError as error:
        st.error(str(error))
        return
    _show_totals(result)
    for problem in result.problems:
        st.warning(f"{problem.name}: {problem.reason}", icon=":material/broken_image:")
    for note in result.notes:
        st.caption(note)
    _show_downloads(result)
    st.caption(f"{RIGHT} right, {WRONG} wrong, {ABSTAINS} no digit read, {UNLABELLED} no label to compare with")
    _show_grid(result)


def _show_totals(result: FolderReport) -> None:
    totals = result.totals
    table = pd.DataFrame(
        {
            "model": list(totals),
            "right": [f"{total.right} of {total.labelled}" if total.labelled else "no labels" for total in totals.values()],
            "share": [total.share for total in totals.values()],
            "abstained": [total.abstained for total in totals.values()],
        }
    )
    columns = {"share": st.column_config.NumberColumn(format="percent")}
    st.dataframe(table, hide_index=True, height="content", column_config=columns, key="compare_folder_totals")


def _show_downloads(result: FolderReport) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV",
            lambda: to_csv(result).encode(),
            "results.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Download picture", lambda: _png(result), "results.png", "image/png", icon=":material/image:", on_click="ignore"
        )


def _png(result: FolderReport) -> bytes:
    from digitcore.figures.folder_png import to_png

    return to_png(result)


def _show_grid(result: FolderReport) -> None:
    pages = -(-len(result.pictures) // PAGE)
    page = st.number_input(f"Page, 1 to {pages}", 1, pages, key="compare_folder_page", width=160) if pages > 1 else 1
    with st.grid("auto", min_column_width=CELL_WIDTH, border=True, key="compare_folder_grid"):
        for index in range((page - 1) * PAGE, min(page * PAGE, len(result.pictures))):
            picture = result.pictures[index]
            with st.container():
                st.image(tile(picture.thumbnail / 255, SIDE), width=SIDE, alt=picture.name)
                label = "no label" if picture.label is None else f"labelled {picture.label}"
                st.caption(f"{picture.name}, {label}")
                lines = []
                for model in result.models:
                    prediction = result.predictions[model][index]
                    digit = "?" if prediction.digit is None else prediction.digit
                    lines.append(f"{_mark(picture, prediction)} **{digit}** {prediction.confidence:.0%} {model}")
                st.markdown("  \n".join(lines))


def _mark(picture: FolderPicture, prediction: Prediction) -> str:
    if prediction.digit is None:
        return ABSTAINS
    return {True: RIGHT, False: WRONG, None: UNLABELLED}[is_right(picture, prediction)]
