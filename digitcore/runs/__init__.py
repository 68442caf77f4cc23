"""The folder of training runs, which is all that a worker and the app share."""
