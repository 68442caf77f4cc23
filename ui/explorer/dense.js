// A dense layer: every input times its own weight, summed up. Where the inputs are pixels, the weights are a picture too.

const BARS = 12

const DENSE_PANEL = `
  <h2>The largest contributions, input × weight</h2>
  <ol class="inputs" data-part="list" data-testid="explorer-contributions"></ol>
  <p class="rest" data-part="rest"><span></span><output data-testid="explorer-rest"></output></p>`

class Dense {
  figures = ["input", "weights", "output"]
  pointedAt = "a product to see the input and the weight that it comes from."
  fine = null

  // inputs, weights and products lie in a grid (rows, columns, channels) with the channel changing fastest, as flatten puts them.
  constructor(layer, page, actions) {
    Object.assign(this, { layer, page, actions, part: page.part })
    ;[this.rows, this.columns, this.channels] = layer.shape
    this.hasScales = this.channels > 1
    this.count = Math.min(this.rows * this.columns, layer.inputs.floats.length / this.channels)
    this.products = Float64Array.from(layer.inputs.floats, (input, n) => input * layer.weights.floats[n])
    this.order = strongestFirst(this.products)
    this.ranks = new Uint32Array(this.order.length)
    this.order.forEach((n, rank) => (this.ranks[n] = rank))
    this.sum = sumOf(this.products)
    this.before = this.sum + layer.bias
  }

  get grid() {
    return [this.rows, this.columns]
  }

  // ---- The visitor's state: one input, as a cell of a channel's grid

  begin() {
    return this.input(this.order[0])
  }

  input(n) {
    const cell = Math.floor(n / this.channels)
    return { position: this.cell(cell), channel: n % this.channels, walk: null }
  }

  index() {
    return [this.layer.unit]
  }

  inputAt({ position, channel }) {
    return (position[0] * this.columns + position[1]) * this.channels + channel
  }

  at(state, position) {
    return { ...state, position: this.inside(position) }
  }

  withChannel(state, channel) {
    return this.input(this.order.find((n) => n % this.channels === channel) ?? this.order[0])
  }

  next(state, direction) {
    const n = this.order[this.ranks[this.inputAt(state)] + direction]
    return n === undefined ? null : this.input(n)
  }

  report() {}

  // ---- The pictures

  build() {
    const { layer, part } = this
    part.panel.innerHTML = DENSE_PANEL
    Object.assign(part, partsOf(part.panel))
    part.channel.replaceChildren(new Option("", ""), ...layer.names.map((_, channel) => new Option(this.inputName(channel), channel)))
    part.channel.options[0].textContent = `${this.inputName(this.order[0] % this.channels)} (strongest)`
    part.weightsTitle.textContent = `Weights: ${layer.output_name}, ${this.size}`
    part.title.textContent = `Products: input × weight, ${this.size}`
    const shown = Math.min(BARS, this.order.length)
    part.list.replaceChildren(...Array.from({ length: shown }, (_, rank) => this.bar(rank)))
    part.rest.hidden = this.order.length <= BARS
    part.rest.firstChild.textContent = `the other ${this.order.length - shown} together`
    tell(part.rest.lastChild, sumOf(this.order.slice(shown).map((n) => this.products[n])))
    if (layer.logits) this.softmax = new SoftmaxBars(layer, this.page, this.actions)
    this.colour()
  }

  bar(rank) {
    const item = document.createElement("li")
    const n = this.order[rank]
    item.innerHTML = `<button type="button"><span class="name">${escaped(this.nameOf(n))}</span><span class="factors"></span>
      <i class="bar"><i></i></i><output></output></button>`
    const [, factors, bar, number] = item.firstChild.children
    factors.textContent = `${brief(this.layer.inputs.floats[n])} × ${brief(this.layer.weights.floats[n])}`
    fillBar(bar, this.products[n] / Math.abs(this.products[this.order[0]] || 1))
    tell(number, this.products[n])
    item.firstChild.addEventListener("click", () => this.actions.state(this.input(n)))
    return item
  }

  get size() {
    return this.layer.is_vector ? `${this.order.length.toLocaleString("en")} numbers` : sizeInWords(this.grid)
  }

  inputName(channel) {
    return this.layer.is_vector ? this.layer.names[channel] : `${this.layer.names[channel]}, ${this.size}`
  }

  nameOf(n) {
    const { position: [row, column], channel } = this.input(n)
    if (this.layer.is_vector) return `input ${n}`
    return `row ${row}, column ${column}` + (this.channels > 1 ? `, ${this.layer.names[channel]}` : "")
  }

  colour() {
    this.painted = null
  }

  paint(channel) {
    if (this.painted === channel) return
    this.painted = channel
    const { layer, page, part } = this
    const maps = { input: layer.inputs.floats, weights: layer.weights.floats, output: this.products }
    const labels = { input: `Input: ${layer.names[channel]}`, weights: `Weights of ${layer.output_name}`, output: "Input times weight" }
    const perLayer = part.colours.value === "layer"
    for (const [name, numbers] of Object.entries(maps)) {
      const range = perLayer ? rangeOf(numbers) : rangeOf(numbers, channel, this.channels)
      const options = { first: channel, step: this.channels }
      page.map(name, numbers, this.grid, scaleOf(range, name !== "input" || range[0] < 0), labels[name], options)
    }
  }

  view(state) {
    const { layer } = this
    const n = this.inputAt(state)
    const rank = this.ranks[n]
    const soFar = sumOf(this.order.slice(0, rank + 1).map((other) => this.products[other]))
    const product = `${brief(layer.inputs.floats[n])} × ${brief(layer.weights.floats[n])} = ${brief(this.products[n])}`
    const words = `${this.nameOf(n)}, contribution ${rank + 1} of ${this.order.length}: ${product}; sum of contributions 1 to ${rank + 1}: ${written(soFar)}.`
    const check = layer.logits
      ? this.softmax.check(layer.unit, layer.keras, this.before)
      : activated(layer.activation, this.before, layer.keras)
    const label = layer.logits ? this.softmax.label : activationTitle(layer.activation)
    const result = [
      { name: "sum", label: "sum of all products", number: this.sum },
      { name: "bias", label: "bias", number: layer.bias, sign: "+", term: "bias" },
      { name: "before", label: layer.logits ? "logit" : "before activation", number: this.before, sign: "=", term: layer.logits ? "logit" : "activation function" },
      { name: "value", label, number: check.value, sign: "→", term: layer.logits ? "softmax" : undefined },
    ]
    return { ...state, rank, words: words[0].toUpperCase() + words.slice(1), result, check }
  }

  draw(view) {
    const { part, page, layer } = this
    part.only.textContent = `Input: ${this.inputName(view.channel)}`
    part.channel.value = view.channel
    this.paint(view.channel)
    for (const figure of this.figures) page.outline(figure, "chosen", [[...view.position, 1, 1]])
    Array.from(part.list.children).forEach((item, rank) => item.firstChild.setAttribute("aria-pressed", rank === view.rank))
    this.softmax?.draw(layer.unit)
  }

  glimpse(position, chosen) {
    const here = !position || String(position) === String(chosen)
    for (const figure of this.figures) this.page.outline(figure, "glimpse", here ? [] : [[...position, 1, 1]])
  }
}

for (const name of ["inside", "cell"]) Dense.prototype[name] = MapKind.prototype[name]
