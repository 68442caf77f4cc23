"""One rerun of the recognise page with a drawing, the server's part alone, beside a page with a title and a slider.

The script runs as in the server, the clean-up after it included, without a browser.

Usage: python -m benchmarks.rerun [ROUNDS]
"""

import io
import statistics
import sys
import time

from PIL import Image
from streamlit.testing.v1 import AppTest

from benchmarks.browser import HEADER, row
from benchmarks.recognition import SEVEN
from benchmarks.wild import draw_strokes
from digitcore.networks.backend import import_tensorflow
from server.keras_session import keep_keras_session
from tests.server import PROJECT

TIMEOUT_SECONDS = 60
BARE_PAGE = "import streamlit as st; st.title('Bare'); st.slider('A slider')"


def drawing() -> bytes:
    """A 7, as the canvas gives it."""
    file = io.BytesIO()
    Image.fromarray(draw_strokes(SEVEN)).convert("RGBA").save(file, "PNG")
    return file.getvalue()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    keep_keras_session()
    import_tensorflow()
    page = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=TIMEOUT_SECONDS)
    page.session_state["canvas_drawing"] = {
        "objects": [{}], "png": drawing(), "start": None, "stale": None, "pen_width": 22,
    }  # fmt: skip
    bare = AppTest.from_string(BARE_PAGE, default_timeout=TIMEOUT_SECONDS)
    times: dict[str, list[float]] = {"recognise page": [], "bare page": []}
    for number in range(rounds + 10):
        for name, app in zip(times, (page, bare), strict=True):
            started = time.perf_counter()
            app.run()
            if number >= 10:
                times[name].append(time.perf_counter() - started)
    assert not page.exception, page.exception
    assert any("confidence" in element.value for element in page.markdown), "The page shows no answer."
    print(HEADER)
    for name, values in times.items():
        print(row(name, values))
    ratio = statistics.median(a / b for a, b in zip(*times.values(), strict=True))
    print(f"ratio, median of {rounds} pairs: {ratio:.2f}")


if __name__ == "__main__":
    main()
