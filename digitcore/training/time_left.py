"""How long a run will still train, from its progress: smoothed, so that a short stall does not turn seconds into hours."""

import math

from digitcore.training.duration import VALIDATION_SHARE

#: What was measured this long ago counts e times less than what is measured now.
MEMORY_SECONDS = 15.0
#: Nothing is estimated from less than this.
FIRST_ESTIMATE_SECONDS = 0.5
#: In one update, the time for an image counts as at most this many times the estimate so far.
LARGEST_JUMP = 4.0


class TimeLeft:
    """Estimates the time left from images and seconds, both forgotten exponentially.

    Args:
        epochs: the epochs that are left when training begins.
        images: training images in an epoch.
        validation_images: validation images, which are read after each epoch.
    """

    def __init__(self, *, epochs: int, images: int, validation_images: int) -> None:
        self.epochs, self.images, self.validation_images = epochs, images, validation_images
        self._images = self._seconds = 0.0
        self._validation_seconds: float | None = None

    def trained(self, images: int, seconds: float) -> None:
        """Add what was trained since the last update. Leave out what includes compiling, such as the first batch."""
        if self.is_known:
            seconds = min(seconds, LARGEST_JUMP * images * self._seconds / self._images)
        kept = math.exp(-seconds / MEMORY_SECONDS)
        self._images = kept * self._images + images
        self._seconds = kept * self._seconds + seconds

    def validated(self, seconds: float) -> None:
        """Note how long the validation of an epoch took."""
        self._validation_seconds = seconds

    @property
    def is_known(self) -> bool:
        """Whether enough was trained for an estimate."""
        return self._images > 0 and self._seconds >= FIRST_ESTIMATE_SECONDS

    def seconds(self, *, epochs_done: int, images_done: int = 0) -> float | None:
        """The seconds left, with the validation of each epoch; None while too little is known.

        Args:
            epochs_done: finished epochs since training began.
            images_done: images trained in the current epoch.
        """
        if not self.is_known:
            return None
        pace = self._seconds / self._images
        validation = self._validation_seconds
        if validation is None:
            validation = VALIDATION_SHARE * self.validation_images * pace
        epochs_left = self.epochs - epochs_done
        return max(0.0, (epochs_left * self.images - images_done) * pace + epochs_left * validation)
