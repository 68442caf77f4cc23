"""How one output number of each kind of layer is computed: in a sentence, and in symbols."""

from digitcore.explain.network import Layer

CONVOLUTION = (
    "Each number of the window is multiplied by the weight at the same place. The products are added up over all input maps, "
    "and the bias is added."
)
#: Kind -> a sentence.
RULES = {
    "convolution": CONVOLUTION,
    "depthwise_convolution": CONVOLUTION.replace("over all input maps", "over one input map"),
    "max_pooling": "The largest number of the window is kept. The others are dropped.",
    "average_pooling": "The numbers of the window are added up and divided by how many they are.",
    "global_max_pooling": "The window is the whole map. Its largest number is kept.",
    "global_average_pooling": "The window is the whole map. Its numbers are added up and divided by how many they are.",
    "dense": "Each input is multiplied by its own weight. The products are added up, and the bias is added.",
    "softmax": "e is raised to the power of each logit. Each result is divided by the sum of all results.",
    "activation": "The layer changes each number by itself.",
    "batch_normalization": (
        "The mean that the training images had is subtracted, and the result is divided by their standard deviation. Then a "
        "learned scale and a learned shift are applied."
    ),
    "rescaling": "Each number is multiplied by the same scale, and the same offset is added.",
}
IDLE = "This layer acts only in training. Here, each number passes unchanged."
#: Name of an activation function -> what it does.
ACTIVATIONS = {
    "relu": "The activation function is ReLU. It makes negative numbers 0 and keeps the others.",
    "sigmoid": "The activation function is the sigmoid. It squeezes each number into the range from 0 to 1.",
    "tanh": "The activation function is tanh. It squeezes each number into the range from −1 to 1.",
    "softmax": "The activation function is softmax. It turns the sums of all units into probabilities.",
    "leaky_relu": "The activation function is leaky ReLU. It brings negative numbers closer to 0 and keeps the others.",
}
#: Kind -> the formula; windows and kernels count from 0.
FORMULAS = {
    "convolution": "y[i, j] = f(b + Σ x[i·s + m·d − p, j·s + n·d − p, c] · k[m, n, c]), summed over m, n and c",
    "depthwise_convolution": "y[i, j] = f(b + Σ x[i·s + m·d − p, j·s + n·d − p] · k[m, n]), summed over m and n",
    "max_pooling": "y[i, j] = max x[i·s + m − p, j·s + n − p], over m and n in the window",
    "average_pooling": "y[i, j] = (1 / N) · Σ x[i·s + m − p, j·s + n − p], over the N cells of the window outside the padding",
    "global_max_pooling": "y = max x[i, j], over all rows i and columns j",
    "global_average_pooling": "y = (1 / HW) · Σ x[i, j], over all rows i and columns j",
    "dense": "y = f(b + Σ w[n] · x[n]), summed over all inputs n",
    "softmax": "p[u] = exp(z[u] / T) / Σ exp(z[v] / T), summed over all units v; T is the temperature, 1 in the network",
    "activation": "y = f(x)",
    "batch_normalization": "y = γ · (x − μ) / √(σ² + ε) + β",
    "rescaling": "y = scale · x + offset",
}


def rule_of(layer: Layer) -> str:
    """How a layer computes one output number, in one to three sentences."""
    rule = RULES.get(layer.kind, IDLE)
    function = getattr(layer.layer, "activation", None)
    name = "relu" if layer.class_name == "ReLU" and _is_plain(layer) else getattr(function, "__name__", "")
    return f"{rule} {ACTIVATIONS[name]}" if name in ACTIVATIONS else rule


def _is_plain(layer: Layer) -> bool:
    """Whether a ReLU layer is max(0, x): it can also have a slope, a ceiling or a threshold."""
    return not layer.layer.negative_slope and not layer.layer.threshold and layer.layer.max_value is None
