// Pooling: of each window the largest number, or the mean. The padding counts in neither.

const POOLING_PANEL = `
  <h2>The window, with the rows and columns of the input</h2>
  <div class="grid"><table class="window" data-part="window" data-testid="explorer-window"></table></div>
  <p class="hint" data-part="windowHint"></p>`

class Pooling extends MapKind {
  fine = "numbers"

  constructor(layer, page, actions) {
    const [rows, columns] = layer.window
    super(Object.assign(layer, { rows, columns, cells: rows * columns, channels: 1 }), page, actions)
    this.takesLargest = layer.operation === "max"
  }

  // One step for each number that counts.
  stepsAt(position) {
    return windowOf(this.layer, position).filter((number) => number !== null).length
  }

  build() {
    this.part.panel.innerHTML = POOLING_PANEL
    Object.assign(this.part, partsOf(this.part.panel))
    this.part.windowHint.textContent = this.takesLargest
      ? "▶ marks the largest number. A dash is padding, which does not count." : "A dash is padding, which does not count."
    super.build()
  }

  view(state) {
    const { layer } = this
    const numbers = windowOf(layer, state.position)
    const inside = numbers.flatMap((number, cell) => (number === null ? [] : [cell]))
    const walked = state.walk === null ? null : inside[state.walk]
    const winner = inside.reduce((best, cell) => (numbers[cell] > numbers[best] ? cell : best), inside[0])
    const total = sumOf(inside.map((cell) => numbers[cell]))
    const value = this.takesLargest ? numbers[winner] : total / inside.length
    const view = { ...state, numbers, inside, walked, winner, total }
    view.check = compared(value, this.kerasAt(state.position))
    return { ...view, words: this.inWords(view), result: this.result(view) }
  }

  result({ position, inside, walked, winner, total, check }) {
    const later = walked !== null && walked !== inside.at(-1)
    const [row, column] = inputCell(this.layer, position, winner)
    const count = inside.length
    if (this.takesLargest) {
      return [
        { name: "value", label: `largest of ${count} numbers`, number: check.value, later },
        { name: "winner", label: "found at", text: `row ${row}, column ${column}`, later },
      ]
    }
    return [
      { name: "sum", label: `sum of ${count} numbers`, number: total, later },
      { name: "count", label: "how many", number: count, sign: "÷", later },
      { name: "value", label: "mean", number: check.value, sign: "=", later },
    ]
  }

  inWords({ position, numbers, inside, walked, winner, check }) {
    const place = `Row ${position[0]}, column ${position[1]}`
    if (walked === null) {
      const [row, column] = inputCell(this.layer, position, winner)
      return this.takesLargest
        ? `${place}: the largest number of the window is ${written(check.value)}, at row ${row}, column ${column} of the input.`
        : `${place}: the mean of the ${inside.length} numbers of the window is ${written(check.value)}.`
    }
    const seen = inside.slice(0, inside.indexOf(walked) + 1).map((cell) => numbers[cell])
    const result = this.takesLargest ? `largest of numbers 1 to ${seen.length}: ${written(Math.max(...seen))}` : `sum of numbers 1 to ${seen.length}: ${written(sumOf(seen))}`
    return `${place}, number ${seen.length} of ${inside.length}: ${written(numbers[walked])}; ${result}.`
  }

  draw(view) {
    const { layer, page } = this
    this.drawInput(0, true)
    this.drawPlaces("chosen", view.position)
    const mark = (cell) => (cell === null ? [] : [[...inputCell(layer, view.position, cell), 1, 1]])
    page.outline("input", "walked", mark(view.walked))
    ring(page.svg("input"), "winner", this.takesLargest ? mark(view.winner) : [])
    this.drawWindow(view)
  }

  drawWindow({ numbers, position, winner, walked }) {
    const { layer, part } = this
    const row = (index) => inputCell(layer, position, index * layer.columns)[0]
    const column = (index) => inputCell(layer, position, index)[1]
    const many = layer.columns > 14
    part.window.classList.toggle("dense", many)
    part.window.style.setProperty("--columns", layer.columns)
    const head = Array.from({ length: layer.columns }, (_, index) => `<th scope="col">${column(index)}</th>`).join("")
    const body = (index) => `<tr><th scope="row">${row(index)}</th>${"<td></td>".repeat(layer.columns)}</tr>`
    part.window.innerHTML = `<thead><tr><td class="corner"></td>${head}</tr></thead>
      <tbody>${Array.from({ length: layer.rows }, (_, index) => body(index)).join("")}</tbody>`
    const scale = this.scaleOfChannel(0)
    part.window.querySelectorAll("tbody td").forEach((node, cell) => {
      if (numbers[cell] === null) return (node.textContent = "–")
      fillCell(node, numbers[cell], scale)
      const wins = this.takesLargest && cell === winner
      if (wins) node.textContent = `▶ ${node.textContent}`
      node.classList.toggle("winner", wins)
      node.classList.toggle("current", cell === walked)
    })
  }
}
