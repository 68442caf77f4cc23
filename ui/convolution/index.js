// The explorer on the page: what is chosen, and how it is walked through.

const SETTLED_MS = 600 // Python hears of a place where the visitor rests
const SPOKEN_MS = 300 // and a screen reader: not of every step under a held key
const PAGE_ROWS = 5
const KEYS = {
  ArrowUp: ([y, x]) => [y - 1, x],
  ArrowDown: ([y, x]) => [y + 1, x],
  ArrowLeft: ([y, x]) => [y, x - 1],
  ArrowRight: ([y, x]) => [y, x + 1],
  Home: ([y]) => [y, 0],
  End: ([y]) => [y, Infinity],
  PageUp: ([y, x]) => [y - PAGE_ROWS, x],
  PageDown: ([y, x]) => [y + PAGE_ROWS, x],
}

class Explorer {
  constructor(root) {
    this.drawing = new Drawing(root, (channel) => this.showChannel(channel))
    this.part = this.drawing.part
    this.walk = 0 // counts the steps of a walk over multiplications
    this.pinned = null // the channel that the visitor wants to see; null is the strongest
    this.timers = {}
    this.listen()
  }

  get walksPixels() {
    return this.part.walk.value === "pixels"
  }

  get playing() {
    return this.timers.play !== undefined
  }

  // ---- What the visitor does

  listen() {
    const { pick, back, play, forward, walk, channel, colours } = this.part
    pick.addEventListener("keydown", (event) => this.onKey(event))
    pick.addEventListener("click", (event) => this.moveTo(this.cellAt(event)))
    pick.addEventListener("pointermove", (event) => this.onPointer(event))
    pick.addEventListener("pointerleave", () => this.drawing.glimpse(null))
    back.addEventListener("click", () => this.stepByHand(-1))
    forward.addEventListener("click", () => this.stepByHand(1))
    play.addEventListener("click", () => (this.playing ? this.pause() : this.play()))
    walk.addEventListener("change", () => this.moveTo(this.position))
    channel.addEventListener("change", () => this.showChannel(channel.value === "" ? null : Number(channel.value)))
    colours.addEventListener("change", () => this.recolour())
  }

  onKey(event) {
    const move = KEYS[event.key]
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    this.moveTo(move(this.position))
  }

  onPointer(event) {
    const cell = this.cellAt(event)
    if (event.buttons === 1 && event.pointerType === "mouse") this.moveTo(cell)
    else this.drawing.glimpse(cell)
  }

  cellAt(event) {
    const box = this.part.pick.getBoundingClientRect()
    const [height, width] = this.layer.output.shape
    return this.inside([((event.clientY - box.top) / box.height) * height, ((event.clientX - box.left) / box.width) * width])
  }

  inside(position) {
    return position.map((place, axis) => Math.min(Math.max(Math.floor(place), 0), this.layer.output.shape[axis] - 1))
  }

  moveTo(position) {
    this.pause()
    this.position = this.inside(position)
    this.walk = 0
    this.drawing.glimpse(null)
    this.changed()
  }

  showChannel(channel) {
    if (this.walksPixels) this.pinned = channel
    else this.walk = channel === null ? 0 : this.terms.order.indexOf(channel) * this.layer.cells
    this.changed()
  }

  recolour() {
    this.drawing.colour()
    this.draw()
  }

  // ---- Walking

  stepByHand(direction) {
    this.pause()
    this.step(direction)
  }

  // Along the rows of the map; in a walk over multiplications a pixel has one step for each, the bias and the activation.
  step(direction) {
    const last = this.layer.channels * this.layer.cells + 1
    const next = this.walk + direction
    if (this.walksPixels || next < 0 || next > last) this.stepToPixel(direction, direction > 0 ? 0 : last)
    else this.walk = next
    this.changed()
  }

  stepToPixel(direction, walk) {
    const [height, width] = this.layer.output.shape
    const pixel = this.position[0] * width + this.position[1] + direction
    if (pixel < 0 || pixel >= height * width) return this.pause()
    this.position = [Math.floor(pixel / width), pixel % width]
    this.walk = walk
  }

  play() {
    this.stop("speak") // while it plays, neither a screen reader nor Python is told
    this.stop("report")
    this.part.play.textContent = "Pause"
    this.timers.play = setTimeout(() => {
      this.step(1)
      if (this.playing) this.play()
    }, 1000 / Number(this.part.speed.value))
  }

  pause() {
    if (!this.playing) return
    this.stop("play")
    this.part.play.textContent = "Play"
    this.settle()
  }

  changed() {
    this.draw()
    if (!this.playing) this.settle()
  }

  draw() {
    this.terms = termsOf(this.layer, this.position)
    const walk = this.walksPixels ? null : this.walk
    const { layer, terms, position, pinned } = this
    this.drawing.draw({ layer, terms, position, pinned, walk, step: stepOf(layer, terms, walk, pinned) })
  }

  // ---- Those who are told when nothing has moved for a while

  settle() {
    this.later("speak", SPOKEN_MS, () => (this.part.live.textContent = this.part.words.textContent))
    this.reportSoon()
  }

  reportSoon() {
    this.later("report", SETTLED_MS, () => {
      if (String(this.position) === String(this.reported)) return
      this.reported = this.position
      this.report(this.position)
    })
  }

  later(name, delay, action) {
    this.stop(name)
    this.timers[name] = setTimeout(action, delay)
  }

  stop(name) {
    clearTimeout(this.timers[name])
    delete this.timers[name]
  }

  close() {
    for (const name of Object.keys(this.timers)) this.stop(name)
    this.part.play.textContent = "Play"
  }

  // ---- New data

  // The visitor's place, channel and way of walking stay, unless Python asks for another place.
  show(data, report) {
    this.report = report
    if (data === this.data) return // a new theme alone, which is CSS's business
    this.pause()
    if (String(data.position) !== String(this.data?.position)) this.position = this.reported = data.position
    this.data = data
    this.layer = readLayer(data)
    this.position = this.inside(this.position)
    if (this.pinned >= this.layer.channels) this.pinned = null
    this.walk = 0
    this.drawing.build(this.layer)
    this.draw()
    this.reportSoon() // a smaller map may have no such place
  }
}

// Streamlit calls this at the start and with every change of the data or the theme; what it returned last, at the end.
const explorers = new WeakMap()

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".explorer")
  if (!explorers.has(root)) explorers.set(root, new Explorer(root))
  const explorer = explorers.get(root)
  explorer.show(data, (position) => setStateValue("position", position))
  return () => explorer.close()
}
