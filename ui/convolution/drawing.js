// The drawing of a view: the layer, its terms at the chosen position, and the step of the walk.

const SHOWN = 8 // contributions in the list

class Drawing {
  constructor(root, onChannel) {
    this.part = Object.fromEntries(Array.from(root.querySelectorAll("[data-part]"), (node) => [node.dataset.part, node]))
    this.onChannel = onChannel
  }

  svg(name) {
    return this.part[name].querySelector("svg")
  }

  // ---- What stays as long as the layer does

  build(layer) {
    const { part } = this
    this.layer = layer
    const options = layer.names.map((name, channel) => new Option(name, channel))
    part.channel.replaceChildren(new Option("", ""), ...options)
    for (const name of ["patch", "weights", "terms"]) fillTable(part[name], layer)
    const rows = Array.from({ length: Math.min(SHOWN, layer.channels) }, (_, rank) => this.contribution(rank))
    part.list.replaceChildren(...rows)
    part.rest.hidden = layer.channels <= SHOWN
    part.title.textContent = `Output: feature map ${layer.unit} of ${layer.layer}`
    part.activation.textContent = layer.activation
    this.colour()
  }

  contribution(rank) {
    const item = document.createElement("li")
    item.innerHTML = `<button type="button"><span class="name"></span><canvas></canvas>×<canvas></canvas>
      <i class="bar"><i></i></i><output></output></button>`
    item.firstChild.addEventListener("click", () => this.onChannel(this.view.terms.order[rank]))
    return item
  }

  // The maps that no step changes, on the scales that the visitor chose.
  colour() {
    const { layer, part } = this
    const perLayer = part.colours.value === "layer"
    const { picture, output } = layer
    this.inputScale = perLayer ? scaleOf(rangeOf(layer.inputs.floats)) : null
    this.kernelScale = scaleOf(rangeOf(layer.kernel.floats), true)
    this.map("picture", picture.floats, picture.shape, scaleOf([0, 1]), "The drawing")
    this.map("output", output.floats, output.shape, scaleOf(perLayer ? layer.range : rangeOf(output.floats)), part.title.textContent)
    this.painted = null
  }

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

  // ---- What a step changes

  draw(view) {
    this.view = view
    this.drawInput(view)
    this.drawPlaces("chosen", view.position)
    this.drawProducts(view)
    this.drawContributions(view)
    this.drawResult(view)
    this.part.words.textContent = stepInWords(view)
  }

  drawInput({ layer, terms, step, pinned, walk }) {
    const { part } = this
    part.channel.options[0].textContent = `${layer.names[terms.order[0]]} (strongest)`
    part.channel.value = walk === null && pinned === null ? "" : step.channel
    if (this.painted === step.channel) return
    this.painted = step.channel
    const options = { first: step.channel, step: layer.channels, margin: marginOf(layer) }
    const { floats, shape } = layer.inputs
    this.map("input", floats, shape, this.scaleOfChannel(step.channel), layer.names[step.channel], options)
  }

  scaleOfChannel(channel) {
    return this.inputScale ?? scaleOf(rangeOf(this.layer.inputs.floats, channel, this.layer.channels))
  }

  drawPlaces(kind, position) {
    const { layer } = this
    const field = position && fieldOf(layer, position)
    outline(this.svg("picture"), kind, field && field[2] * field[3] ? [field] : [])
    outline(this.svg("input"), kind, position ? patchRectangles(layer, position) : [])
    outline(this.svg("output"), kind, position ? [[...position, 1, 1]] : [])
  }

  // What the pixel under the pointer sees, and its number.
  glimpse(position) {
    const here = position && String(position) === String(this.view.position)
    this.drawPlaces("glimpse", here ? null : position)
    const { floats, shape } = this.layer.output
    this.part.pick.title = position
      ? `row ${position[0]}, column ${position[1]}: ${written(floats[position[0] * shape[1] + position[1]])}` : ""
  }

