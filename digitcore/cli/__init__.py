"""The command line, python -m digitcore."""
