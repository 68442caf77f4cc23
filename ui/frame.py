"""The frame of every page: the page's settings, the navigation, and what stands in the header."""

from pathlib import Path

import streamlit as st

from server.services import services
from ui.shared.activity import show_activity
from ui.shared.address import complete_page, enter_page
from ui.shared.detail import detail_switch

HERE = Path(__file__).resolve().parent
PAGES = HERE.parent / "pages"

st.set_page_config(page_title="Digit Lab", page_icon="🔢", layout="wide")

recognise = st.Page(
    PAGES / "recognise.py",
    title="Recognise",
    icon=":material/draw:",
    help="Draw, upload or photograph a digit and see what a network reads, and how sure it is.",
    default=True,
)
layers = st.Page(
    PAGES / "layers.py",
    title="Layers",
    icon=":material/layers:",
    help="Follow your digit through a network, layer by layer, down to a single multiplication.",
)
train = st.Page(
    PAGES / "train.py",
    title="Train",
    icon=":material/model_training:",
    help="Choose a network and its settings, and watch it learn.",
)
search = st.Page(
    PAGES / "search.py",
    title="Search",
    icon=":material/manage_search:",
    help="Let the computer try many settings, and see which ones make the best network.",
)
compare = st.Page(
    PAGES / "compare.py",
    title="Compare",
    icon=":material/compare_arrows:",
    help="See which model is better, whether the difference may be chance, and where models differ.",
)
pages = [recognise, layers, train, search, compare]

page = st.navigation(pages, position="top")
st.html(HERE / "style.css")
with st.container(key="frame_header", horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
    show_activity(train, search)
    detail_switch()
with st.container(key="frame_bar", horizontal=True):  # on a phone, instead of Streamlit's drawer
    for each in pages:
        st.page_link(each, label=each.title, icon=each.icon, width="stretch")
enter_page(page.url_path)
page.run()
complete_page()
services().warm_up.first_page_sent()
