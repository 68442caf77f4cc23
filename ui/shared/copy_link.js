// Copies the link; where a browser forbids it, as on a page without HTTPS, the link is selected for copying by hand.

const known = new WeakSet()

export default function ({ data, parentElement }) {
  const [button, output, input] = ["button", "output", "input"].map((tag) => parentElement.querySelector(tag))
  if (!known.has(button)) button.focus({ preventScroll: true }) // Streamlit puts the popover at the page's end, many tabs away
  known.add(button)
  if (input.value !== data) output.textContent = ""
  input.value = data
  button.onclick = async () => {
    input.select()
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(data)
      else if (!document.execCommand("copy")) throw new Error("Copying is forbidden here.")
      output.textContent = "Copied."
    } catch {
      output.textContent = "Press Ctrl+C to copy it."
    }
  }
}
