"""The queue of training runs, and the worker processes that train them."""
