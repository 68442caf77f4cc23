"""Saved models in other formats, each verified to return the same probabilities."""
