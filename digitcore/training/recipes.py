"""The settings that the shipped models were trained with, one per architecture; ``train`` starts from them."""

from digitcore.runs.config import Augmentation, TrainConfig

RECIPES = {
    recipe.architecture: recipe
    for recipe in (
        TrainConfig(name="cnn_v1", architecture="cnn_v1", epochs=12),
        TrainConfig(
            name="cnn_v2",
            architecture="cnn_v2",
            epochs=20,
            learning_rate=0.0015,
            schedule="one_cycle",
            # Preprocessing centres and scales a digit, so shift and scale stay small; pens, slants and handwriting vary more.
            augmentation=Augmentation(shift=1, rotation=12, scale=0.15, shear=12, elastic=0.8, thickness=0.7, noise=0.05),
        ),
        TrainConfig(name="lenet", architecture="lenet", epochs=12),
        TrainConfig(
            name="resnet",
            architecture="resnet",
            epochs=60,
            optimizer="adamw",
            learning_rate=0.004,
            schedule="one_cycle",
            early_stopping_patience=None,
            # Handwriting of all kinds: other pens and national styles, small scans, photographs, and pictures of no digit.
            augmentation=Augmentation(
                shift=1.5,
                rotation=25,
                scale=0.15,
                shear=15,
                elastic=1,
                thickness=0.7,
                styles=0.3,
                pens=0.35,
                stretch=0.12,
                damage=0.35,
                outliers=0.12,
            ),
        ),
        TrainConfig(name="sprint", architecture="sprint", epochs=1, learning_rate=0.02, schedule="one_cycle"),
    )
}

#: Presets for the train page's form, by name; the first one is what a new visitor sees.
PRESETS = {
    preset.name: preset
    for preset in (
        RECIPES["sprint"],
        TrainConfig(
            name="first_steps",
            architecture="lenet",
            arguments={"filters": [8, 16]},
            data="sample",
            batch_size=32,
            epochs=8,
            learning_rate=0.002,
        ),
        RECIPES["cnn_v2"],
    )
}
