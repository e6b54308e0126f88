// The editors' own words in Chinese: those of bpmn-js-i18n, and before them ours.
import theirs from 'bpmn-js-i18n/translations/zn.js'
import ours from './words/zh.json'
import { language } from './studio.js'

const dictionary = { ...theirs, ...ours }

export function translate(template, replacements = {}) {
  const text = language === 'zh' ? dictionary[template] ?? template : template
  return text.replace(/{([^}]+)}/g, (whole, name) => replacements[name] ?? whole)
}

export const words = { translate: ['value', translate] }
