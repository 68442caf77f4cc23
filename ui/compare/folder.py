"""Several pictures at once: every model's prediction for each, marked right or wrong, to look at and to download."""

import hashlib

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from digitcore.datasets.labelled_folder import is_passed_over
from digitcore.datasets.picture_zip import MAX_UPLOAD_MB, ZippedPictures, read_zip
from digitcore.errors import DataError, DigitcoreError
from digitcore.evaluation.folder_report import FolderPicture, FolderReport, Prediction, is_right, relabelled, to_csv
from digitcore.figures.words import percent
from ui.compare.folder_verdict import show_verdict
from ui.compare.readers import Sources, choose_readers, read_by_all
from ui.shared.pictures import tile

FILES, FOLDER = "Pictures or a zip", "A whole folder"
TYPES = ["png", "jpg", "jpeg", "webp"]
MAX_FILES = 200
CELL_WIDTH, SIDE, PAGE = 160, 96, 24
RIGHT, WRONG, ABSTAINS, UNLABELLED = ":green[**✓**]", ":red[**✗**]", "**–**", "**·**"
#: The zips that were read in this session: file id -> pictures.
ZIPS = "compare_zips"
HOW = (
    "PNG, JPEG or WebP, up to 10 MB each, or a zip of them. The label comes from the name: 3.png, 3_mine.png, or 3/mine.png in "
    "a folder. Below, you can type it."
)


def show_folder_test() -> None:
    """Upload pictures, choose models, see the grid."""
    way = st.segmented_control("Upload", [FILES, FOLDER], default=FILES, required=True, key="compare_folder_way")
    files = st.file_uploader(
        "Pictures of one digit each",
        TYPES if way == FOLDER else [*TYPES, "zip"],
        accept_multiple_files="directory" if way == FOLDER else True,
        key=f"compare_folder_{way == FOLDER}",
        max_upload_size=MAX_UPLOAD_MB,
        help=HOW,
    )
    models = choose_readers("compare_folder_models")
    if not files:
        st.info("Upload some pictures: every chosen model reads each of them. They are not stored.")
        return
    sources = _sources(files)
    if len(sources) > MAX_FILES:
        st.warning(
            f"You uploaded {len(sources)} pictures; only {MAX_FILES} are read. For more, use `python -m digitcore test-folder`"
        )
    if models and sources:
        _show_report(sources[:MAX_FILES], models)


def _sources(files: list[UploadedFile]) -> Sources:
    """The uploaded pictures, and those in uploaded zips, sorted by name; what is refused is said on the page."""
    sources: Sources = []
    for file in files:
        if not file.name.lower().endswith(".zip"):
            sources += [] if is_passed_over(file.name) else [(file.name, file.getvalue())]
            continue
        try:
            unpacked = _unpacked(file)
        except DataError as error:
            st.error(f"{file.name}: {error}")
            continue
        sources += unpacked.pictures
        for refused in unpacked.refused:
            st.warning(f"{file.name}: {refused}", icon=":material/broken_image:")
    return sorted(sources)


def _unpacked(file: UploadedFile) -> ZippedPictures:
    """A zip's pictures, read once; they leave the memory with the session or the next zip."""
    known = st.session_state.get(ZIPS)
    if known is None or known[0] != file.file_id:
        known = st.session_state[ZIPS] = (file.file_id, read_zip(file.getvalue()))
    return known[1]


def _show_report(sources: Sources, models: dict[str, str]) -> None:
    try:
        report = read_by_all(sources, [*models], name="pictures")
    except DigitcoreError as error:
        st.error(str(error))
        return
    place = st.container()
    report = _with_typed_labels(report)
    with place:
        show_verdict(report, models)
    for problem in report.problems:
        st.warning(f"{problem.name}: {problem.reason}", icon=":material/broken_image:")
    _show_downloads(report)
    st.caption(f"{RIGHT} right, {WRONG} wrong, {ABSTAINS} no digit read, {UNLABELLED} no label to compare with")
    _show_grid(report, models)


def _with_typed_labels(report: FolderReport) -> FolderReport:
    """A table in which labels can be typed, and the report with them."""
    names = [picture.name for picture in report.pictures]
    labels = [picture.label for picture in report.pictures]
    unlabelled = labels.count(None)
    digest = hashlib.sha256("\n".join(names).encode(errors="surrogateescape")).hexdigest()[:16]
    heading = "Labels" if not unlabelled else f"Labels: {unlabelled} of {len(labels)} missing"
    with st.expander(heading, icon=":material/edit:"):
        for note in report.notes:
            st.caption(note)
        table = pd.DataFrame({"picture": names, "label": pd.array(labels, dtype="Int64")})
        edited = st.data_editor(
            table,
            hide_index=True,
            disabled=["picture"],
            column_config={
                "label": st.column_config.NumberColumn(min_value=0, max_value=9, step=1, help="A digit, or nothing.")
            },
            key=f"compare_folder_labels_{digest}",
        )
    return relabelled(report, [None if pd.isna(label) or label not in range(10) else int(label) for label in edited["label"]])


def _show_downloads(report: FolderReport) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV",
            lambda: to_csv(report).encode(),
            "results.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Download picture", lambda: _png(report), "results.png", "image/png", icon=":material/image:", on_click="ignore"
        )


def _png(report: FolderReport) -> bytes:
    from digitcore.figures.folder_png import to_png

    return to_png(report)


def _show_grid(report: FolderReport, models: dict[str, str]) -> None:
    pages = -(-len(report.pictures) // PAGE)
    page = st.number_input(f"Page, 1 to {pages}", 1, pages, key="compare_folder_page", width=160) if pages > 1 else 1
    with st.grid("auto", min_column_width=CELL_WIDTH, border=True, key="compare_folder_grid"):
        for index in range((page - 1) * PAGE, min(page * PAGE, len(report.pictures))):
            picture = report.pictures[index]
            with st.container():
                st.image(tile(picture.thumbnail / 255, SIDE), width=SIDE, alt=picture.name)
                label = "no label" if picture.label is None else f"labelled {picture.label}"
                st.caption(f"{picture.name}, {label}")
                lines = []
                for model in report.models:
                    prediction = report.predictions[model][index]
                    mark = _mark(picture, prediction)
                    lines.append(f"{mark} **{prediction.text}** {percent(prediction.confidence)} {models[model]}")
                st.markdown("  \n".join(lines))


def _mark(picture: FolderPicture, prediction: Prediction) -> str:
    if prediction.text == "?":
        return ABSTAINS
    return {True: RIGHT, False: WRONG, None: UNLABELLED}[is_right(picture, prediction)]
