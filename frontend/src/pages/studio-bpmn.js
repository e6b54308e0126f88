// The editor of diagrams, with the properties of what is chosen beside it.
import BpmnModeler from 'camunda-bpmn-js/lib/camunda-cloud/Modeler'
import 'camunda-bpmn-js/dist/assets/camunda-cloud-modeler.css'
import { keep, load } from '../studio.js'
import { words } from '../words.js'

const modeler = new BpmnModeler({
  container: '#editor',
  propertiesPanel: { parent: '#properties' },
  additionalModules: [words]
})
await modeler.importXML(await load())
modeler.get('canvas').zoom('fit-viewport', 'auto')
const changed = keep(
  async () => (await modeler.saveXML({ format: true })).xml,
  (id) => {
    const element = modeler.get('elementRegistry').get(id)
    if (!element) return
    modeler.get('selection').select(element)
    modeler.get('canvas').scrollToElement(element)
  }
)
modeler.on('commandStack.changed', changed)
