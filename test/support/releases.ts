import { expect } from '@jest/globals';
import type { TestApp } from './app.js';
import type { TestClient } from './client.js';
import { authorisedVersion, makeItem } from './media.js';

/** Day and time of tests about plans, all in one month. */
export const on = (day: number, hour = 0): string => new Date(Date.UTC(2027, 0, day, hour)).toISOString();

/** A task of a template with what matters in a test; the rest are defaults. */
export const templateTask = (key: string, more: Record<string, unknown> = {}) => ({
  key,
  name: key,
  role: 'RELEASE_MANAGER',
  ...more,
});

/**
 * The template of the tool mentor's example: an operating system security patch skips planning work, building and testing where the
 * target is a desktop of little importance, and goes through all of it where a critical server is a target.
 */
export const patchPlan = {
  phases: [
    { key: 'plan', name: 'Plan', releaseState: 'PLANNING', tasks: [templateTask('scope', { durationMinutes: 60 })] },
    {
      key: 'build',
      name: 'Build',
      releaseState: 'BUILDING',
      tasks: [templateTask('package', { after: ['scope'], startOffsetMinutes: 60, durationMinutes: 120 })],
    },
    {
      key: 'test',
      name: 'Test',
      releaseState: 'TESTING',
      tasks: [
        templateTask('regression', {
          kind: 'TEST',
          role: 'TEST_MANAGER',
          mandatory: true,
          after: ['package'],
          startOffsetMinutes: 180,
          durationMinutes: 240,
        }),
      ],
    },
    {
      key: 'install',
      name: 'Install',
      releaseState: 'DISTRIBUTING',
      tasks: [
        templateTask('watch', {
          role: 'DEPLOYMENT_OPERATOR',
          after: ['regression'],
          startOffsetMinutes: 420,
          durationMinutes: 60,
        }),
      ],
    },
  ],
  skipRules: [
    {
      states: ['BUILDING', 'TESTING'],
      when: { releaseKinds: ['PATCH'], ciClasses: ['DESKTOP', 'LAPTOP'], maxCriticality: 'MEDIUM' },
    },
  ],
  requires: { backOutPlan: true, testEvidence: true },
};

/** The people around releases and short ways to what their tests need. Everything goes through the API. */
export class ReleaseWorld {
  #content: Promise<string> | undefined;

  private constructor(
    readonly app: TestApp,
    readonly manager: TestClient,
    readonly secondManager: TestClient,
    readonly owner: TestClient,
    readonly tester: TestClient,
    readonly authority: TestClient,
    readonly configurationManager: TestClient,
  ) {}

  static async of(app: TestApp): Promise<ReleaseWorld> {
    return new ReleaseWorld(
      app,
      await app.as('mona', 'RELEASE_MANAGER'),
      await app.as('mark', 'RELEASE_MANAGER'),
      await app.as('olga', 'RELEASE_OWNER'),
      await app.as('tess', 'TEST_MANAGER'),
      await app.as('anna', 'CHANGE_AUTHORITY'),
      await app.as('carl', 'CONFIGURATION_MANAGER'),
    );
  }

  /** A published template version. @returns the ids of template and version */
  async template(name: string, plan: object = patchPlan): Promise<{ id: string; versionId: string }> {
    const template = await this.manager.run(
      'releaseTemplateCreate',
      { name, plan },
      'releaseTemplate',
      'id versions { nodes { id } }',
    );
    const versionId = template.versions.nodes[0].id as string;
    await this.secondManager.run('releaseTemplateVersionPublish', { id: versionId }, 'releaseTemplateVersion');
    return { id: template.id, versionId };
  }

  /** A new release in state DRAFT. */
  async release(
    name: string,
    more: Record<string, unknown> = {},
  ): Promise<{ id: string; number: string; version: number }> {
    return await this.manager.run(
      'releaseCreate',
      { name, ownerId: this.owner.personId, backOutPlan: 'Restore the snapshot.', ...more },
      'release',
      'id number version',
    );
  }

  /** An authorised configuration item. @returns its id */
  async ci(name: string, ciClass = 'SERVER', more: Record<string, unknown> = {}): Promise<string> {
    const { id } = await this.configurationManager.run(
      'configurationItemRegister',
      { name, ciClass, ...more },
      'configurationItem',
    );
    await this.configurationManager.run('configurationItemAuthorise', { id }, 'configurationItem');
    return id;
  }

