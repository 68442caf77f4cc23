"""The server: Streamlit around ``ui/frame.py``, with the default model loaded in the background at start.

Run with: streamlit run app.py
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from server.keras_session import keep_keras_session
from server.warm_up import start_warm_up


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    keep_keras_session()
    start_warm_up()
    yield


async def to_default_page(request: Request) -> RedirectResponse:
    return RedirectResponse("/")


# The frame lies in ui/, because a folder pages/ beside the script would switch on Streamlit's older page discovery.
# Streamlit serves its default page at / alone; a link to it by name should work as well.
app = st.App("ui/frame.py", lifespan=lifespan, routes=[Route("/recognise", to_default_page)])
