"""A visitor's own handwriting as a named set: pictures are drawn or uploaded here, labelled, and saved."""

import hashlib

import streamlit as st

from digitcore.datasets import collections
from digitcore.errors import DigitcoreError
from ui.compare.label_guesses import Candidate, candidates
from ui.compare.own_set import choose_set, show_set
from ui.compare.readers import guessing_model
from ui.compare.results import NO_MODEL
from ui.shared.canvas import digit_canvas
from ui.shared.pictures import tile
from ui.shared.titles import title_of

DRAW, UPLOAD = "Draw", "Upload"
MAX_AT_ONCE = 60
CELL_WIDTH, SIDE = 150, 84
DIGITS = list(range(10))
MESSAGE, ROUND, CANVAS = "compare_set_message", "compare_set_round", "compare_canvas"


def show_handwriting() -> None:
    """Choose or name a set, add pictures with their labels, and see what the set holds."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = choose_set()
        way = st.segmented_control("Add pictures", [DRAW, UPLOAD], default=DRAW, required=True, key="compare_set_way")
    if message := st.session_state.pop(MESSAGE, None):
        is_good, text = message
        (st.success if is_good else st.error)(text)
    model = guessing_model()
    if model is None:
        st.info(NO_MODEL)
    elif way == DRAW:
        _add_drawing(name, model)
    else:
        _add_uploads(name, model)
    if name:
        show_set(name)


def _add_drawing(name: str | None, model: str) -> None:
    left, right = st.columns([3, 5], gap="large")
    with left:
        content = digit_canvas(CANVAS)
    with right:
        if content is None:
            st.write("Draw one digit. A model guesses its label, and you correct it with one click.")
            return
        guesses = _candidates([("drawing.png", content)], model)
        if not guesses:
            return
        (guess,) = guesses
        st.markdown(f"**{title_of(model)}** {guess.reads}.")
        digest = hashlib.sha256(content).hexdigest()[:12]  # another drawing has another guess
        label = st.pills("Label", DIGITS, default=guess.label, key=f"compare_drawn_label_{digest}", wrap=True)
        _add_button([(guess, label)], name, way=DRAW)


def _add_uploads(name: str | None, model: str) -> None:
    files = st.file_uploader(
        "Pictures of one digit each",
        ["png", "jpg", "jpeg", "webp"],
        accept_multiple_files=True,
        key=f"compare_set_files_{st.session_state.get(ROUND, 0)}",
        help="PNG, JPEG or WebP, up to 5 MB each. A name such as 3.png, 3_mine.png or label-3.png gives the label.",
    )
    if len(files) > MAX_AT_ONCE:
        st.warning(f"You uploaded {len(files)} pictures. The first {MAX_AT_ONCE} can be labelled now.")
    if files:
        guesses = _candidates([(file.name, file.getvalue()) for file in files[:MAX_AT_ONCE]], model)
        if guesses:
            _add_button(_label(guesses), name, way=UPLOAD)


def _candidates(pictures: list[tuple[str, bytes]], model: str) -> list[Candidate]:
    """The pictures with guessed labels; for one that cannot be read, the page says why."""
    try:
        guesses, problems = candidates(pictures, model)
    except DigitcoreError as error:
        st.error(str(error))
        return []
    for problem in problems:
        st.error(problem)
    return guesses


def _label(guesses: list[Candidate]) -> list[tuple[Candidate, int | None]]:
    """Show each picture small, with where its label comes from, and a menu to correct it."""
    labelled = []
    with st.grid("auto", min_column_width=CELL_WIDTH, key="compare_to_label"):
        for number, guess in enumerate(guesses):
            with st.container(gap="xsmall"):
                st.image(tile(guess.thumbnail / 255, SIDE), width=SIDE, alt=guess.name)
                key = f"compare_label_{st.session_state.get(ROUND, 0)}_{number}_{guess.name}"
                words = {"label": f"Label of {guess.name}", "label_visibility": "collapsed", "placeholder": "digit"}
                label = st.selectbox(options=DIGITS, index=guess.label, key=key, **words)
                st.caption(f"{guess.name}: {guess.why}")
                labelled.append((guess, label))
    return labelled


def _add_button(labelled: list[tuple[Candidate, int | None]], name: str | None, *, way: str) -> None:
    pictures = [(guess.name, guess.content, label) for guess, label in labelled if label in DIGITS]
    missing = len(labelled) - len(pictures)
    counted = "Add to the set" if way == DRAW else f"Add {len(pictures)} picture{'s' * (len(pictures) != 1)}"
    st.button(
        counted,
        type="primary",
        icon=":material/add:",
        key="compare_set_add",
        disabled=not pictures or not name,
        on_click=_keep,
        args=(name, pictures, way),
    )
    if not name:
        st.caption("Name the set first.")
    if missing:
        st.caption(f"Without a label, and so left out: {missing}.")


def _keep(name: str, pictures: list[tuple[str, bytes, int]], way: str) -> None:
    try:
        kept = collections.keep(name, pictures)
    except DigitcoreError as error:
        st.session_state[MESSAGE] = (False, str(error))  # the pictures stay where they are
        return
    text = f"Added to **{name}**: {kept.added}."
    if kept.repeated:
        text += f" Already there: {kept.repeated}."
    st.session_state[MESSAGE] = (not kept.refused, "  \n".join([text, *kept.refused]))
    if kept.refused:
        return
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # a new, empty uploader
    if way == DRAW:
        for key in (f"{CANVAS}_drawing", CANVAS):
            st.session_state.pop(key, None)
