import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseNodeId } from '../../../src/domain/node-id.js';
import { entities } from '../../../src/entities/index.js';
import { HIDDEN, membershipOf, shapeOf, UNTOLD } from '../../../src/services/row-shape.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { patchPlan } from '../../support/plans.js';
import { storyOf, type Story } from '../../support/story.js';

interface Told {
  readonly type: string;
  readonly subject: { readonly version: number };
  readonly changes: readonly { object: string; field: string; before: unknown; after: unknown }[];
  readonly data: Record<string, unknown>;
}

let app: TestApp;
let story: Story;
beforeAll(async () => {
  app = await startTestApp();
  story = await storyOf(app);
}, 60_000);
afterAll(async () => await app.end());

/** The events of an object, newest first. */
async function events(id: string): Promise<Told[]> {
  await app.relay();
  const selection = 'type subject { id version } changes { object field before after } data';
  const type = parseNodeId(id)?.type;
  if (type === 'Person') {
    const { events: list } = await story.auditor.ok(`{ events(first: 100) { nodes { ${selection} } } }`);
    return list.nodes.filter((event: { subject: { id: string } }) => event.subject.id === id);
  }
  return (await story.read(id, `events(first: 50) { nodes { ${selection} } }`, story.auditor)).events.nodes;
}

const version = async (id: string): Promise<number> => (await story.read(id, 'version', story.auditor)).version;

