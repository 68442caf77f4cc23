"""A link to what the page shows: to copy, and as a QR code for phones."""

from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from ui.shared.address import address_values

HERE = Path(__file__).parent
COPY_HTML = '<button type="button">Copy link</button><output role="status"></output><input readonly aria-label="Link">'
COPY_STYLE = (HERE / "copy_link.css").read_text("utf-8")
COPY_SCRIPT = (HERE / "copy_link.js").read_text("utf-8")
#: Names of a computer for itself alone.
LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


def share() -> None:
    """A button that opens the link to what the page shows, and its QR code; after ``keep_in_address``."""
    with st.popover("Share", icon=":material/share:", on_change="rerun", key="share", width="content") as popover:
        if not popover.open:
            return
        link = link_to(st.context.url or "", address_values())
        copy = st.components.v2.component("copy_link", html=COPY_HTML, css=COPY_STYLE, js=COPY_SCRIPT)
        copy(data=link, key="share_copy")
        code = segno.make_qr(link, error="L")
        st.image(code.svg_data_uri(scale=4, border=4, light="white"), width=420, alt="QR code of the link")
        if urlsplit(link).hostname in LOOPBACK:
            st.caption(
                "This link works on this computer alone. For phones, start the app with `--server.address 0.0.0.0` and open it "
                "by this computer's name or number in the network."
            )


def link_to(url: str, values: dict[str, str | int]) -> str:
    """The address of a page with these values.

    Example:
        >>> link_to("http://school/layers?old=1", {"model": "lenet", "unit": 3})
        'http://school/layers?model=lenet&unit=3'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(values), ""))
