// Tables of numbers on their colours, and bars.

function fillTable(table, { rows, columns }, widest = 7) {
  table.innerHTML = `<tbody>${`<tr>${"<td></td>".repeat(columns)}</tr>`.repeat(rows)}</tbody>`
  table.style.setProperty("--columns", columns)
  table.classList.toggle("dense", columns > widest) // too narrow for numbers: colours alone
  table.cellNodes = Array.from(table.querySelectorAll("td"))
}

// Products behind the walked cell are yet to come.
function fillTableCells(table, title, numbers, scale, walked) {
  table.cellNodes.forEach((node, cell) => {
    fillCell(node, numbers[cell], scale)
    node.classList.toggle("current", cell === walked)
    node.classList.toggle("later", title === "products" && cell > walked)
  })
  table.setAttribute("aria-label", title)
  table.nextElementSibling.textContent = `${title}\n${brief(scale.low)} to ${brief(scale.high)}`
}

function fillCell(node, number, scale) {
  const colour = colourOf(scale, number)
  node.textContent = brief(number)
  node.dataset.value = number
  node.style.backgroundColor = `rgb(${colour.join()})`
  node.style.color = inkOn(colour)
}

// To the right of the middle for a positive share, to its left for a negative one.
function fillBar(bar, share) {
  const length = Math.min(Math.abs(share), 1) || 0
  bar.firstChild.style.cssText = `${share < 0 ? "right" : "left"}: 50%; width: ${50 * length}%`
  bar.firstChild.className = share < 0 ? "negative" : "positive"
}
