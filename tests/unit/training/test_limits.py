"""What a training run may need."""

import re
from dataclasses import replace

import pytest

from digitcore.errors import ConfigError
from digitcore.training.limits import MAX_BATCH_BYTES, check_limits, fit_batch_size
from digitcore.training.recipes import PRESETS, RECIPES

CNN_V2 = RECIPES["cnn_v2"]


@pytest.mark.parametrize("config", [*RECIPES.values(), *PRESETS.values()], ids=lambda config: config.name)
def test_recipes_are_allowed(config):
    """Every recipe and preset is far within the limits."""
    assert check_limits(config, 50_000).activations * 8 * config.batch_size < MAX_BATCH_BYTES / 10


@pytest.mark.parametrize("batch_size", [50_000, 10**9])
def test_large_batch(batch_size):
    """A batch whose activations do not fit is refused; the size that the message advises is accepted, one more is not."""
    config = replace(CNN_V2, batch_size=batch_size)
    with pytest.raises(ConfigError, match=rf"^batch_size is {batch_size}: a batch would need .* the limit is 2 GiB") as caught:
        check_limits(config, 50_000)
    most = int(re.search(r"at most ([\d,]+)\.", str(caught.value))[1].replace(",", ""))
    check_limits(replace(config, batch_size=most), 50_000)
    with pytest.raises(ConfigError, match="at most"):
        check_limits(replace(config, batch_size=most + 1), 50_000)


def test_few_images():
    """A batch is never larger than the data, so a large one is allowed where there are few images."""
    config = replace(CNN_V2, batch_size=10**9)
    assert fit_batch_size(config, 300) == 300
    assert check_limits(config, 300).parameters == 276_810


def test_large_network():
    """A network that is too large is refused whatever the batch."""
    with pytest.raises(ConfigError, match="multiply-adds per image"):
        check_limits(replace(RECIPES["sprint"], arguments={"filters": [512] * 8}, batch_size=1), 50_000)
