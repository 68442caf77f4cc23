"""Accuracy under corruptions."""

import dataclasses

import numpy as np
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError
from digitcore.evaluation import robustness
from digitcore.evaluation.corruptions import CORRUPTIONS, corrupt
from digitcore.networks import registry

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def data(sample):
    """Some digits, one without a label."""
    labels = sample.y_test[:50].astype(np.int8)
    labels[0] = -1
    return EvaluationSet(name="fifty", images=sample.x_test[:50], labels=labels)


def test_robustness(data):
    """Each figure is the accuracy on images corrupted this way, a good model loses by it, and all is read back."""
    entry, steps = registry.find("sprint"), []
    assert robustness.stored(entry, data) is None
    found = robustness.robustness(entry, data, progress=lambda done, total: steps.append((done, total)))
    model = registry.load_model("sprint")
    images = corrupt(data.images[1:], "blur", CORRUPTIONS["blur"].amounts[-1])
    expected = np.mean(model(images[..., None].astype(np.float32) / 255).numpy().argmax(axis=1) == data.labels[1:])
    assert found.count == 49
    assert found.accuracy["blur"][-1] == pytest.approx(expected)
    assert found.clean > found.overall
    assert found.mean["blur"] == pytest.approx(np.mean(found.accuracy["blur"]))
    assert {name: len(shares) for name, shares in found.accuracy.items()} == {
        name: len(corruption.amounts) for name, corruption in CORRUPTIONS.items()
    }
    assert found.interval("blur", -1).low < expected < found.interval("blur", -1).high
    assert len(steps) == steps[-1][0] == steps[-1][1]
    assert robustness.stored(entry, data) == found


@pytest.mark.parametrize("content", ["", "{", '{"format": 2}', '{"format": 2, "accuracy": {"fog": [1]}}', "[]"])
def test_damaged(data, content):
    """A result that cannot be read, or knows other corruptions, is as good as none."""
    entry = registry.find("sprint")
    file = robustness.store.place(entry, data, "-robustness.json")
    file.parent.mkdir(parents=True)
    file.write_text(content)
    assert robustness.stored(entry, data) is None


def test_changed_amounts(data, monkeypatch):
    """A result that was measured at other amounts is not taken for one at today's."""
    entry = registry.find("sprint")
    robustness.robustness(entry, data)
    other = dataclasses.replace(CORRUPTIONS["blur"], amounts=(1, 2, 3, 4, 5))
    monkeypatch.setitem(CORRUPTIONS, "blur", other)
    assert robustness.stored(entry, data) is None
    robustness.robustness(entry, data)
    assert robustness.stored(entry, data) is not None


def test_no_labels(data):
    """Without labels there is no accuracy to measure."""
    unlabelled = EvaluationSet(name="unlabelled", images=data.images, labels=np.full(50, -1))
    with pytest.raises(DataError, match="no accuracy to measure"):
        robustness.robustness(registry.find("sprint"), unlabelled)
