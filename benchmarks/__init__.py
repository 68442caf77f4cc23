"""Figures that change with the machine: run them one at a time on an idle one. Each prints a table and its ratio."""

import digitcore  # noqa: F401 - quietens TensorFlow, whichever benchmark imports it first
