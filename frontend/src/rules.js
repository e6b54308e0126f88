// The rules of bpmnlint-plugin-camunda-compat, as an ES module that names them.
import plugin from 'bpmnlint-plugin-camunda-compat'
export const { configs } = plugin
