// What the lint rules of the modeler's own platform version say about a diagram.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const Linter = require('bpmnlint/lib/linter');
const NodeResolver = require('bpmnlint/lib/resolver/node-resolver');

const RULES = { extends: 'plugin:camunda-compat/camunda-cloud-8-8' };
const linter = new Linter({ config: RULES, resolver: new NodeResolver({ require }) });

/** One sentence for each report, as `error element-id rule: message`. */
export async function lint(definitions) {
  const reports = await linter.lint(definitions);
  return Object.entries(reports).flatMap(([rule, found]) =>
    found.map(({ category, id, message }) => `${category} ${id} ${rule}: ${message}`),
  );
}
