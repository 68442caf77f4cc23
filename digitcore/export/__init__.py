"""Saved models in other formats, each proved to give the same probabilities."""
