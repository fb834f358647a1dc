import { auditRunSweep } from '../../src/jobs/cmdb/audit.sweep.js';
import { baselineSweep } from '../../src/jobs/cmdb/baseline.sweep.js';
import { classMigrationSweep } from '../../src/jobs/cmdb/class-migration.sweep.js';
import { duplicateSweep } from '../../src/jobs/cmdb/duplicate.sweep.js';
import type { TestApp } from './app.js';
import type { TestClock } from './clock.js';
import { registerVersion, upload } from './media.js';
import { patchPlan } from './plans.js';
import type { Story } from './story.js';
import { until } from './until.js';

/** What a chapter is told with. */
export interface Telling {
  readonly app: TestApp;
  readonly story: Story;
  readonly clock: TestClock;
}

/** Name of the person who confirms what the administrator of the story proposes. */
export const SECOND_ADMINISTRATOR = 'bob';

type Chapter = (telling: Telling) => Promise<void>;

const DAY = 86_400_000;
const REASON = 'The vendor says so.';
const ref = (key: string) => ({ source: 'cmdb', key });

const at = ({ clock }: Telling, ms: number): string => new Date(clock.now().getTime() + ms).toISOString();

const version = async ({ story }: Telling, id: string): Promise<{ id: string; expectedVersion: number }> => ({
  id,
  expectedVersion: (await story.read(id, 'version', story.auditor)).version,
});

const people: Chapter = async (telling) => {
  const { administrator: ada } = telling.story;
  const { id } = await ada.run('personCreate', { name: 'Nora', email: 'nora@new.test' }, 'person');
  await ada.run('personUpdate', { ...(await version(telling, id)), name: 'Nora N.' }, 'person');
  const upserted = { externalRef: ref('nils'), name: 'Nils', email: 'nils@new.test', roles: ['TASK_ASSIGNEE'] };
  await ada.run('personUpsert', upserted, 'person');
  const nils = await ada.run('personUpsert', { ...upserted, name: 'Nils N.', roles: ['REQUESTER'] }, 'person');
  await ada.run('personDeactivate', { id: nils.id }, 'person');
  await ada.run('personActivate', { id: nils.id }, 'person');
  await ada.run('personGrantRole', { id, role: 'REQUESTER' }, 'person');
  const token = await ada.run(
    'accessTokenCreate',
    { name: 'script', days: 3, roles: ['ADMINISTRATOR'] },
    'accessToken',
  );
  await ada.run('accessTokenRevoke', { id: token.id }, 'accessToken');
  const feed = await ada.run('calendarFeedCreate', { name: 'All', scope: 'EVERYTHING' }, 'calendarFeed');
  await ada.run('calendarFeedRotate', { id: feed.id, reason: REASON }, 'calendarFeed');
  await ada.run('calendarFeedRevoke', { id: feed.id }, 'calendarFeed');
  const team = await ada.run('teamCreate', { name: 'Night shift' }, 'team');
  await ada.run('teamUpdate', { ...(await version(telling, team.id)), description: 'From ten to six.' }, 'team');
  await ada.run('teamUpsert', { externalRef: ref('day'), name: 'Day shift' }, 'team');
  await ada.run('teamUpsert', { externalRef: ref('day'), name: 'Day shift', description: 'The others.' }, 'team');
  await ada.run('teamAddMember', { id: team.id, personId: id }, 'team');
  await workingTimes(telling, id, team.id);
  await ada.run('teamRemoveMember', { id: team.id, personId: id }, 'team');
  await grants(telling, id);
  await ada.run('personRevokeRole', { id, role: 'REQUESTER' }, 'person');
};

