"""The errors that digitcore raises on purpose.

Each message says what came in, what was expected and what to do, so that a page or the command line can show it as it is.
"""


class DigitcoreError(Exception):
    """Base class: something that the caller can mend."""


class ConfigError(DigitcoreError):
    """A setting is missing, of the wrong type or out of range."""


class DataError(DigitcoreError):
    """A data set is unavailable, corrupt or not what it claims to be."""


class ImageError(DigitcoreError):
    """A picture cannot be used: its format, size or content."""


class ModelError(DigitcoreError):
    """A saved model is missing, unreadable or of the wrong shape."""


class ExportError(DigitcoreError):
    """A model cannot be exported, or the exported file does not answer as the model does."""


class TrainingError(DigitcoreError):
    """A training run cannot go on."""


class RunError(DigitcoreError):
    """A training run is missing, damaged or in no state to do what is asked."""


class CheckpointError(RunError):
    """What a run would go on from cannot be read."""


def summary(error: BaseException) -> str:
    """The first line of another library's error, or its kind where it says nothing."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