describe('an event carries before and after of what it changed', () => {
  test('an edited description', async () => {
    const { id } = await story.release('Edited', { description: 'old' });
    await story.manager.run('releaseUpdate', { id, expectedVersion: await version(id), description: 'new' }, 'release');
    const [event] = await events(id);
    expect(event).toMatchObject({
      type: 'release.updated',
      changes: [{ object: id, field: 'description', before: 'old', after: 'new' }],
      data: {},
    });
  });

  test('a serial number is not gone when it changes', async () => {
    const id = await story.ci('numbered', { authorised: false, attributes: { serial: 'A-1' } });
    const edit = { id, expectedVersion: await version(id), attributes: { serial: 'B-2' } };
    await story.configurationManager.run('configurationItemUpdate', edit, 'configurationItem');
    expect((await events(id))[0]?.changes).toEqual([
      { object: id, field: 'attributes', before: { serial: 'A-1' }, after: { serial: 'B-2' } },
    ]);
  });

  test('an assignment names the person before and the person after, by node id', async () => {
    const { id: releaseId } = await story.release('Assigned');
    const phase = await story.manager.run('phaseAdd', { releaseId, name: 'Plan', releaseState: 'PLANNING' }, 'phase');
    const { id } = await story.manager.run('taskAdd', { phaseId: phase.id, name: 'Scope' }, 'task');
    const { tester, assignee } = story;
    for (const personId of [tester.personId, assignee.personId])
      await story.manager.run('taskAssign', { id, personId }, 'task');
    expect((await events(id)).filter(({ type }) => type === 'task.assigned').map(({ changes }) => changes)).toEqual([
      [{ object: id, field: 'assignee', before: tester.personId, after: assignee.personId }],
      [{ object: id, field: 'assignee', before: null, after: tester.personId }],
    ]);
  });

  test('a new object has its whole row, with what the database filled in', async () => {
    const { id, number } = await story.release('Created', { plannedStart: '2027-01-01T10:00:00Z' });
    const created = (await events(id)).find(({ type }) => type === 'release.created');
    const fields = Object.fromEntries(
      created?.changes.map(({ field, before, after }) => [field, [before, after]]) ?? [],
    );
    expect(fields).toMatchObject({
      number: [null, number],
      state: [null, 'DRAFT'],
      owner: [null, story.owner.personId],
      plannedStart: [null, '2027-01-01T10:00:00.000Z'],
    });
  });

  test('a list tells what left and what came', async () => {
    const [left, came] = [await story.ci('left'), await story.ci('came')];
    const { id } = await story.change('Moved', { targetCiIds: [left] });
    await story.requester.run('changeAddCi', { id, role: 'TARGET', ciIds: [came] }, 'change');
    await story.requester.run('changeRemoveCi', { id, role: 'TARGET', ciIds: [left] }, 'change');
    const [removed, added] = await events(id);
    expect(added?.changes).toEqual([{ object: id, field: 'cis', before: [], after: [{ ci: came, role: 'TARGET' }] }]);
    expect(removed?.changes).toEqual([{ object: id, field: 'cis', before: [{ ci: left, role: 'TARGET' }], after: [] }]);
  });

  test('an object that changed along with another is told of in the history of both', async () => {
    const { id: releaseId } = await story.release('Ordered');
    const phase = await story.manager.run('phaseAdd', { releaseId, name: 'Plan', releaseState: 'PLANNING' }, 'phase');
    const first = await story.manager.run('taskAdd', { phaseId: phase.id, name: 'First' }, 'task');
    await story.manager.run('taskAdd', { phaseId: phase.id, name: 'Before it', position: 0 }, 'task');
    const [event] = await events(first.id);
    expect(event?.type).toBe('task.added');
    expect(event?.changes).toContainEqual({ object: first.id, field: 'position', before: 0, after: 1 });
  });

  test('one change is announced once', async () => {
    const ref = { source: 'hr', key: 'once' };
    const person = { externalRef: ref, name: 'Nora', email: 'nora@cast.test', roles: ['REQUESTER'] };
    const { id } = await story.administrator.run('personUpsert', person, 'person');
    await story.administrator.run('personUpsert', { ...person, name: 'Nora N.', roles: ['AUDITOR'] }, 'person');
    const told = (await events(id)).flatMap(({ type, changes }) => changes.map(({ field }) => `${type} ${field}`));
    expect(told.slice(0, 2).sort()).toEqual(['person.roles-granted roles', 'person.updated name']);
    expect(told.filter((entry) => entry.endsWith(' roles'))).toHaveLength(2); // created, granted
  });

  test('a stream carries it too', async () => {
    const id = await story.ci('streamed', { authorised: false });
    await app.relay();
    const stream = story.auditor.subscribe(
      'subscription($id: ID!) { eventStream(of: [$id]) { events { changes { field before after } } } }',
      { id },
    );
    await stream.next();
    const edit = { id, expectedVersion: await version(id), criticality: 'LOW' };
    await story.configurationManager.run('configurationItemUpdate', edit, 'configurationItem');
    await app.relay();
    const { value } = await stream.next();
    expect(value.data.eventStream.events).toEqual([
      { changes: [{ field: 'criticality', before: 'MEDIUM', after: 'LOW' }] },
    ]);
    await stream.return?.();
  });
});