/** When somebody works, and what a team can take on. */
async function workingTimes(telling: Telling, personId: string, teamId: string): Promise<void> {
  const ada = telling.story.administrator;
  await ada.run('teamSetCapacity', { id: teamId, maxTasksAtOnce: 2, reason: REASON }, 'team');
  const hours = [{ day: 'MONDAY', from: '09:00', to: '17:00' }];
  const made = { name: 'Mondays', timeZone: 'Europe/Berlin', hours };
  const { id } = await ada.run('workingCalendarCreate', made, 'workingCalendar');
  const exceptions = [{ date: '2027-12-27', hours: [] }];
  await ada.run('workingCalendarUpdate', { ...(await version(telling, id)), exceptions }, 'workingCalendar');
  const other = await ada.run('workingCalendarCreate', { ...made, name: 'Other Mondays' }, 'workingCalendar');
  for (const calendar of [id, other.id])
    await ada.run('workingCalendarAssign', { id: calendar, personId, reason: REASON }, 'workingCalendar');
  await ada.run('workingCalendarUnassign', { id: other.id, personId }, 'workingCalendar');
  const away = { personId, startsAt: at(telling, DAY), endsAt: at(telling, 2 * DAY) };
  const absence = await ada.run('absenceCreate', away, 'absence');
  await ada.run('absenceWithdraw', { id: absence.id, reason: REASON }, 'absence');
}

/** What two administrators give somebody together, and a proposal that comes to nothing. */
async function grants({ app, story: { administrator: ada } }: Telling, personId: string): Promise<void> {
  const bob = await app.as(SECOND_ADMINISTRATOR, 'ADMINISTRATOR');
  const propose = async (what: string, more: object = {}): Promise<{ id: string }> =>
    await ada.run(`accessGrantPropose${what}`, { personId, reason: REASON, ...more }, 'accessGrant');
  const roles = ['AUDITOR'];
  const declined = await propose('Roles', { roles });
  await bob.run('accessGrantDecline', { id: declined.id, reason: REASON }, 'accessGrant');
  for (const [what, more] of [
    ['Roles', { roles }],
    ['Identity', { subject: 'idp|nora' }],
    ['Token', { name: 'bot', roles, days: 3 }],
  ] as const)
    await bob.run('accessGrantConfirm', { id: (await propose(what, more)).id }, 'accessGrant');
  await ada.run('personDeactivate', { id: personId }, 'person');
  const back = await propose('Activation');
  await bob.run('accessGrantConfirm', { id: back.id }, 'accessGrant');
}

const items: Chapter = async (telling) => {
  const { story } = telling;
  const carl = story.configurationManager;
  const [host, app, old] = [await story.ci('host'), await story.ci('app'), await story.ci('old')];
  await carl.run(
    'configurationItemUpdate',
    { ...(await version(telling, host)), criticality: 'HIGH', attributes: { serial: 'A-1' } },
    'configurationItem',
  );
  const upserted = { externalRef: ref('db'), name: 'db', ciClass: 'SERVER' };
  await carl.run('configurationItemUpsert', upserted, 'configurationItem');
  await carl.run('configurationItemUpsert', { ...upserted, attributes: { rack: 3 } }, 'configurationItem');
  const rows = [{ externalRef: ref('lb'), name: 'lb', ciClass: 'SERVER' }];
  await carl.run('configurationItemsImport', { errorPolicy: 'REJECT_EVERYTHING', rows }, 'results', '__typename');
  const relation = await carl.run(
    'configurationItemRelate',
    { sourceId: app, kind: 'RUNS_ON', targetId: host },
    'ciRelation',
  );
  await carl.run('configurationItemUnrelate', { id: relation.id }, 'configurationItem');
  await carl.run('configurationItemRetire', { id: old }, 'configurationItem');
  await customClasses(telling);
  await identification(telling);
  await observe(telling, host);
  await takeBaselines(telling, host);
  await auditItems(telling, host);
};

/** A class of one's own, with an item. */
async function customClasses(telling: Telling): Promise<void> {
  const carl = telling.story.configurationManager;
  const schema = { type: 'object', properties: { memory: { type: 'integer', unit: 'GiB', indexed: true } } };
  const made = { key: 'blade', name: 'Blade', ciClass: 'SERVER', schema };
  const { id } = await carl.run('customClassDefine', made, 'customClass');
  const item = { name: 'blade-1', ciClass: 'SERVER', customClass: 'blade', attributes: { memory: 64 } };
  const ci = await carl.run('configurationItemRegister', item, 'configurationItem');
  const edited = { ...(await version(telling, ci.id)), customClass: null };
  await carl.run('configurationItemUpdate', edited, 'configurationItem');
  await carl.run('customClassUpdate', { ...(await version(telling, id)), name: 'Blade server' }, 'customClass');
  await migrateClass(telling, id);
  await carl.run('customClassRetire', { id, reason: REASON }, 'customClass');
  await carl.run('customClassReactivate', { id }, 'customClass');
}

