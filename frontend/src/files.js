// Files that are too large are told at once, before a slow line has carried them: in the words that the page has brought.
function wrongOf(input) {
  const files = [...input.files]
  if (files.some((one) => one.size > Number(input.dataset.most))) return input.dataset.large
  const whole = files.reduce((sum, one) => sum + one.size, 0)
  return whole > Number(input.dataset.whole) ? input.dataset.much : ''
}

function say(input, message) {
  const id = `${input.id || 'file'}-large`
  document.getElementById(id)?.remove()
  input.toggleAttribute('aria-invalid', Boolean(message))
  if (!message) return
  const said = document.createElement('p')
  said.id = id
  said.className = 'wrong'
  said.setAttribute('role', 'alert')
  said.textContent = message
  input.before(said)
}

export function watchFiles() {
  document.addEventListener('change', (event) => {
    if (event.target.matches('input[type=file][data-most]')) say(event.target, wrongOf(event.target))
  })
  // Before whatever else a page does with its form.
  document.addEventListener('submit', (event) => {
    const wrong = [...event.target.querySelectorAll('input[type=file][data-most]')].find((one) => wrongOf(one))
    if (!wrong) return
    event.preventDefault()
    event.stopImmediatePropagation()
    wrong.focus()
  }, { capture: true })
}
