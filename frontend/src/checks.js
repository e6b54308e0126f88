// What a field is held to, checked in the browser as service/form_rules.py does it, and said in the words that the
// server has sent with it: `data-rules` has kind, limit and message of each rule.
// A pattern that repeats what itself repeats may take for ever here; the server tries it in linear time.
const SLOW = /\)\s*[*+?{]/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const number = (told) => told.normalize('NFKC').trim()

const FITS = {
  number: (told) => NUMBER.test(number(told)),
  shortest: (told, limit) => [...told].length >= Number(limit),
  longest: (told, limit) => [...told].length <= Number(limit),
  least: (told, limit) => !NUMBER.test(number(told)) || Number(number(told)) >= Number(limit),
  most: (told, limit) => !NUMBER.test(number(told)) || Number(number(told)) <= Number(limit),
  email: (told) => /^[^@\s]+@[^@\s]+$/.test(told),
  phone: (told, limit) => new RegExp(limit).test(told),
  pattern(told, limit) {
    if (SLOW.test(limit)) return true
    try {
      return new RegExp(limit, 'u').test(told)
    } catch {
      return true
    }
  }
}

function toldIn(field) {
  const inputs = [...field.querySelectorAll('input, select, textarea')].filter((one) => !one.disabled && one.type !== 'hidden')
  const chosen = inputs.filter((one) => one.type === 'radio' || one.type === 'checkbox')
  const file = inputs.find((one) => one.type === 'file')
  if (file?.value) return file.value
  if (chosen.length) return chosen.find((one) => one.checked)?.value ?? ''
  return inputs[0]?.value ?? ''
}

// The message of the first rule that a field breaks; an empty text if it breaks none.
export function wrongOf(field) {
  const told = toldIn(field)
  for (const [kind, limit, message] of JSON.parse(field.dataset.rules)) {
    if (kind === 'needed' ? !told.trim() : told.trim() && !(FITS[kind]?.(told, limit) ?? true)) return message
  }
  return ''
}
