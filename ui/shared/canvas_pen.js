// The pen's width, and what the drawing component does not offer: a canvas as wide as its column, without its own toolbar.

const RESTED_MS = 400 // longer than the drawing component takes to report a stroke
const fitted = (aspect) => `
  .dc-toolbar { display: none !important; }
  .dc-root, .dc-scroll { width: 100% !important; }
  .dc-container, .canvas-container { width: 100% !important; height: auto !important; aspect-ratio: ${aspect}; }
  canvas { width: 100% !important; height: 100% !important; }
`

// The drawing component lies in the same container, and may appear later than this one.
function fit(area, aspect) {
  const hosts = Array.from(area.querySelectorAll("*")).filter((node) => node.shadowRoot?.querySelector(".dc-root"))
  for (const host of hosts) {
    const { shadowRoot } = host
    if (shadowRoot.querySelector("style.fitted")) continue
    host.closest(".stElementContainer").style.width = "100%"
    const style = document.createElement("style")
    style.className = "fitted"
    style.textContent = fitted(aspect)
    shadowRoot.append(style)
  }
  return hosts.length > 0
}

function fitWhenThere(area, aspect) {
  if (area.isConnected && !fit(area, aspect)) requestAnimationFrame(() => fitWhenThere(area, aspect))
}

const known = new WeakSet()

export default function ({ data, parentElement, setStateValue }) {
  const slider = parentElement.querySelector("input")
  fitWhenThere(parentElement.host.closest("[class*=_area]"), data.aspect)
  if (known.has(slider)) return
  known.add(slider)
  slider.value = data.width
  let timer
  slider.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(() => setStateValue("width", Number(slider.value)), RESTED_MS)
  })
}
