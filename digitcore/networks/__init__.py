"""Keras models: their architectures, the folder of saved ones, and how they read images."""
