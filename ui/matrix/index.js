// A confusion matrix of a hundred buttons, of which one is chosen, or none.

const SIDE = 10
const DIGITS = [...Array(SIDE).keys()]
const MOVES = {
  ArrowLeft: (row, column) => [row, column - 1],
  ArrowRight: (row, column) => [row, column + 1],
  ArrowUp: (row, column) => [row - 1, column],
  ArrowDown: (row, column) => [row + 1, column],
  Home: (row) => [row, 0],
  End: (row) => [row, SIDE - 1],
}

class Matrix {
  constructor(table) {
    this.table = table
    table.replaceChildren(headOf(), bodyOf())
    this.buttons = Array.from(table.querySelectorAll("button"))
    table.addEventListener("keydown", (event) => this.onKey(event))
    table.addEventListener("click", (event) => this.onClick(event))
    this.reachByTab(0)
  }

  onKey(event) {
    const move = MOVES[event.key]
    const at = this.buttons.indexOf(event.target)
    if (!move || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const [row, column] = move(Math.floor(at / SIDE), at % SIDE).map((place) => Math.min(Math.max(place, 0), SIDE - 1))
    this.reachByTab(SIDE * row + column)
    this.buttons[SIDE * row + column].focus()
  }

  onClick(event) {
    const at = this.buttons.indexOf(event.target.closest("button"))
    if (at < 0) return
    const chosen = isChosen(this.buttons[at]) ? -1 : at
    this.mark(chosen) // at once; what it leads to comes from the server
    this.reachByTab(at)
    this.choose(chosen)
  }

  mark(chosen) {
    this.buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === chosen)))
  }

  // Tab stops at one cell and leaves the table with the next press; the arrow keys move within the table.
  reachByTab(reached) {
    this.buttons.forEach((button, at) => (button.tabIndex = at === reached ? 0 : -1))
  }

  show({ cells, chosen, label }, choose) {
    this.choose = choose
    this.table.setAttribute("aria-label", label)
    this.buttons.forEach((button, at) => paint(button, cells[at]))
    this.mark(chosen)
    if (chosen >= 0 && chosen !== this.chosen) this.reachByTab(chosen)
    this.chosen = chosen
  }
}

function isChosen(button) {
  return button.getAttribute("aria-pressed") === "true"
}

function headOf() {
  const head = document.createElement("thead")
  const title = heading("read as", "colgroup")
  title.colSpan = SIDE
  const corner = document.createElement("td")
  corner.colSpan = corner.rowSpan = 2
  head.append(rowOf(corner, title), rowOf(...DIGITS.map((digit) => heading(digit, "col", `read as ${digit}`))))
  return head
}

function bodyOf() {
  const body = document.createElement("tbody")
  const title = heading("labelled", "rowgroup")
  title.rowSpan = SIDE
  for (const digit of DIGITS) {
    const cells = DIGITS.map(() => {
      const cell = document.createElement("td")
      const button = document.createElement("button")
      button.type = "button"
      cell.append(button)
      return cell
    })
    body.append(rowOf(...(digit ? [] : [title]), heading(digit, "row", `labelled ${digit}`), ...cells))
  }
  return body
}

function heading(text, scope, description = text) {
  const heading = document.createElement("th")
  heading.scope = scope
  heading.textContent = text
  heading.setAttribute("aria-label", description)
  return heading
}

function rowOf(...cells) {
  const row = document.createElement("tr")
  row.append(...cells)
  return row
}

function paint(button, { text, description, light, dark }) {
  button.textContent = text
  button.title = description
  button.setAttribute("aria-label", description)
  button.style.background = `light-dark(${light.ground}, ${dark.ground})`
  button.style.color = `light-dark(${light.text}, ${dark.text})`
}

const matrices = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const table = parentElement.querySelector("table")
  if (!matrices.has(table)) matrices.set(table, new Matrix(table))
  matrices.get(table).show(data, (at) => setTriggerValue("chosen", at))
}
