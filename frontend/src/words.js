// The editors' own words in the language of the page. A dictionary is Chinese by English; what none has is written down in
// `missed`, so that a test sees it.
import { holder, language } from './studio.js'

export const missed = holder.missed = new Set()

export function speaking(...dictionaries) {
  const dictionary = Object.assign({}, ...dictionaries)

  function translate(template, replacements = {}) {
    return spoken(String(template)).replace(/{([^}]+)}/g, (whole, name) => replacements[name.trim()] ?? whole)
  }

  function spoken(template) {
    if (language !== 'zh' || !/[A-Za-z]{2}/.test(template)) return template
    const found = known(template)
    if (found === undefined) missed.add(template)
    return found ?? template
  }

  function known(template) {
    return dictionary[template] ?? around(template)
  }

  // A word with blanks around it, or a colon behind it.
  function around(template) {
    const [, before, word, after] = template.match(/^(\s*)([^]*?)(:?\s*)$/)
    return word !== template && word in dictionary ? before + dictionary[word] + after.replace(':', '：') : undefined
  }

  // For what may be somebody's own words too: it is nothing amiss if no dictionary has it. Patterns are looked up as well.
  function knownOrSame(text) {
    if (language !== 'zh') return text
    const found = known(text)
    if (found !== undefined) return found
    for (const [pattern, matched] of patterns) {
      const parts = text.match(matched)?.groups
      if (parts) return dictionary[pattern].replace(/{(\w+)}/g, (_, name) => known(parts[name]) ?? parts[name])
    }
    return text
  }

  const patterns = Object.keys(dictionary).filter((key) => /{\w+}/.test(key) && /[a-z]{3}/.test(key.replace(/{\w+}/g, ''))).map((key) => [key, matching(key)])
  return { translate, known: knownOrSame, module: { translate: ['value', translate] } }
}

// What a sentence says, by its pattern: each {part} of it is looked up by itself.
export function told(patterns, message) {
  if (language !== 'zh') return message
  const plain = message.replace(/\bAn (?=<)/, 'A ').replace(/ an (?=<)/g, ' a ')
  for (const [pattern, chinese] of Object.entries(patterns.sentences)) {
    const found = plain.match(matching(pattern))
    if (found) return chinese.replace(/{(\w+)}/g, (_, name) => patterns.names[found.groups[name]] ?? found.groups[name])
  }
  missed.add(message)
  return message
}

function matching(pattern) {
  const parts = pattern.split(/{(\w+)}/)
  return new RegExp(`^${parts.map((part, place) => place % 2 ? `(?<${part}>[^]+?)` : escaped(part)).join('')}$`)
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
