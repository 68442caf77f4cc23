"""What a network does inside: numbers taken apart, heatmaps, ablation, statistics of layers."""
