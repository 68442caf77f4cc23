"""The parts of the page that recognises digits."""