/** A migration of a class that moves its item, and one that is cancelled. */
async function migrateClass(telling: Telling, customClassId: string): Promise<void> {
  const carl = telling.story.configurationManager;
  const item = { name: 'blade-2', ciClass: 'SERVER', customClass: 'blade', attributes: { memory: 64 } };
  await carl.run('configurationItemRegister', item, 'configurationItem');
  const ram = { type: 'integer', unit: 'GiB', maximum: 32, indexed: true };
  const schema = { type: 'object', properties: { ram } };
  for (const end of ['cancel', 'run']) {
    const { expectedVersion } = await version(telling, customClassId);
    const { id } = await carl.run(
      'classMigrationStart',
      { customClassId, expectedVersion, schema, renames: { memory: 'ram' }, dryRun: false, acceptsMisfits: true },
      'classMigration',
    );
    if (end === 'cancel') await carl.run('classMigrationCancel', { id, reason: REASON }, 'classMigration');
    else await classMigrationSweep.run(telling.app.services, new AbortController().signal);
  }
}

/** An audit whose finding is assigned and closed, and one that is cancelled. */
const auditItems = async ({ app, story }: Telling, configurationItemId: string): Promise<void> => {
  const { configurationManager: carl, operator, auditor } = story;
  const some = { name: 'Yearly', configurationItemId, expectsObservations: true };
  const { id } = await carl.run('configurationAuditStart', some, 'configurationAudit');
  await auditRunSweep.run(app.services, new AbortController().signal);
  const { auditFindings } = await story.read(id, 'auditFindings { nodes { id } }', auditor);
  const finding = { id: auditFindings.nodes[0].id };
  await carl.run('auditFindingAssign', { ...finding, ownerId: operator.personId }, 'auditFinding');
  await operator.run('auditFindingClose', { ...finding, reason: REASON }, 'auditFinding');
  const cancelled = await carl.run('configurationAuditStart', some, 'configurationAudit');
  await carl.run('configurationAuditCancel', { id: cancelled.id }, 'configurationAudit');
};

/** Baselines that are approved and rejected, once the server has taken them. */
const takeBaselines = async ({ app, story }: Telling, configurationItemId: string): Promise<void> => {
  const taken: string[] = [];
  for (const name of ['first', 'second'])
    taken.push((await story.configurationManager.run('baselineTake', { name, configurationItemId }, 'baseline')).id);
  await until(async () => {
    await baselineSweep.run(app.services, new AbortController().signal);
    return (await app.count(`baseline where state = 'PENDING'`)) === 0;
  }, 'the baselines to be taken');
  await story.authority.run('baselineApprove', { id: taken[0] }, 'baseline');
  await story.authority.run('baselineReject', { id: taken[1], reason: REASON }, 'baseline');
};

/** What a discovery tool says of an item, and what people make of it. */
const observe = async ({ app, story }: Telling, ciId: string): Promise<void> => {
  const scanner = await app.as('scanner', 'DISCOVERY');
  const observations = [{ ciId, name: 'host-2', attributes: { serial: 'A-2', rack: 'R7' } }];
  await scanner.run('ciObservationsRecord', { source: 'scan', observations }, 'results', '__typename');
  const { drift } = await story.read(ciId, 'drift { nodes { id } }', story.auditor);
  const [accepted, rejected, raised] = drift.nodes.map(({ id }: { id: string }) => id);
  await story.configurationManager.run('driftAccept', { id: accepted }, 'drift');
  await story.configurationManager.run('driftReject', { id: rejected, reason: REASON }, 'drift');
  await story.configurationManager.run('driftRaiseChange', { id: raised }, 'drift');
};

