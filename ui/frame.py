"""The frame of every page: the page's settings and the navigation."""

from pathlib import Path

import streamlit as st

from server.services import services

PAGES = Path(__file__).resolve().parent.parent / "pages"

st.set_page_config(page_title="Digit Lab", page_icon="🔢", layout="wide")

pages = [
    st.Page(
        PAGES / "recognise.py",
        title="Recognise",
        icon=":material/draw:",
        help="Draw, upload or photograph a digit and see what a network reads, and how sure it is.",
        default=True,
    ),
    st.Page(
        PAGES / "layers.py",
        title="Layers",
        icon=":material/layers:",
        help="Follow your digit through a network, layer by layer, down to a single multiplication.",
    ),
    st.Page(
        PAGES / "train.py",
        title="Train",
        icon=":material/model_training:",
        help="Choose a network and its settings, and watch it learn.",
    ),
    st.Page(
        PAGES / "compare.py",
        title="Compare",
        icon=":material/compare_arrows:",
        help="See which model is better, whether the difference may be chance, and where models differ.",
    ),
]
st.navigation(pages, position="top").run()
services().warm_up.first_page_sent()
