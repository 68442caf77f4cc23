"""A link to what the page shows: to copy, and as a QR code for phones."""

from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

#: Copies the link; where a browser forbids it, as on a page without HTTPS, the link is selected for copying by hand.
COPY_HTML = '<button type="button">Copy link</button><output role="status"></output><input readonly aria-label="Link">'
COPY_STYLE = """
:host { font: 0.875rem/1.4 var(--st-font); color: var(--st-text-color); }
button { font: inherit; color: #fff; background: #2563eb; border: 0; border-radius: var(--st-button-radius); padding: 0.5rem 1rem; cursor: pointer; }
output { margin-left: 0.75rem; }
input { display: block; box-sizing: border-box; width: 100%; margin-top: 0.5rem; padding: 0.5rem; font: inherit; color: inherit;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""
COPY_SCRIPT = """
export default function ({ data, parentElement }) {
  const [button, output, input] = ["button", "output", "input"].map((tag) => parentElement.querySelector(tag))
  input.value = data
  output.textContent = ""
  button.onclick = async () => {
    input.select()
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(data)
      else if (!document.execCommand("copy")) throw new Error()
      output.textContent = "Copied."
    } catch {
      output.textContent = "Press Ctrl+C to copy it."
    }
  }
}
"""
#: Names of a computer for itself alone.
LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


def share(**values: str | int) -> None:
    """A button that opens the link to this page with these values in its address, and its QR code."""
    with st.popover("Share", icon=":material/share:", on_change="rerun", key="share", width="content") as popover:
        if not popover.open:
            return
        link = link_to(st.context.url or "", values)
        copy = st.components.v2.component("copy_link", html=COPY_HTML, css=COPY_STYLE, js=COPY_SCRIPT)
        copy(data=link, key="share_copy")
        code = segno.make_qr(link, error="L")
        st.image(code.svg_data_uri(scale=4, border=4, light="white"), width=280, alt="QR code of the link")
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