  drawProducts({ layer, terms, step, position }) {
    const { part } = this
    const own = (numbers) => numbers.subarray(step.channel * layer.cells, (step.channel + 1) * layer.cells)
    const walked = step.cell < layer.cells
    const scales = [this.scaleOfChannel(step.channel), this.kernelScale, scaleOf(rangeOf(own(terms.products)), true)]
    fillTableCells(part.patch, "patch", own(terms.patch), scales[0], step.cell)
    fillTableCells(part.weights, "kernel", own(terms.weights), scales[1], step.cell)
    fillTableCells(part.terms, "products", own(terms.products), scales[2], step.cell)
    part.patch.cellNodes.forEach((node, cell) => node.classList.toggle("outside", terms.outside[cell]))
    part.shown.textContent = layer.names[step.channel]
    part.partly.textContent = walked ? "Sum of the products so far:" : "Sum of the products:"
    tell(part.part, walked ? partialSum(layer, terms, step) : terms.sums[step.channel])
    outline(this.svg("input"), "walked", walked ? [[...inputCell(layer, position, step.cell), 1, 1]] : [])
  }

  drawContributions({ layer, terms, step }) {
    const { part } = this
    const most = Math.abs(terms.sums[terms.order[0]]) || 1
    Array.from(part.list.children).forEach((item, rank) => {
      const channel = terms.order[rank]
      this.drawContribution(item.firstChild, channel, terms, most)
      item.firstChild.setAttribute("aria-pressed", channel === step.channel)
      item.classList.toggle("later", rank >= step.done && channel !== step.channel)
    })
    const others = terms.order.slice(SHOWN)
    part.rest.firstChild.textContent = `the other ${others.length} together`
    part.rest.classList.toggle("later", step.done < layer.channels)
    tell(part.rest.lastChild, others.reduce((total, channel) => total + terms.sums[channel], 0))
  }

  drawContribution(button, channel, terms, most) {
    const { layer } = this
    const [name, patch, weights, bar, number] = button.children
    const size = [layer.rows, layer.columns]
    const first = channel * layer.cells
    const share = terms.sums[channel] / most || 0
    button.dataset.channel = channel
    name.textContent = layer.names[channel]
    paint(patch, terms.patch, size, this.scaleOfChannel(channel), { first })
    paint(weights, terms.weights, size, this.kernelScale, { first })
    bar.firstChild.style.cssText = `${share < 0 ? "right" : "left"}: 50%; width: ${50 * Math.abs(share)}%`
    bar.firstChild.className = share < 0 ? "negative" : "positive"
    tell(number, terms.sums[channel])
  }

  drawResult({ layer, terms, step, position }) {
    const { part } = this
    const numbers = { sum: terms.sum, bias: layer.bias, before: terms.before, value: terms.value, keras: terms.keras }
    for (const [name, number] of Object.entries(numbers)) tell(part[name], number)
    const verdict = terms.agrees ? "✓ the same" : `⚠ differs by ${written(terms.difference)}`
    part.keras.textContent += ` ${terms.known ? verdict : "(taken over: no formula here)"}`
    part.keras.dataset.agrees = terms.agrees
    part.position.dataset.value = position.join()
    part.position.textContent = `row ${position[0]}, column ${position[1]}`
    for (const name of ["sum", "bias", "before"]) part[name].parentNode.classList.toggle("later", !step.bias)
    part.value.parentNode.classList.toggle("later", !step.activation)
  }
}

// ---- Small pieces of the page

function tell(node, number) {
  node.textContent = written(number)
  node.dataset.value = number
}

function fillTable(table, { rows, columns }) {
  table.innerHTML = `<tbody>${`<tr>${"<td></td>".repeat(columns)}</tr>`.repeat(rows)}</tbody>`
  table.style.setProperty("--columns", columns)
  table.classList.toggle("dense", columns > 7)
  table.cellNodes = Array.from(table.querySelectorAll("td"))
}

// Products behind the walked cell are yet to come.
function fillTableCells(table, title, numbers, scale, walked) {
  table.cellNodes.forEach((node, cell) => {
    const colour = colourOf(scale, numbers[cell])
    node.textContent = brief(numbers[cell])
    node.dataset.value = numbers[cell]
    node.style.backgroundColor = `rgb(${colour.join()})`
    node.style.color = inkOn(colour)
    node.classList.toggle("current", cell === walked)
    node.classList.toggle("later", title === "products" && cell > walked)
  })
  table.setAttribute("aria-label", title)
  table.nextElementSibling.textContent = `${title}\n${brief(scale.low)} to ${brief(scale.high)}`
}
