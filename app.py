"""The server: Streamlit around ``ui/frame.py``, and the background work that ``server/`` owns.

Run with: streamlit run app.py
"""

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from server.services import lifespan


async def to_default_page(request: Request) -> RedirectResponse:
    return RedirectResponse("/")


# The frame lies in ui/, because a folder pages/ beside the script would switch on Streamlit's older page discovery.
# Streamlit serves its default page at / alone; a link to it by name should work as well.
app = st.App("ui/frame.py", lifespan=lifespan, routes=[Route("/recognise", to_default_page)])
