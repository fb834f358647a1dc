import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { authorisedVersion, makeItem, registerVersion, sha256, upload } from '../../support/media.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';

let app: TestApp;
let lara: TestClient;
let liam: TestClient;
let reader: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({
    librarian: lara,
    secondLibrarian: liam,
    auditor: reader,
  } = await castOf(app, 'librarian', 'secondLibrarian', 'auditor'));
});
afterAll(async () => await app.end());

const state = async (id: string): Promise<string> =>
  (await reader.ok(`query($id: ID!) { node(id: $id) { ... on DmlItemVersion { state } } }`, { id })).node.state;

describe('the library', () => {
  test('holds items in repositories, tied to configuration items', async () => {
    const { configurationManager } = await castOf(app, 'configurationManager');
    const ci = await configurationManager.run(
      'configurationItemRegister',
      { name: 'shop', ciClass: 'APPLICATION' },
      'configurationItem',
    );
    const repository = await lara.run(
      'dmlRepositoryCreate',
      { name: 'main', location: 'room 1' },
      'dmlRepository',
      'id number version',
    );
    expect(repository).toMatchObject({ number: expect.stringMatching(/^DMR-\d+$/), version: 1 });
    await lara.run(
      'dmlRepositoryUpdate',
      { id: repository.id, expectedVersion: 1, location: 'room 2' },
      'dmlRepository',
    );
    const item = await lara.run(
      'dmlItemCreate',
      { repositoryId: repository.id, name: 'shop', vendor: 'ACME', licence: 'MIT', configurationItemId: ci.id },
      'dmlItem',
    );
    const { node } = await reader.ok(
      'query($id: ID!) { node(id: $id) { ... on ConfigurationItem { dmlItems { nodes { number name kind vendor ' +
        'licence repository { name location items(filter: { name: { eq: "shop" } }) { totalCount } } ' +
        'configurationItem { name } versions { nodes { label } } } } } } }',
      { id: ci.id },
    );
    expect(node.dmlItems.nodes).toEqual([
      {
        number: expect.stringMatching(/^DML-\d+$/),
        name: 'shop',
        kind: 'SOFTWARE',
        vendor: 'ACME',
        licence: 'MIT',
        repository: { name: 'main', location: 'room 2', items: { totalCount: 1 } },
        configurationItem: { name: 'shop' },
        versions: { nodes: [] },
      },
    ]);
    expect(await rejectionCode(lara, 'dmlItemCreate', { repositoryId: repository.id, name: 'shop' })).toBe(
      'ALREADY_EXISTS',
    );
    expect(await app.count('dml_item')).toBe(1);
    expect(
      await lara.run('dmlItemUpdate', { id: item.id, expectedVersion: 1, kind: 'FIRMWARE' }, 'dmlItem', 'kind version'),
    ).toEqual({
      kind: 'FIRMWARE',
      version: 2,
    });
  });

  test('takes items of other systems by their reference, and keeps them in their repository', async () => {
    const one = await lara.run('dmlRepositoryCreate', { name: 'one' }, 'dmlRepository');
    const two = await lara.run('dmlRepositoryCreate', { name: 'two' }, 'dmlRepository');
    const input = { repositoryId: one.id, name: 'agent', externalRef: { source: 'nexus', key: 'a/1' } };
    const made = await lara.run('dmlItemUpsert', input, 'dmlItem', 'id version');
    const changed = await lara.run(
      'dmlItemUpsert',
      { ...input, name: 'agent x' },
      'dmlItem',
      'id version name externalRef { source key }',
    );
    expect(changed).toEqual({ id: made.id, version: 2, name: 'agent x', externalRef: { source: 'nexus', key: 'a/1' } });
    expect(await rejectionCode(lara, 'dmlItemUpsert', { ...input, repositoryId: two.id, name: 'agent y' })).toBe(
      'BAD_USER_INPUT',
    );
    expect(await app.count(`dml_item where name like 'agent%'`)).toBe(1);
  });

  test('is kept by librarians only', async () => {
    const others = await Promise.all(
      (['RELEASE_MANAGER', 'ADMINISTRATOR', 'AUDITOR', 'ADAPTER'] as const).map(
        async (role) => await app.as(`other-${role}`, role),
      ),
    );
    const before = [await app.count('dml_repository'), await app.count('domain_event')];
    for (const other of others) {
      expect(await rejectionCode(other, 'dmlRepositoryCreate', { name: 'x' })).toBe('FORBIDDEN');
    }
    expect([await app.count('dml_repository'), await app.count('domain_event')]).toEqual(before);
  });
});

