"""Parts that two or more pages use."""
