// The hotline's own tasks, as files that the desktop modeler reads too. They are Chinese; on an English page, so is not
// what people read of them.
import askUnit from '../../.camunda/element-templates/ask-unit.json'
import dutyDirectory from '../../.camunda/element-templates/duty-directory.json'
import notifyCaller from '../../.camunda/element-templates/notify-caller.json'
import workingDays from '../../.camunda/element-templates/working-days.json'
import { language } from './studio.js'
import english from './words/templates.json'

const READ = new Set(['name', 'label', 'description', 'message'])

export const templates = [notifyCaller, workingDays, dutyDirectory, askUnit].map((one) => language === 'zh' ? one : inEnglish(one))

function inEnglish(told) {
  if (Array.isArray(told)) return told.map(inEnglish)
  if (!told || typeof told !== 'object') return told
  return Object.fromEntries(Object.entries(told).map(([name, value]) =>
    [name, READ.has(name) && typeof value === 'string' ? english[value] ?? value : inEnglish(value)]))
}
