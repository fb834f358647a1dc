import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { Refusal } from '../../../src/domain/errors.js';
import { Change } from '../../../src/entities/change/change.entity.js';
import { Release } from '../../../src/entities/release/release.entity.js';
import { addChangeToRelease } from '../../../src/services/release/release-scope.service.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { registerVersion } from '../../support/media.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { ScheduleBuilder } from '../../support/schedule.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let media: string;
let raw: string;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  const item = await world.item('webserver');
  media = await world.media(item, '1.0');
  raw = await registerVersion(world.librarian, item, '2.0');
});
afterAll(async () => await app.end());

const scope = async (id: string) => {
  const { node } = await world.owner.ok(
    'query($id: ID!) { node(id: $id) { ... on Release { version changes { nodes { title } } targetCis { nodes { ' +
      'name } } sourceCis { nodes { name } } scope { nodes { role ci { name } viaChange { title } } } } } }',
    { id },
  );
  const names = (edge: { nodes: { name: string }[] }) => edge.nodes.map(({ name }) => name).sort();
  return {
    version: node.version,
    changes: node.changes.nodes.map(({ title }: { title: string }) => title).sort(),
    targets: names(node.targetCis),
    sources: names(node.sourceCis),
    contributions: node.scope.nodes
      .map(
        (row: { role: string; ci: { name: string }; viaChange: { title: string } | null }) =>
          `${row.role} ${row.ci.name} by ${row.viaChange?.title ?? 'a person'}`,
      )
      .sort(),
  };
};