/** By what observed things are identified, and which source counts more than which. */
const identification = async ({ app, story }: Telling): Promise<void> => {
  const { administrator, configurationManager: carl } = story;
  const twin = { name: 'twin', ciClass: 'LAPTOP' };
  for (let n = 0; n < 2; n++) await carl.run('configurationItemRegister', twin, 'configurationItem');
  await until(async () => {
    await duplicateSweep.run(app.services, new AbortController().signal);
    return (await app.count('duplicate_stale')) === 0;
  }, 'duplicates to be found');
  const { suspectedDuplicates } = await story.auditor.ok('{ suspectedDuplicates(first: 1) { nodes { id } } }');
  const suspicion = { id: suspectedDuplicates.nodes[0].id, reason: REASON };
  await carl.run('suspectedDuplicateDismiss', suspicion, 'suspectedDuplicate');
  const identifiers = [{ fields: ['SERIAL_NUMBER', 'MANUFACTURER'], comparison: 'FOLDED' }];
  await administrator.run(
    'identificationRuleSet',
    { ciClass: 'LAPTOP', identifiers, reason: REASON },
    'identificationRule',
  );
  await administrator.run('identificationRuleReset', { ciClass: 'LAPTOP' }, 'identificationRule');
  const order = { ciClass: 'SERVER', field: 'location', sources: ['scan', 'agent'], reason: REASON };
  const { id } = await administrator.run('sourcePrecedenceSet', order, 'sourcePrecedence');
  await administrator.run('sourcePrecedenceReset', { id }, 'sourcePrecedence');
};

const library: Chapter = async (telling) => {
  const { app, story } = telling;
  const [lara, liam] = [story.librarian, story.secondLibrarian];
  const repository = await lara.run('dmlRepositoryCreate', { name: 'Shelf' }, 'dmlRepository');
  const moved = { ...(await version(telling, repository.id)), location: 'Room 4' };
  await lara.run('dmlRepositoryUpdate', moved, 'dmlRepository');
  const item = await lara.run('dmlItemCreate', { repositoryId: repository.id, name: 'driver' }, 'dmlItem');
  await lara.run('dmlItemUpdate', { ...(await version(telling, item.id)), vendor: 'ACME' }, 'dmlItem');
  const upserted = { externalRef: ref('font'), repositoryId: repository.id, name: 'font' };
  await lara.run('dmlItemUpsert', upserted, 'dmlItem');
  await lara.run('dmlItemUpsert', { ...upserted, licence: 'OFL' }, 'dmlItem');
  const id = await registerVersion(lara, item.id, '1');
  await lara.run('dmlItemVersionUpdate', { ...(await version(telling, id)), source: 'a disk' }, 'dmlItemVersion');
  await upload(lara, id, 'the driver');
  await app.jobs.runOnce();
  for (const command of ['Authorise', 'Quarantine', 'Verify']) {
    await liam.run(`dmlItemVersion${command}`, { id, reason: REASON }, 'dmlItemVersion');
    await app.jobs.runOnce();
  }
  await liam.run('dmlItemVersionAuthorise', { id }, 'dmlItemVersion');
  const ciIds = [await story.ci('pinned')];
  await story.manager.run('dmlItemVersionPin', { id, ciIds, reason: REASON }, 'dmlItemVersion');
  await story.manager.run('dmlItemVersionLiftPins', { id, reason: REASON }, 'dmlItemVersion');
  await liam.run('dmlItemVersionDeprecate', { id, reason: REASON }, 'dmlItemVersion');
  await liam.run('dmlItemVersionRetire', { id, reason: REASON }, 'dmlItemVersion');
  const bad = await story.media(item.id, '2');
  await liam.run('dmlItemVersionRecall', { id: bad, reason: REASON }, 'dmlItemVersion');
};

