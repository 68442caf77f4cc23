"""Labelled digits: MNIST, folders of labelled pictures, and the sets that networks are trained and evaluated on."""
