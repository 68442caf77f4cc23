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
  const count = Math.floor((numbers.length - first - 1) / step) + 1 // the last row of a grid may be shorter
  canvas.width = left + width + right
  canvas.height = top + height + bottom
  const image = new ImageData(width, height)
  for (let pixel = 0; pixel < Math.min(width * height, count); pixel++) {
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

// A ring around a cell, so that the winner is told apart by its shape.
function ring(svg, kind, cells) {
  const shapes = cells.flatMap(([y, x]) =>
    ["casing", "line"].map((part) => `<circle class="${kind} ${part}" cx="${x + 0.5}" cy="${y + 0.5}" r="0.32"/>`))
  svg.querySelector(`.${kind}`).innerHTML = shapes.join("")
}
