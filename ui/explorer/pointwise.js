// Layers that change each number by itself: activations, batch normalisation, rescaling, and those that act only in training.

class Pointwise extends MapKind {
  constructor(layer, page, actions) {
    const whole = { rows: 1, columns: 1, cells: 1, channels: 1, strides: [1, 1], dilation: [1, 1], offset: [0, 0] }
    super(Object.assign(layer, whole), page, actions)
  }

  build() {
    this.part.panel.replaceChildren()
    super.build()
  }

  // A parameter of the layer at a place: one number for all, or a number for each.
  parameter(name, at) {
    const numbers = this.layer[name]
    return numbers?.floats ? numbers.floats[at] : numbers
  }

  view(state) {
    const at = state.position[0] * this.grid[1] + state.position[1]
    const x = this.layer.inputs.floats[at]
    const keras = this.kerasAt(state.position)
    const place = this.placeInWords(state.position)
    const { steps, sentence, ...check } = POINTWISE[this.layer.function](x, keras, (name) => this.parameter(name, at))
    const result = [{ name: "before", label: "before", number: x }, ...steps]
    return { ...state, check, result, words: `${place[0].toUpperCase()}${place.slice(1)}: ${sentence}` }
  }

  draw(view) {
    this.drawInput(0, true)
    this.drawPlaces("chosen", view.position)
  }

  index({ position }) {
    return this.layer.picture ? super.index({ position }) : [position[0] * this.grid[1] + position[1]]
  }

  // A vector's unit is chosen for the whole page.
  report(position, tellPython) {
    if (this.layer.picture) super.report(position, tellPython)
    else tellPython.unit(...this.index({ position }))
  }
}

// Function -> (number, Keras's result, parameters) => our result, the steps to it, and a sentence.
const POINTWISE = {
  activation(x, keras, parameter) {
    const name = parameter("activation")
    const given = Object.fromEntries(["slope", "ceiling", "threshold", "alpha"].map((key) => [key, parameter(key) ?? undefined]))
    const result = activated(name, x, keras, given)
    const after = { name: "value", label: `after ${activationTitle(name)}`, number: result.value, sign: "→", term: "activation function" }
    return { ...result, steps: [after], sentence: `${written(x)} becomes ${written(result.value)}.` }
  },

  normalise(x, keras, parameter) {
    const [mean, variance, gamma, beta] = ["mean", "variance", "gamma", "beta"].map(parameter)
    const deviation = Math.sqrt(variance + parameter("epsilon"))
    const normalised = (x - mean) / deviation
    const value = normalised * gamma + beta
    const steps = [
      { name: "mean", label: "mean μ", number: mean, sign: "−" },
      { name: "deviation", label: "√(variance + ε)", number: deviation, sign: "÷" },
      { name: "normalised", label: "normalised", number: normalised, sign: "=", term: "batch normalisation" },
      { name: "gamma", label: "scale γ", number: gamma, sign: "×" },
      { name: "beta", label: "shift β", number: beta, sign: "+" },
      { name: "value", label: "after", number: value, sign: "=" },
    ]
    const sentence = `${written(x)} lies ${written(Math.abs(normalised))} standard deviations ${normalised < 0 ? "below" : "above"} the mean; scaled and shifted it becomes ${written(value)}.`
    return { ...compared(value, keras), steps, sentence }
  },

  rescale(x, keras, parameter) {
    const [scale, offset] = ["scale", "shift"].map(parameter)
    const value = x * scale + offset
    const steps = [
      { name: "scale", label: "scale", number: scale, sign: "×" },
      { name: "offset", label: "offset", number: offset, sign: "+" },
      { name: "value", label: "after", number: value, sign: "=" },
    ]
    return { ...compared(value, keras), steps, sentence: `${written(x)} becomes ${written(value)}.` }
  },

  copy(x, keras) {
    const steps = [{ name: "value", label: "after", number: x, sign: "→" }]
    return { ...compared(x, keras), steps, sentence: `${written(x)} passes unchanged.` }
  },
}