describe('what changes nothing writes no event and keeps the version', () => {
  const objects: Record<string, () => Promise<string>> = {
    release: async () =>
      (await story.release('Same', { description: 'same', planStart: '2027-01-01T10:00:00.000Z' })).id,
    ci: async () => await story.ci('same', { authorised: false, attributes: { b: 1, a: { y: 2, x: 3 } } }),
    change: async () => (await story.change('Same', { risk: 'LOW' })).id,
    team: async () => (await story.administrator.run('teamCreate', { name: 'Same' }, 'team')).id,
    person: async () => {
      const input = { name: 'Sam', email: 'sam@cast.test', kind: 'HUMAN', roles: ['REQUESTER'] };
      return (await story.administrator.run('personCreate', input, 'person')).id;
    },
    window: async () => {
      const slot = { startsAt: '2027-03-01T10:00:00.000Z', endsAt: '2027-03-01T12:00:00.000Z' };
      const input = { name: 'Same', kind: 'BLACKOUT', ciIds: [await story.ci('in window')], ...slot };
      return (await story.changeManager.run('scheduleWindowCreate', input, 'scheduleWindow')).id;
    },
    meeting: async () => {
      const input = { title: 'Same', startsAt: '2027-03-01T10:00:00.000Z', endsAt: '2027-03-01T12:00:00.000Z' };
      return (await story.changeManager.run('scheduleEntryCreate', input, 'scheduleEntry')).id;
    },
    task: async () => {
      const { id: releaseId } = await story.release('Same tasks');
      const phase = await story.manager.run('phaseAdd', { releaseId, name: 'Plan', releaseState: 'PLANNING' }, 'phase');
      const first = await story.manager.run('taskAdd', { phaseId: phase.id, name: 'First' }, 'task');
      const more = { predecessorIds: [first.id], role: 'AUDITOR', description: 'same' };
      return (await story.manager.run('taskAdd', { phaseId: phase.id, name: 'Same', ...more }, 'task')).id;
    },
    item: async () => await story.item('same item'),
    mediaVersion: async () => {
      const input = { itemId: await story.item('same media'), label: '1', bindings: { b: 1, a: 2 } };
      return (await story.librarian.run('dmlItemVersionRegister', input, 'dmlItemVersion')).id;
    },
    template: async () => {
      const selection = 'versions { nodes { id } }';
      const input = { name: 'Same', plan: patchPlan };
      const template = await story.manager.run('releaseTemplateCreate', input, 'releaseTemplate', selection);
      return template.versions.nodes[0].id;
    },
  };
  const sameTask = { name: 'Same', description: 'same', kind: 'MANUAL', mandatory: false, plannedStart: null };
  const edits: [string, keyof typeof objects, string, Record<string, unknown> | ((id: string) => Promise<object>)][] = [
    ['releaseUpdate', 'release', 'release', { name: 'Same', description: 'same', kind: 'MINOR', plannedStart: null }],
    [
      'releaseUpdate',
      'release',
      'release',
      { planStart: '2027-01-01T10:00:00.000Z', backOutPlan: 'Restore the snapshot.' },
    ],
    ['configurationItemUpdate', 'ci', 'configurationItem', { name: 'same', attributes: { a: { x: 3, y: 2 }, b: 1 } }],
    ['changeUpdate', 'change', 'change', { title: 'Same', risk: 'LOW' }],
    ['teamUpdate', 'team', 'team', { name: 'Same', description: '' }],
    ['personUpdate', 'person', 'person', { name: 'Sam', email: 'SAM@cast.test', subject: null }],
    ['scheduleWindowUpdate', 'window', 'scheduleWindow', { name: 'Same', startsAt: '2027-03-01T11:00:00+01:00' }],
    [
      'scheduleWindowUpdate',
      'window',
      'scheduleWindow',
      async (id) => {
        const { cis } = await story.read(id, 'cis { nodes { id } }', story.auditor);
        return { ciIds: cis.nodes.map((ci: { id: string }) => ci.id), active: true };
      },
    ],
    ['scheduleEntryUpdate', 'meeting', 'scheduleEntry', { title: 'Same', endsAt: '2027-03-01T12:00:00.000Z' }],
    ['taskUpdate', 'task', 'task', sameTask],
    ['taskAssign', 'task', 'task', { role: 'AUDITOR' }],
    ['taskMove', 'task', 'task', { position: 1 }],
    [
      'taskSetPredecessors',
      'task',
      'task',
      async (id) => {
        const { predecessors } = await story.read(id, 'predecessors { nodes { id } }', story.auditor);
        return { predecessorIds: predecessors.nodes.map((task: { id: string }) => task.id) };
      },
    ],
    ['dmlItemUpdate', 'item', 'dmlItem', { name: 'same item', vendor: '' }],
    ['dmlItemVersionUpdate', 'mediaVersion', 'dmlItemVersion', { label: '1', bindings: { a: 2, b: 1 } }],
    ['releaseTemplateVersionUpdate', 'template', 'releaseTemplateVersion', { plan: patchPlan }],
  ];
  const actors = () => ({
    changeUpdate: story.requester,
    configurationItemUpdate: story.configurationManager,
    dmlItemUpdate: story.librarian,
    dmlItemVersionUpdate: story.librarian,
    personUpdate: story.administrator,
    // Somebody who did not write it: who edits without changing anything does not become an author.
    releaseUpdate: story.owner,
    releaseTemplateVersionUpdate: story.secondManager,
    scheduleEntryUpdate: story.changeManager,
    scheduleWindowUpdate: story.changeManager,
    teamUpdate: story.administrator,
  });
  const ids = new Map<string, string>();

  test.each(edits)('%s of a %s', async (mutation, object, field, change) => {
    const id = ids.get(object) ?? (await objects[object]?.()) ?? '';
    ids.set(object, id);
    const input = typeof change === 'function' ? await change(id) : change;
    const before = { version: await version(id), events: await app.count('domain_event') };
    const actor = (actors() as Record<string, typeof story.manager>)[mutation] ?? story.manager;
    await actor.run(mutation, { id, expectedVersion: before.version, ...input }, field);
    expect({ version: await version(id), events: await app.count('domain_event') }).toEqual(before);
  });

  test('an edit of a distribution by another person', async () => {
    const release = await story.ready(['calm']);
    const id = await story.plan(release);
    const other = await app.as('olaf', 'DEPLOYMENT_OPERATOR');
    const before = { version: await version(id), events: await app.count('domain_event') };
    const input = { id, expectedVersion: before.version, parameters: {}, allTargets: true, deadlineMinutes: 60 };
    await other.run('distributionUpdate', input, 'distribution');
    expect({ version: await version(id), events: await app.count('domain_event') }).toEqual(before);
  });

  test('upserts', async () => {
    const ref = (key: string) => ({ externalRef: { source: 'same', key } });
    const repository = await story.librarian.run('dmlRepositoryCreate', { name: 'Same upserts' }, 'dmlRepository');
    const upserts: [typeof story.manager, string, string, object][] = [
      [story.manager, 'releaseUpsert', 'release', { name: 'Up', ownerId: story.owner.personId, kind: 'MAJOR' }],
      [story.requester, 'changeUpsert', 'change', { title: 'Up', targetCiIds: [await story.ci('up')] }],
      [
        story.configurationManager,
        'configurationItemUpsert',
        'configurationItem',
        { name: 'Up', ciClass: 'SERVER', attributes: { b: 1, a: 1 } },
      ],
      [story.administrator, 'personUpsert', 'person', { name: 'Up', email: 'up@cast.test', roles: ['AUDITOR'] }],
      [story.administrator, 'teamUpsert', 'team', { name: 'Up' }],
      [story.librarian, 'dmlItemUpsert', 'dmlItem', { name: 'Up', repositoryId: repository.id }],
    ];
    for (const [client, mutation, field, values] of upserts) {
      const input = { ...ref(mutation), ...values };
      const { id } = await client.run(mutation, input, field);
      const before = { version: await version(id), events: await app.count('domain_event') };
      await client.run(mutation, input, field);
      expect({ mutation, version: await version(id), events: await app.count('domain_event') }).toEqual({
        mutation,
        ...before,
      });
    }
  });
});

describe('the log is complete and keeps secrets', () => {
  test('every table is told of, or there is a reason why not', () => {
    const em = app.services.database.em;
    const open = entities.filter((entity) => {
      const meta = em.getMetadata().get(entity as never) as never;
      return shapeOf(meta) === undefined && !(entity.name in UNTOLD) && membershipOf(entity.name) === undefined;
    });
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  test('no event shows a hidden column', async () => {
    const { rows } = await app.readDatabase.pool.query<{ type: string; field: string }>(
      `select distinct aggregate_type as type, c ->> 'field' as field
       from domain_event, jsonb_array_elements(payload -> 'changes') c`,
    );
    expect(rows.filter(({ type, field }) => HIDDEN[type]?.[field] !== undefined)).toEqual([]);
    expect(rows.length).toBeGreaterThan(20);
  });
});
