import { sql } from 'kysely';
import { toNodeId } from '../../src/domain/node-id.js';
import { Contribution } from '../../src/entities/contribution.entity.js';
import { CiRelation } from '../../src/entities/cmdb/ci-relation.entity.js';
import { ConfigurationItem } from '../../src/entities/cmdb/configuration-item.entity.js';
import { DmlItemVersion } from '../../src/entities/library/dml-item-version.entity.js';
import { authorisedVersion, makeItem } from '../support/media.js';
import type { Name } from './people.js';
import type { Stage } from './stage.js';

/** What a sequence plays with: a handful of items and media. Node ids, by name. */
export interface World {
  readonly cis: Readonly<Record<CiName, string>>;
  /** Authorised versions of two products. */
  readonly versions: readonly string[];
  /** Published version of the template that releases are made from. */
  readonly templateVersion: string;
}

const CIS = {
  desk: ['DESKTOP', 'LOW', 'TEST'],
  lab: ['SERVER', 'LOW', 'TEST'],
  web: ['SERVER', 'MEDIUM', 'PRODUCTION'],
  db: ['SERVER', 'HIGH', 'PRODUCTION'],
  host: ['SERVER', 'LOW', 'PRODUCTION'],
  payroll: ['APPLICATION', 'CRITICAL', 'PRODUCTION'],
} as const;

/** Name of an item of a {@link World}. */
export type CiName = keyof typeof CIS;

/** All names of items. */
export const CI_NAMES = Object.keys(CIS) as CiName[];

const RELATIONS = [
  ['payroll', 'RUNS_ON', 'host'],
  ['web', 'DEPENDS_ON', 'db'],
] as const;

const AUTHOR: Name = 'lara';
const AUTHORISER: Name = 'liam';

/** The template: what is of little importance everywhere goes from planning straight to its acceptance. */
const PLAN = {
  phases: [
    ['PLANNING', { key: 'scope', name: 'Scope', role: 'RELEASE_MANAGER' }],
    ['BUILDING', { key: 'package', name: 'Package', role: 'RELEASE_MANAGER' }],
    ['TESTING', { key: 'test', name: 'Regression', kind: 'TEST', role: 'TEST_MANAGER', mandatory: true }],
  ].map(([releaseState, task]) => ({ key: releaseState, name: releaseState, releaseState, tasks: [task] })),
  skipRules: [
    {
      states: ['BUILDING', 'TESTING'],
      when: { releaseKinds: ['PATCH'], ciClasses: ['DESKTOP', 'SERVER'], maxCriticality: 'LOW' },
    },
  ],
};

async function publishTemplate(stage: Stage): Promise<string> {
  const author = await stage.app.as('planner', 'RELEASE_MANAGER');
  const publisher = await stage.app.as('second planner', 'RELEASE_MANAGER');
  const input = { name: 'Patch day', plan: PLAN };
  const selection = 'versions { nodes { id } }';
  const template = await author.run('releaseTemplateCreate', input, 'releaseTemplate', selection);
  const { id } = template.versions.nodes[0];
  await publisher.run('releaseTemplateVersionPublish', { id }, 'releaseTemplateVersion');
  return id;
}

/** Stored bytes that the versions of all worlds share, and the two products they are versions of. */
export class Shelf {
  private constructor(
    readonly itemIds: readonly string[],
    readonly mediaIds: readonly string[],
    readonly templateVersion: string,
  ) {}

  /** Puts some bytes into the library, through the API. */
  static async stock(stage: Stage): Promise<Shelf> {
    const { app } = stage;
    const author = await app.as('stock', 'DML_LIBRARIAN');
    const authoriser = await app.as('stock check', 'DML_LIBRARIAN');
    for (const name of ['ledger', 'portal']) {
      const item = await makeItem(author, name);
      for (const n of [1, 2, 3, 4])
        await authorisedVersion(app, author, authoriser, item, `stock ${n}`, `bytes of ${name} ${n}`);
    }
    const { rows } = await app.readDatabase.pool.query(
      'select item_id, media_id from dml_item_version order by item_id, label',
    );
    return new Shelf(
      [...new Set(rows.map((row) => row.item_id as string))],
      rows.map((row) => row.media_id as string),
      await publishTemplate(stage),
    );
  }

  /**
   * Makes a world. It is given, not played: the rows are inserted, and the log says who is supposed to have registered
   * and authorised what.
   */
  async world(stage: Stage, label: string): Promise<World> {
    const lara = stage.people.get(AUTHOR)?.id as string;
    const liam = stage.people.get(AUTHORISER)?.id as string;
    const at = stage.clock.now();
    const made = await stage.app.transact(async (uow) => {
      const { em } = uow;
      // The relations of what is in production are given, too.
      await uow.query(sql`select set_config('interlock.protection', 'open', true)`);
      const cis = CI_NAMES.map((name) => {
        const [ciClass, criticality, lifecycleState] = CIS[name];
        return em.create(ConfigurationItem, {
          name: `${name} ${label}`,
          ciClass,
          criticality,
          lifecycleState,
          state: 'AUTHORISED',
        });
      });
      const versions = this.mediaIds.map((mediaId, index) =>
        em.create(DmlItemVersion, {
          itemId: this.itemIds[index < this.mediaIds.length / 2 ? 0 : 1] as string,
          label: `${label}.${index}`,
          state: 'AUTHORISED',
          mediaId,
          authorId: lara,
          uploadedById: lara,
          verifiedAt: at,
          authorisedById: liam,
          authorisedAt: at,
        }),
      );
      await em.flush();
      for (const { id } of versions)
        em.create(Contribution, { subjectType: 'DmlItemVersion', subjectId: id, personId: lara, part: 'AUTHOR' });
      const idOf = (name: CiName) => (cis[CI_NAMES.indexOf(name)] as ConfigurationItem).id;
      for (const [source, kind, target] of RELATIONS)
        em.create(CiRelation, { sourceId: idOf(source), kind, targetId: idOf(target) });
      return { cis: cis.map(({ id }) => id), versions: versions.map(({ id }) => id) };
    });
    for (const id of made.versions) {
      const deed = { at: stage.now, on: id, roles: [], input: {} };
      stage.log.deeds.push({ ...deed, by: lara, command: 'dmlItemVersionRegister' });
      stage.log.deeds.push({ ...deed, by: liam, command: 'dmlItemVersionAuthorise' });
    }
    return {
      cis: Object.fromEntries(
        CI_NAMES.map((name, index) => [name, toNodeId('ConfigurationItem', made.cis[index] as string)]),
      ) as Record<CiName, string>,
      versions: made.versions.map((id) => toNodeId('DmlItemVersion', id)),
      templateVersion: this.templateVersion,
    };
  }
}
