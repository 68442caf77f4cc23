// A row of pictures, of which one is chosen.

const MOVES = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  Home: () => 0,
  End: () => Infinity,
}

class Filmstrip {
  constructor(list) {
    this.list = list
    list.addEventListener("keydown", (event) => this.onKey(event))
    list.addEventListener("click", (event) => this.onClick(event))
  }

  get buttons() {
    return Array.from(this.list.querySelectorAll("button"))
  }

  onKey(event) {
    const move = MOVES[event.key]
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const { buttons } = this
    const at = buttons.indexOf(event.target)
    const next = Math.min(Math.max(move(at), 0), buttons.length - 1)
    this.reachByTab(buttons[next])
    buttons[next].focus({ preventScroll: true })
    this.scrollTo(next)
  }

  onClick(event) {
    const at = this.buttons.indexOf(event.target.closest("button"))
    if (at < 0) return
    this.mark(at) // at once; what it leads to comes from the server
    this.choose(at)
  }

  mark(chosen) {
    this.buttons.forEach((button, at) => {
      if (at === chosen) button.setAttribute("aria-current", "true")
      else button.removeAttribute("aria-current")
    })
    this.reachByTab(this.buttons[chosen])
  }

  // Tab stops at one picture and leaves the row with the next press; the arrow keys move within the row.
  reachByTab(reached) {
    for (const button of this.buttons) button.tabIndex = button === reached ? 0 : -1
  }

  show(data, choose) {
    this.choose = choose
    const names = JSON.stringify(data.frames.map(({ label, is_thin }) => [label, is_thin]))
    if (names !== this.names) this.build(data)
    this.buttons.forEach((button, at) => paint(button, data, at))
    this.mark(data.chosen)
    if (names !== this.names || data.chosen !== this.chosen) this.scrollTo(data.chosen)
    this.names = names
    this.chosen = data.chosen
  }

  build({ frames, label, size }) {
    this.list.setAttribute("aria-label", label)
    this.list.style.setProperty("--size", `${size}px`)
    this.list.replaceChildren(...frames.map(frameOf))
  }

  // Only sideways: the page itself stays where it is.
  scrollTo(at) {
    const frame = this.list.children[at]
    if (!frame) return
    this.list.scrollLeft = frame.offsetLeft - this.list.offsetLeft - (this.list.clientWidth - frame.offsetWidth) / 2
  }
}

function frameOf({ label, is_thin }) {
  const item = document.createElement("li")
  const button = document.createElement("button")
  const text = document.createElement("span")
  button.type = "button"
  button.className = is_thin ? "thin" : ""
  text.textContent = label
  button.append(document.createElement("i"), text)
  item.append(button)
  return item
}

function paint(button, { frames, sheet }, at) {
  const { description, picture } = frames[at]
  button.title = description
  button.setAttribute("aria-label", description)
  const { style } = button.firstChild
  if (picture) style.backgroundImage = `url("${picture}")`
  else if (sheet) Object.assign(style, cellOf(sheet, at))
}

function cellOf({ picture, columns, rows }, at) {
  const share = (index, count) => (count > 1 ? `${(100 * index) / (count - 1)}%` : "0%")
  return {
    backgroundImage: `url("${picture}")`,
    backgroundSize: `${100 * columns}% ${100 * rows}%`,
    backgroundPosition: `${share(at % columns, columns)} ${share(Math.floor(at / columns), rows)}`,
  }
}

const filmstrips = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ul")
  if (!filmstrips.has(list)) filmstrips.set(list, new Filmstrip(list))
  filmstrips.get(list).show(data, (at) => setTriggerValue("chosen", at))
}
