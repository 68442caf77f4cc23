// Where a window lies on the input, and what of the drawing an output number sees.

function inputCell(layer, [y, x], cell) {
  const row = y * layer.strides[0] - layer.offset[0] + Math.floor(cell / layer.columns) * layer.dilation[0]
  const column = x * layer.strides[1] - layer.offset[1] + (cell % layer.columns) * layer.dilation[1]
  return [row, column]
}

function isOutside(layer, [row, column]) {
  const [height, width] = layer.inputs.shape
  return row < 0 || column < 0 || row >= height || column >= width
}

// The numbers of one channel under the window; null in the padding.
function windowOf(layer, position, channel = 0) {
  const [, width, channels] = layer.inputs.shape
  return Array.from({ length: layer.cells }, (_, cell) => {
    const place = inputCell(layer, position, cell)
    return isOutside(layer, place) ? null : layer.inputs.floats[(place[0] * width + place[1]) * channels + channel]
  })
}

// The window as one rectangle where its cells touch, otherwise a rectangle for each cell.
function windowRectangles(layer, position) {
  const [row, column] = inputCell(layer, position, 0)
  if (layer.dilation.every((step) => step === 1)) return [[row, column, layer.rows, layer.columns]]
  return Array.from({ length: layer.cells }, (_, cell) => [...inputCell(layer, position, cell), 1, 1])
}

// How far the windows reach beyond the input: [top, right, bottom, left].
function marginOf(layer) {
  const [height, width] = layer.inputs.shape
  const last = inputCell(layer, [layer.output.shape[0] - 1, layer.output.shape[1] - 1], layer.cells - 1)
  const [top, left] = layer.offset
  return [top, last[1] + 1 - width, last[0] + 1 - height, left].map((cells) => Math.max(0, cells))
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
