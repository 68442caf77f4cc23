"""Random variations of training images: geometry, pens, ways to write a digit, damage, and images that show no digit."""
