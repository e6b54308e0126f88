// The editor of decision tables.
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
import { keep, load } from '../studio.js'
import { words } from '../words.js'

const modeler = new DmnModeler({
  container: '#editor',
  common: { additionalModules: [words] }
})
await modeler.importXML(await load())

// A row or a cell stands in the table of its decision; the view of that one is opened.
const changed = keep(
  async () => (await modeler.saveXML({ format: true })).xml,
  async (id) => {
    const view = modeler.getViews().find(({ element }) => element.id === id || holds(element, id))
    if (!view) return
    await modeler.open(view)
    document.querySelector(`#editor [data-row-id="${CSS.escape(id)}"], #editor [data-element-id="${CSS.escape(id)}"]`)
      ?.scrollIntoView({ block: 'center' })
  }
)

function holds(element, id) {
  const inner = element.decisionLogic ?? element
  const rows = inner.rule ?? []
  const cells = rows.flatMap((row) => [...row.inputEntry ?? [], ...row.outputEntry ?? []])
  return [inner, ...inner.input ?? [], ...inner.output ?? [], ...rows, ...cells].some((one) => one.id === id)
}

const heard = new WeakSet()
function hear() {
  const viewer = modeler.getActiveViewer()
  if (!viewer || heard.has(viewer)) return
  heard.add(viewer)
  viewer.on('elements.changed', changed)
}
modeler.on('views.changed', hear)
hear()
