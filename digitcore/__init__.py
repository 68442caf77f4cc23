"""Digit Lab's core: data, networks, training and recognition of handwritten digits. It never imports Streamlit.

Example:
    >>> import digitcore
    >>> digitcore.recognise("seven.png").digit  # doctest: +SKIP
    7
"""

import os
from typing import Any

# Hide TensorFlow's start-up messages: on a machine without a GPU, one of them is marked as an error.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# TensorFlow uses oneDNN by itself only on CPUs with AVX512_VNNI or better; with AVX2, it halves the time of convolutions too.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

__all__ = ["recognise"]


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import, and most of this package does not need it.
    if name == "recognise":
        from digitcore.networks.recogniser import recognise

        return recognise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
