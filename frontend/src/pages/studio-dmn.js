// The editor of decision tables.
import theirs from 'bpmn-js-i18n/translations/zn.js'
import DmnModeler from 'dmn-js/lib/Modeler'
import 'dmn-js/dist/assets/diagram-js.css'
import 'dmn-js/dist/assets/dmn-js-shared.css'
import 'dmn-js/dist/assets/dmn-js-drd.css'
import 'dmn-js/dist/assets/dmn-js-decision-table.css'
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css'
import 'dmn-js/dist/assets/dmn-js-literal-expression.css'
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css'
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css'
import 'dmn-js/dist/assets/dmn-font/css/dmn-embedded.css'
import { speak } from '../chrome.js'
import { begin, holder, keep } from '../studio.js'
import { speaking } from '../words.js'
import ours from '../words/dmn.json'

const { known, module } = speaking(theirs, ours)
// What somebody has written stands in cells and fields; the rest of a view, and its menus, are the editor's.
speak(document.body, known, {
  inside: '#editor, .context-menu-container, .dms-context-menu, .djs-popup',
  except: '[contenteditable], tbody td[data-element-id] .cell, .djs-visual, .cm-line'
})
const modeler = new DmnModeler({
  container: '#editor',
  common: { additionalModules: [module] }
})
holder.editor = modeler
await begin((text) => modeler.importXML(text))
if (modeler.getActiveView()?.type === 'drd') modeler.getActiveViewer().get('canvas').zoom('fit-viewport', 'auto')

// A row or a cell stands in the table of its decision, anything else in the picture of all.
async function select(id) {
  const views = modeler.getViews()
  const view = views.find(({ element, type }) => type !== 'drd' && holds(element.decisionLogic ?? element, id)) ??
    views.find(({ type }) => type === 'drd')
  if (!view) return
  await modeler.open(view)
  if (view.type === 'drd') {
    const viewer = modeler.getActiveViewer(), element = viewer.get('elementRegistry').get(id)
    if (element) viewer.get('selection').select(element)
    return
  }
  const named = CSS.escape(id), sought = ['element', 'row', 'col'].map((of) => `[data-${of}-id="${named}"]`).join(', ')
  // A table is drawn a moment after it is opened.
  let found
  for (let frame = 0; !found && frame < 30; frame++) {
    found = holder.querySelector(sought)
    await new Promise(requestAnimationFrame)
  }
  if (!found) return
  found.scrollIntoView({ block: 'center', inline: 'center' })
  // The table writes the classes of its cells anew as it is drawn.
  delete holder.querySelector('[data-found]')?.dataset.found
  found.dataset.found = ''
  found.querySelector('[contenteditable]')?.focus()
}

function holds(inner, id) {
  const rows = inner.rule ?? []
  const cells = rows.flatMap((row) => [...row.inputEntry ?? [], ...row.outputEntry ?? []])
  return [inner, ...inner.input ?? [], ...inner.output ?? [], ...rows, ...cells].some((one) => one.id === id) ||
    inner.$parent?.id === id
}

const changed = keep(async () => (await modeler.saveXML({ format: true })).xml, select)
const heard = new WeakSet()
function hear() {
  const viewer = modeler.getActiveViewer()
  if (!viewer || heard.has(viewer)) return
  heard.add(viewer)
  viewer.on('elements.changed', changed)
}
modeler.on('views.changed', hear)
hear()
holder.dataset.ready = ''
