"""Look inside a network: decompositions, heatmaps, ablation, statistics of layers."""
