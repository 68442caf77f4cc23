// Numbers -> colours. The same two scales as the rest of the app: black to white from zero up where nothing is negative;
// otherwise blue, white at zero, orange, which colour-blind people can tell apart (Okabe and Ito, 2008).

const NEGATIVE = [0, 114, 178]
const POSITIVE = [213, 94, 0]
const WHITE = [255, 255, 255]

// A scale ends at the given range; it is diverging where that reaches below zero, or where asked for.
function scaleOf([low, high], diverging = low < 0) {
  const end = diverging ? Math.max(-low, high) : high
  return { diverging, low: diverging ? -end : 0, high: end }
}

function colourOf(scale, number) {
  const strength = scale.high > 0 ? Math.min(Math.abs(number) / scale.high, 1) || 0 : 0
  const from = scale.diverging ? WHITE : [0, 0, 0]
  const to = scale.diverging ? (number < 0 ? NEGATIVE : POSITIVE) : WHITE
  return from.map((start, channel) => Math.round(start + (to[channel] - start) * strength))
}

// Black or white, whichever can be read on the colour (the luminance where both contrast alike is 0.18).
function inkOn(colour) {
  const [red, green, blue] = colour.map((part) => (part / 255) ** 2.2)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff"
}

// One canvas pixel a number; CSS enlarges it. The margin is the padding around the input, left transparent.
function paint(canvas, numbers, [height, width], scale, { first = 0, step = 1, margin = [0, 0, 0, 0] } = {}) {
  const [top, right, bottom, left] = margin
  canvas.width = left + width + right
  canvas.height = top + height + bottom
  const image = new ImageData(width, height)
  for (let pixel = 0; pixel < width * height; pixel++) {
    image.data.set(colourOf(scale, numbers[first + pixel * step]), pixel * 4)
    image.data[pixel * 4 + 3] = 255
  }
  canvas.getContext("2d").putImageData(image, left, top)
}

function showScale(legend, scale) {
  const end = (number) => `rgb(${colourOf(scale, number).join()})`
  const stops = scale.diverging ? [end(scale.low), end(0), end(scale.high)] : ["#000", "#fff"]
  const [low, bar, high] = legend.children
  low.textContent = brief(scale.low)
  high.textContent = brief(scale.high)
  bar.style.background = `linear-gradient(to right, ${stops.join()})`
}

// Rectangles in units of cells, light in a dark casing, so that they are seen on every colour.
function outline(svg, kind, rectangles) {
  const shapes = rectangles.flatMap(([y, x, height, width]) =>
    ["casing", "line"].map((part) => `<rect class="${kind} ${part}" x="${x}" y="${y}" width="${width}" height="${height}"/>`))
  svg.querySelector(`.${kind}`).innerHTML = shapes.join("")
}

// The patch as one rectangle where its cells touch, otherwise a rectangle for each cell.
function patchRectangles(layer, position) {
  const [row, column] = inputCell(layer, position, 0)
  if (layer.dilation.every((step) => step === 1)) return [[row, column, layer.rows, layer.columns]]
  return Array.from({ length: layer.cells }, (_, cell) => [...inputCell(layer, position, cell), 1, 1])
}

// How far the patches reach beyond the input: [top, right, bottom, left].
function marginOf(layer) {
  const [height, width] = layer.inputs.shape
  const last = inputCell(layer, [layer.output.shape[0] - 1, layer.output.shape[1] - 1], layer.cells - 1)
  const [top, left] = layer.offset
  return [top, last[1] + 1 - width, last[0] + 1 - height, left].map((cells) => Math.max(0, cells))
}
