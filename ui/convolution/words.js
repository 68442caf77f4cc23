// Numbers and steps in words.

// What a map shows, in words.
function factsOf(numbers, width, first = 0, step = 1) {
  let [zeros, count, largest] = [0, 0, -1]
  for (let at = first; at < numbers.length; at += step, count++) {
    if (numbers[at] === 0) zeros++
    if (largest < 0 || numbers[at] > numbers[first + largest * step]) largest = count
  }
  const value = written(numbers[first + largest * step])
  const place = `row ${Math.floor(largest / width)}, column ${largest % width}`
  return `largest number ${value} at ${place}; ${zeros} of ${count} are zero`
}

// Three places that count at most, so that a number fits its cell.
function brief(number) {
  const size = Math.abs(number)
  if (number === 0) return "0"
  if (!Number.isFinite(number) || size >= 1e4 || size < 0.0005) return signed(number.toPrecision(1))
  return signed(number.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3))
}

function written(number) {
  const size = Math.abs(number)
  if (number === 0) return "0"
  if (!Number.isFinite(number) || size >= 1e6 || size < 0.00005) return signed(number.toPrecision(3))
  return signed(number.toFixed(size >= 1000 ? 1 : 4))
}

function signed(text) {
  return text.replace("-", "−").replace("e-", "e−").replace("e+", "e")
}

// The calculation that is shown, for those who read and those who listen.
function stepInWords({ layer, terms, position, walk, step }) {
  const place = `Row ${position[0]}, column ${position[1]}`
  const total = layer.channels * layer.cells
  const before = `${written(terms.sum)} + bias ${written(layer.bias)} = ${written(terms.before)}`
  const after = `${layer.activation} makes it ${written(terms.value)}`
  if (walk === null) return `${place}: the products sum up to ${before}; ${after}.`
  if (step.activation) return `${place}, activation: ${written(terms.before)}; ${after}.`
  if (step.bias) return `${place}, bias: ${before}.`
  const sum = written(sumSoFar(layer, terms, step))
  return `${place}, multiplication ${walk + 1} of ${total}: ${productInWords(layer, terms, step)}; sum so far ${sum}.`
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
