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

function sizeInWords([height, width]) {
  return height * width === 1 ? "one number" : `${height}×${width}`
}

function tell(node, number) {
  node.textContent = written(number)
  node.dataset.value = number
}

// Text that a layer's name may be part of, for HTML.
function escaped(text) {
  const span = document.createElement("span")
  span.textContent = text
  return span.innerHTML
}
