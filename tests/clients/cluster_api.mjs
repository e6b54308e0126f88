// @camunda8/orchestration-cluster-api does what a unit's system does, and checks each answer by its own schemas.
// node cluster_api.mjs FILES…: prints what it saw as JSON, without files who it is; where the service is comes from CAMUNDA_… in the environment.
import createCamundaClient from '@camunda8/orchestration-cluster-api';

const camunda = createCamundaClient({ config: { CAMUNDA_SDK_VALIDATION: 'req:strict,res:strict', CAMUNDA_SDK_LOG_LEVEL: 'error' } });
const now = { consistency: { waitUpToMs: 0 } };
const soon = (predicate) => ({ consistency: { waitUpToMs: 20_000, pollIntervalMs: 50, predicate } });
const seen = { outcomes: {} };

async function refused(call) {
  try {
    await call;
  } catch (error) {
    return error.status ?? error.response?.status ?? String(error);
  }
  return 'not refused';
}

const started = async (processDefinitionId, variables) =>
  (await camunda.createProcessInstance({ processDefinitionId, variables })).processInstanceKey;

const ended = (processInstanceKey) =>
  camunda.getProcessInstance({ processInstanceKey }, soon((one) => one.state === 'COMPLETED'));

const passed = async (processInstanceKey) =>
  (await camunda.searchElementInstances({ filter: { processInstanceKey } }, now)).items.map((one) => one.elementId);

// Topology and deployment
seen.version = (await camunda.getTopology()).gatewayVersion;
seen.me = (await camunda.getAuthentication()).username;
if (process.argv.length === 2) {
  console.log(JSON.stringify(seen));
  process.exit();
}
const deployed = await camunda.deployResourcesFromFiles(process.argv.slice(2));
seen.processes = deployed.processes.map((one) => one.processDefinitionId).sort();
seen.decisions = deployed.decisions.map((one) => one.decisionDefinitionId);
const { items: definitions } = await camunda.searchProcessDefinitions(
  { filter: { processDefinitionId: 'parcel', isLatestVersion: true }, sort: [{ field: 'version', order: 'DESC' }] }, now);
seen.xml = (await camunda.getProcessDefinitionXml(definitions[0], now)).includes('isExecutable');

// A user task, and two who want it
const race = await started('parcel', { parcel: 'N-race' });
const { items: [task] } = await camunda.searchUserTasks(
  { filter: { processInstanceKey: race, state: 'CREATED' }, sort: [{ field: 'creationDate' }] }, soon((found) => found.items.length > 0));
await camunda.assignUserTask({ userTaskKey: task.userTaskKey, assignee: 'li', allowOverride: false });
seen.race = await refused(camunda.assignUserTask({ userTaskKey: task.userTaskKey, assignee: 'wu', allowOverride: false }));
await camunda.updateUserTask({ userTaskKey: task.userTaskKey, changeset: { priority: 80 } });
await camunda.unassignUserTask({ userTaskKey: task.userTaskKey });
const read = await camunda.getUserTask({ userTaskKey: task.userTaskKey }, now);
seen.task = [read.elementId, read.assignee, read.priority];
await camunda.completeUserTask({ userTaskKey: task.userTaskKey, variables: { grams: 900 } });
seen.again = await refused(camunda.completeUserTask({ userTaskKey: task.userTaskKey }));
seen.grams = (await camunda.searchVariables({ filter: { processInstanceKey: race, name: 'grams' } }, now)).items.map((one) => one.value);

// Messages and signals
const { items: [waiting] } = await camunda.searchMessageSubscriptions({ filter: { processInstanceKey: race } }, now);
seen.waiting = [waiting.messageName, waiting.correlationKey];
seen.nobody = await refused(camunda.correlateMessage({ name: 'payment', correlationKey: 'N-nobody' }));
seen.correlated = (await camunda.correlateMessage({ name: 'payment', correlationKey: 'N-race' })).processInstanceKey === race;
seen.jobs = (await camunda.searchJobs({ filter: { processInstanceKey: race } }, now)).items.map((one) => [one.type, one.state]);
await camunda.cancelProcessInstance({ processInstanceKey: race });
seen.cancelled = (await camunda.getProcessInstance({ processInstanceKey: race }, now)).state;
seen.gone = await refused(camunda.cancelProcessInstance({ processInstanceKey: race }));
const alarmed = await started('alarm', {});
await camunda.broadcastSignal({ signalName: 'fire', variables: { where: 'market' } });
seen.alarmed = (await ended(alarmed)).state;

