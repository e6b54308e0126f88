// One task: what the form asks for follows what is typed. The server decides; only if it asks for other fields, they are
// put in, and whoever types stays where they are.
const form = document.getElementById('task')
const fields = document.getElementById('fields')
const shape = (holder) =>
  [...holder.querySelectorAll('[data-field], input:disabled, .said')]
    .map((one) => one.dataset.field ?? one.value ?? one.textContent).join('\n')
let asked = 0

async function look() {
  const mine = ++asked
  const typed = new FormData(form)
  typed.set('act', 'look')
  const answer = await fetch(form.action, { method: 'POST', body: typed })
  if (!answer.ok || mine !== asked) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').body
  if (mine !== asked || shape(fresh) === shape(fields)) return
  const at = document.activeElement
  const again = at?.name && { name: at.name, value: at.value, start: at.selectionStart }
  fields.replaceChildren(...fresh.childNodes)
  const same = again && [...form.elements].filter((one) => one.name === again.name)
  const back = same && (same.find((one) => one.value === again.value) ?? same[0])
  back?.focus()
  if (typeof again?.start === 'number') back?.setSelectionRange?.(again.start, again.start)
}

if (form?.dataset.reacts !== undefined) form.addEventListener('change', look)
