// The visitor's own kernel: numbers to edit, and the map that they give beside that of the learned kernel.

const LARGEST_SIDE = 7
const LARGEST_NUMBER = 1000

const OWN_KERNEL_PANEL = `
  <summary>Your own kernel: change its numbers and see the map</summary>
  <p data-part="ownWhat"></p>
  <div class="own-kernel">
    <div>
      <h2>Your own kernel</h2>
      <table class="editor" data-part="ownTable"></table>
      <p class="message" data-part="ownMessage" role="alert" data-testid="explorer-own-message"></p>
    </div>
    <div class="presets" role="group" aria-label="Kernels to start from" data-part="ownPresets"></div>
    <figure data-part="ownMap"><figcaption>Map of your own kernel</figcaption>
      <div class="frame"><canvas role="img"></canvas><svg aria-hidden="true"><g class="chosen"></g></svg></div>
      <div class="legend"><span></span><i></i><span></span></div></figure>
    <figure data-part="learnedMap"><figcaption>Map of the learned kernel</figcaption>
      <div class="frame"><canvas role="img"></canvas><svg aria-hidden="true"><g class="chosen"></g></svg></div>
      <div class="legend"><span></span><i></i><span></span></div></figure>
  </div>
  <p class="words" data-part="ownWords" data-testid="explorer-own-words"></p>`

class OwnKernel {
  constructor({ layer, page }) {
    Object.assign(this, { layer, page })
    const { own } = page.part
    own.hidden = Math.max(layer.rows, layer.columns) > LARGEST_SIDE
    if (own.hidden) return
    own.innerHTML = OWN_KERNEL_PANEL
    Object.assign(page.part, partsOf(own))
    this.part = page.part
    const kept = page.kept.kernel
    this.edited = kept?.shape.join() === [layer.rows, layer.columns].join() ? kept.numbers : null // null: the learned numbers
    this.buildEditor()
    this.buildPresets()
    own.ontoggle = () => this.refresh()
  }

  buildEditor() {
    const { layer, part } = this
    const field = (row, column) => `<td><input inputmode="decimal" autocomplete="off" aria-label="row ${row}, column ${column}"></td>`
    const rowOf = (row) => `<tr>${Array.from({ length: layer.columns }, (_, column) => field(row, column)).join("")}</tr>`
    part.ownTable.innerHTML = `<tbody>${Array.from({ length: layer.rows }, (_, row) => rowOf(row)).join("")}</tbody>`
    this.fields = Array.from(part.ownTable.querySelectorAll("input"))
    this.fields.forEach((input, cell) => input.addEventListener("input", () => this.edit(input, cell)))
  }

  buildPresets() {
    const { layer, part } = this
    const buttons = Object.entries(presetsOf(layer)).map(([name, numbers]) => this.presetButton(name, () => this.take(numbers)))
    const reset = this.presetButton("Back to the learned kernel", () => this.take(null))
    reset.dataset.testid = "explorer-own-reset"
    part.ownPresets.replaceChildren(...buttons, reset)
  }

  presetButton(name, action) {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = name
    button.addEventListener("click", action)
    return button
  }

  // ---- What the visitor does

  take(numbers) {
    this.edited = numbers
    this.filledWith = null
    this.keep()
  }

  // A text that is no number stays in its field to be mended, and the cell keeps its last number.
  edit(input, cell) {
    const number = numberIn(input.value)
    input.setAttribute("aria-invalid", number === null)
    const wrong = this.fields.find((field) => field.getAttribute("aria-invalid") === "true")
    this.part.ownMessage.textContent = wrong
      ? `“${wrong.value.slice(0, 20)}” is not a number from −${LARGEST_NUMBER} to ${LARGEST_NUMBER}, such as 0.5. The map still uses the last number of this cell.`
      : ""
    if (number === null) return
    this.edited = Array.from(this.numbers)
    this.edited[cell] = number
    this.filledWith = "own" // what was typed stays as it is
    this.keep()
  }

  keep() {
    this.page.kept.kernel = this.edited && { shape: [this.layer.rows, this.layer.columns], numbers: this.edited }
    this.refresh()
  }

  // ---- Drawing

  get learned() {
    const { kernel, channels, cells } = this.layer
    return Array.from({ length: cells }, (_, cell) => kernel.floats[cell * channels + this.channel])
  }

  get numbers() {
    return this.edited ?? this.learned
  }

  draw({ step, position }) {
    this.channel = step.channel
    this.position = position
    this.refresh()
  }

  refresh() {
    const { layer, part, page } = this
    if (page.part.own.hidden || !page.part.own.open || this.channel === undefined) return
    this.fillFields(this.edited ? "own" : this.channel)
    const scale = scaleOf(rangeOf(this.numbers), true)
    this.fields.forEach((input, cell) => paintField(input, colourOf(scale, this.numbers[cell])))
    const others = layer.channels > 1 ? " as if all other input maps were 0" : ""
    part.ownWhat.textContent = `Both kernels are applied to ${layer.names[this.channel]} alone,${others ? `${others},` : ""} with the layer’s bias and activation.`
    const maps = { ownMap: this.mapOf(this.numbers), learnedMap: this.mapOf(this.learned) }
    for (const [name, numbers] of Object.entries(maps)) {
      page.map(name, numbers, layer.output.shape, scaleOf(rangeOf(numbers)), part[name].firstChild.textContent)
      page.outline(name, "chosen", [[...this.position, 1, 1]])
    }
    this.tellPlace(maps)
  }

  fillFields(source) {
    if (this.filledWith === source) return
    this.filledWith = source
    this.numbers.forEach((number, cell) => {
      this.fields[cell].value = String(Number(number.toFixed(4)))
      this.fields[cell].setAttribute("aria-invalid", "false")
    })
    this.part.ownMessage.textContent = ""
  }

  mapOf(numbers) {
    const { layer, channel } = this
    const [height, width] = layer.output.shape
    const activation = ACTIVATIONS[layer.activation] ?? ACTIVATIONS.linear
    return Float64Array.from({ length: height * width }, (_, pixel) => {
      const patch = windowOf(layer, [Math.floor(pixel / width), pixel % width], channel)
      return activation(patch.reduce((sum, value, cell) => sum + (value ?? 0) * numbers[cell], layer.bias))
    })
  }

  tellPlace({ ownMap, learnedMap }) {
    const [row, column] = this.position
    const at = row * this.layer.output.shape[1] + column
    Object.assign(this.part.ownWords.dataset, { own: ownMap[at], learned: learnedMap[at] })
    this.part.ownWords.textContent =
      `Row ${row}, column ${column}: your own kernel gives ${written(ownMap[at])}, the learned kernel ${written(learnedMap[at])}.`
  }
}

function paintField(input, colour) {
  input.style.backgroundColor = `rgb(${colour.join()})`
  input.style.color = inkOn(colour)
}
