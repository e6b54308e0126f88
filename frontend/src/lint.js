// What the rules of the platform say of a diagram while it is drawn: at the elements, in the panel, and as a list.
import { Linter } from '@camunda/linting'
import { CloudElementTemplatesLinterPlugin } from 'bpmn-js-element-templates'
import patterns from './words/lint.json'
import { told } from './words.js'

const PAUSE = 400

export function lint(modeler, templates, list) {
  const linter = new Linter({ modeler: 'web', plugins: [CloudElementTemplatesLinterPlugin(templates)] })
  let timer, asked = 0

  async function look() {
    const mine = ++asked
    const found = await linter.lint(stamped(modeler.getDefinitions()))
    if (mine !== asked) return
    const reports = found.map((report) => ({ ...report, message: told(patterns, report.message) }))
    modeler.get('linting').setErrors(reports)
    list(reports.map(({ id, message, category }) => ({ element: id, message, mend: '', warning: category !== 'error' })))
  }

  modeler.get('linting').activate()
  modeler.on('commandStack.changed', () => {
    clearTimeout(timer)
    timer = setTimeout(look, PAUSE)
  })
  return look()
}

// The rules say nothing at all of a diagram that does not tell its platform; at deployment it is stamped so too.
function stamped(definitions) {
  if (!definitions.get('modeler:executionPlatform')) {
    definitions.set('modeler:executionPlatform', 'Camunda Cloud')
    definitions.set('modeler:executionPlatformVersion', '8.8.0')
  }
  return definitions
}
