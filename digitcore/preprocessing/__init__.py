"""Turn any picture into the 28x28 image that the networks read, prepared as MNIST's images were."""
