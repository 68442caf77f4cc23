// The visitor's own kernel: numbers to edit, its products under the window, and its map beside that of the learned kernel.

const LARGEST_SIDE = 7
const LARGEST_NUMBER = 1000
const NAMED = 3 // cells in a message

const OWN_KERNEL_PANEL = `
  <summary>Your own kernel: change its numbers and see the map</summary>
  <p data-part="ownWhat" data-testid="explorer-own-what"></p>
  <div class="presets" role="group" aria-label="Kernels to start from" data-part="ownPresets"></div>
  <div class="own-products">
    <h2 data-part="ownTitle" data-testid="explorer-own-title"></h2>
    <div class="grids">
      <div class="grid"><table data-part="ownPatch" data-testid="explorer-own-patch"></table><small></small></div><b>×</b>
      <div class="grid"><table class="editor" data-part="ownTable"></table><small></small></div><b>=</b>
      <div class="grid"><table data-part="ownTerms" data-testid="explorer-own-terms"></table><small></small></div>
    </div>
    <p class="sum">Sum of the products: <output data-part="ownSum" data-testid="explorer-own-sum"></output></p>
  </div>
  <div class="messages">
    <p data-part="ownHint">Type numbers such as 0.5.</p>
    <p class="message" id="own-message" data-part="ownMessage" role="alert" data-testid="explorer-own-message"></p>
  </div>
  <div class="own-maps">
    <figure data-part="ownMap"><figcaption></figcaption>
      <div class="frame"><canvas role="img"></canvas><svg aria-hidden="true"><g class="chosen"></g></svg></div>
      <div class="legend"><span></span><i></i><span></span></div></figure>
    <figure data-part="learnedMap"><figcaption></figcaption>
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
    for (const name of ["ownPatch", "ownTerms"]) fillTable(this.part[name], layer)
    this.buildEditor()
    this.buildPresets()
    own.ontoggle = () => this.refresh()
  }

  buildEditor() {
    const { layer, part } = this
    const field = (row, column) => `<td><input inputmode="decimal" autocomplete="off" aria-label="row ${row}, column ${column}"></td>`
    const rowOf = (row) => `<tr>${Array.from({ length: layer.columns }, (_, column) => field(row, column)).join("")}</tr>`
    part.ownTable.innerHTML = `<tbody>${Array.from({ length: layer.rows }, (_, row) => rowOf(row)).join("")}</tbody>`
    part.ownTable.classList.toggle("wide", layer.columns > 3)
    this.fields = Array.from(part.ownTable.querySelectorAll("input"))
    this.fields.forEach((input, cell) => input.addEventListener("input", () => this.edit(input, cell)))
  }

  buildPresets() {
    const { layer, part } = this
    const learned = this.presetButton("Learned kernel", null)
    learned.dataset.testid = "explorer-own-reset"
    part.ownPresets.replaceChildren(learned, ...Object.entries(presetsOf(layer)).map(([name, numbers]) => this.presetButton(name, numbers)))
  }

  presetButton(name, numbers) {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = name
    button.numbers = numbers
    button.addEventListener("click", () => this.take(numbers))
    return button
  }

  whatIsShown() {
    const { layer } = this
    const title = activationTitle(layer.activation)
    const others = layer.channels > 1 ? ", as if all other input maps were 0" : ""
    const maps = `Both kernels are applied to ${layer.names[this.channel]} alone${others}, and the layer’s bias is added.`
    if (layer.activation === "linear") return `${maps} ${noActivation(layer).replace("comes next.", "comes next and is not applied here.")}`
    return ACTIVATIONS[layer.activation]
      ? `${maps} Then ${title} is applied to both maps.`
      : `${maps} The activation function, ${title}, is not applied here, because this page has no formula for it.`
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
    this.mark(input, number === null)
    this.tellWrong()
    if (number === null) return
    this.edited = Array.from(this.numbers)
    this.edited[cell] = number
    this.filledWith = "own" // what was typed stays as it is
    this.keep()
  }

  mark(input, isWrong) {
    input.setAttribute("aria-invalid", isWrong)
    if (isWrong) input.setAttribute("aria-describedby", "own-message")
    else input.removeAttribute("aria-describedby")
  }

  // The message takes the place of the hint, so that nothing moves.
  tellWrong() {
    const wrong = this.fields.filter((field) => field.getAttribute("aria-invalid") === "true")
    const named = wrong.slice(0, NAMED).map((field) => `“${field.value.slice(0, 8)}” at ${field.getAttribute("aria-label")}`)
    if (wrong.length > NAMED) named.push(`${wrong.length - NAMED} more`)
    const range = `from −${LARGEST_NUMBER} to ${LARGEST_NUMBER}`
    const [theseAre, rest] = wrong.length > 1
      ? [`These are not numbers ${range}`, "The last numbers of these cells still count."]
      : [`This is not a number ${range}`, "The last number of this cell still counts."]
    this.part.ownMessage.textContent = wrong.length ? `${theseAre}: ${named.join("; ")}. ${rest}` : ""
    this.part.ownHint.classList.toggle("kept-free", wrong.length > 0)
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

  draw({ step, position, terms }) {
    Object.assign(this, { channel: step.channel, position, terms })
    this.refresh()
  }

  refresh() {
    const { page } = this
    if (page.part.own.hidden || !page.part.own.open || this.channel === undefined) return
    this.fillFields(this.edited ? "own" : this.channel)
    for (const button of this.part.ownPresets.children) button.setAttribute("aria-pressed", sameKernel(button.numbers, this.edited))
    this.drawProducts()
    this.drawMaps()
  }

  fillFields(source) {
    if (this.filledWith === source) return
    this.filledWith = source
    this.numbers.forEach((number, cell) => {
      this.fields[cell].value = String(Number(number.toFixed(4)))
      this.mark(this.fields[cell], false)
    })
    this.tellWrong()
  }

  drawProducts() {
    const { layer, part, numbers, channel } = this
    const patch = this.terms.patch.subarray(channel * layer.cells, (channel + 1) * layer.cells)
    const products = patch.map((number, cell) => number * numbers[cell])
    const scale = scaleOf(rangeOf(numbers), true)
    this.fields.forEach((input, cell) => paintField(input, colourOf(scale, numbers[cell])))
    fillTableCells(part.ownPatch, "patch", patch, scaleOf(rangeOf(layer.inputs.floats, channel, layer.channels)), layer.cells)
    fillTableCells(part.ownTerms, "products", products, scaleOf(rangeOf(products), true), layer.cells)
    part.ownPatch.cellNodes.forEach((node, cell) => node.classList.toggle("outside", this.terms.outside[cell]))
    part.ownTable.nextElementSibling.textContent = `kernel\n${brief(scale.low)} to ${brief(scale.high)}`
    part.ownWhat.textContent = this.whatIsShown()
    part.ownTitle.textContent = this.edited ? "Your own kernel" : "The learned kernel"
    tell(part.ownSum, sumOf(products))
  }

  drawMaps() {
    const { layer, part, page } = this
    const maps = { ownMap: this.mapOf(this.numbers), learnedMap: this.mapOf(this.learned) }
    const titles = { ownMap: "Map of your own kernel", learnedMap: "Map of the learned kernel" }
    for (const [name, numbers] of Object.entries(maps)) {
      part[name].firstChild.textContent = titles[name]
      page.map(name, numbers, layer.output.shape, scaleOf(rangeOf(numbers)), titles[name])
      page.outline(name, "chosen", [[...this.position, 1, 1]])
    }
    this.tellPlace(maps)
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
    this.part.ownWords.textContent = this.edited
      ? `Row ${row}, column ${column}: your own kernel gives ${written(ownMap[at])}, the learned kernel ${written(learnedMap[at])}.`
      : `Row ${row}, column ${column}: the learned kernel gives ${written(learnedMap[at])}. Your own kernel is still the same.`
  }
}

function paintField(input, colour) {
  input.style.backgroundColor = `rgb(${colour.join()})`
  input.style.color = inkOn(colour)
}
