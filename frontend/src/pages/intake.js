// Intake: what stands beside the form is asked anew as fields change; Ctrl and Enter files the matter.
const form = document.querySelector('form[data-check]')
const beside = document.querySelector('#beside')
const decided = document.querySelector('#decided')
const offline = document.querySelector('#offline')
const PAUSE = 400
let timer, asking, before = ''

async function check() {
  const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === 'string'))
  body.delete('key')
  if (String(body) === before) return
  before = String(body)
  asking?.abort()
  asking = new AbortController()
  try {
    const answer = await fetch(form.dataset.check, { method: 'POST', body, signal: asking.signal })
    if (!answer.ok) throw new Error(answer.statusText)
    beside.innerHTML = await answer.text()
    const said = beside.querySelector('[data-decided]')?.textContent ?? ''
    if (decided.textContent !== said) decided.textContent = said
    offline.hidden = true
  } catch (error) {
    if (error.name === 'AbortError') return
    before = ''
    offline.hidden = false
  }
}

function later() {
  clearTimeout(timer)
  timer = setTimeout(check, PAUSE)
}

form.addEventListener('input', later)
form.addEventListener('change', later)
form.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    form.requestSubmit()
  }
})
const phone = form.elements.phone
if (phone.value || form.elements.text.value) check()
else phone.focus()
