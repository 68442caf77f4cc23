// Keras's activation functions of one number. Parameters have Keras's defaults.

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x, { slope = 0, ceiling = Infinity, threshold = 0 } = {}) => (x < threshold ? slope * (x - threshold) : Math.min(x, ceiling)),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  leaky_relu: (x, { slope = 0.2 } = {}) => (x < 0 ? slope * x : x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hard_sigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  tanh: (x) => Math.tanh(x),
  elu: (x, { alpha = 1 } = {}) => (x < 0 ? alpha * Math.expm1(x) : x),
  selu: (x) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  silu: (x) => x / (1 + Math.exp(-x)),
  swish: (x) => x / (1 + Math.exp(-x)),
  softplus: (x) => softplus(x),
  softsign: (x) => x / (1 + Math.abs(x)),
  mish: (x) => x * Math.tanh(softplus(x)),
  exponential: (x) => Math.exp(x),
}

// Without overflow for large x.
function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

// Abramowitz and Stegun (1964), 7.1.26; off by 1.5e-7 at most.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x))
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  return Math.sign(x) * (1 - series * Math.exp(-x * x))
}

const ACTIVATION_TITLES = { linear: "no activation", relu: "ReLU", relu6: "ReLU6", leaky_relu: "leaky ReLU", elu: "ELU", selu: "SELU", gelu: "GELU" }

function activationTitle(name) {
  return ACTIVATION_TITLES[name] ?? name.replaceAll("_", " ")
}
