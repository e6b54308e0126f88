// The editor of diagrams: properties, templates and rules beside it, and tokens to try it with.
import linting from '@camunda/linting/modeler'
import theirs from 'bpmn-js-i18n/translations/zn.js'
import BpmnModeler from 'camunda-bpmn-js/lib/camunda-cloud/Modeler'
import platform from 'modeler-moddle/resources/modeler.json'
import '@camunda/linting/assets/linting.css'
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css'
import 'camunda-bpmn-js/dist/assets/camunda-cloud-modeler.css'
import { speak } from '../chrome.js'
import { lint } from '../lint.js'
import { simulate, tokens } from '../simulation.js'
import { begin, holder, keep, listIn } from '../studio.js'
import { templates } from '../templates.js'
import { speaking } from '../words.js'
import ours from '../words/bpmn.json'

const { known, module } = speaking(theirs, ours)
// What somebody has named stands in fields, at the head of the panel, and at the head of each entry of a list.
speak(document.body, known, {
  inside: '#properties, .bio-properties-panel-popup, .djs-popup, .bjs-powered-by, .cl-overlay-root',
  except: '[contenteditable], .bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title, .cm-line'
})
speak(document.getElementById('properties'), (text) => /<(no type|empty)>/.test(text) ? text.replace(/^\w+(?=：)|<[a-z ]+>/g, known) : text, {
  inside: '.bio-properties-panel-collapsible-entry-header-title'
})
const modeler = new BpmnModeler({
  container: '#editor',
  propertiesPanel: { parent: '#properties' },
  elementTemplates: templates,
  moddleExtensions: { modeler: platform },
  additionalModules: [linting, tokens, module]
})
holder.editor = modeler
await begin(async (text) => {
  await modeler.importXML(text)
  modeler.get('canvas').zoom('fit-viewport', 'auto')
})

function select(id) {
  const elements = modeler.get('elementRegistry'), canvas = modeler.get('canvas')
  const element = elements.get(id) ?? elements.find(({ businessObject }) => businessObject?.processRef?.id === id)
  if (!element || element === canvas.getRootElement()) return modeler.get('selection').select([])
  modeler.get('selection').select(element)
  canvas.scrollToElement(element, { top: 100, right: 120, bottom: 100, left: 220 })
}

const changed = keep(async () => (await modeler.saveXML({ format: true })).xml, select)
modeler.on('commandStack.changed', changed)
simulate(modeler, document.getElementById('simulate'), known)

await lint(modeler, templates, listIn('seen', select))
holder.dataset.ready = ''