describe('the scope of a release', () => {
  test('loses with a change only what nobody else contributed', async () => {
    const [only, both, direct] = [
      await world.ci('only one'),
      await world.ci('both changes'),
      await world.ci('one and a person'),
    ];
    const one = await world.authorised('one', [only, both, direct], { sourceCiIds: [only] });
    const two = await world.authorised('two', [both]);
    const { id } = await world.release('Contributions');
    await world.join(one.id, id);
    await world.join(two.id, id);
    await world.manager.run('releaseAddCi', { id, role: 'TARGET', ciIds: [direct], reason: 'We know it.' }, 'release');
    const before = await scope(id);
    expect(before.contributions).toEqual([
      'SOURCE only one by one',
      'TARGET both changes by one',
      'TARGET both changes by two',
      'TARGET one and a person by a person',
      'TARGET one and a person by one',
      'TARGET only one by one',
    ]);
    await world.owner.run('releaseRemoveChange', { id, changeId: one.id, reason: 'Not ready.' }, 'release');
    const after = await scope(id);
    expect(after).toMatchObject({ changes: ['two'], targets: ['both changes', 'one and a person'], sources: [] });
    expect(after.contributions).toEqual(['TARGET both changes by two', 'TARGET one and a person by a person']);
    expect(after.version).toBeGreaterThan(before.version);
    const { node } = await world.requester.ok(
      'query($id: ID!) { node(id: $id) { ... on Change { state release { id } releaseHistory { nodes { live ' +
        'leftAt release { name } } } } } }',
      { id: one.id },
    );
    expect(node).toEqual({
      state: 'AUTHORISED',
      release: null,
      releaseHistory: { nodes: [{ live: false, leftAt: expect.any(String), release: { name: 'Contributions' } }] },
    });
    await world.join(one.id, id);
    expect((await scope(id)).contributions).toEqual(before.contributions);
    expect(
      await rejectionCode(world.owner, 'releaseRemoveChange', {
        id: (await world.release('Never in')).id,
        changeId: one.id,
        reason: 'Gone.',
      }),
    ).toBe('NOT_FOUND');
  });

  test('is in the hands of its owner and its manager', async () => {
    const ci = await world.ci('strangers');
    const { id, version } = await world.release('Hands');
    expect(await refusalCodes(world.secondManager, 'releaseAddCi', { id, role: 'TARGET', ciIds: [ci] })).toEqual([
      'NOT_RELEASE_OWNER',
    ]);
    expect(await refusalCodes(world.otherOwner, 'releaseAddContent', { id, dmlItemVersionIds: [media] })).toEqual([
      'NOT_RELEASE_OWNER',
    ]);
    expect(await rejectionCode(world.changeManager, 'releaseAddCi', { id, role: 'TARGET', ciIds: [ci] })).toBe(
      'FORBIDDEN',
    );
    await world.owner.run('releaseAddCi', { id, expectedVersion: version, role: 'SOURCE', ciIds: [ci] }, 'release');
    expect(
      await rejectionCode(world.manager, 'releaseAddCi', { id, expectedVersion: version, role: 'TARGET', ciIds: [ci] }),
    ).toBe('CONFLICT');
  });

  test('is not accepted by the owner who put something into it', async () => {
    const add = {
      releaseAddCi: async (id: string) => ({ id, role: 'SOURCE', ciIds: [await world.ci(`by the owner of ${id}`)] }),
      releaseAddContent: async (id: string) => ({ id, dmlItemVersionIds: [media] }),
    };
    for (const [command, input] of Object.entries(add)) {
      const { id } = await world.release(command);
      await world.addTargets(id, await world.ci(`target of ${id}`));
      if (command !== 'releaseAddContent') await world.addContent(id, media);
      await world.owner.run(command, await input(id), 'release');
      await world.startTesting(id);
      expect(await refusalCodes(world.owner, 'releaseAccept', { id })).toEqual(['SELF_APPROVAL']);
    }
  });

  test('gives up directly added items, and not those that only a change brought', async () => {
    const [own, brought] = [await world.ci('own'), await world.ci('brought')];
    const { id } = await world.release('Direct');
    await world.join((await world.authorised('bringer', [brought, own])).id, id);
    await world.manager.run('releaseAddCi', { id, role: 'TARGET', ciIds: [own] }, 'release');
    const events = await app.count('domain_event');
    await world.manager.run('releaseAddCi', { id, role: 'TARGET', ciIds: [own] }, 'release');
    expect(await app.count('domain_event')).toBe(events);
    expect(await refusalCodes(world.manager, 'releaseRemoveCi', { id, role: 'TARGET', ciIds: [own, brought] })).toEqual(
      ['CI_VIA_CHANGE'],
    );
    await world.manager.run('releaseRemoveCi', { id, role: 'TARGET', ciIds: [own] }, 'release');
    expect((await scope(id)).contributions).toEqual(['TARGET brought by bringer', 'TARGET own by bringer']);
    expect(await rejectionCode(world.manager, 'releaseRemoveCi', { id, role: 'SOURCE', ciIds: [own] })).toBe(
      'NOT_FOUND',
    );
  });

  test('keeps what a distribution that is not over delivers to', async () => {
    const [target, free] = [await world.ci('delivered to'), await world.ci('not delivered to')];
    const change = await world.authorised('delivering', [target, free]);
    const { id } = await world.release('Delivering');
    await world.join(change.id, id);
    const builder = new ScheduleBuilder(world);
    await builder.distribution(id, 'tonight', '2026-12-01T00:00:00Z', null, [{ id: target, name: 'delivered to' }]);
    expect(await refusalCodes(world.owner, 'releaseRemoveChange', { id, changeId: change.id, reason: 'No.' })).toEqual([
      'CI_IN_USE',
    ]);
    expect(await refusalCodes(world.requester, 'changeCancel', { id: change.id, reason: 'No.' })).toEqual([
      'CI_IN_USE',
    ]);
    await app.readDatabase.pool.query(`update distribution set state = 'STOPPED' where name = 'tonight'`);
    await world.requester.run('changeCancel', { id: change.id, reason: 'Superseded.' }, 'change');
    expect(await scope(id)).toMatchObject({ changes: [], targets: [], contributions: [] });
  });

  test('of a release that is booked tells at once about conflicts that come and go with it', async () => {
    const builder = new ScheduleBuilder(world);
    const [shared, own] = [
      { id: await world.ci('conflict shared'), name: 'conflict shared' },
      { id: await world.ci('conflict own'), name: 'conflict own' },
    ];
    const interval = ['2027-05-01T00:00:00Z', '2027-05-01T04:00:00Z'] as const;
    await builder.release('Booked first', ...interval, [shared]);
    const id = await builder.release('Booked second', ...interval, [own]);
    const told = async () =>
      (
        await app.readDatabase.pool.query(
          `select payload -> 'addedCount' as added, payload -> 'removedCount' as removed from domain_event where ` +
            `type = 'schedule.conflicts-changed' order by id`,
        )
      ).rows;
    expect(await told()).toEqual([]);
    await world.manager.run('releaseAddCi', { id, role: 'TARGET', ciIds: [shared.id] }, 'release');
    expect(await told()).toEqual([{ added: 1, removed: 0 }]);
    await world.manager.run('releaseRemoveCi', { id, role: 'TARGET', ciIds: [shared.id] }, 'release');
    expect(await told()).toEqual([
      { added: 1, removed: 0 },
      { added: 0, removed: 1 },
    ]);
  });

  test('is closed once the release is over', async () => {
    const ci = await world.ci('closed scope');
    const change = await world.authorised('closed scope', [ci]);
    const { id } = await world.release('Closed scope');
    await world.join(change.id, id);
    await world.manager.run('releaseCancel', { id, reason: 'No budget.' }, 'release');
    expect(await scope(id)).toMatchObject({ changes: [], targets: ['closed scope'] });
    for (const [mutation, input] of [
      ['releaseAddCi', { role: 'SOURCE', ciIds: [ci] }],
      ['releaseRemoveCi', { role: 'TARGET', ciIds: [] }],
      ['releaseAddContent', { dmlItemVersionIds: [media] }],
    ] as const) {
      expect(await refusalCodes(world.manager, mutation, { id, ...input })).toEqual(['RELEASE_NOT_OPEN_FOR_SCOPE']);
    }
    const next = await world.release('Next');
    await world.join(change.id, next.id);
    expect(await scope(next.id)).toMatchObject({ changes: ['closed scope'], targets: ['closed scope'] });
  });

  test('is read with the same number of statements for few and for many', async () => {
    const { id } = await world.release('Many');
    for (let i = 0; i < 6; i++)
      await world.join((await world.authorised(`many ${i}`, [await world.ci(`many ${i}`)])).id, id);
    await world.manager.run('releaseAddContent', { id, dmlItemVersionIds: [media] }, 'release');
    const list = async (first: number) =>
      await world.owner.ok(
        `query($id: ID!) { node(id: $id) { ... on Release {
          changes(first: ${first}) { totalCount nodes { title } }
          targetCis(first: ${first}) { nodes { name } }
          scope(first: ${first}) { nodes { ci { name } viaChange { title } addedBy { name } } }
          changeHistory(first: ${first}) { nodes { change { title } addedBy { name } } } contents { nodes { version:
            dmlItemVersion { label } addedBy { name } } } } } }`,
        { id },
      );
    const few = await app.statements(async () => await list(1));
    const many = await app.statements(async () => await list(6));
    expect(many).toBe(few);
  });
});

