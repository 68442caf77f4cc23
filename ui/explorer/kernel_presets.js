// Kernels that everybody knows, and numbers that somebody has typed.

// Name -> numbers, row by row, for a kernel of any size; edges and sharpening need three rows and columns.
function presetsOf({ rows, columns, cells }) {
  const kernel = (number) => Array.from({ length: cells }, (_, cell) => number(Math.floor(cell / columns), cell % columns))
  const [middleRow, middleColumn] = [rows, columns].map((length) => Math.floor((length - 1) / 2))
  const isMiddle = (row, column) => row === middleRow && column === middleColumn
  const isNext = (row, column) => Math.abs(row - middleRow) + Math.abs(column - middleColumn) === 1
  const presets = { Identity: kernel((row, column) => Number(isMiddle(row, column))), Blur: kernel(() => 1 / cells) }
  if (rows < 3 || columns < 3) return presets
  return {
    Blur: presets.Blur,
    "Vertical edge": kernel((row, column) => slope(column, columns)),
    "Horizontal edge": kernel((row) => slope(row, rows)),
    Sharpen: kernel((row, column) => (isMiddle(row, column) ? 5 : isNext(row, column) ? -1 : 0)),
    Identity: presets.Identity,
  }
}

// From −1 on one side to 1 on the other.
function slope(index, length) {
  return (2 * index) / (length - 1) - 1
}

// Whether two kernels hold the same numbers; null stands for the learned kernel.
function sameKernel(one, other) {
  return one === other || (one !== null && other !== null && one.every((number, cell) => number === other[cell]))
}

// The number that a text stands for, with a decimal point or comma; null if it is none, or too large.
function numberIn(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".")
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null
  const number = Number(plain)
  return Math.abs(number) <= LARGEST_NUMBER ? number : null
}
