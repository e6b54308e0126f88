// Tokens that walk through a diagram. Names that people have given are shown as text, not as markup as the log would.
import simulation from 'bpmn-js-token-simulation'
import Log from 'bpmn-js-token-simulation/lib/features/log/Log'
import { speak } from './chrome.js'

class PlainLog extends Log {
  log(told) {
    super.log({ ...told, text: escaped(told.text) })
  }
}

function escaped(text) {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

export const tokens = { __depends__: [simulation], log: ['type', PlainLog] }

// The button that lets it begin and end: the editor's own cannot be reached by keyboard.
export function simulate(modeler, button, known) {
  speak(document.getElementById('editor'), known, {
    inside: '[class*="bts-"]', except: '.bts-scope, .bts-token-count, .bts-element-notification'
  })
  button.addEventListener('click', () => modeler.get('toggleMode').toggleMode())
  modeler.on('tokenSimulation.toggleMode', ({ active }) => button.setAttribute('aria-pressed', active))
}
