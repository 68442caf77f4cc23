"""The parts of the page of layers."""