const calendar: Chapter = async (telling) => {
  const { story } = telling;
  const chad = story.changeManager;
  const slot = { startsAt: at(telling, 20 * DAY), endsAt: at(telling, 21 * DAY) };
  const window = { name: 'Year end', kind: 'BLACKOUT', ciIds: [await story.ci('ledger')], ...slot };
  const { id } = await chad.run('scheduleWindowCreate', window, 'scheduleWindow');
  const scope = {
    ciIds: [await story.ci('till')],
    serviceIds: [await story.ci('shop')],
    filter: { name: { eq: 'till' } },
  };
  const weekly = { ...(await version(telling, id)), rrule: 'FREQ=WEEKLY', ...scope };
  await chad.run('scheduleWindowUpdate', weekly, 'scheduleWindow');
  await chad.run('scheduleWindowDeactivate', { id }, 'scheduleWindow');
  for (const name of ['Stocktaking', 'Count']) {
    const lines = ['UID:count', `SUMMARY:${name}`, 'DTSTART;VALUE=DATE:20400104'];
    const calendar = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR'].join('\n');
    const imported = { source: 'counts', calendar, kind: 'BLACKOUT', timeZone: 'UTC' };
    await chad.run('scheduleWindowsImport', imported, 'results', '__typename');
  }
  const entry = await chad.run('scheduleEntryCreate', { title: 'CAB', ...slot }, 'scheduleEntry');
  const moved = { ...(await version(telling, entry.id)), title: 'CAB, moved' };
  await chad.run('scheduleEntryUpdate', moved, 'scheduleEntry');
  await chad.run('scheduleEntryCancel', { id: entry.id }, 'scheduleEntry');
};

const changes: Chapter = async (telling) => {
  const { story } = telling;
  const { requester: rita, changeManager: chad } = story;
  const ci = await story.ci('crm');
  const { id } = await story.change('Patch CRM');
  await rita.run('changeUpdate', { ...(await version(telling, id)), risk: 'LOW', description: 'All of it.' }, 'change');
  await rita.run('changeAddCi', { id, role: 'TARGET', ciIds: [ci, await story.ci('crm db')] }, 'change');
  await rita.run('changeRemoveCi', { id, role: 'TARGET', ciIds: [ci] }, 'change');
  await chad.run('changeAccept', { id }, 'change');
  await chad.run('changeReject', { id, reason: REASON }, 'change');
  const upserted = { externalRef: ref('itsm-4'), title: 'Patch the till', backOutPlan: 'Restore.', targetCiIds: [ci] };
  const second = await rita.run('changeUpsert', upserted, 'change');
  await rita.run('changeUpsert', { ...upserted, targetCiIds: [await story.ci('till 2')] }, 'change');
  await rita.run('changeCancel', { id: second.id, reason: REASON }, 'change');
  const alone = await story.authorised('By hand', [await story.ci('rack')]);
  await chad.run('changeImplement', { id: alone.id, outcome: 'SUCCESSFUL', evidence: 'Photo 3' }, 'change');
  await chad.run('changeStartReview', { id: alone.id }, 'change');
  await chad.run('changeClose', { id: alone.id }, 'change');
};

const requests: Chapter = async ({ story }) => {
  const { requester: rita, owner: olga, manager: mona } = story;
  const { id: releaseId } = await story.release('Quarter');
  const change = await story.authorised('Joins', [await story.ci('joins')]);
  const ask = async () =>
    (
      await rita.run(
        'changeReleaseRequestSubmit',
        { changeId: change.id, releaseId, mode: 'SPECIFIC_RELEASE' },
        'changeReleaseRequest',
      )
    ).id as string;
  await rita.run('changeReleaseRequestWithdraw', { id: await ask() }, 'changeReleaseRequest');
  await olga.run('changeReleaseRequestReject', { id: await ask(), reason: REASON }, 'changeReleaseRequest');
  await olga.run('changeReleaseRequestApprove', { id: await ask() }, 'changeReleaseRequest');
  await mona.run('releaseRemoveChange', { id: releaseId, changeId: change.id, reason: REASON }, 'release');
};

const templates: Chapter = async (telling) => {
  const { story } = telling;
  const { manager: mona, secondManager: mark } = story;
  const selection = 'id versions { nodes { id } }';
  const input = { name: 'Patch day', plan: patchPlan };
  const template = await mona.run('releaseTemplateCreate', input, 'releaseTemplate', selection);
  const { id } = template.versions.nodes[0];
  const plan = { ...patchPlan, phases: patchPlan.phases.slice(0, 3) };
  await mona.run('releaseTemplateVersionUpdate', { ...(await version(telling, id)), plan }, 'releaseTemplateVersion');
  await mark.run('releaseTemplateVersionPublish', { id }, 'releaseTemplateVersion');
  await mona.run('releaseTemplateRevise', { id: template.id }, 'releaseTemplateVersion');
  await mark.run('releaseTemplateVersionRetire', { id }, 'releaseTemplateVersion');
};

