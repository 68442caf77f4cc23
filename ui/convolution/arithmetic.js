// The arithmetic of one output number, in double precision.

// Keras's activation functions of one number, with its default parameters.
const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  leaky_relu: (x) => (x < 0 ? 0.2 * x : x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hard_sigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  tanh: Math.tanh,
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
  selu: (x) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  silu: (x) => x / (1 + Math.exp(-x)),
  swish: (x) => x / (1 + Math.exp(-x)),
  softplus: (x) => softplus(x),
  softsign: (x) => x / (1 + Math.abs(x)),
  mish: (x) => x * Math.tanh(softplus(x)),
  exponential: Math.exp,
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

function decode({ shape, floats }) {
  const bytes = Uint8Array.from(atob(floats), (letter) => letter.charCodeAt(0))
  return { shape, floats: new Float32Array(bytes.buffer) }
}

// What came from Python, its arrays decoded once.
function readLayer(data) {
  const layer = { ...data }
  for (const name of ["picture", "inputs", "kernel", "output"]) layer[name] = decode(data[name])
  layer.bias = decode(data.bias).floats[0]
  layer.range = rangeOf(decode(data.range).floats)
  const [rows, columns, channels] = layer.kernel.shape
  return Object.assign(layer, { rows, columns, channels, cells: rows * columns })
}

function inputCell(layer, [y, x], cell) {
  const row = y * layer.strides[0] - layer.offset[0] + Math.floor(cell / layer.columns) * layer.dilation[0]
  const column = x * layer.strides[1] - layer.offset[1] + (cell % layer.columns) * layer.dilation[1]
  return [row, column]
}

// Every term of one output number. patch, weights and products hold [channel][cell]; cells in the padding are outside and 0.
function termsOf(layer, position) {
  const { channels, cells } = layer
  const [height, width] = layer.inputs.shape
  const size = channels * cells
  const terms = {
    patch: new Float64Array(size), weights: new Float64Array(size), products: new Float64Array(size),
    outside: new Array(cells), sums: new Float64Array(channels),
  }
  for (let cell = 0; cell < cells; cell++) {
    const [row, column] = inputCell(layer, position, cell)
    const outside = row < 0 || column < 0 || row >= height || column >= width
    terms.outside[cell] = outside
    for (let channel = 0; channel < channels; channel++) {
      const at = channel * cells + cell
      terms.weights[at] = layer.kernel.floats[cell * channels + channel]
      terms.patch[at] = outside ? 0 : layer.inputs.floats[(row * width + column) * channels + channel]
      terms.products[at] = terms.patch[at] * terms.weights[at]
      terms.sums[channel] += terms.products[at]
    }
  }
  return Object.assign(terms, resultOf(layer, position, terms.sums))
}

function resultOf(layer, [y, x], sums) {
  const strongestFirst = (a, b) => Math.abs(sums[b]) - Math.abs(sums[a]) || a - b
  const order = Array.from(sums.keys()).sort(strongestFirst)
  const sum = sums.reduce((total, part) => total + part, 0)
  const before = sum + layer.bias
  const keras = layer.output.floats[y * layer.output.shape[1] + x]
  const activation = ACTIVATIONS[layer.activation]
  const value = activation ? activation(before) : keras
  const difference = Object.is(value, keras) ? 0 : Math.abs(value - keras) // infinite or not a number on both sides is the same
  const agrees = difference <= 1e-4 * Math.max(1, Math.abs(keras))
  return { order, sum, before, keras, value, difference, agrees, known: Boolean(activation) }
}

// The rows and columns of the picture that an output number sees: [top, left, height, width].
function fieldOf(layer, [y, x]) {
  const [startY, stepY, sizeY, startX, stepX, sizeX] = layer.field
  const [top, height] = clipped(startY + y * stepY, sizeY, layer.picture.shape[0])
  const [left, width] = clipped(startX + x * stepX, sizeX, layer.picture.shape[1])
  return [top, left, height, width]
}

function clipped(start, size, length) {
  const first = Math.min(Math.max(start, 0), length)
  return [first, Math.max(0, Math.min(start + size, length) - first)]
}

// Lowest and highest of numbers that may hold NaN; with zero in it, so that zero has its place on every scale.
function rangeOf(numbers, first = 0, step = 1) {
  let [low, high] = [0, 0]
  for (let at = first; at < numbers.length; at += step) {
    if (numbers[at] < low) low = numbers[at]
    if (numbers[at] > high) high = numbers[at]
  }
  return [low, high]
}

// Where a walk stands. Over pixels (walk is null) a channel is shown with all its products; over multiplications the walk counts
// through those of the strongest channel, the next one and so on, then comes the bias and last the activation.
function stepOf(layer, terms, walk, pinned) {
  const { channels, cells } = layer
  if (walk === null) return { channel: pinned ?? terms.order[0], cell: cells, done: channels, bias: true, activation: true }
  const rank = Math.min(Math.floor(walk / cells), channels - 1)
  const total = channels * cells
  return {
    channel: terms.order[rank],
    cell: walk < total ? walk % cells : cells,
    done: Math.floor((walk + 1) / cells), // channels that are summed up
    bias: walk >= total,
    activation: walk > total,
  }
}

// The products of the shown channel, up to and with a cell.
function partialSum(layer, terms, { channel, cell }) {
  const first = channel * layer.cells
  return terms.products.subarray(first, first + Math.min(cell + 1, layer.cells)).reduce((sum, product) => sum + product, 0)
}
