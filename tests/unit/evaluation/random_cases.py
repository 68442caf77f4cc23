"""Labels and probabilities of middling models."""

import numpy as np


def random_case(name, count=300):
    """Labels and float64 probabilities of a middling model: labels differ from case to case."""
    generator = np.random.default_rng(7)
    labels = generator.integers(10, size=count)
    if name == "missing digits":
        labels = generator.choice([0, 3, 4, 9], count)
    elif name == "rare digit":
        labels = np.append(np.zeros(count - 1, int), 5)
    logits = generator.normal(size=(count, 10)) + 2 * np.eye(10)[labels]
    if name == "ties":
        logits = np.round(logits)
    if name == "one answer":
        logits[:, 3] += 50
    if name == "unlike scales":
        logits *= generator.uniform(0.1, 8, (count, 1))
    probabilities = np.exp(logits)
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)
