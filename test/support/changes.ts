import { expect } from '@jest/globals';
import type { TestApp } from './app.js';
import type { TestClient } from './client.js';

/** The people of Change and Release Management, and short ways to what tests about changes need. Everything goes through the API. */
export interface ChangeWorld {
  readonly requester: TestClient;
  readonly changeManager: TestClient;
  readonly authority: TestClient;
  readonly releaseManager: TestClient;
  readonly owner: TestClient;
  readonly otherOwner: TestClient;
  readonly configurationManager: TestClient;
  /** A new configuration item, authorised unless said otherwise. @returns its id */
  ci(name: string, more?: Record<string, unknown> & { authorised?: boolean }): Promise<string>;
  /** A new change in state OPEN with a back-out plan. */
  change(title: string, more?: Record<string, unknown>): Promise<{ id: string; number: string; version: number }>;
  /** A new change in state AUTHORISED. */
  authorised(
    title: string,
    targetCiIds: readonly string[],
    more?: Record<string, unknown>,
  ): Promise<{ id: string; number: string; version: number }>;
  /** A new release in state DRAFT, managed by `releaseManager` and owned by `owner` (or another one). */
  release(name: string, more?: Record<string, unknown>): Promise<{ id: string; number: string; version: number }>;
  /** Lets a change join a release by a request and its approval. */
  join(changeId: string, releaseId: string, owner?: TestClient): Promise<void>;
  /** Runs a mutation that must be refused, checks that nothing at all was written, and gives the codes. */
  refused(client: TestClient, mutation: string, input: Record<string, unknown>, field: string): Promise<string[]>;
  /** Runs a mutation that must end with an error of the request, checks that nothing was written, and gives its code. */
  rejected(client: TestClient, mutation: string, input: Record<string, unknown>, field: string): Promise<string>;
}

// Events are compared by their number: the relay gives them their positions whenever it comes round.
const TABLES = [
  'change',
  'change_ci',
  'change_release_request',
  'release',
  'release_change',
  'release_ci',
  'release_content',
  'idempotency_record',
  '(select id from domain_event)',
];

/** Brings the people together. */
export async function changeWorld(app: TestApp): Promise<ChangeWorld> {
  const [requester, changeManager, authority, releaseManager, owner, otherOwner, configurationManager] =
    await Promise.all([
      app.as('rita', 'REQUESTER'),
      app.as('chad', 'CHANGE_MANAGER'),
      app.as('anna', 'CHANGE_AUTHORITY'),
      app.as('mona', 'RELEASE_MANAGER'),
      app.as('olga', 'RELEASE_OWNER'),
      app.as('otto', 'RELEASE_OWNER'),
      app.as('carl', 'CONFIGURATION_MANAGER'),
    ]);
  const everything = async () =>
    await Promise.all(
      TABLES.map(
        async (table) =>
          (
            await app.readDatabase.pool.query(
              `select count(*)::int as n, md5(string_agg(t::text, ',' order by t::text)) as content from ${table} t`,
            )
          ).rows[0],
      ),
    );
  const world: ChangeWorld = {
    requester,
    changeManager,
    authority,
    releaseManager,
    owner,
    otherOwner,
    configurationManager,
    ci: async (name, { authorised = true, ...more } = {}) => {
      const { id } = await configurationManager.run(
        'configurationItemRegister',
        { name, ciClass: 'SERVER', ...more },
        'configurationItem',
      );
      if (authorised) await configurationManager.run('configurationItemAuthorise', { id }, 'configurationItem');
      return id;
    },
    change: async (title, more = {}) =>
      await requester.run(
        'changeCreate',
        { title, backOutPlan: 'Restore the snapshot.', ...more },
        'change',
        'id number version',
      ),
    authorised: async (title, targetCiIds, more = {}) => {
      const { id } = await world.change(title, { targetCiIds, ...more });
      await changeManager.run('changeAccept', { id }, 'change');
      await changeManager.run('changeAssess', { id, assessment: 'Little can go wrong.', risk: 'LOW' }, 'change');
      return await authority.run('changeAuthorise', { id }, 'change', 'id number version');
    },
    release: async (name, more = {}) =>
      await releaseManager.run(
        'releaseCreate',
        { name, ownerId: owner.personId, ...more },
        'release',
        'id number version',
      ),
    join: async (changeId, releaseId, who = owner) => {
      const { id } = await requester.run(
        'changeReleaseRequestSubmit',
        { changeId, releaseId, mode: 'SPECIFIC_RELEASE' },
        'changeReleaseRequest',
      );
      await who.run('changeReleaseRequestApprove', { id }, 'changeReleaseRequest');
    },
    refused: async (client, mutation, input, field) => {
      const before = await everything();
      const payload = await client.attempt(mutation, input, field);
      expect(payload[field]).toBeNull();
      expect(await everything()).toEqual(before);
      return payload.userErrors.map(({ code }: { code: string }) => code).sort();
    },
    rejected: async (client, mutation, input, field) => {
      const before = await everything();
      const code = await client.code(mutation, input, field);
      expect(await everything()).toEqual(before);
      return code;
    },
  };
  return world;
}
