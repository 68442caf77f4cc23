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
    this.root = root
    this.page = new Page(root)
    this.part = this.page.part
    this.state = { position: [0, 0], walk: null, channel: null }
    this.timers = {}
    this.listen()
  }

  get playing() {
    return this.timers.play !== undefined
  }

  // ---- What the visitor does

  listen() {
    const { pick, inputFrame, back, play, forward, walk, channel, colours } = this.part
    for (const frame of [pick, inputFrame]) frame.addEventListener("keydown", (event) => this.onKey(event))
    pick.addEventListener("click", (event) => this.moveTo(this.cellAt(event)))
    pick.addEventListener("pointermove", (event) => this.onPointer(event))
    pick.addEventListener("pointerleave", () => this.kind.glimpse(null))
    back.addEventListener("click", () => this.stepByHand(-1))
    forward.addEventListener("click", () => this.stepByHand(1))
    play.addEventListener("click", () => this.playOrPause())
    walk.addEventListener("change", () => this.moveTo(this.state.position))
    channel.addEventListener("change", () => this.showChannel(channel.value === "" ? null : Number(channel.value)))
    colours.addEventListener("change", () => this.recolour())
  }

  onKey(event) {
    const move = KEYS[event.key]
    if (!(move || event.key === " ") || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    if (move) this.moveTo(move(this.state.position))
    else if (!event.repeat) this.playOrPause()
  }

  onPointer(event) {
    const cell = this.cellAt(event)
    if (event.buttons === 1 && event.pointerType === "mouse") this.moveTo(cell)
    else this.kind.glimpse(this.kind.inside(cell), this.state.position)
  }

  cellAt(event) {
    const box = this.part.pick.getBoundingClientRect()
    const [height, width] = this.kind.grid
    return [((event.clientY - box.top) / box.height) * height, ((event.clientX - box.left) / box.width) * width]
  }

  moveTo(position) {
    this.goTo(this.kind.at(this.state, position))
  }

  showChannel(channel) {
    this.goTo(this.kind.withChannel(this.state, channel))
  }

  goTo(state) {
    this.pause()
    this.state = state
    this.kind.glimpse(null)
    this.changed()
  }

  recolour() {
    this.kind.colour()
    this.draw()
  }

  // ---- Walking

  playOrPause() {
    if (this.playing) this.pause()
    else this.play()
  }

  stepByHand(direction) {
    this.pause()
    this.step(direction)
  }

  step(direction) {
    const next = this.kind.next(this.state, direction)
    if (next === null) return this.pause()
    this.state = next
    this.changed()
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
    const view = this.kind.view(this.state)
    this.kind.draw(view)
    this.page.showResult(view.result, view.check, this.data.terms)
    const [row, column] = view.position
    this.part.words.textContent = view.words
    this.part.position.dataset.value = view.position.join()
    this.part.position.dataset.index = this.kind.index(view).join()
    this.part.position.textContent = `row ${row}, column ${column}`
  }

  // ---- Those who are told when nothing has moved for a while

  settle() {
    this.later("speak", SPOKEN_MS, () => (this.part.live.textContent = this.part.words.textContent))
    this.reportSoon()
  }

  reportSoon() {
    this.later("report", SETTLED_MS, () => {
      const { position } = this.state
      if (String(position) === String(this.reported)) return
      this.reported = position
      this.kind.report(position, this.tellPython)
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
  show(data, tellPython) {
    this.tellPython = tellPython
    if (data === this.data) return // a new theme alone, which is CSS's business
    this.pause()
    const asked = String(data.position) !== String(this.data?.position) || data.kind !== this.data.kind
    if (asked) this.state = { ...this.state, position: (this.reported = data.position) }
    this.data = data
    this.kind = new KINDS[data.kind](readData(data), this.page, this.actions())
    this.prepare(this.kind)
    this.state = this.kind.begin(this.state)
    this.draw()
    this.reportSoon() // a smaller map may have no such place
  }

  actions() {
    return {
      channel: (channel) => this.showChannel(channel),
      state: (state) => this.goTo(state),
      redraw: () => this.draw(),
      unit: this.data.choosable ? (unit) => this.tellPython.unit(unit) : null,
    }
  }

  prepare(kind) {
    const { part, page, root, data } = this
    root.dataset.kind = data.kind
    page.clearOutlines()
    page.showFigures(kind.figures)
    part.side.replaceChildren()
    part.own.hidden = true
    part.walk.parentNode.hidden = !kind.fine
    part.walk.options[1].textContent = kind.fine ?? ""
    part.colours.parentNode.hidden = !kind.hasScales
    const isChoice = data.names?.length > 1
    part.channel.parentNode.hidden = !isChoice
    part.only.hidden = isChoice
    part.keys.hidden = part.how.hidden = !kind.figures.length
    part.pointedAt.textContent = kind.pointedAt ?? ""
    part.rule.textContent = data.rule
    part.formula.textContent = data.formula
    kind.build()
    root.classList.toggle("with-side", part.side.childElementCount > 0 && kind.figures.length > 0)
  }
}