describe('media versions', () => {
  let item: string;
  beforeAll(async () => {
    item = await makeItem(lara, 'portal');
  });

  test('are edited only while they have no bytes', async () => {
    const id = await registerVersion(lara, item, '1.0', { source: 'build 1' });
    const edited = await lara.run(
      'dmlItemVersionUpdate',
      {
        id,
        expectedVersion: 1,
        label: '1.0.1',
        claimedDigest: sha256('portal').toUpperCase(),
        bindings: { ansible: { playbook: 'p.yml' } },
      },
      'dmlItemVersion',
      'label source claimedDigest bindings version',
    );
    expect(edited).toEqual({
      label: '1.0.1',
      source: 'build 1',
      claimedDigest: sha256('portal'),
      bindings: { ansible: { playbook: 'p.yml' } },
      version: 2,
    });
    const offered = async () =>
      (
        await lara.ok(
          `query($id: ID!) { node(id: $id) { ... on DmlItemVersion { availableCommands { command allowed } } } }`,
          { id },
        )
      ).node.availableCommands.map(({ command }: { command: string }) => command);
    expect(await offered()).toEqual(['dmlItemVersionUpdate', 'dmlItemVersionRetire']);
    expect(await rejectionCode(lara, 'dmlItemVersionUpdate', { id, expectedVersion: 2, claimedDigest: 'abc' })).toBe(
      'BAD_USER_INPUT',
    );
    expect((await upload(lara, id, 'portal')).status).toBe(201);
    expect(await refusalCodes(lara, 'dmlItemVersionUpdate', { id, expectedVersion: 3, label: '1.0.2' })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
    expect(await offered()).not.toContain('dmlItemVersionUpdate');
    expect(await app.count(`dml_item_version where label = '1.0.2'`)).toBe(0);
  });

  test('are authorised by a librarian who neither registered nor uploaded them', async () => {
    const uma = await app.as('uma', 'DML_LIBRARIAN');
    const id = await registerVersion(lara, item, '2.0');
    expect(await refusalCodes(lara, 'dmlItemVersionAuthorise', { id })).toEqual(['ILLEGAL_TRANSITION']);
    await upload(uma, id, 'portal 2.0');
    await app.jobs.runOnce();
    expect(await state(id)).toBe('VERIFYING');
    for (const author of [lara, uma]) {
      const userErrors = await expectRefused(author, 'dmlItemVersionAuthorise', { id });
      expect(userErrors).toMatchObject([{ code: 'SELF_APPROVAL', resolvableBy: ['DML_LIBRARIAN'], waivable: false }]);
    }
    expect(await state(id)).toBe('VERIFYING');
    const commands = async (client: TestClient) =>
      (
        await client.ok(
          'query($id: ID!) { node(id: $id) { ... on DmlItemVersion { availableCommands { command allowed ' +
            'blockers { code } } } } }',
          { id },
        )
      ).node.availableCommands;
    expect(await commands(uma)).toEqual([
      { command: 'dmlItemVersionQuarantine', allowed: true, blockers: [] },
      { command: 'dmlItemVersionAuthorise', allowed: false, blockers: [{ code: 'SELF_APPROVAL' }] },
      { command: 'dmlItemVersionPin', allowed: false, blockers: [{ code: 'ROLE_REQUIRED' }] },
    ]);
    expect(await commands(liam)).toContainEqual({ command: 'dmlItemVersionAuthorise', allowed: true, blockers: [] });
    const authorised = await liam.run(
      'dmlItemVersionAuthorise',
      { id, reason: 'acceptance test 7' },
      'dmlItemVersion',
      'state stateReason authorisedAt author { name } uploadedBy { name } authorisedBy { name } media { digest ' +
        'size url verifiedAt problem versions { totalCount } }',
    );
    expect(authorised).toMatchObject({
      state: 'AUTHORISED',
      stateReason: 'acceptance test 7',
      author: { name: 'lara' },
      uploadedBy: { name: 'uma' },
      authorisedBy: { name: 'liam' },
      media: {
        digest: sha256('portal 2.0'),
        size: 10,
        url: `/media/${sha256('portal 2.0')}`,
        verifiedAt: expect.any(String),
        problem: null,
        versions: { totalCount: 1 },
      },
    });
  });

  test('tell their whole history', async () => {
    const id = await authorisedVersion(app, lara, liam, item, '2.1', 'portal 2.1');
    await lara.run('dmlItemVersionDeprecate', { id, reason: '2.2 is out' }, 'dmlItemVersion');
    await app.relay();
    const { node } = await reader.ok(
      'query($id: ID!) { node(id: $id) { ... on DmlItemVersion { events { nodes { type reason actor { name } ' +
        'data } } } } }',
      {
        id,
      },
    );
    expect(node.events.nodes.map(({ type, actor }: any) => [type, actor.name]).toReversed()).toEqual([
      ['dml-item-version.registered', 'lara'],
      ['dml-item-version.uploaded', 'lara'],
      ['dml-item-version.verified', 'system'],
      ['dml-item-version.authorised', 'liam'],
      ['dml-item-version.deprecated', 'lara'],
    ]);
    expect(node.events.nodes[0]).toMatchObject({
      reason: '2.2 is out',
      data: { from: 'AUTHORISED', to: 'DEPRECATED', digest: sha256('portal 2.1'), label: '2.1' },
    });
  });

  test('that are recalled stay recalled', async () => {
    const id = await authorisedVersion(app, lara, liam, item, '3.0', 'portal 3.0');
    expect(
      await liam.run('dmlItemVersionRecall', { id, reason: 'leaks keys' }, 'dmlItemVersion', 'state stateReason'),
    ).toEqual({
      state: 'RECALLED',
      stateReason: 'leaks keys',
    });
    const events = await app.count('domain_event');
    for (const command of ['Authorise', 'Deprecate', 'Quarantine', 'Recall', 'Retire', 'Verify']) {
      expect(await refusalCodes(liam, `dmlItemVersion${command}`, { id })).toEqual(['ILLEGAL_TRANSITION']);
    }
    expect((await upload(lara, id, 'portal 3.0.1')).status).toBe(409);
    expect(await state(id)).toBe('RECALLED');
    expect(await app.count('domain_event')).toBe(events);
    const { node } = await reader.ok(
      `query($id: ID!) { node(id: $id) { ... on DmlItemVersion { availableCommands { command } } } }`,
      { id },
    );
    expect(node.availableCommands).toEqual([]);
  });

  test('leave quarantine through fresh checks and a fresh authorisation', async () => {
    const id = await authorisedVersion(app, lara, liam, item, '4.0', 'portal 4.0');
    const quarantined = await liam.run(
      'dmlItemVersionQuarantine',
      { id, reason: 'odd traffic' },
      'dmlItemVersion',
      'state stateReason authorisedAt verifiedAt authorisedBy { name }',
    );
    expect(quarantined).toEqual({
      state: 'QUARANTINED',
      stateReason: 'odd traffic',
      authorisedAt: null,
      verifiedAt: null,
      authorisedBy: null,
    });
    await app.jobs.runOnce();
    expect(await state(id)).toBe('QUARANTINED');
    await liam.run('dmlItemVersionVerify', { id }, 'dmlItemVersion');
    expect(await state(id)).toBe('UPLOADED');
    await app.jobs.runOnce();
    expect(await state(id)).toBe('VERIFYING');
    expect(await refusalCodes(lara, 'dmlItemVersionAuthorise', { id })).toEqual(['SELF_APPROVAL']);
    expect(await liam.run('dmlItemVersionAuthorise', { id }, 'dmlItemVersion', 'state')).toEqual({
      state: 'AUTHORISED',
    });
  });

  test('retire without ever having had bytes, and then take none', async () => {
    const id = await registerVersion(lara, item, '5.0');
    await lara.run('dmlItemVersionRetire', { id }, 'dmlItemVersion');
    const answer = await upload(lara, id, 'too late');
    expect([answer.status, answer.code]).toEqual([409, 'ILLEGAL_TRANSITION']);
    expect(await app.count(`media_blob where digest = '${sha256('too late')}'`)).toBe(0);
  });

  test('are found by state, item, digest and author', async () => {
    const find = async (filter: string) =>
      (
        await reader.ok(`{ dmlItemVersions(filter: ${filter}, orderBy: [{ field: LABEL }]) { nodes { label } } }`)
      ).dmlItemVersions.nodes.map(({ label }: any) => label);
    expect(await find(`{ state: { eq: RECALLED } }`)).toEqual(['3.0']);
    expect(await find(`{ digest: { eq: "${sha256('portal 2.0')}" } }`)).toEqual(['2.0']);
    expect(await find(`{ item: { eq: "${item}" }, digest: { isNull: true } }`)).toEqual(['5.0']);
    expect(
      await find(`{ authorisedBy: { eq: "${liam.personId}" }, not: { state: { in: [RECALLED, DEPRECATED] } } }`),
    ).toEqual(['2.0', '4.0']);
    expect(await find(`{ author: { eq: "${liam.personId}" } }`)).toEqual([]);
  });

  test('are listed with items and media by the same number of statements for few and for many', async () => {
    for (let i = 0; i < 6; i++) {
      const other = await makeItem(lara, `list ${i}`);
      for (const label of ['a', 'b'])
        await upload(lara, await registerVersion(lara, other, label), `list ${i}${label}`);
    }
    const list = async (first: number) =>
      await reader.ok(
        `{ dmlItems(first: ${first}, filter: { name: { startsWith: "list" } }) { nodes { name repository { name ` +
          '} versions(first: 5) { nodes { label media { digest size versions(first: 3) { nodes { label } } } ' +
          'author { name } uploadedBy { name } availableCommands { command } releases { nodes { number } } } } } } }',
      );
    const many = await list(6);
    expect(many.dmlItems.nodes).toHaveLength(6);
    expect(many.dmlItems.nodes[5].versions.nodes).toMatchObject([
      { label: 'a', media: { digest: sha256('list 5a') } },
      { label: 'b' },
    ]);
    const few = await app.statements(async () => await list(1));
    expect(few).toBeGreaterThan(3);
    expect(await app.statements(async () => await list(6))).toBe(few);
  });
});
