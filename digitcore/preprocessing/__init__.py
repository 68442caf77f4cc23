"""From any picture to the 28x28 image that the networks read, made the way MNIST was made."""
