// Layers that turn maps into maps: a window moves over the input, and each place gives one number of the output.
//
// Every kind of layer has these methods. A state is what the visitor has chosen: { position, walk, channel }. position is the cell
// of the grid that can be pointed at; walk counts the steps within a pixel, and is null where the walk goes from pixel to pixel;
// channel is the input map that the visitor wants to see, null for the strongest.

class MapKind {
  figures = ["picture", "input", "output"]
  pointedAt = "a pixel of the output to see where its number comes from."
  fine = null // what a pixel's own steps are called; null: it has none

  constructor(layer, page, actions) {
    Object.assign(this, { layer, page, actions })
    this.part = page.part
    this.count = layer.output.floats.length
    this.hasScales = Boolean(layer.picture) // a vector is its layer's only map
    if (!layer.picture) this.figures = ["input", "output"]
  }

  get grid() {
    return this.layer.output.shape
  }

  // ---- The visitor's state

  begin({ position, channel }) {
    if (this.fine) this.part.walk.value = this.count === 1 ? "fine" : this.part.walk.value
    return this.at({ channel: channel < this.layer.channels ? channel : null }, position)
  }

  at(state, position) {
    return { ...state, position: this.inside(position), walk: this.fine && this.part.walk.value === "fine" ? 0 : null }
  }

  inside([y, x]) {
    const [height, width] = this.grid
    const row = Math.min(Math.max(Math.floor(y), 0), height - 1)
    const column = Math.min(Math.max(Math.floor(x), 0), width - 1)
    return row * width + column < this.count ? [row, column] : this.cell(this.count - 1)
  }

  cell(index) {
    return [Math.floor(index / this.grid[1]), index % this.grid[1]]
  }

  withChannel(state, channel) {
    return { ...state, channel }
  }

  // Along the rows of the map, or step by step through each pixel; null at the end.
  next(state, direction) {
    const walk = state.walk + direction
    if (state.walk !== null && walk >= 0 && walk < this.stepsAt(state.position)) return { ...state, walk }
    const pixel = state.position[0] * this.grid[1] + state.position[1] + direction
    if (pixel < 0 || pixel >= this.count) return null
    const position = this.cell(pixel)
    const first = direction > 0 ? 0 : this.stepsAt(position) - 1
    return { ...state, position, walk: state.walk === null ? null : first }
  }

  stepsAt() {
    return 1
  }

  // Where the number stands in the layer's output.
  index({ position }) {
    return this.layer.axes === 3 ? [...position, this.layer.unit] : [this.layer.unit]
  }

  // Python keeps the place, so that another digit, unit or layer is shown at the same one.
  report(position, tellPython) {
    tellPython.place(position)
  }

  // ---- The pictures

  build() {
    const { layer, part } = this
    const options = layer.names.map((_, channel) => new Option(this.inputName(channel), channel))
    part.channel.replaceChildren(new Option("", ""), ...options)
    part.title.textContent = `Output: ${this.outputName}`
    part.seen.textContent = `Drawing: what this number sees${layer.picture ? `, ${sizeInWords(layer.picture.shape)}` : ""}`
    this.colour()
  }

  // With its size; that of a vector is said by its count.
  inputName(channel) {
    const { names, picture, inputs } = this.layer
    return picture ? `${names[channel]}, ${sizeInWords(inputs.shape)}` : names[channel]
  }

  get outputName() {
    const { output_name: name, picture, output } = this.layer
    return picture ? `${name}, ${sizeInWords(output.shape)}` : `${this.count.toLocaleString("en")} numbers`
  }

  // The maps that no step changes, on the scales that the visitor chose.
  colour() {
    const { layer, page, part } = this
    const { picture, output, inputs } = layer
    this.perLayer = part.colours.value === "layer"
    if (picture) page.map("picture", picture.floats, picture.shape, scaleOf([0, 1]), "The drawing")
    const range = this.perLayer ? layer.range.floats : rangeOf(output.floats)
    page.map("output", output.floats, output.shape, scaleOf(rangeOf(range)), `Output: ${layer.output_name}`)
    this.inputScale = this.perLayer ? scaleOf(rangeOf(inputs.floats)) : null
    this.painted = null
  }

  drawInput(channel, isChosen) {
    const { layer, page, part } = this
    part.channel.value = isChosen ? channel : ""
    part.only.textContent = `Input: ${this.inputName(channel)}`
    if (this.painted === channel) return
    this.painted = channel
    const options = { first: channel, step: layer.channels, margin: marginOf(layer) }
    const { floats, shape } = layer.inputs
    page.map("input", floats, shape, this.scaleOfChannel(channel), `Input: ${layer.names[channel]}`, options)
  }

  scaleOfChannel(channel) {
    return this.inputScale ?? scaleOf(rangeOf(this.layer.inputs.floats, channel, this.layer.channels))
  }

  drawPlaces(kind, position) {
    const { layer, page } = this
    const field = position && layer.picture && fieldOf(layer, position)
    page.outline("picture", kind, field && field[2] * field[3] ? [field] : [])
    page.outline("input", kind, position ? windowRectangles(layer, position) : [])
    page.outline("output", kind, position ? [[...position, 1, 1]] : [])
  }

  // What the pixel under the pointer sees, and its number.
  glimpse(position, chosen) {
    const here = position && String(position) === String(chosen)
    this.drawPlaces("glimpse", here ? null : position)
    this.part.pick.title = position ? `${this.placeInWords(position)}: ${written(this.kerasAt(position))}` : ""
  }

  kerasAt([row, column]) {
    return this.layer.output.floats[row * this.grid[1] + column]
  }

  placeInWords([row, column]) {
    return this.layer.picture ? `row ${row}, column ${column}` : `unit ${row * this.grid[1] + column}`
  }
}
