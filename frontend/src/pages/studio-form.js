// The editor of forms.
import { FormEditor } from '@bpmn-io/form-js-editor'
import flatpickr from 'flatpickr'
import { Mandarin } from 'flatpickr/dist/l10n/zh'
// The viewer that the editor brings is older than ours: its fields look right by its own styles alone.
import '../../node_modules/@bpmn-io/form-js-editor/node_modules/@bpmn-io/form-js-viewer/dist/assets/form-js.css'
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor.css'
import '@bpmn-io/form-js-editor/dist/assets/properties-panel.css'
import { speak } from '../chrome.js'
import { begin, holder, keep, language } from '../studio.js'
import { speaking } from '../words.js'
import ours from '../words/form.json'

const { known, module } = speaking(ours)
// What somebody has written stands in fields, and in the labels and texts of the form itself.
speak(document.body, known, {
  inside: '#editor, #properties, .bio-properties-panel-popup, .flatpickr-calendar',
  except: '.bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title, [contenteditable], .fjs-form label, ' +
    '.fjs-form legend, .fjs-form table, .fjs-form-field-description, .fjs-form-field-text p, .fjs-form-field-html p, .fjs-form-field-button'
})
if (language === 'zh') flatpickr.localize(Mandarin)
const editor = new FormEditor({
  container: holder,
  propertiesPanel: { parent: '#properties' },
  additionalModules: [module]
})
holder.editor = editor
await begin((text) => editor.importSchema(JSON.parse(text)))

function select(id) {
  const registry = editor.get('formFieldRegistry')
  const field = registry.get(id) ?? registry.getAll().find(({ key }) => key === id)
  if (!field) return
  editor.get('selection').set(field)
  holder.querySelector(`[data-id="${CSS.escape(field.id)}"]`)?.scrollIntoView({ block: 'center' })
}

const changed = keep(() => JSON.stringify(editor.saveSchema(), null, 2), select)
editor.on('commandStack.changed', changed)
holder.dataset.ready = ''
