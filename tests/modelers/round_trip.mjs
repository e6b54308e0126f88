// Opens each file in the modeler that policy staff use, saves it, changes one word, and saves it again:
// node round_trip.mjs OUT_DIR FILE…
// Says, as JSON, what the modeler warned about and what the lint rules of its platform found.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname, join } from 'node:path';

import { openPage } from './browser.mjs';
import { lint } from './lint.mjs';

const require = createRequire(import.meta.url);
const zeebe = require('zeebe-bpmn-moddle/resources/zeebe.json');
const modeler = require('modeler-moddle/resources/modeler.json');

const NEW_WORD = '改过的字';
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
  const modeler = modelers.get(kind);
  await modeler.open(readFileSync(file, 'utf8'));
  writeFileSync(join(outDir, basename(file)), await modeler.save());
  const findings = await modeler.lint?.();
  modeler.changeOneWord();
  writeFileSync(join(outDir, `changed-${basename(file)}`), await modeler.save());
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
  return {
    open: async (xml) => note(await bpmn.importXML(xml)),
    save: async () => (await bpmn.saveXML({ format: true })).xml,
    lint: () => lint(bpmn.getDefinitions()),
    changeOneWord() {
      const [task] = bpmn.get('elementRegistry').filter(({ type }) => /(Task|CallActivity)$/.test(type));
      bpmn.get('modeling').updateProperties(task, { name: NEW_WORD });
    },
  };
}

function openDecisionModeler() {
  const { DmnJS } = page('dmn-js/dist/dmn-modeler.development.js');
  const dmn = new DmnJS({ container: '#canvas' });
  return {
    async open(xml) {
      note(await dmn.importXML(xml, { open: false }));
      const byTable = ({ type }) => type === 'decisionTable'; // the last to be opened is the one to change
      const views = dmn.getViews();
      for (const view of [...views.filter((view) => !byTable(view)), ...views.filter(byTable)]) note(await dmn.open(view));
    },
    save: async () => (await dmn.saveXML({ format: true })).xml,
    changeOneWord() {
      const { businessObject } = dmn.getActiveViewer().get('sheet').getRoot();
      dmn.getActiveViewer().get('modeling').editCell(businessObject.rule[0].inputEntry[0], `"${NEW_WORD}"`);
    },
  };
}

function openFormEditor() {
  const { document, FormEditor } = page('@bpmn-io/form-js/dist/form-editor.umd.js');
  const editor = new FormEditor.FormEditor({ container: document.getElementById('canvas') });
  return {
    open: async (json) => note(await editor.importSchema(JSON.parse(json))),
    save: () => JSON.stringify(editor.saveSchema(), null, 2),
    changeOneWord() {
      const field = editor.get('formFieldRegistry').getAll().find(({ key }) => key);
      editor.get('modeling').editFormField(field, 'label', NEW_WORD);
    },
  };
}
