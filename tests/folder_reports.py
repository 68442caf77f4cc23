"""Reports on folders for tests."""

import numpy as np

from digitcore.evaluation.folder_report import FolderPicture, FolderReport, Prediction, Total


def made(labels, predictions, *, problems=(), side=28, name=""):
    """A report of these labels and each model's (digit, confidence)."""
    pictures = tuple(
        FolderPicture(name=f"{name}{i}.png", label=label, thumbnail=np.full((side, side), 200, np.uint8))
        for i, label in enumerate(labels)
    )
    predictions = {model: tuple(Prediction(digit=d, confidence=c) for d, c in pairs) for model, pairs in predictions.items()}
    totals = {model: Total(right=0, labelled=len(labels), abstained=0) for model in predictions}
    return FolderReport(
        folder="made",
        pictures=pictures,
        models=tuple(predictions),
        predictions=predictions,
        totals=totals,
        problems=tuple(problems),
    )
