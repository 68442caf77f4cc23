// A convolution: the kernel on the patch, the products, and their sum over the input channels.

const SHOWN = 8 // contributions in the list

const CONVOLUTION_PANEL = `
  <div class="arithmetic">
    <div data-part="products">
      <h2 data-part="shown"></h2>
      <div class="grids">
        <div class="grid"><table data-part="patch" data-testid="explorer-patch"></table><small></small></div><b>×</b>
        <div class="grid"><table data-part="kernel" data-testid="explorer-weights"></table><small></small></div><b>=</b>
        <div class="grid"><table data-part="terms" data-testid="explorer-terms"></table><small></small></div>
      </div>
      <p class="sum"><span data-part="partly"></span> <output data-part="part" data-testid="explorer-part"></output></p>
    </div>
    <div>
      <h2>Summed over the input channels, strongest first</h2>
      <ol data-part="list" data-testid="explorer-contributions"></ol>
      <p class="rest" data-part="rest"><span></span><output data-testid="explorer-rest"></output></p>
    </div>
  </div>`

class Convolution extends MapKind {
  fine = "multiplications"

  constructor(layer, page, actions) {
    const [rows, columns, channels] = layer.kernel.shape
    super(Object.assign(layer, { rows, columns, channels, cells: rows * columns }), page, actions)
  }

  stepsAt() {
    return this.layer.channels * this.layer.cells + 2 // then come the bias and the activation
  }

  // In a walk over multiplications, the walk goes on with that channel.
  withChannel(state, channel) {
    if (state.walk === null) return { ...state, channel }
    const order = termsOf(this.layer, state.position).order
    return { ...state, walk: channel === null ? 0 : order.indexOf(channel) * this.layer.cells }
  }

  build() {
    const { layer, part } = this
    part.panel.innerHTML = CONVOLUTION_PANEL
    Object.assign(this.part, partsOf(part.panel))
    part.panel.firstElementChild.classList.toggle("wide", layer.columns > 3) // more than fits beside the list
    for (const name of ["patch", "kernel", "terms"]) fillTable(part[name], layer)
    const rows = Array.from({ length: Math.min(SHOWN, layer.channels) }, (_, rank) => this.contribution(rank))
    part.list.replaceChildren(...rows)
    part.rest.hidden = layer.channels <= SHOWN
    this.own = new OwnKernel(this)
    super.build()
  }

  colour() {
    this.kernelScale = scaleOf(rangeOf(this.layer.kernel.floats), true)
    super.colour()
  }

  contribution(rank) {
    const item = document.createElement("li")
    item.innerHTML = `<button type="button"><span class="name"></span><canvas></canvas>×<canvas></canvas>
      <i class="bar"><i></i></i><output></output></button>`
    item.firstChild.addEventListener("click", () => this.actions.channel(this.shown.terms.order[rank]))
    return item
  }

  view(state) {
    const { layer } = this
    const terms = termsOf(layer, state.position)
    const step = stepOf(layer, terms, state.walk, state.channel)
    const view = { ...state, layer, terms, step }
    const result = [
      { name: "sum", label: "sum of all products", number: terms.sum, later: !step.bias },
      { name: "bias", label: "bias", number: layer.bias, sign: "+", later: !step.bias, term: "bias" },
      { name: "before", label: "before activation", number: terms.before, sign: "=", later: !step.bias, term: "activation function" },
      { name: "value", label: activationTitle(layer.activation), number: terms.value, sign: "→", later: !step.activation },
    ]
    return { ...view, words: stepInWords(view), result, check: terms }
  }

  draw(view) {
    const { layer, part } = this
    this.shown = view
    part.channel.options[0].textContent = `${this.inputName(view.terms.order[0])} (strongest)`
    this.drawInput(view.step.channel, view.walk !== null || view.channel !== null)
    this.drawPlaces("chosen", view.position)
    this.drawProducts(view)
    this.drawContributions(view)
    this.own.draw(view)
  }

  drawProducts({ terms, step, position }) {
    const { layer, page, part } = this
    const own = (numbers) => numbers.subarray(step.channel * layer.cells, (step.channel + 1) * layer.cells)
    const walked = step.cell < layer.cells
    fillTableCells(part.patch, "patch", own(terms.patch), this.scaleOfChannel(step.channel), step.cell)
    fillTableCells(part.kernel, "kernel", own(terms.weights), this.kernelScale, step.cell)
    fillTableCells(part.terms, "products", own(terms.products), scaleOf(rangeOf(own(terms.products)), true), step.cell)
    part.patch.cellNodes.forEach((node, cell) => node.classList.toggle("outside", terms.outside[cell]))
    part.shown.textContent = `The learned kernel on ${layer.names[step.channel]}`
    part.partly.textContent = `Sum of products 1 to ${Math.min(step.cell + 1, layer.cells)} of this map:`
    tell(part.part, walked ? partialSum(layer, terms, step) : terms.sums[step.channel])
    page.outline("input", "walked", walked ? [[...inputCell(layer, position, step.cell), 1, 1]] : [])
  }

  drawContributions({ terms, step }) {
    const { layer, part } = this
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
    tell(part.rest.lastChild, sumOf(others.map((channel) => terms.sums[channel])))
  }

  drawContribution(button, channel, terms, most) {
    const { layer } = this
    const [name, patch, weights, bar, number] = button.children
    const size = [layer.rows, layer.columns]
    const first = channel * layer.cells
    button.dataset.channel = channel
    name.textContent = layer.names[channel]
    paint(patch, terms.patch, size, this.scaleOfChannel(channel), { first })
    paint(weights, terms.weights, size, this.kernelScale, { first })
    fillBar(bar, terms.sums[channel] / most)
    tell(number, terms.sums[channel])
  }
}