describe('the package of a release', () => {
  test('takes only versions that the DML authorised', async () => {
    const { id } = await world.release('Package');
    expect(await refusalCodes(world.manager, 'releaseAddContent', { id, dmlItemVersionIds: [media, raw] })).toEqual([
      'CONTENT_DUPLICATE',
      'MEDIA_NOT_AUTHORISED',
    ]);
    const { contents } = await world.manager.run(
      'releaseAddContent',
      { id, dmlItemVersionIds: [media] },
      'release',
      'contents { nodes { id version: dmlItemVersion { label } baselineDigest addedBy { name } } }',
    );
    expect(contents.nodes).toEqual([
      {
        id: expect.stringMatching(/^rct_/),
        version: { label: '1.0' },
        baselineDigest: null,
        addedBy: { name: 'mona' },
      },
    ]);
    expect(await rejectionCode(world.manager, 'releaseRemoveContent', { id, dmlItemVersionIds: [raw] })).toBe(
      'NOT_FOUND',
    );
    expect(
      await world.manager.run(
        'releaseRemoveContent',
        { id, dmlItemVersionIds: [media] },
        'release',
        'contents { totalCount }',
      ),
    ).toEqual({
      contents: { totalCount: 0 },
    });
  });
});

describe('one live release per change', () => {
  test('holds when two owners accept one request at once; the second learns where the change went', async () => {
    for (let round = 0; round < 8; round++) {
      const change = await world.authorised(`race ${round}`, [await world.ci(`race ${round}`)]);
      const [a, b] = [
        await world.release(`race a ${round}`),
        await world.release(`race b ${round}`, { ownerId: world.otherOwner.personId }),
      ];
      const { id } = await world.requester.run(
        'changeReleaseRequestSubmit',
        { changeId: change.id, mode: 'ANY_AVAILABLE' },
        'changeReleaseRequest',
      );
      const answers = await Promise.all([
        world.owner.attempt(
          'changeReleaseRequestApprove',
          { id, releaseId: a.id },
          'changeReleaseRequest',
          'release { id }',
        ),
        world.otherOwner.attempt(
          'changeReleaseRequestApprove',
          { id, releaseId: b.id },
          'changeReleaseRequest',
          'release { id }',
        ),
      ]);
      const won = answers.filter(({ changeReleaseRequest }) => changeReleaseRequest !== null);
      expect(won).toHaveLength(1);
      const lost = answers.find(({ changeReleaseRequest }) => changeReleaseRequest === null);
      expect(lost.userErrors).toMatchObject([
        { code: 'CHANGE_IN_OTHER_RELEASE', subject: { id: won[0].changeReleaseRequest.release.id } },
      ]);
      expect(
        await app.count(`release_change where live and change_id = '${fromNodeId('Change', change.id, 'id')}'`),
      ).toBe(1);
      expect(await app.count(`release_ci where via_change_id = '${fromNodeId('Change', change.id, 'id')}'`)).toBe(1);
    }
  });

  test('is kept by the database itself when nothing else does, as a refusal', async () => {
    const change = await world.authorised('bare race', [await world.ci('bare race')]);
    const releases = [await world.release('bare a'), await world.release('bare b')];
    const person = {
      id: fromNodeId('Person', world.owner.personId, 'id'),
      name: 'olga',
      roles: [],
      via: 'token',
    } as const;
    const events = await app.count('domain_event');
    const results = await Promise.allSettled(
      releases.map(
        async (release) =>
          await app.transact(async (uow) => {
            const [row, joining] = [
              await uow.em.findOneOrFail(Release, { id: fromNodeId('Release', release.id, 'id') }),
              await uow.em.findOneOrFail(Change, { id: fromNodeId('Change', change.id, 'id') }),
            ];
            await addChangeToRelease(uow, row, joining);
          }, person),
      ),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [failed] = results.filter((result) => result.status === 'rejected');
    expect(failed?.reason).toBeInstanceOf(Refusal);
    expect((failed as PromiseRejectedResult).reason.blockers).toMatchObject([{ code: 'CHANGE_IN_OTHER_RELEASE' }]);
    expect(await app.count('domain_event')).toBe(events + 1);
  });
});
