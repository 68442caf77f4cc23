"""Train one network, from its settings to a saved model."""
