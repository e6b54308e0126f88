// The inbox by keyboard: j and k go through the rows, o opens, c claims, x ticks, b claims what is ticked, u undoes,
// ? shows the keys.
// Asked anew each time: the list follows what others do.
const all = () => [...document.querySelectorAll('[data-row]')]
const keys = document.getElementById('keys')
const show = document.getElementById('show-keys')
const at = () => all().findIndex((row) => row.contains(document.activeElement))

function go(to) {
  const rows = all()
  const row = rows[Math.max(0, Math.min(to, rows.length - 1))]
  row?.querySelector('[data-open]').focus()
  row?.scrollIntoView({ block: 'nearest' })
}

const acts = {
  j: () => go(at() + 1),
  k: () => go(at() < 0 ? 0 : at() - 1),
  o: () => all()[at()]?.querySelector('[data-open]').click(),
  c: () => all()[at()]?.querySelector('[data-claim]')?.click(),
  x: () => all()[at()]?.querySelector('input[type=checkbox]:not(:disabled)')?.click(),
  b: () => document.querySelector('[data-bulk]')?.click(),
  u: () => document.querySelector('[data-undo]')?.click(),
  '?': () => keys.showModal()
}

document.addEventListener('keydown', (event) => {
  const isTyping = event.target.closest('input:not([type=checkbox]), textarea, select, dialog')
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return
  event.preventDefault()
  acts[event.key]()
})
show.hidden = false
show.addEventListener('click', acts['?'])
// Whoever comes back from a claim by key goes on where they were: the same row, by its task.
const last = sessionStorage.getItem('inbox-row')
if (last !== null && document.activeElement === document.body) go(Number(last))
sessionStorage.removeItem('inbox-row')
document.addEventListener('submit', ({ target }) => {
  if (target.id === 'inbox' && at() >= 0) sessionStorage.setItem('inbox-row', String(at()))
})