// Decisions
const told = await camunda.evaluateDecision({ decisionDefinitionId: 'postage', variables: { grams: 900 } });
seen.postage = told.output;
const stamped = await camunda.createProcessInstance({ processDefinitionId: 'stamp', variables: { grams: 900 }, awaitCompletion: true });
seen.stamped = stamped.variables.p;
const { items: [decided] } = await camunda.searchDecisionInstances(
  { filter: { processInstanceKey: stamped.processInstanceKey }, sort: [{ field: 'evaluationDate', order: 'DESC' }] }, now);
seen.decided = [decided.decisionDefinitionId, decided.result];

// A worker, and all that may become of a job
const tries = {};
const worker = camunda.createJobWorker({
  jobType: 'deliver', workerName: 'postman', maxParallelJobs: 5, jobTimeoutMs: 30_000, pollTimeoutMs: 2_000, pollIntervalMs: 20,
  jobHandler: async (job) => {
    const { parcel } = job.variables;
    tries[parcel] = (tries[parcel] ?? 0) + 1;
    if (parcel === 'N-error') return job.error({ errorCode: 'LOST', errorMessage: 'fell off the lorry' });
    if (parcel === 'N-fail' && tries[parcel] === 1) return job.fail({ errorMessage: 'nobody at home', retries: job.retries - 1, retryBackOff: 50 });
    if (parcel === 'N-throws' && tries[parcel] === 1) throw new Error('the bicycle is broken');
    if (parcel === 'N-stuck' && tries[parcel] === 1) return job.fail({ errorMessage: 'no such street', retries: 0 });
    if (parcel === 'N-lease' && tries[parcel] === 1) {
      await camunda.updateJob({ jobKey: job.jobKey, changeset: { timeout: 50 } });
      return job.ignore();
    }
    return job.complete({ delivered: tries[parcel] });
  },
});
const parcels = {};
for (const parcel of ['N-error', 'N-fail', 'N-throws', 'N-stuck', 'N-lease', 'N-once']) {
  parcels[parcel] = await started('parcel', { parcel });
  const { items: [weighing] } = await camunda.searchUserTasks({ filter: { processInstanceKey: parcels[parcel] } }, now);
  await camunda.completeUserTask({ userTaskKey: weighing.userTaskKey, variables: { grams: 100 } });
  await camunda.publishMessage({ name: 'payment', correlationKey: parcel, timeToLive: 0, variables: {} });
}
const { items: [incident] } = await camunda.searchIncidents(
  { filter: { processInstanceKey: parcels['N-stuck'], state: 'ACTIVE' } }, soon((found) => found.items.length > 0));
seen.incident = [incident.errorType, incident.elementId, incident.errorMessage];
await camunda.updateJob({ jobKey: incident.jobKey, changeset: { retries: 1 } });
await camunda.resolveIncident({ incidentKey: incident.incidentKey });
for (const [parcel, key] of Object.entries(parcels)) {
  await ended(key);
  seen.outcomes[parcel] = [(await passed(key)).includes('refunded') ? 'refunded' : 'done', tries[parcel]];
}

// A worker whose results deny and correct what is asked of a task, and choose what is done then
const kinds = [];
const judge = camunda.createJobWorker({
  jobType: 'judge', workerName: 'judge', maxParallelJobs: 5, jobTimeoutMs: 30_000, pollTimeoutMs: 2_000, pollIntervalMs: 20,
  jobHandler: async (job) => {
    kinds.push(job.kind);
    if (job.elementId === 'visit') return job.complete({ seen: job.variables.why });
    if (job.elementId === 'hear') {
      const told = job.variables.photo ? { corrections: { priority: 80 } } : { denied: true, deniedReason: 'no photo' };
      return job.complete({}, { type: 'userTask', ...told });
    }
    const visit = { activateElements: [{ elementId: 'visit', variables: { why: 'noise' } }] };
    return job.complete({}, { type: 'adHocSubProcess', ...(job.variables.seen ? { isCompletionConditionFulfilled: true } : visit) });
  },
});
const heard = await started('hearing', {});
const { items: [{ userTaskKey }] } = await camunda.searchUserTasks({ filter: { processInstanceKey: heard } }, now);
seen.denied = await refused(camunda.completeUserTask({ userTaskKey }));
await camunda.completeUserTask({ userTaskKey, variables: { photo: 'p-1' } });
await ended(heard);
seen.corrected = (await camunda.getUserTask({ userTaskKey }, now)).priority;
seen.kinds = kinds;
await judge.stopGracefully({ waitUpToMs: 8_000 });
seen.drained = await worker.stopGracefully({ waitUpToMs: 8_000 });
console.log(JSON.stringify(seen));
process.exit(); // its connections would be kept open for some seconds
