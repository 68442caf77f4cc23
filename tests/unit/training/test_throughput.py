"""How fast a network trains."""

from digitcore.runs.config import TrainConfig
from digitcore.training import throughput


def test_the_fastest_measurement_counts(monkeypatch):
    """Measurements that other work has slowed down do not make the estimate slower."""
    speeds = iter([100.0, 2_000.0, 50.0, 300.0])
    monkeypatch.setattr(throughput, "_measure", lambda model, batches: next(speeds))
    config = TrainConfig(name="new", architecture="sprint", arguments={"filters": [2, 2]}, data="sample")
    assert throughput.images_per_second(config) == 2_000
