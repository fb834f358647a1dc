import { parseNodeId, toNodeId } from '../../src/domain/node-id.js';
import type { Break } from './break.js';
import { Script } from './script.js';
import { sql } from './sql.js';
import type { Answer, Stage } from './stage.js';
import type { Shelf } from './world.js';

const uuid = (id: string) => parseNodeId(id)?.uuid ?? '';

const forgotten = (unsafe: (stage: Stage, shelf: Shelf) => Promise<Answer[]>): Break => ({
  guards: [],
  forgets: true,
  promise: 'never an approval by a contributor',
  unsafe,
});

const versionOf = async (stage: Stage, table: 'change' | 'distribution' | 'dml_item_version', id: string) =>
  await stage.witness.version(table, uuid(id));

const plan = (name: string) => ({
  phases: [{ key: 'p', name, releaseState: 'PLANNING', tasks: [{ key: 't', name, role: 'RELEASE_MANAGER' }] }],
});

/** What a server lets past that forgets who wrote what has to be approved. The oracle has a log of its own. */
export const FORGETFUL: Readonly<Record<string, Break>> = {
  'who edited the text of a change is remembered': forgotten(async (stage, shelf) => {
    const { tale } = await Script.begin(stage, shelf, ['web']);
    const input = { title: 'Patch', backOutPlan: 'Restore.', targetCiIds: [tale.world.cis.web] };
    const { id } = await stage.act('rita', 'changeCreate', input);
    const expectedVersion = await versionOf(stage, 'change', id);
    await stage.act('bella', 'changeUpdate', { id, expectedVersion, description: 'And the payments.' });
    await stage.act('chad', 'changeAccept', { id });
    await stage.act('chad', 'changeAssess', { id, assessment: 'Harmless.', risk: 'LOW' });
    return [await stage.act('bella', 'changeAuthorise', { id })];
  }),
  'who edited a distribution is remembered': forgotten(async (stage, shelf) => {
    const script = await Script.begin(stage, shelf, ['payroll'], { owner: 'otto' });
    await script.untilDistribution('PLANNED');
    const id = await script.distribution();
    const expectedVersion = await versionOf(stage, 'distribution', id);
    await stage.act('otto', 'distributionUpdate', { id, expectedVersion, deadlineMinutes: 77 });
    await stage.act('oskar', 'distributionRequestApproval', { id });
    return [await stage.act('otto', 'distributionApprove', { id })];
  }),
  'who edited a template is remembered': forgotten(async (stage, shelf) => {
    await Script.begin(stage, shelf, ['web']);
    const name = `Template ${stage.now}`;
    const template = await stage.act('mona', 'releaseTemplateCreate', { name, plan: plan('first') });
    const [draft] = await stage.witness.drafts(uuid(template.id));
    const id = toNodeId('ReleaseTemplateVersion', draft ?? '');
    const expectedVersion = await stage.witness.version('release_template_version', draft ?? '');
    await stage.act('opal', 'releaseTemplateVersionUpdate', { id, expectedVersion, plan: plan('second') });
    return [await stage.act('opal', 'releaseTemplateVersionPublish', { id })];
  }),
  'who made a template is remembered': forgotten(async (stage, shelf) => {
    await Script.begin(stage, shelf, ['web']);
    const name = `Template ${stage.now}`;
    const template = await stage.act('mona', 'releaseTemplateCreate', { name, plan: plan('first') });
    const [draft] = await stage.witness.drafts(uuid(template.id));
    const id = toNodeId('ReleaseTemplateVersion', draft ?? '');
    return [await stage.act('mona', 'releaseTemplateVersionPublish', { id })];
  }),
  'who edited the source of a medium is remembered': forgotten(async (stage, shelf) => {
    const script = await Script.begin(stage, shelf, ['web']);
    const id = script.tale.world.versions[1] as string;
    await sql(stage, `update dml_item_version set state = 'REGISTERED', authorised_at = null where id = $1`, uuid(id));
    const expectedVersion = await versionOf(stage, 'dml_item_version', id);
    const source = 'https://builds.example/7';
    await stage.act('liam', 'dmlItemVersionUpdate', { id, expectedVersion, source });
    await sql(stage, `update dml_item_version set state = 'VERIFYING' where id = $1`, uuid(id));
    return [await stage.act('liam', 'dmlItemVersionAuthorise', { id })];
  }),
  'who added a target to a release is remembered': forgotten(async (stage, shelf) => {
    const script = await Script.begin(stage, shelf, ['desk'], { owner: 'mark', tested: false });
    const ciIds = [script.tale.world.cis.lab];
    await stage.act('mark', 'releaseAddCi', { id: script.id, role: 'TARGET', ciIds });
    return [await stage.act('mark', 'releaseAccept', { id: script.id })];
  }),
  'who added a task to a release is remembered': forgotten(async (stage, shelf) => {
    const script = await Script.begin(stage, shelf, ['desk'], { owner: 'mark', tested: false });
    const input = { releaseId: script.id, name: 'Test', releaseState: 'ACCEPTED' };
    const phase = await stage.act('mona', 'phaseAdd', input);
    await stage.act('mark', 'taskAdd', { phaseId: phase.id, name: 'Look at it', role: 'RELEASE_MANAGER' });
    return [await stage.act('mark', 'releaseAccept', { id: script.id })];
  }),
};
