// One task: what the form asks for follows what is typed; what does not fit is said in the words of the server, before
// it is sent; what is typed is kept as a draft. The server decides; if it asks for other fields, they are put in, and
// whoever types stays where they are.
import { wrongOf } from '../checks.js'

const form = document.getElementById('task')
const fields = document.getElementById('fields')
const kept = document.getElementById('kept')
const PAUSE = 2000
const shape = (holder) =>
  [...holder.querySelectorAll('[data-field], input:disabled, .said')]
    .map((one) => one.dataset.field ?? one.value ?? one.textContent).join('\n')
let asked = 0, timer, saved, isSent = false

function typed(act) {
  const told = new FormData()
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') told.append(name, value)
  told.set('act', act)
  return told
}

async function look() {
  const mine = ++asked
  const answer = await fetch(form.action, { method: 'POST', body: typed('look') })
  if (!answer.ok || mine !== asked) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').body
  if (mine !== asked || shape(fresh) === shape(fields)) return
  const at = document.activeElement
  const again = at?.name && { name: at.name, value: at.value, start: at.selectionStart }
  const told = [...fields.querySelectorAll('[data-rules].has-wrong')].map((one) => one.dataset.field)
  fields.replaceChildren(...fresh.childNodes)
  // What was said already stays said.
  for (const one of fields.querySelectorAll('[data-rules]')) if (told.includes(one.dataset.field)) check(one)
  const same = again && [...form.elements].filter((one) => one.name === again.name)
  const back = same && (same.find((one) => one.value === again.value) ?? same[0])
  back?.focus()
  if (typeof again?.start === 'number') back?.setSelectionRange?.(again.start, again.start)
}

async function keep() {
  clearTimeout(timer)
  const told = typed('draft')
  told.set('quiet', '1')
  const text = new URLSearchParams(told).toString()
  if (text === saved) return
  saved = text
  try {
    // What is larger than browsers send of a page that is left, is sent while it is open.
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(told), keepalive: text.length < 60000, redirect: 'error' })
    if (!answer.ok) throw new Error(answer.statusText)
    kept.textContent = `${form.dataset.kept} ${(await answer.json()).at}`
  } catch {
    saved = undefined
    kept.textContent = form.dataset.unkept
  }
}

function later() {
  clearTimeout(timer)
  if (isSent) return
  timer = setTimeout(keep, PAUSE)
}

function say(field, message) {
  const id = `wrong-${field.dataset.field}`
  const input = field.querySelector('input, select, textarea')
  document.getElementById(id)?.remove()
  field.classList.toggle('has-wrong', Boolean(message))
  if (!message) {
    input.removeAttribute('aria-invalid')
    if (input.getAttribute('aria-describedby') === id) input.removeAttribute('aria-describedby')
    return
  }
  const said = document.createElement('p')
  said.id = id
  said.className = 'is-wrong'
  said.textContent = message
  const above = field.querySelector(':scope > .quiet') ?? field.querySelector(':scope > label, :scope > legend')
  above.after(said)
  input.setAttribute('aria-invalid', 'true')
  input.setAttribute('aria-describedby', id)
}

function check(field) {
  const message = wrongOf(field)
  say(field, message)
  return !message
}

function begin() {
  saved = new URLSearchParams(typed('draft')).toString() + '&quiet=1'
  if (form.dataset.reacts !== undefined) form.addEventListener('change', look)
  form.addEventListener('change', (event) => {
    const field = event.target.closest('[data-rules]')
    if (field) check(field)
    later()
  })
  form.addEventListener('input', later)
  addEventListener('pagehide', () => { if (timer && !isSent) keep() })
  addEventListener('pageshow', () => { isSent = false })
  form.addEventListener('submit', (event) => {
    clearTimeout(timer)
    timer = undefined
    isSent = true
    if (event.submitter && event.submitter.value !== 'finish') return
    const wrong = [...form.querySelectorAll('[data-rules]')].filter((field) => !check(field))
    if (wrong.length) {
      event.preventDefault()
      isSent = false
      wrong[0].querySelector('input:not(:disabled), select, textarea')?.focus()
    }
  })
}

const complete = () => form.requestSubmit(form.querySelector('.acts button[value=finish]'))
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && form) {
    event.preventDefault()
    complete()
  }
  const isTyping = event.target.closest('input, textarea, select, dialog')
  if (event.key === 'c' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    document.querySelector('[data-claim]')?.click()
  }
})

if (form) {
  begin()
  // Whoever has completed a task goes on writing in the next one. An address with a part in it takes the focus there
  // when the page is there: this is after that.
  addEventListener('load', () => setTimeout(() => {
    const wrong = form.querySelector('[aria-invalid]')
    const next = new URLSearchParams(location.search).has('done') && fields.querySelector('input:not([type=hidden], :disabled), select, textarea')
    if (wrong) wrong.focus()
    else if (next) next.focus({ preventScroll: true })
  }))
}
