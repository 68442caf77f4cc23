"""The server: Streamlit around ``ui/frame.py``, with the default model loaded in the background at start.

Run with: streamlit run app.py
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from ui.warm_up import start_warm_up


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    start_warm_up()
    yield


# The frame lies in ui/, because a folder pages/ beside the script would switch on Streamlit's older page discovery.
app = st.App("ui/frame.py", lifespan=lifespan)
