"""Keras models: their architectures, the folder of saved models, and reading images with them."""
