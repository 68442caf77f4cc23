// The parts of the page, and what is drawn in the same way for every kind of layer.

const FIGURES = ["picture", "input", "weights", "output"]

class Page {
  constructor(root) {
    this.part = partsOf(root)
    this.kept = {} // what outlives the data of one layer, such as the visitor's own kernel
  }

  svg(name) {
    return this.part[name].querySelector("svg")
  }

  showFigures(names) {
    for (const name of FIGURES) this.part[name].hidden = !names.includes(name)
    this.part.maps.hidden = !names.length
    this.part.maps.dataset.count = names.length
  }

  // One array as a picture. A picture that can be pointed at has its description on the element that takes the focus.
  map(name, numbers, [height, width], scale, label, options = {}) {
    const [canvas, svg] = [this.part[name].querySelector("canvas"), this.svg(name)]
    const [top, , , left] = options.margin ?? [0, 0, 0, 0]
    paint(canvas, numbers, [height, width], scale, options)
    svg.setAttribute("viewBox", `${-left} ${-top} ${canvas.width} ${canvas.height}`)
    const frame = canvas.parentNode
    frame.style.setProperty("--columns", canvas.width)
    frame.style.setProperty("--rows", canvas.height)
    const facts = `${label}, ${height} by ${width}: ${factsOf(numbers, width, options.first, options.step)}.`
    const described = frame.hasAttribute("tabindex") ? frame : canvas
    described.setAttribute("aria-label", facts)
    showScale(this.part[name].querySelector(".legend"), scale)
  }

  outline(figure, kind, rectangles) {
    outline(this.svg(figure), kind, rectangles)
  }

  clearOutlines() {
    for (const figure of FIGURES) for (const group of this.svg(figure).children) group.replaceChildren()
  }

  // The calculation in one row. An item is { name, label, number or text, sign, later, term }; later: the walk is not there yet.
  showResult(items, check, terms) {
    const { result } = this.part
    const form = items.map(({ name, label, sign, term }) => [name, label, sign, term]).join()
    if (result.dataset.form !== form) {
      result.dataset.form = form
      result.querySelectorAll("div:not(.check)").forEach((node) => node.remove())
      result.prepend(...items.map((item) => resultItem(item, terms)))
    }
    items.forEach((item, index) => {
      const node = result.children[index]
      const shown = node.querySelector("dd")
      if (item.text === undefined) tell(shown, item.number)
      else shown.textContent = item.text
      node.classList.toggle("later", Boolean(item.later))
    })
    this.showCheck(check)
  }

  showCheck({ keras, difference, agrees, known = true, comparable = true }) {
    const node = this.part.keras
    tell(node, keras)
    const verdict = agrees ? "✓ the same" : `⚠ differs by ${written(difference)}`
    node.textContent += !known ? " (taken over: no formula here)" : comparable ? ` ${verdict}` : " (at temperature 1)"
    node.dataset.agrees = agrees || !comparable
  }
}

function partsOf(root) {
  return Object.fromEntries(Array.from(root.querySelectorAll("[data-part]"), (node) => [node.dataset.part, node]))
}

function resultItem({ name, label, sign = "", term }, terms) {
  const node = document.createElement("div")
  node.dataset.sign = sign
  node.innerHTML = `<dt>${escaped(label)}${help(term, terms)}</dt><dd data-testid="explorer-${name}"></dd>`
  node.classList.toggle("main", name === "value")
  return node
}

// A question mark that explains a term: on hover, and on click, Enter or tap.
function help(term, terms) {
  if (!term || !terms[term]) return ""
  const id = `term-${term.replaceAll(" ", "-")}`
  const text = escaped(terms[term])
  return ` <button type="button" class="help" popovertarget="${id}" title="${text.replaceAll('"', "&quot;")}"
    aria-label="What does ${escaped(term)} mean?">?</button><span class="note" id="${id}" popover>${text}</span>`
}
