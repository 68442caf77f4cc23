"""A visitor's own handwriting as a named set: pictures are drawn or uploaded here, labelled, and saved."""

import hashlib

import streamlit as st

from digitcore.datasets import collections
from digitcore.errors import DigitcoreError
from digitcore.figures.words import with_article
from ui.compare.label_guesses import Candidate, candidates
from ui.compare.own_set import REVISION, choose_set, show_set
from ui.compare.readers import guessing_model
from ui.compare.results import NO_MODEL
from ui.shared.canvas import digit_canvas, put_drawing
from ui.shared.pictures import tile
from ui.shared.titles import title_of

DRAW, UPLOAD = "Draw", "Upload"
MAX_AT_ONCE = 60
CELL_WIDTH, SIDE = 150, 84
DIGITS = list(range(10))
#: In pixels: of the canvas, so that what is below it is in sight; of the message beside the button, on a phone below it.
CANVAS_WIDTH, MESSAGE_WIDTH = 360, 220
MESSAGE, ROUND, CANVAS = "compare_set_message", "compare_set_round", "compare_canvas"

#: Pictures with their labels; None where a label is missing.
Labelled = list[tuple[Candidate, int | None]]


def show_handwriting() -> None:
    """Add pictures with their labels to a set, which is chosen or named here, and see what the set holds."""
    way = st.segmented_control(
        "Add pictures", [DRAW, UPLOAD], default=DRAW, required=True, key="compare_set_way", label_visibility="collapsed"
    )
    model = guessing_model()
    if model is None:
        st.info(NO_MODEL)
        name = choose_set()
    else:
        name = _add_uploads(model) if way == UPLOAD else _add_drawing(model)
    if name:
        show_set(name)


def _add_drawing(model: str) -> str | None:
    """A canvas, and below it the set and the button; beside them the label. Returns the set's name."""
    left, right = st.columns(2, gap="large")
    with left, st.container(width=CANVAS_WIDTH):
        content = digit_canvas(CANVAS)
    with right:
        if content is None:
            st.write("Draw one digit. A model guesses its label, and you correct it with one click.")
        labelled = _labelled_drawing(content, model) if content else []
    with left:
        return _set_and_button(labelled, way=DRAW)


def _labelled_drawing(content: bytes, model: str) -> Labelled:
    """The drawing with its label, which is guessed and can be corrected; empty if it cannot be read."""
    guesses = _candidates([("drawing.png", content)], model)
    if not guesses:
        return []
    (guess,) = guesses
    st.markdown(f"**{title_of(model)}** {guess.reads}.")
    digest = hashlib.sha256(content).hexdigest()[:12]  # another drawing has another guess
    return [(guess, st.pills("Label", DIGITS, default=guess.label, key=f"compare_drawn_label_{digest}", wrap=True))]


def _add_uploads(model: str) -> str | None:
    """An uploader, and below it the set and the button, then the pictures to label. Returns the set's name."""
    files = st.file_uploader(
        "Pictures of one digit each",
        ["png", "jpg", "jpeg", "webp"],
        accept_multiple_files=True,
        key=f"compare_set_files_{st.session_state.get(ROUND, 0)}",
        help="PNG, JPEG or WebP, up to 10 MB each. A name such as 3.png, 3_mine.png or label-3.png gives the label.",
    )
    if len(files) > MAX_AT_ONCE:
        st.warning(f"You uploaded {len(files)} pictures. The first {MAX_AT_ONCE} can be labelled now.")
    place = st.container()
    guesses = _candidates([(file.name, file.getvalue()) for file in files[:MAX_AT_ONCE]], model) if files else []
    labelled = _label(guesses) if guesses else []
    with place:
        return _set_and_button(labelled, way=UPLOAD)


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


def _label(guesses: list[Candidate]) -> Labelled:
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


def _set_and_button(labelled: Labelled, *, way: str) -> str | None:
    """The set's name, and beside it the button that adds the pictures and what became of the last ones. Returns the name."""
    pictures = [(guess.name, guess.content, label) for guess, label in labelled if label in DIGITS]
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_set_row"):
        name = choose_set()
        st.button(
            _button_text(pictures, way),
            type="primary",
            icon=":material/add:",
            key="compare_set_add",
            disabled=not pictures or not name,
            help=None if name else "Name the set first.",
            on_click=_keep,
            args=(name, pictures, way),
        )
        _show_message(_subject(name, way), is_new=bool(labelled))
    if missing := len(labelled) - len(pictures):
        st.caption(f"Without a label, and so left out: {missing}.")
    return name


def _show_message(subject: tuple, *, is_new: bool) -> None:
    """What became of the last pictures, until there are new ones, or the set changes; an error once."""
    about, is_good, text = st.session_state.get(MESSAGE, (None, False, ""))
    if not is_good or is_new or about != subject:
        st.session_state.pop(MESSAGE, None)
    if about == subject and not (is_good and is_new):
        (st.success if is_good else st.error)(text, width=MESSAGE_WIDTH)


def _subject(name: str | None, way: str) -> tuple:
    """What a message is about; it changes when the set does."""
    return name, way, st.session_state.get(REVISION, 0)


def _button_text(pictures: list[tuple[str, bytes, int]], way: str) -> str:
    if way == UPLOAD:
        return f"Add {_counted(len(pictures))}"
    return f"Add as {with_article(pictures[0][2])}" if pictures else "Add"


def _keep(name: str, pictures: list[tuple[str, bytes, int]], way: str) -> None:
    try:
        kept = collections.keep(name, pictures)
    except DigitcoreError as error:
        st.session_state[MESSAGE] = (_subject(name, way), False, str(error))  # the pictures stay where they are
        return
    text = f"Added to **{name}**: {kept.added}, now {_counted(len(collections.pictures_of(name)))}."
    if kept.repeated:
        text += f" Already there: {kept.repeated}."
    st.session_state[MESSAGE] = (_subject(name, way), not kept.refused, "  \n".join([text, *kept.refused]))
    if kept.refused:
        return
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # a new, empty uploader
    if way == DRAW:
        put_drawing([], b"", CANVAS)


def _counted(pictures: int) -> str:
    return "1 picture" if pictures == 1 else f"{pictures:,} pictures"
