import Fastify from 'fastify';
import mercurius, { type MercuriusLoaders } from 'mercurius';
import pg from 'pg';
import { countStatements, ready } from './common.js';

// A hand-written server as a careful team would write it: Mercurius with graphql-jit. Each edge has one loader, and
// each loader runs one prepared statement for all parents of a level. It reads only the columns of the schema, and
// passes instants on as text.
const counter = countStatements();
const types = {
  getTypeParser: ((oid: number, format?: 'text') => {
    if (oid === 1184) return (text: string) => text.replace(' ', 'T');
    if (oid === 20) return Number;
    return pg.types.getTypeParser(oid, format);
  }) as pg.CustomTypesConfig['getTypeParser'],
};
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10, types });

type Row = Record<string, unknown> & { id: string };
const query = async (name: string, text: string, values: unknown[]): Promise<Row[]> =>
  (await pool.query<Row>({ name, text, values })).rows;

const COLUMNS = {
  release: `t.id, t.number, t.name, t.description, t.kind, t.packaging, t.state, t.back_out_plan as "backOutPlan",
    t.plan_start as "planStart", t.planned_start as "plannedStart", t.planned_end as "plannedEnd",
    t.accepted_at as "acceptedAt", t.version, t.created_at as "createdAt", t.updated_at as "updatedAt",
    t.owner_id as "ownerId", t.manager_id as "managerId", t.accepted_by_id as "acceptedById"`,
  task: `t.id, t.number, t.name, t.kind, t.state, t.mandatory, t.planned_start as "plannedStart",
    t.planned_end as "plannedEnd", t.actual_start as "actualStart", t.actual_end as "actualEnd", t.evidence,
    t.assignee_id as "assigneeId"`,
  phase: `t.id, t.name, t.release_state as "releaseState", t.position`,
  change: `t.id, t.number, t.title, t.type, t.risk, t.state, t.requested_by_id as "requestedById",
    t.authorised_by_id as "authorisedById"`,
  configuration_item: `t.id, t.number, t.name, t.description, t.ci_class as "ciClass", t.criticality, t.state,
    t.lifecycle_state as "lifecycleState", t.attributes, t.version, t.created_at as "createdAt",
    t.updated_at as "updatedAt"`,
  release_content: `t.id, t.baseline_digest as "baselineDigest", t.dml_item_version_id as "versionId"`,
  dml_item_version: `t.id, t.number, t.label, t.state, t.item_id as "itemId", t.media_id as "mediaId"`,
  dml_item: `t.id, t.name, t.vendor`,
  media_blob: `t.id, t.digest, t.size`,
  distribution: `t.id, t.number, t.name, t.state, t.percent, t.scheduled_start as "scheduledStart",
    t.started_at as "startedAt", t.ended_at as "endedAt", t.deployment_tool_id as "deploymentToolId",
    t.release_id as "releaseId"`,
  deployment_tool: `t.id, t.name, t.state`,
  distribution_run: `t.id, t.attempt, t.state`,
  target_execution: `t.id, t.state, t.attempt, t.native_status as "nativeStatus", t.percent, t.step,
    t.reason_code as "reasonCode", t.started_at as "startedAt", t.ended_at as "endedAt", t.ci_id as "ciId"`,
  installation: `t.id, t.digest, t.assurance, t.valid_from as "validFrom", t.valid_to as "validTo",
    t.dml_item_version_id as "versionId", t.previous_id as "previousId", t.distribution_id as "distributionId",
    t.release_id as "releaseId"`,
  person: `t.id, t.name, t.email`,
} as const;
type Table = keyof typeof COLUMNS;

type Queries = readonly { readonly obj: Row; readonly params: Record<string, unknown> }[];

