// Opens each file in the modeler that policy staff use and saves it again: node round_trip.mjs OUT_DIR FILE…
// Says, as JSON, what the modeler warned about and what the lint rules of its platform found.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname, join } from 'node:path';

import { openPage } from './browser.mjs';
import { lint } from './lint.mjs';

const require = createRequire(import.meta.url);
const zeebe = require('zeebe-bpmn-moddle/resources/zeebe.json');
const modeler = require('modeler-moddle/resources/modeler.json');

const openings = { '.bpmn': openDiagramModeler, '.dmn': openDecisionModeler, '.form': openFormEditor };
const [outDir, ...files] = process.argv.slice(2);
const modelers = new Map();
const report = {};
let complaints;
for (const file of files) {
  complaints = [];
  const findings = await openAndSave(file).catch((error) => void complaints.push(error.message));
  report[basename(file)] = { warnings: complaints, findings: findings ?? [] };
}
process.stdout.write(JSON.stringify(report), () => process.exit()); // the modelers' timers would go on for ever

async function openAndSave(file) {
  const kind = extname(file);
  if (!modelers.has(kind)) modelers.set(kind, openings[kind]());
  const { saved, findings } = await modelers.get(kind)(readFileSync(file, 'utf8'));
  writeFileSync(join(outDir, basename(file)), saved);
  return findings;
}

function note({ warnings }) {
  complaints.push(...warnings.map((warning) => warning.message ?? String(warning)));
}

function page(bundle) {
  return openPage(bundle, (complaint) => complaints.push(complaint));
}

function openDiagramModeler() {
  const { BpmnJS } = page('bpmn-js/dist/bpmn-modeler.production.min.js');
  const bpmn = new BpmnJS({ container: '#canvas', moddleExtensions: { zeebe, modeler } });
  return async (xml) => {
    note(await bpmn.importXML(xml));
    const { xml: saved } = await bpmn.saveXML({ format: true });
    return { saved, findings: await lint(bpmn.getDefinitions()) };
  };
}

function openDecisionModeler() {
  const { DmnJS } = page('dmn-js/dist/dmn-modeler.development.js');
  const dmn = new DmnJS({ container: '#canvas' });
  return async (xml) => {
    note(await dmn.importXML(xml, { open: false }));
    for (const view of dmn.getViews()) note(await dmn.open(view));
    const { xml: saved } = await dmn.saveXML({ format: true });
    return { saved };
  };
}

function openFormEditor() {
  const { document, FormEditor } = page('@bpmn-io/form-js/dist/form-editor.umd.js');
  const editor = new FormEditor.FormEditor({ container: document.getElementById('canvas') });
  return async (json) => {
    note(await editor.importSchema(JSON.parse(json)));
    return { saved: JSON.stringify(editor.saveSchema(), null, 2) };
  };
}
