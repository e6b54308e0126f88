// The editor of forms.
import { FormEditor } from '@bpmn-io/form-js-editor'
// The viewer that the editor brings is older than ours: its fields look right by its own styles alone.
import '../../node_modules/@bpmn-io/form-js-editor/node_modules/@bpmn-io/form-js-viewer/dist/assets/form-js.css'
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor.css'
import '@bpmn-io/form-js-editor/dist/assets/properties-panel.css'
import { keep, load } from '../studio.js'
import { words } from '../words.js'

const editor = new FormEditor({
  container: document.getElementById('editor'),
  propertiesPanel: { parent: '#properties' },
  additionalModules: [words]
})
await editor.importSchema(JSON.parse(await load()))
const changed = keep(
  () => JSON.stringify(editor.saveSchema(), null, 2),
  (id) => {
    const field = editor.get('formFieldRegistry').get(id)
    if (field) editor.get('selection').set(field)
  }
)
editor.on('commandStack.changed', changed)
