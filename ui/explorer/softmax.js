// Softmax: logits become probabilities. The temperature divides the logits first.

const MOST_ROWS = 20

const SOFTMAX_PANEL = `
  <div class="softmax" data-testid="explorer-softmax">
    <div class="temperature" data-part="temperatureRow"><label><span data-part="temperatureText"></span>
      <input type="range" min="-2" max="2" step="0.05" value="0" data-part="temperature" data-testid="explorer-temperature"></label></div>
    <table class="bars" data-part="bars"><colgroup><col class="unit"><col class="logit"><col class="exponential"><col><col class="probability"></colgroup>
      <thead><tr><th scope="col" data-head="unit"></th><th scope="col" data-head="logit"></th>
      <th scope="col">exponential</th><th scope="col" colspan="2">probability</th></tr></thead><tbody></tbody>
      <tfoot><tr><th scope="row">sum</th><td></td><td data-part="denominator" data-testid="explorer-denominator"></td><td></td>
      <td data-part="total" data-testid="explorer-total"></td></tr></tfoot></table>
    <p class="hint" data-part="softmaxHint"></p>
  </div>`

// The bars of all units. The temperature stays when another digit or unit is shown.
class SoftmaxBars {
  constructor(layer, page, actions) {
    Object.assign(this, { layer, page, actions, part: page.part })
    this.logits = Array.from(layer.logits.floats)
    page.part.side.innerHTML = SOFTMAX_PANEL
    Object.assign(page.part, partsOf(page.part.side))
    const { temperature, temperatureRow, bars } = page.part
    bars.querySelector("[data-head=unit]").textContent = layer.units[0].split(" ")[0]
    bars.querySelector("[data-head=logit]").innerHTML = `logit${help("logit", layer.terms)}`
    temperatureRow.insertAdjacentHTML("beforeend", help("temperature", layer.terms))
    const reset = document.createElement("button")
    Object.assign(reset, { type: "button", textContent: "Reset", ariaLabel: "Reset the temperature to 1" })
    temperatureRow.append(reset)
    temperature.value = page.kept.temperature ?? 0
    temperature.addEventListener("input", () => this.heat(temperature.value))
    reset.addEventListener("click", () => this.heat(0))
    this.rows = this.buildRows(bars.tBodies[0])
  }

  // All units, or the most probable ones where there are many.
  buildRows(body) {
    const units = Array.from(this.logits.keys())
    const shown = units.length <= MOST_ROWS ? units : strongestUnits(this.logits, MOST_ROWS, this.layer.unit)
    return shown.map((unit) => {
      const name = escaped(this.layer.units[unit])
      const row = body.insertRow()
      row.innerHTML = `<th scope="row">${this.actions.unit ? `<button type="button">${name}</button>` : name}</th>
        <td></td><td></td><td><i class="share"><i></i></i></td><td></td>`
      row.dataset.testid = `explorer-unit-${unit}`
      row.querySelector("button")?.addEventListener("click", () => this.actions.unit(unit))
      return { unit, row }
    })
  }

  // The slider holds the temperature's logarithm to the base 2.
  heat(exponent) {
    this.part.temperature.value = this.page.kept.temperature = exponent
    this.actions.redraw()
  }

  get temperature() {
    return 2 ** Number(this.part.temperature.value)
  }

  get label() {
    return `softmax at temperature ${this.temperature.toFixed(2)}`
  }

  // The softmax at the chosen temperature. The largest logit is subtracted, so that no exponential overflows.
  compute() {
    const largest = Math.max(...this.logits)
    const exponentials = this.logits.map((logit) => Math.exp((logit - largest) / this.temperature))
    const sum = sumOf(exponentials)
    return { largest, exponentials, sum, probabilities: exponentials.map((exponential) => exponential / sum) }
  }

  // A unit's probability beside Keras's, which is that at temperature 1.
  check(unit, keras, logit = this.logits[unit]) {
    this.logits[unit] = logit
    return { ...compared(this.compute().probabilities[unit], keras), comparable: this.temperature === 1 }
  }

  draw(unit) {
    const { part } = this
    const { largest, exponentials, sum, probabilities } = this.compute()
    const temperature = this.temperature.toFixed(2)
    part.temperatureText.textContent = `Temperature ${temperature}`
    part.temperature.setAttribute("aria-valuetext", temperature)
    for (const { unit: shown, row } of this.rows) {
      const [, logit, exponential, share, probability] = row.cells
      tell(logit, this.logits[shown])
      tell(exponential, exponentials[shown])
      share.firstChild.firstChild.style.width = `${100 * probabilities[shown] || 0}%`
      probability.textContent = `${(100 * probabilities[shown]).toFixed(2)} %`
      probability.dataset.value = probabilities[shown]
      row.classList.toggle("chosen", shown === unit)
      row.querySelector("button")?.setAttribute("aria-pressed", shown === unit)
    }
    tell(part.denominator, sum)
    part.total.textContent = "100 %"
    part.total.dataset.value = sumOf(probabilities)
    part.softmaxHint.textContent =
      `The largest logit, ${written(largest)}, is subtracted from each logit, which changes no probability. The result is divided by the temperature. The exponential is e to the power of that.`
  }
}

function strongestUnits(logits, count, always) {
  const best = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]).slice(0, count)
  if (!best.includes(always)) best[count - 1] = always
  return best.sort((a, b) => a - b)
}

// A softmax layer of its own: the walk goes from unit to unit.
class Softmax {
  figures = []
  fine = null
  hasScales = false

  constructor(layer, page, actions) {
    Object.assign(this, { layer, page, actions, part: page.part })
    this.count = layer.logits.floats.length
  }

  get grid() {
    return [1, this.count]
  }

  begin() {
    return { position: [0, this.layer.unit], channel: null, walk: null }
  }

  at(state, position) {
    return { ...state, position: this.inside(position) }
  }

  withChannel(state) {
    return state
  }

  next(state, direction) {
    const unit = state.position[1] + direction
    return unit < 0 || unit >= this.count ? null : { ...state, position: [0, unit] }
  }

  build() {
    this.part.panel.replaceChildren()
    this.bars = new SoftmaxBars(this.layer, this.page, { ...this.actions, unit: (unit) => this.actions.state(this.at({}, [0, unit])) })
  }

  colour() {}

  view(state) {
    const unit = state.position[1]
    const { exponentials, sum } = this.bars.compute()
    const check = this.bars.check(unit, this.layer.output.floats[unit])
    const name = this.layer.units[unit]
    const words = `${name[0].toUpperCase()}${name.slice(1)}: ${written(exponentials[unit])} / ${written(sum)} = ${written(check.value)}.`
    const result = [
      { name: "exponential", label: `exponential of ${name}`, number: exponentials[unit] },
      { name: "denominator-again", label: "sum of all", number: sum, sign: "÷" },
      { name: "value", label: this.bars.label, number: check.value, sign: "=", term: "softmax" },
    ]
    return { ...state, words, check, result }
  }

  draw({ position }) {
    this.bars.draw(position[1])
  }

  glimpse() {}

  index({ position }) {
    return [position[1]]
  }

  report([, unit], tellPython) {
    tellPython.unit(unit)
  }
}

for (const name of ["inside", "cell"]) Softmax.prototype[name] = MapKind.prototype[name]