const plan: Chapter = async (telling) => {
  const { story } = telling;
  const { manager: mona, tester: tess, owner: olga } = story;
  const release = await story.release('Planned');
  const releaseId = release.id;
  const edited = { ...(await version(telling, releaseId)), description: 'All of it.', planStart: at(telling, DAY) };
  await mona.run('releaseUpdate', edited, 'release');
  const upserted = { externalRef: ref('rel-7'), name: 'From the roadmap', ownerId: olga.personId };
  await mona.run('releaseUpsert', upserted, 'release');
  await mona.run('releaseUpsert', { ...upserted, kind: 'MAJOR' }, 'release');
  const ciIds = [await story.ci('one'), await story.ci('two')];
  await story.addTargets(releaseId, ...ciIds);
  await story.removeTargets(releaseId, ciIds[1] as string);
  const phase = { releaseId, releaseState: 'PLANNING' };
  const { id: phaseId } = await mona.run('phaseAdd', { ...phase, name: 'Plan' }, 'phase');
  const other = await mona.run('phaseAdd', { ...phase, name: 'More' }, 'phase');
  await mona.run('phaseUpdate', { ...(await version(telling, other.id)), name: 'Later' }, 'phase');
  const add = async (name: string, more: object = {}) =>
    (await mona.run('taskAdd', { phaseId, name, role: 'TEST_MANAGER', ...more }, 'task')).id as string;
  const [first, second, third] = [await add('first'), await add('second'), await add('third')];
  await mona.run('taskUpdate', { ...(await version(telling, first)), description: 'Look at it.' }, 'task');
  await mona.run('taskMove', { ...(await version(telling, third)), position: 0 }, 'task');
  const after = { ...(await version(telling, second)), predecessorIds: [first] };
  await mona.run('taskSetPredecessors', after, 'task');
  await mona.run('taskRemove', { id: third }, 'release');
  await mona.run('phaseRemove', { id: other.id }, 'release');
  await story.step('releaseStartPlanning', releaseId);
  await tess.run('taskClaim', { id: first }, 'task');
  await tess.run('taskStart', { id: first }, 'task');
  await tess.run('taskRequestInput', { id: first, question: 'Which rack?' }, 'task');
  await mona.run('taskProvideInput', { id: first, answer: 'The third.' }, 'task');
  await tess.run('taskFail', { id: first, reason: REASON }, 'task');
  await tess.run('taskRetry', { id: first }, 'task');
  await tess.run('taskStart', { id: first }, 'task');
  await tess.run('taskComplete', { id: first, evidence: 'Report 9' }, 'task');
  await mona.run('taskAssign', { id: second, personId: tess.personId }, 'task');
  await mona.run('taskSkip', { id: second, reason: REASON }, 'task');
  await mona.run('releaseSaveAsTemplate', { releaseId, name: 'Saved' }, 'releaseTemplate');
  const hold = { code: 'CI_CONFLICT', reason: REASON, expiresAt: at(telling, DAY) };
  const { id: predecessorId } = await story.release('Before it');
  await mona.run('releaseAddDependency', { id: releaseId, predecessorId }, 'release');
  await mona.run('releaseRemoveDependency', { id: releaseId, predecessorId, reason: REASON }, 'release');
  const waiver = await story.authority.run('waiverGrant', { releaseId, ...hold }, 'waiver');
  await story.authority.run('waiverRevoke', { id: waiver.id, reason: REASON }, 'waiver');
  await story.handOver(releaseId, olga, { ownerId: story.otherOwner.personId });
  await story.step('releaseCancel', releaseId, { reason: REASON });
};

