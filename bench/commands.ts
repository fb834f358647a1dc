import { SEQUENCE } from './load.js';

/** A column and its value in the bare statements: `$n` stands for a parameter. */
type Row = Readonly<Record<string, unknown>>;

/** One line of the benchmark of commands: the same change to the database in the form of each server. */
export interface Command {
  /** Name of the mutation. */
  readonly name: string;
  /** The command of Interlock. `variables.input` holds `{{number}}` where each request needs another value. */
  readonly interlock: { readonly document: string; readonly input: Row };
  /** The mutation that PostGraphile generates. */
  readonly postgraphile: { readonly document: string; readonly input: Row };
  /**
   * What the bare server writes: a row of this table, or a change of an existing row, which it locks first. It also
   * writes the event and notifies.
   */
  readonly bare: { readonly table: string; readonly values: Row; readonly id?: string; readonly event: string };
}

/** The rows that commands refer to, as raw uuids and as node ids. */
export interface Known {
  readonly personId: string;
  readonly ciId: string;
  /** The node id of a database id. */
  readonly node: (type: 'Person' | 'ConfigurationItem', id: string) => string;
}

const mutation = (name: string, field: string) =>
  `mutation($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { ${field} { id number version } userErrors { code } } }`;

const created = (type: string, field: string) =>
  `mutation($input: Create${type}Input!) { create${type}(input: $input) { ${field} { rowId number version } } }`;

/** All commands of the benchmark, for a data set. */
export function commands({ personId, ciId, node }: Known): Command[] {
  const text = `A description of some length, as people write it, number ${SEQUENCE}.`;
  const now = new Date().toISOString();
  const stamps = { createdAt: now, updatedAt: now };
  const ci = { name: `host-${SEQUENCE}`, description: text, ciClass: 'SERVER', criticality: 'HIGH' };
  const change = { title: `Change ${SEQUENCE}`, description: text, risk: 'MEDIUM', type: 'NORMAL' };
  const release = { name: `Release ${SEQUENCE}`, description: text, kind: 'MINOR', packaging: 'PACKAGE' };
  return [
    {
      name: 'configurationItemRegister',
      interlock: { document: mutation('configurationItemRegister', 'configurationItem'), input: ci },
      postgraphile: {
        document: created('ConfigurationItem', 'configurationItem'),
        input: { configurationItem: { ...ci, rowId: '$uuid', attributes: {}, bindings: {}, ...stamps } },
      },
      bare: { table: 'configuration_item', values: ci, event: 'configuration-item.registered' },
    },
    {
      // An upsert, not an update: the version that an update has to name is another one each time.
      name: 'configurationItemUpsert',
      interlock: {
        document: mutation('configurationItemUpsert', 'configurationItem'),
        input: {
          name: 'live',
          ciClass: 'SERVER',
          description: text,
          externalRef: { source: 'bench', key: 'upsert' },
        },
      },
      postgraphile: {
        document: `mutation($input: UpdateConfigurationItemByRowIdInput!) {
          updateConfigurationItemByRowId(input: $input) { configurationItem { rowId number version } } }`,
        input: { rowId: ciId, configurationItemPatch: { description: text } },
      },
      bare: {
        table: 'configuration_item',
        values: { description: text },
        id: ciId,
        event: 'configuration-item.updated',
      },
    },
    {
      name: 'changeCreate',
      interlock: { document: mutation('changeCreate', 'change'), input: change },
      postgraphile: {
        document: created('Change', 'change'),
        input: { change: { ...change, rowId: '$uuid', requestedById: personId, ...stamps } },
      },
      bare: { table: 'change', values: { ...change, requested_by_id: personId }, event: 'change.created' },
    },
    {
      name: 'releaseCreate',
      interlock: {
        document: mutation('releaseCreate', 'release'),
        input: { ...release, ownerId: node('Person', personId) },
      },
      postgraphile: {
        document: created('Release', 'release'),
        input: { release: { ...release, rowId: '$uuid', ownerId: personId, managerId: personId, ...stamps } },
      },
      bare: {
        table: 'release',
        values: { ...release, owner_id: personId, manager_id: personId },
        event: 'release.created',
      },
    },
  ];
}
