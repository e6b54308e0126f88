// @camunda8/sdk 8.8, the library that Camunda Modeler embeds: first a worker's day, then what the modeler itself asks.
// node sdk.mjs FILES…: prints what it saw as JSON, without files who it is; where the service is comes from the environment.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Camunda8 } from '@camunda8/sdk';

const files = process.argv.slice(2);
const address = process.env.ZEEBE_REST_ADDRESS;
const camunda = new Camunda8({ CAMUNDA_LOG_LEVEL: 'none' });
const client = camunda.getCamundaRestClient();
const seen = { outcomes: {} };

async function refused(call) {
  try {
    await call;
  } catch (error) {
    return [error.statusCode ?? error.response?.statusCode ?? String(error), error.message.includes('detail') || error.detail !== undefined];
  }
  return 'not refused';
}

async function until(ask) {
  for (let tries = 0; tries < 400; tries++) {
    const found = await ask();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('It does not happen.');
}

const first = async (processInstanceKey) => (await client.searchUserTasks(
  { filter: { processInstanceKey, state: 'CREATED' }, sort: [{ field: 'creationDate', order: 'asc' }], page: { from: 0, limit: 10 } })).items[0];
const state = async (processInstanceKey) => (await client.searchProcessInstances(
  { filter: { processInstanceKey }, sort: [{ field: 'startDate', order: 'desc' }], page: { from: 0, limit: 1 } })).items[0].state;
const started = async (processDefinitionId, variables) =>
  (await client.createProcessInstance({ processDefinitionId, variables })).processInstanceKey;

// As the modeler begins: is it REST, then the check; then all files of the folder at once, and a start by id and by key
seen.versions = [await client.getTopology(), await client.getTopology()].map((one) => one.gatewayVersion);
const headers = { authorization: '', ...(await client.oAuthProvider.getHeaders('ZEEBE')) };
seen.me = (await (await fetch(`${address}/v2/authentication/me`, { headers })).json()).username;
if (files.length === 0) {
  console.log(JSON.stringify(seen));
  process.exit();
}
const deployed = await client.deployResources(files.map((file) => ({ name: basename(file), content: readFileSync(file, 'utf8') })));
seen.tenant = deployed.tenantId;
seen.found = files.map((file) => basename(file)).map((name) => [
  name,
  name.endsWith('.bpmn')
    ? deployed.deployments.map((one) => one.processDefinition).find((one) => one?.resourceName === name)?.processDefinitionId
    : deployed.deployments.map((one) => one.decisionRequirements).find((one) => one?.resourceName === name)?.decisionRequirementsId,
]);
seen.refused = await refused(client.deployResources([{ name: 'broken.bpmn', content: '<no-diagram/>' }]));
const parcel = deployed.processes.find((one) => one.processDefinitionId === 'parcel');
const byKey = await client.createProcessInstance({ processDefinitionKey: parcel.processDefinitionKey, variables: { parcel: 'S-key' }, tenantId: '<default>', businessId: 'letter-1' });
const instance = byKey.processInstanceKey;
seen.started = [byKey.processDefinitionId, byKey.processDefinitionVersion >= 1, byKey.tenantId, byKey.businessId];
const result = await client.createProcessInstanceWithResult({ processDefinitionId: 'stamp', variables: { grams: 900 } });
seen.result = result.variables.p;
const told = await client.evaluateDecision({ decisionDefinitionId: 'postage', variables: { grams: 900 } });
seen.decided = [told.output, told.tenantId];

// A user task, and two who want it
const task = await first(instance);
await client.assignUserTask({ userTaskKey: task.userTaskKey, assignee: 'li', allowOverride: false });
seen.race = await refused(client.assignUserTask({ userTaskKey: task.userTaskKey, assignee: 'wu', allowOverride: false }));
await client.updateUserTask({ userTaskKey: task.userTaskKey, changeset: { candidateGroups: ['north'] } });
await client.unassignUserTask({ userTaskKey: task.userTaskKey });
const read = await client.getUserTask(task.userTaskKey);
seen.task = [read.elementId, read.assignee, read.candidateGroups];
seen.licence = (await client.getLicenseStatus()).isCommercial;
await client.completeUserTask({ userTaskKey: task.userTaskKey, variables: { grams: 900 } });

// What the task-testing and credential panels of the modeler ask, with the headers that the library makes
const ask = async (path, body = { filter: { processInstanceKey: instance } }) => {
  const answer = await fetch(`${address}/v2${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  return [answer.status, await answer.json()];
};
const counted = async (path, body) => {
  const [status, told] = await ask(path, body);
  return [status, told.items?.length ?? told.title];
};
seen.panel = {
  instances: await counted('/process-instances/search'),
  children: await counted('/process-instances/search', { filter: { parentProcessInstanceKey: instance } }),
  variables: await counted('/variables/search?truncateValues=false'),
  elements: await counted('/element-instances/search'),
  incidents: await counted(`/process-instances/${instance}/incidents/search`, {}),
  jobs: await counted('/jobs/search'),
  subscriptions: await counted('/message-subscriptions/search'),
  tasks: await counted('/user-tasks/search'),
  authorizations: await counted('/authentication/me/authorizations/search', {}),
  cluster: await counted('/cluster-variables/search', {}),
  secrets: await counted('/secrets/list', {}),
};

// Messages and signals
seen.nobody = await refused(client.correlateMessage({ name: 'payment', correlationKey: 'S-nobody', variables: {} }));
seen.correlated = (await client.correlateMessage({ name: 'payment', correlationKey: 'S-key', variables: {} })).processInstanceKey === instance;
await client.cancelProcessInstance({ processInstanceKey: instance });
seen.cancelled = await state(instance);
const alarmed = await started('alarm', {});
await client.broadcastSignal({ signalName: 'fire', variables: {} });
seen.alarmed = await state(alarmed);

// A worker, and all that may become of a job
const tries = {};
const worker = client.createJobWorker({
  type: 'deliver', worker: 'postman', maxJobsToActivate: 5, timeout: 30_000, pollIntervalMs: 20,
  jobHandler: async (job) => {
    const parcel = job.variables.parcel;
    tries[parcel] = (tries[parcel] ?? 0) + 1;
    if (parcel === 'S-error') return job.error({ errorCode: 'LOST', errorMessage: 'fell off the lorry' });
    if (parcel === 'S-fail' && tries[parcel] === 1) return job.fail({ errorMessage: 'nobody at home', retries: job.retries - 1, retryBackOff: 50 });
    if (parcel === 'S-throws' && tries[parcel] === 1) throw new Error('the bicycle is broken');
    if (parcel === 'S-lease' && tries[parcel] === 1) {
      await client.updateJob({ jobKey: job.jobKey, timeout: 50 });
      return job.forward();
    }
    if (parcel === 'S-stuck' && tries[parcel] === 1) return job.fail({ errorMessage: 'no such street', retries: 0 });
    return job.complete({ delivered: tries[parcel] });
  },
});
const parcels = {};
for (const name of ['S-error', 'S-fail', 'S-throws', 'S-lease', 'S-stuck', 'S-once']) {
  parcels[name] = await started('parcel', { parcel: name });
  await client.completeUserTask({ userTaskKey: (await first(parcels[name])).userTaskKey, variables: { grams: 100 } });
  await client.publishMessage({ name: 'payment', correlationKey: name, timeToLive: 0, variables: {} });
}
const incident = await until(async () =>
  (await ask('/incidents/search', { filter: { processInstanceKey: parcels['S-stuck'], state: 'ACTIVE' } }))[1].items[0]);
seen.incident = [incident.errorType, incident.errorMessage];
await client.updateJob({ jobKey: incident.jobKey, retries: 1 });
await client.resolveIncident(incident.incidentKey);
for (const [name, key] of Object.entries(parcels)) {
  await until(async () => (await state(key)) === 'COMPLETED');
  const [, elements] = await ask('/element-instances/search', { filter: { processInstanceKey: key } });
  seen.outcomes[name] = [elements.items.some((one) => one.elementId === 'refunded') ? 'refunded' : 'done', tries[name]];
}
await worker.stop();

// A worker whose results deny and correct what is asked of a task, and choose what is done then
const kinds = [];
const judge = client.createJobWorker({
  type: 'judge', worker: 'judge', maxJobsToActivate: 5, timeout: 30_000, pollIntervalMs: 20,
  jobHandler: async (job) => {
    kinds.push(job.kind);
    if (job.elementId === 'visit') return job.complete({ seen: job.variables.why });
    // completeJob of this version leaves the result out
    const result = async (type, told) => {
      await client.callApiEndpoint({ urlPath: `jobs/${job.jobKey}/completion`, method: 'POST', body: { result: { type, ...told } }, json: false });
      return job.forward();
    };
    if (job.elementId === 'hear')
      return result('userTask', job.variables.photo ? { corrections: { priority: 80 } } : { denied: true, deniedReason: 'no photo' });
    const visit = { activateElements: [{ elementId: 'visit', variables: { why: 'noise' } }] };
    return result('adHocSubProcess', job.variables.seen ? { isCompletionConditionFulfilled: true } : visit);
  },
});
const heard = await started('hearing', {});
const { userTaskKey } = await first(heard);
seen.denied = await refused(client.completeUserTask({ userTaskKey }));
await client.completeUserTask({ userTaskKey, variables: { photo: 'p-1' } });
await until(async () => (await state(heard)) === 'COMPLETED');
seen.corrected = (await client.getUserTask(userTaskKey)).priority;
seen.kinds = kinds;
await judge.stop();
console.log(JSON.stringify(seen));
