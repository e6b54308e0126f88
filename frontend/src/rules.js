// The rules of bpmnlint-plugin-camunda-compat, as an ES module.
export { default } from 'bpmnlint-plugin-camunda-compat'
