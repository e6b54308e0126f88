// Edits decision tables in the modeler that policy staff use, and saves them:
// node edit_tables.mjs OUT_DIR EDITS, EDITS being JSON of {file: [an edit, …]}. An edit names its decision, and
// {cells: {entry id: text}} changes values, {rule: [text, …], at} adds a rule with a text for each column,
// {input: {label, expression}, cells: {rule id: text}} adds a column behind the other inputs.
// Says, as JSON, what the modeler warned about.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { openPage } from './browser.mjs';

const [outDir, edits] = process.argv.slice(2);
const complaints = [];
const { DmnJS } = openPage('dmn-js/dist/dmn-modeler.development.js', (complaint) => complaints.push(complaint));
const dmn = new DmnJS({ container: '#canvas' });

for (const [file, changes] of Object.entries(JSON.parse(edits))) {
  note(await dmn.importXML(readFileSync(file, 'utf8'), { open: false }));
  for (const change of changes) {
    note(await dmn.open(dmn.getViews().find(({ element }) => element.id === change.decision)));
    edit(dmn.getActiveViewer().get('sheet').getRoot(), dmn.getActiveViewer().get('modeling'), change);
  }
  writeFileSync(join(outDir, basename(file)), (await dmn.saveXML({ format: true })).xml);
}
process.stdout.write(JSON.stringify(complaints), () => process.exit()); // the modeler's timers would go on for ever

function edit(sheet, modeling, { cells = {}, rule, at, input }) {
  if (rule) {
    const row = modeling.addRow({ type: 'dmn:DecisionRule' }, at);
    rule.forEach((text, column) => modeling.editCell(row.cells[column].businessObject, text));
  } else if (input) {
    const column = modeling.addCol({ type: 'dmn:InputClause' }, sheet.businessObject.input.length);
    modeling.updateProperties(column.businessObject, { label: input.label });
    modeling.editInputExpression(column.businessObject.inputExpression, { text: input.expression });
    sheet.rows.forEach((row, index) => {
      const text = cells[row.businessObject.id];
      if (text) modeling.editCell(column.cells[index].businessObject, text);
    });
  } else {
    const entries = sheet.rows.flatMap((row) => row.cells).map(({ businessObject }) => businessObject);
    for (const [id, text] of Object.entries(cells)) modeling.editCell(entries.find((one) => one.id === id), text);
  }
}

function note({ warnings }) {
  complaints.push(...warnings.map((warning) => warning.message ?? String(warning)));
}