const slot: Chapter = async (telling) => {
  const { story } = telling;
  const { manager: mona } = story;
  const ciIds = [await story.ci('slot')];
  const item = await story.item('slot item');
  const content = [await story.media(item, '1'), await story.media(await story.item('more'), '1')];
  const { id } = await story.release('Slot');
  await story.addTargets(id, ...ciIds);
  await story.addContent(id, ...content);
  await mona.run('releaseRemoveContent', { id, dmlItemVersionIds: content.slice(1) }, 'release');
  await story.startTesting(id);
  await story.step('releaseAccept', id, {}, story.owner);
  const times = (days: number) => ({ startsAt: at(telling, days * DAY), endsAt: at(telling, (days + 1) * DAY) });
  await story.step('releaseSchedule', id, times(3));
  await story.step('releaseMoveSchedule', id, { ...times(4), reason: REASON });
  await story.step('releaseUnschedule', id, { reason: REASON });
  await story.step('releaseSchedule', id, times(3));
  await story.step('releaseReschedule', id, { reason: REASON });
  await story.step('releaseSchedule', id, times(3));
  await story.step('releaseCommunicate', id, { audience: 'Everybody', message: 'On Friday.' });
  await mona.run('communicationRecord', { releaseId: id, audience: 'Sales', message: 'On Friday.' }, 'communication');
};

const distributions: Chapter = async (telling) => {
  const { story } = telling;
  const { operator: oskar } = story;
  const release = await story.ready(['web', 'app', 'db', 'lb', 'rack']);
  const targetIds = [release.cis['web'] as string];
  const parameters = story.simulate({ stepMs: 60_000 });
  const id = await story.plan(release, { targetIds, approvalRequired: true, parameters }, 'pausable');
  const edit = { ...(await version(telling, id)), deadlineMinutes: 90, targetIds: [...targetIds, release.cis['app']] };
  await oskar.run('distributionUpdate', edit, 'distribution');
  await story.act('RequestApproval', id);
  await story.act('Approve', id, {}, story.owner);
  await story.act('Replan', id, { reason: REASON });
  await story.act('RequestApproval', id);
  await story.act('Approve', id, {}, story.owner);
  await story.act('Start', id);
  await story.passUntil(id, 'RUNNING', 20);
  await story.step('releaseHold', release.id, { reason: REASON });
  await story.step('releaseResume', release.id, { reason: REASON });
  await story.act('Pause', id);
  await story.act('Resume', id);
  const slow = await story.started(release, { targetIds: [release.cis['lb']], parameters });
  await story.passUntil(slow, 'RUNNING', 20);
  await story.act('Stop', slow, { mode: 'ABORT', reason: REASON });
  await story.passUntil(slow, 'STOPPED', 20);
  await story.act('RetryFailed', slow);
  const deaf = { simulator: { script: { outcome: 'hang', cancel: 'refuse' } } };
  const stuck = await story.started(release, { targetIds: [release.cis['rack']], parameters: deaf });
  await story.passUntil(stuck, 'RUNNING', 20);
  await story.act('Stop', stuck, { reason: REASON });
  await story.pass(660, 30_000); // as long as the tool has to stop
  await story.act('Abandon', stuck, { reason: REASON });
  await story.act('RetryFailed', stuck);
  await story.passUntil(stuck, 'RUNNING', 20);
  await story.pass(660, 30_000); // as long as a target has to be silent
  const targetExecutionId = (await story.targets(stuck, 'id'))['rack'].id;
  await story.act('EndTarget', stuck, { targetExecutionId, reason: REASON });
  await story.act('FollowLog', stuck);
  const lost = story.simulate('hang', {}, { submit: { kind: 'lost-answer', times: 1 } });
  const blind = await story.started(release, { targetIds: [release.cis['db']], parameters: lost }, 'blind');
  await story.passUntil(blind, 'START_UNKNOWN', 20);
  await story.act('Reconcile', blind, { decision: 'STARTED', reason: REASON });
  await story.act('Cancel', await story.plan(release, { targetIds }), { reason: REASON });
};

