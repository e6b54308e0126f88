// The list of matters by keyboard: j and k go through the rows, o opens.
const links = [...document.querySelectorAll('[data-row] [data-open]')]
const go = (to) => links[Math.max(0, Math.min(to, links.length - 1))]?.focus()

document.addEventListener('keydown', (event) => {
  if (event.target.closest('input, textarea, select') || event.ctrlKey || event.metaKey || event.altKey) return
  const at = links.indexOf(document.activeElement)
  const acts = { j: () => go(at + 1), k: () => go(at - 1), o: () => links[at]?.click() }
  if (!acts[event.key]) return
  event.preventDefault()
  acts[event.key]()
})
