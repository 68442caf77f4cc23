// The arithmetic of one output number of a convolution, in double precision.

// Every term of one output number. patch, weights and products hold [channel][cell]; cells in the padding are outside and 0.
function termsOf(layer, position) {
  const { channels, cells } = layer
  const [, width] = layer.inputs.shape
  const size = channels * cells
  const terms = {
    patch: new Float64Array(size), weights: new Float64Array(size), products: new Float64Array(size),
    outside: new Array(cells), sums: new Float64Array(channels),
  }
  for (let cell = 0; cell < cells; cell++) {
    const [row, column] = inputCell(layer, position, cell)
    const outside = isOutside(layer, [row, column])
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
  const sum = sumOf(sums)
  const before = sum + layer.bias
  const keras = layer.output.floats[y * layer.output.shape[1] + x]
  return { order: strongestFirst(sums), sum, before, ...activated(layer.activation, before, keras) }
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
  return sumOf(terms.products.subarray(first, first + Math.min(cell + 1, layer.cells)))
}

// The calculation that is shown, for those who read and those who listen.
function stepInWords({ layer, terms, position, walk, step }) {
  const place = `Row ${position[0]}, column ${position[1]}`
  const total = layer.channels * layer.cells
  const before = `${written(terms.sum)} + bias ${written(layer.bias)} = ${written(terms.before)}`
  const after = layer.activation === "linear" ? `. ${noActivation(layer)}` : `; ${activationTitle(layer.activation)} makes it ${written(terms.value)}.`
  if (walk === null) return `${place}: sum of all products ${before}${after}`
  if (step.activation) return `${place}, activation: ${written(terms.before)}${after}`
  if (step.bias) return `${place}, bias: ${before}.`
  const sum = written(sumSoFar(layer, terms, step))
  return `${place}, multiplication ${walk + 1} of ${total}: ${productInWords(layer, terms, step)}; sum of products 1 to ${walk + 1}: ${sum}.`
}

function noActivation({ next_activation: next }) {
  return `This layer has no activation function of its own${next ? `; ${next} comes next` : ""}.`
}

function productInWords(layer, terms, { channel, cell }) {
  const at = channel * layer.cells + cell
  const where = terms.outside[cell] ? " (padding)" : ""
  return `${brief(terms.patch[at])}${where} × ${brief(terms.weights[at])} = ${brief(terms.products[at])}`
}

function sumSoFar(layer, terms, step) {
  const before = terms.order.slice(0, terms.order.indexOf(step.channel))
  return before.reduce((sum, channel) => sum + terms.sums[channel], partialSum(layer, terms, step))
}
