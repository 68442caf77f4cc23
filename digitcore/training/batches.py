"""Make shuffled, distorted batches of training images."""

import math

import keras
import numpy as np

from digitcore.networks.predict import as_input
from digitcore.runs.config import Augmentation
from digitcore.training.augmentation.augment import augment
from digitcore.training.augmentation.outliers import make_outliers
from digitcore.training.losses import NO_DIGIT


class Batches(keras.utils.PyDataset):
    """Shuffled, distorted batches; each depends only on (seed, epoch, index), whichever thread makes it.

    A batch is ``(float32 (B, 28, 28, 1) in 0-1, uint8 (B,))``. Images without a digit come on top of the batch size, with the
    label ``NO_DIGIT``.

    Args:
        x: uint8 ``(N, 28, 28)``.
        y: uint8 ``(N,)``.
        batch_size: images in a batch; the last one of an epoch may have fewer.
        augmentation: how far each image is distorted.
        seed: the seed of the order and the distortions.
        first_epoch: the epoch to begin with, from 0; its batches are the same as after training all earlier epochs.
    """

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        *,
        batch_size: int,
        augmentation: Augmentation,
        seed: int,
        first_epoch: int = 0,
    ) -> None:
        super().__init__()
        self.x, self.y = x, y
        self.batch_size, self.augmentation, self.seed = batch_size, augmentation, seed
        self.epoch = first_epoch - 1
        self.on_epoch_begin()  # Keras reads a batch before the first epoch

    def __len__(self) -> int:
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        images, labels = as_input(self.x[chosen]), self.y[chosen]
        if self.augmentation:
            generator = np.random.default_rng((self.seed, self.epoch, index))
            images = images[..., 0]
            if outliers := round(self.augmentation.outliers * len(images)):
                images = np.concatenate([images, make_outliers(outliers, images, labels, generator)])
                labels = np.concatenate([labels, np.full(outliers, NO_DIGIT, labels.dtype)])
            images = augment(images, self.augmentation, generator, labels)[..., None]
        return images, labels

    def on_epoch_begin(self) -> None:
        self.epoch += 1
        self.order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.x))
