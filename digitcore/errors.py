"""The errors that digitcore raises on purpose.

Each message says what was found, what was expected and what to do, so that a page or the command line can show it unchanged.
"""


class DigitcoreError(Exception):
    """Base class: a problem that the caller can fix."""


class ConfigError(DigitcoreError):
    """A setting is missing, of the wrong type or out of range."""


class SettingError(ConfigError):
    """The value of one setting is of no use. A page can say it in the words of its own label.

    Attributes:
        setting: the setting's name.
        value: what was given.
        advice: what to give instead, without a full stop.
    """

    def __init__(self, setting: str, value: object, advice: str) -> None:
        super().__init__(f"{setting} is {value!r}: {advice}.")
        self.setting, self.value, self.advice = setting, value, advice


class DataError(DigitcoreError):
    """A data set is unavailable, corrupt or not what it claims to be."""


class ImageError(DigitcoreError):
    """A picture cannot be used: its format, size or content."""


class ModelError(DigitcoreError):
    """A saved model is missing, unreadable or of the wrong shape."""


class ExportError(DigitcoreError):
    """A model cannot be exported, or the exported file returns other probabilities than the model."""


class TrainingError(DigitcoreError):
    """A training run cannot continue."""


class RunError(DigitcoreError):
    """A training run is missing, damaged or in the wrong state for the request."""


class StudyError(DigitcoreError):
    """A study is missing, damaged or in the wrong state for the request."""


class StorageError(DigitcoreError):
    """The database of the studies cannot be used; the message never holds its password."""


class ClusterError(DigitcoreError):
    """A Ray cluster cannot be used at the moment; the message never holds a password or token."""


class CheckpointError(RunError):
    """The checkpoint of a run cannot be read."""


def summary(error: BaseException) -> str:
    """The first line of another library's error message, or the error's type if the message is empty."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
