"""The technical terms on the pages, each with a short explanation for somebody who meets it for the first time."""

#: term -> one or two sentences.
TERMS = {
    "accuracy": "The share of images that a model reads right.",
    "activation function": "What a layer does to each number at its end, such as ReLU: negative numbers become 0.",
    "architecture": "The plan of a network: which layers it has, in which order.",
    "augmentation": "Random distortion of the training images, so that the network does not learn them by heart.",
    "batch normalisation": (
        "Shifts and scales each feature map, so that its numbers have about the same size for all images. Training is steadier."
    ),
    "batch size": "The number of images that the network sees before it changes its weights once.",
    "bias": "A number that a layer adds to each sum. It is learned, as the weights are.",
    "calibration": "Whether a model is right as often as its confidence says: of 100 answers with 90 % confidence, 90.",
    "confidence": "The probability that the network gives to its answer. A network can be confident and wrong.",
    "confusion matrix": "A table that counts, for each digit, how often it was read as which digit.",
    "convolution": (
        "A small grid of weights, the kernel, moves over the image. At each place, the numbers below it are multiplied by the "
        "weights and added up."
    ),
    "cross-entropy": "A loss for classification: low if the network gives the right digit a high probability.",
    "dense layer": "A layer in which each output number is a weighted sum of all its input numbers.",
    "distortion": "A change to a test image, such as blur or noise, that shows how much a model can bear.",
    "dropout": "During training, some numbers are set to 0 at random, so that the network does not rely on a few of them.",
    "early stopping": "Training ends when the network has not improved for some epochs.",
    "epoch": "One pass over all training images.",
    "feature map": "What one kernel finds in its input: bright where the input fits the kernel.",
    "F1 score": "One number for precision and recall together: their harmonic mean.",
    "Grad-CAM": "A map of the places in which the last convolution finds evidence for a digit.",
    "hyper-parameter": "A setting that is chosen before training, such as the learning rate. Weights are learned, it is not.",
    "importance": "How much of the difference between good and bad trials a setting explains. All importances add up to 100 %.",
    "interval": (
        "The range in which the true value plausibly lies, because only some images were tested. Of 100 such ranges, about 95 "
        "hold the true value."
    ),
    "kernel": "The small grid of weights that a convolution moves over its input.",
    "learning rate": "How far the weights move at each step. Too high, and training fails; too low, and it takes long.",
    "learning rate schedule": "How the learning rate changes during training.",
    "logit": "A digit's score before the softmax turns the ten scores into probabilities. It can be any number.",
    "loss": "How wrong the network is, in one number. Training makes it smaller.",
    "McNemar's test": "Asks whether two models differ by more than chance, from the images that only one of them reads right.",
    "MNIST": "70,000 handwritten digits, 28×28 pixels each, on which most digit networks are trained and tested.",
    "model": "A trained network that was saved under a name, to be used on every page.",
    "momentum": "The optimiser keeps a part of its last step's direction, as a rolling ball does.",
    "occlusion": "A patch is covered, and the network reads again. Where the probability falls most, the pixels mattered most.",
    "optimiser": "The rule by which the weights are changed to make the loss smaller, such as Adam.",
    "overfitting": "The network learns the training images by heart: training loss falls on, validation loss rises.",
    "padding": "Zeros around the input, so that the window can also be placed at the edge.",
    "parameters": "All numbers that a network learns: its weights and biases.",
    "Pareto front": "With two goals: all trials that no other trial beats in one goal without being worse in the other.",
    "patience": "The number of epochs to wait for an improvement.",
    "pooling": "Makes a feature map smaller: of each small window only the largest number, or the mean, is kept.",
    "precision": "Of all images that were read as a digit, the share that shows it.",
    "preprocessing": "What turns a picture into the 28×28 image that the network reads.",
    "probability": "A number from 0 to 1 (0 % to 100 %). The ten digits' probabilities add up to 1.",
    "pruner": "Ends trials early that are worse than others, so that time is left for better ones.",
    "recall": "Of all images that show a digit, the share that was read as it.",
    "receptive field": "The part of the drawing that one number of a layer can see.",
    "ReLU": "Rectified linear unit: negative numbers become 0, the others stay.",
    "robustness": "How much accuracy is left when the images are distorted.",
    "ROC curve": (
        "Shows, for each threshold, how many images of a digit are found, and how many others are taken for it. The closer it "
        "comes to the upper left corner, the better."
    ),
    "saliency": "How strongly a digit's score depends on each pixel.",
    "sampler": "The rule that chooses the settings of the next trial.",
    "search space": "All settings that a search may try: each parameter with its range.",
    "seed": "The start of the random numbers. The same seed gives the same training again.",
    "softmax": "Turns the ten scores into probabilities: each is raised to the power of e, and divided by the sum of all.",
    "stride": "How many pixels the window moves from one place to the next.",
    "study": "A search: all its trials, with what they tried and how good it was.",
    "temperature": (
        "The scores are divided by it before the softmax. Above 1 the probabilities become more alike, below 1 more extreme."
    ),
    "test images": "Images that were not used in training at all. They show how well the network reads new digits.",
    "top activations": "The images for which a feature map has its largest numbers: they show what it looks for.",
    "training images": "The images that the network learns from.",
    "trial": "One try of a search: a network with settings of its own, trained for a short time.",
    "validation images": "Images that are held out of training, to see after each epoch how well the network reads new digits.",
    "weights": "The numbers by which inputs are multiplied. The network learns them.",
    "worker": "A process that trains, one trial at a time. Several of them search at once.",
}


def explain(*terms: str) -> str:
    """Explanations of technical terms, for the ``help`` of a Streamlit element: shown on hover, focus and tap.

    Raises:
        KeyError: a term is missing in ``TERMS``.

    Example:
        >>> explain("epoch")
        '**Epoch**: One pass over all training images.'
    """
    return "\n\n".join(f"**{term[0].upper()}{term[1:]}**: {TERMS[term]}" for term in terms)