/** A rollout in waves whose second wave trips. */
const rollouts: Chapter = async (telling) => {
  const { story } = telling;
  const { operator: oskar } = story;
  const release = await story.ready(['north', 'south', 'west']);
  const parameters = story.simulate('succeed', { [release.cis['south'] as string]: 'fail' });
  const id = await story.plan(release, { parameters });
  const waves = { by: 'COUNT', sizes: [1], advance: 'MANUAL' };
  await oskar.run('distributionPlanWaves', { ...(await version(telling, id)), ...waves }, 'distribution');
  await story.act('Preflight', id, { reason: REASON });
  await story.act('Schedule', id);
  await story.begin(id);
  await story.passUntil(id, 'BETWEEN_WAVES', 60);
  await story.act('Advance', id);
  await story.passUntil(id, 'AWAITING_DECISION', 60);
  const { decisionPoints } = await story.read(id, 'decisionPoints { nodes { id } }');
  const decision = { id: decisionPoints.nodes[0].id };
  await oskar.run('decisionPointClaim', decision, 'decisionPoint');
  await oskar.run('decisionPointUnclaim', decision, 'decisionPoint');
  const targetIds = [release.cis['south']];
  await oskar.run(
    'decisionPointDecide',
    { ...decision, choice: 'EXCLUDE', targetIds, reason: REASON },
    'decisionPoint',
  );
};

const targetGroups: Chapter = async (telling) => {
  const { operator: oskar } = telling.story;
  const [one, two] = [await telling.story.ci('north'), await telling.story.ci('south')];
  const { id } = await oskar.run('targetGroupCreate', { name: 'Tills', ciIds: [one] }, 'targetGroup');
  await oskar.run('targetGroupUpdate', { ...(await version(telling, id)), name: 'All tills' }, 'targetGroup');
  await oskar.run('targetGroupAddCis', { id, ciIds: [one, two], reason: REASON }, 'targetGroup');
  await oskar.run('targetGroupRemoveCis', { id, ciIds: [one], reason: REASON }, 'targetGroup');
  await oskar.run('targetGroupRetire', { id, reason: REASON }, 'targetGroup');
};

const tools: Chapter = async (telling) => {
  const { story } = telling;
  const id = await story.tool('idle');
  const limited = { ...(await version(telling, id)), maxTargetsAtOnce: 50 };
  await story.administrator.run('deploymentToolUpdate', limited, 'deploymentTool');
  for (const command of ['Disable', 'Enable', 'Probe'])
    await story.administrator.run(`deploymentTool${command}`, { id, reason: REASON }, 'deploymentTool');
};

/** From delivery to the end: work by hand and by a tool, its review, and another that is backed out. */
const ends: Chapter = async (telling) => {
  const { story } = telling;
  const { operator: oskar } = story;
  const release = await story.ready(['desk', 'lab']);
  const byHand = await story.started(release, { targetIds: [release.cis['desk']] }, 'manual');
  const byTool = await story.started(release, { targetIds: [release.cis['lab']] });
  await story.pass(2, 2_000);
  const report = { id: (await story.targets(byHand, 'id'))['desk'].id, state: 'SUCCEEDED', evidence: 'Seen.' };
  await oskar.run('targetExecutionReport', report, 'targetExecution');
  await story.passUntil(byTool, 'SUCCEEDED', 60, 5_000);
  await story.step('releaseStartReview', release.id);
  await story.step('releaseRecordReview', release.id, { objectivesMet: true, summary: 'It went well.' });
  await story.step('releaseClose', release.id);
  const back = await story.ready(['till', 'scale']);
  const id = await story.started(back);
  await story.passUntil(id, 'SUCCEEDED', 60, 5_000);
  await story.step('releaseStartBackOut', back.id, { reason: REASON });
  await story.act('StartBackOut', id);
  await story.passUntil(id, 'BACKED_OUT', 60, 5_000);
  await story.step('releaseCompleteBackOut', back.id);
};

/** Together the chapters use every mutation of the schema. */
export const CHAPTERS: Readonly<Record<string, Chapter>> = {
  people,
  items,
  library,
  calendar,
  changes,
  requests,
  templates,
  plan,
  slot,
  targetGroups,
  tools,
  distributions,
  rollouts,
  ends,
};