  async addTargets(releaseId: string, ...ciIds: string[]): Promise<void> {
    await this.manager.run('releaseAddCi', { id: releaseId, role: 'TARGET', ciIds }, 'release');
  }

  async removeTargets(releaseId: string, ...ciIds: string[]): Promise<void> {
    await this.manager.run('releaseRemoveCi', { id: releaseId, role: 'TARGET', ciIds }, 'release');
  }

  /** Puts an authorised media version into the package. */
  async addContent(releaseId: string): Promise<void> {
    this.#content ??= (async () => {
      const author = await this.app.as('lara', 'DML_LIBRARIAN');
      return await authorisedVersion(
        this.app,
        author,
        await this.app.as('liam', 'DML_LIBRARIAN'),
        await makeItem(author, 'payroll'),
        '4.0',
        'the bytes',
      );
    })();
    await this.manager.run('releaseAddContent', { id: releaseId, dmlItemVersionIds: [await this.#content] }, 'release');
  }

  /** Runs a command of the manager that needs nothing but the release. @returns its state */
  async step(
    mutation: string,
    releaseId: string,
    more: Record<string, unknown> = {},
    client = this.manager,
  ): Promise<string> {
    return (await client.run(mutation, { id: releaseId, ...more }, 'release', 'state')).state;
  }

  /** A release from scratch that the owner has accepted. @returns its id */
  async accepted(name: string, ciIds: string[], more: Record<string, unknown> = {}): Promise<string> {
    const { id } = await this.release(name, more);
    await this.addTargets(id, ...ciIds);
    await this.addContent(id);
    for (const command of ['releaseStartPlanning', 'releaseStartBuilding', 'releaseStartTesting'])
      await this.step(command, id);
    expect(await this.step('releaseAccept', id, {}, this.owner)).toBe('ACCEPTED');
    return id;
  }

  /** The tasks of a release by name. */
  async tasks(releaseId: string, selection = ''): Promise<Record<string, any>> {
    const { node } = await this.manager.ok(
      `query($id: ID!) { node(id: $id) { ... on Release { tasks { nodes { id name state version ${selection} } } } } }`,
      {
        id: releaseId,
      },
    );
    return Object.fromEntries(node.tasks.nodes.map((task: { name: string }) => [task.name, task]));
  }

  /** Any fields of a release. */
  async read(releaseId: string, selection: string, client = this.manager): Promise<any> {
    return (await client.ok(`query($id: ID!) { node(id: $id) { ... on Release { ${selection} } } }`, { id: releaseId }))
      .node;
  }

  // Everything in the database but the queue and when tokens were last used; events by their ids, for the relay numbers them whenever it
  // comes round.
  async #everything(): Promise<unknown[]> {
    const { pool } = this.app.readDatabase;
    const { rows } = await pool.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' and tablename not in ('migration', 'domain_event', 'access_token') order by 1`,
    );
    const tables = [...rows.map(({ name }) => `"${name}"`), '(select id from domain_event)'];
    return await Promise.all(
      tables.map(async (table) => [
        table,
        (
          await pool.query(
            `select count(*)::int as n, md5(string_agg(t::text, ',' order by t::text)) as content from ${table} t`,
          )
        ).rows[0],
      ]),
    );
  }

  /** Runs a mutation that rules must refuse, checks that nothing at all was written, and gives what was said. */
  async refused(client: TestClient, mutation: string, input: Record<string, unknown>, field: string): Promise<any[]> {
    const before = await this.#everything();
    const payload = await client.attempt(mutation, input, field);
    expect(payload[field]).toBeNull();
    expect(await this.#everything()).toEqual(before);
    return payload.userErrors;
  }

  /** Like `refused`, but gives only the codes. */
  async codes(client: TestClient, mutation: string, input: Record<string, unknown>, field: string): Promise<string[]> {
    return (await this.refused(client, mutation, input, field)).map(({ code }) => code).sort();
  }

  /** Runs a mutation that must end with an error of the request, checks that nothing was written, and gives its code. */
  async rejected(client: TestClient, mutation: string, input: Record<string, unknown>, field: string): Promise<string> {
    const before = await this.#everything();
    const code = await client.code(mutation, input, field);
    expect(await this.#everything()).toEqual(before);
    return code;
  }
}
