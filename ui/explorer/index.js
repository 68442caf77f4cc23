// Where Streamlit and the explorer meet.

const KINDS = { convolution: Convolution, pooling: Pooling, pointwise: Pointwise, dense: Dense, softmax: Softmax }

// Streamlit calls this at the start and with every change of the data or the theme; what it returned last, at the end.
const explorers = new WeakMap()

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".explorer")
  if (!explorers.has(root)) explorers.set(root, new Explorer(root))
  const explorer = explorers.get(root)
  explorer.show(data, {
    place: (position) => setStateValue("position", position),
    unit: (unit) => data.choosable && setTriggerValue("unit", unit), // a trigger: the same unit can be chosen again
  })
  return () => explorer.close()
}
