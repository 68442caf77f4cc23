"""Callbacks that act during training: one per file, assembled by ``build``."""
