"""Limits of a training run. The page, the command line and the worker check them by arithmetic, before anything is built."""

from digitcore.errors import SettingError
from digitcore.networks.cost import Cost, network_cost
from digitcore.runs.config import TrainConfig

#: For each activation a batch keeps its value and its gradient, float32 each.
BYTES_PER_ACTIVATION = 8
#: With this limit, a run fits beside the app on a machine with 8 GB; CNN v2 needs 115 MB for a batch of 128.
MAX_BATCH_BYTES = 2 * 1024**3


def fit_batch_size(config: TrainConfig, images: int) -> int:
    """The number of images in a batch: the config's batch size, or the number of training images if that is smaller."""
    return min(config.batch_size, images)


def check_limits(config: TrainConfig, images: int) -> Cost:
    """Check a run's network and its batches.

    Args:
        config: the run's settings.
        images: the number of training images.

    Returns:
        The network's cost.

    Raises:
        ConfigError: the network cannot be built, or the network or a batch is too large.
    """
    cost = network_cost(config.architecture, config.arguments)
    batch_size = fit_batch_size(config, images)
    bytes_per_image = BYTES_PER_ACTIVATION * cost.activations
    if batch_size * bytes_per_image > MAX_BATCH_BYTES:
        needed = batch_size * bytes_per_image / 1024**3
        raise SettingError(
            "batch_size",
            config.batch_size,
            f"a batch would need {needed:,.1f} GiB for this network, and the limit is {MAX_BATCH_BYTES // 1024**3} GiB. "
            f"Give at most {MAX_BATCH_BYTES // bytes_per_image:,}",
        )
    return cost