/** The row that a column of each parent refers to. */
const one = (table: Table, column: string) => async (queries: Queries) => {
  const ids = [...new Set(queries.map(({ obj }) => obj[column]).filter((id) => id !== null))];
  const rows =
    ids.length === 0
      ? []
      : await query(`one-${table}`, `select ${COLUMNS[table]} from ${table} t where t.id = any($1::uuid[])`, [ids]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return queries.map(({ obj }) => byId.get(obj[column] as string) ?? null);
};

/** The first rows that belong to each parent, in order. */
const many = (table: Table, join: string, on: string, order: string) => async (queries: Queries) => {
  const first = Number(queries[0]?.params['first']);
  // The page size is a literal, because PostgreSQL plans badly with an unknown limit. There are few sizes, so the
  // statements stay prepared.
  const rows = await query(
    `${first}-${table}-${on}`.slice(0, 60),
    `select p.id as "parentId", c.*
      from unnest($1::uuid[]) as p(id)
      cross join lateral (
        select ${COLUMNS[table]}
        from ${table} t ${join}
        where ${on}
        order by ${order} limit ${first}
      ) c`,
    [queries.map(({ obj }) => obj.id)],
  );
  const byParent = new Map<string, Row[]>();
  for (const row of rows) {
    const list = byParent.get(row['parentId'] as string);
    if (list) list.push(row);
    else byParent.set(row['parentId'] as string, [row]);
  }
  return queries.map(({ obj }) => byParent.get(obj.id) ?? []);
};

const loader = (load: (queries: Queries) => Promise<unknown[]>) => ({ loader: load, opts: { cache: false } });

const loaders = {
  Release: {
    tasks: loader(many('task', '', 't.release_id = p.id', 't.id')),
    phases: loader(many('phase', '', 't.release_id = p.id', 't.position, t.id')),
    changes: loader(
      many('change', 'join release_change x on x.change_id = t.id and x.live', 'x.release_id = p.id', 't.id'),
    ),
    contents: loader(many('release_content', '', 't.release_id = p.id', 't.id')),
    distributions: loader(many('distribution', '', 't.release_id = p.id', 't.id')),
    owner: loader(one('person', 'ownerId')),
    manager: loader(one('person', 'managerId')),
    acceptedBy: loader(one('person', 'acceptedById')),
  },
  Phase: { tasks: loader(many('task', '', 't.phase_id = p.id', 't.position, t.id')) },
  Task: { assignee: loader(one('person', 'assigneeId')) },
  Change: {
    targetCis: loader(
      many(
        'configuration_item',
        `join change_ci x on x.ci_id = t.id and x.role = 'TARGET'`,
        'x.change_id = p.id',
        't.id',
      ),
    ),
    requestedBy: loader(one('person', 'requestedById')),
    authorisedBy: loader(one('person', 'authorisedById')),
  },
  ReleaseContent: { version: loader(one('dml_item_version', 'versionId')) },
  DmlItemVersion: { item: loader(one('dml_item', 'itemId')), media: loader(one('media_blob', 'mediaId')) },
  Distribution: {
    deploymentTool: loader(one('deployment_tool', 'deploymentToolId')),
    runs: loader(many('distribution_run', '', 't.distribution_id = p.id', 't.id')),
    targets: loader(many('target_execution', '', 't.distribution_id = p.id', 't.id')),
  },
  TargetExecution: { ci: loader(one('configuration_item', 'ciId')) },
  ConfigurationItem: {
    installations: loader(many('installation', '', 't.ci_id = p.id', 't.valid_from desc, t.id desc')),
  },
  Installation: {
    dmlItemVersion: loader(one('dml_item_version', 'versionId')),
    previous: loader(one('installation', 'previousId')),
    distribution: loader(one('distribution', 'distributionId')),
    release: loader(one('release', 'releaseId')),
  },
};

const byId =
  (table: Table) =>
  async (_root: unknown, { id }: { id: string }) =>
    (await query(`id-${table}`, `select ${COLUMNS[table]} from ${table} t where t.id = $1`, [id]))[0] ?? null;

const resolvers = {
  Query: {
    release: byId('release'),
    configurationItem: byId('configuration_item'),
    distribution: byId('distribution'),
    releases: async (_root: unknown, { first, after }: { first: number; after?: string | null }) =>
      after == null
        ? await query('releases', `select ${COLUMNS.release} from release t order by t.id limit $1`, [first])
        : await query(
            'releases-after',
            `select ${COLUMNS.release} from release t where t.id > $2 order by t.id limit $1`,
            [first, after],
          ),
    configurationItems: async (
      _root: unknown,
      { first, ownerTeam, byName }: { first: number; ownerTeam: string; byName: 'ASC' | 'DESC' },
    ) =>
      await query(
        `cis-${byName}`,
        `select ${COLUMNS.configuration_item}
          from configuration_item t
          where t.owner_team_id = $2
          order by t.name ${byName}, t.id ${byName} limit $1`,
        [first, ownerTeam],
      ),
  },
};

const schema = `
  enum OrderDirection { ASC DESC }
  scalar JSONObject
  scalar DateTime
  type Query {
    release(id: ID!): Release
    configurationItem(id: ID!): ConfigurationItem
    distribution(id: ID!): Distribution
    releases(first: Int!, after: ID): [Release!]!
    configurationItems(first: Int!, ownerTeam: ID!, byName: OrderDirection!): [ConfigurationItem!]!
  }
  type Release {
    id: ID! number: String! name: String! description: String! kind: String! packaging: String! state: String!
    backOutPlan: String! version: Int! createdAt: DateTime! updatedAt: DateTime!
    planStart: DateTime plannedStart: DateTime plannedEnd: DateTime acceptedAt: DateTime
    owner: Person! manager: Person! acceptedBy: Person
    tasks(first: Int!): [Task!]!
    phases(first: Int!): [Phase!]!
    changes(first: Int!): [Change!]!
    contents(first: Int!): [ReleaseContent!]!
    distributions(first: Int!): [Distribution!]!
  }
  type Phase { id: ID! name: String! releaseState: String! position: Int! tasks(first: Int!): [Task!]! }
  type Task {
    id: ID! number: String! name: String! kind: String! state: String! mandatory: Boolean! evidence: String
    plannedStart: DateTime plannedEnd: DateTime actualStart: DateTime actualEnd: DateTime
    assignee: Person
  }
  type Change {
    id: ID! number: String! title: String! type: String! risk: String! state: String!
    requestedBy: Person! authorisedBy: Person
    targetCis(first: Int!): [ConfigurationItem!]!
  }
  type ConfigurationItem {
    id: ID! number: String! name: String! description: String! ciClass: String! criticality: String! state: String!
    lifecycleState: String! attributes: JSONObject! version: Int! createdAt: DateTime! updatedAt: DateTime!
    installations(first: Int!): [Installation!]!
  }
  type ReleaseContent { id: ID! baselineDigest: String version: DmlItemVersion! }
  type DmlItemVersion { id: ID! number: String! label: String! state: String! item: DmlItem! media: MediaBlob }
  type DmlItem { id: ID! name: String! vendor: String! }
  type MediaBlob { digest: String! size: Float! }
  type Distribution {
    id: ID! number: String! name: String! state: String! percent: Int!
    scheduledStart: DateTime startedAt: DateTime endedAt: DateTime
    deploymentTool: DeploymentTool!
    runs(first: Int!): [DistributionRun!]!
    targets(first: Int!): [TargetExecution!]!
  }
  type DeploymentTool { id: ID! name: String! state: String! }
  type DistributionRun { id: ID! attempt: Int! state: String! }
  type TargetExecution {
    id: ID! state: String! attempt: Int! nativeStatus: String percent: Int! step: String reasonCode: String
    startedAt: DateTime endedAt: DateTime
    ci: ConfigurationItem!
  }
  type Installation {
    id: ID! digest: String assurance: String! validFrom: DateTime! validTo: DateTime
    dmlItemVersion: DmlItemVersion! previous: Installation distribution: Distribution release: Release
  }
  type Person { id: ID! name: String! email: String! }
`;

const app = Fastify({ logger: false });
await app.register(mercurius, {
  schema,
  resolvers,
  loaders: loaders as unknown as MercuriusLoaders,
  jit: 1,
  graphiql: false,
  path: '/graphql',
});
await app.ready();
ready(app.server, counter);
