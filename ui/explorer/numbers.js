// What came from Python as arrays, and comparisons of numbers.

// Of an array came the numbers that are not zero, and a bit for each place.
function decode({ shape, count, filled, floats }) {
  const bits = bytesOf(filled)
  const values = new Float32Array(bytesOf(floats).buffer)
  const numbers = new Float32Array(count)
  let next = 0
  for (let at = 0; at < count; at++) {
    if (bits[at >> 3] & (1 << (at & 7))) numbers[at] = values[next++]
  }
  return shape.length ? { shape, floats: numbers } : numbers[0]
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

// The data with every array decoded; a number that travelled as an array without axes is a number again.
function readData(data) {
  const read = (value) => (value?.floats === undefined ? value : decode(value))
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, read(value)]))
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

// Our number beside Keras's. Infinite, or not a number, on both sides is the same.
function compared(value, keras) {
  const difference = Object.is(value, keras) ? 0 : Math.abs(value - keras)
  return { value, keras, difference, agrees: difference <= 1e-4 * Math.max(1, Math.abs(keras)) }
}

// Our number after an activation; without a formula for it, Keras's.
function activated(name, before, keras, parameters) {
  const formula = ACTIVATIONS[name]
  return { ...compared(formula ? formula(before, parameters) : keras, keras), known: Boolean(formula) }
}

function sumOf(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}

// Indices of numbers, the largest magnitude first.
function strongestFirst(numbers) {
  return Array.from(numbers.keys()).sort((a, b) => Math.abs(numbers[b]) - Math.abs(numbers[a]) || a - b)
}
