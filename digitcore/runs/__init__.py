"""Training runs: one folder each, which is all that a worker and the app share."""
