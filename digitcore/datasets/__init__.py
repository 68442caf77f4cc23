"""Labelled digits: MNIST, folders of labelled pictures, and what networks are trained and evaluated on."""
