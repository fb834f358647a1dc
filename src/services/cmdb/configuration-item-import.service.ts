import { sql } from 'kysely';
import {
  MAX_IMPORT_ROWS,
  type ImportErrorPolicy,
  type ImportFailure,
  type ImportRow,
  type ImportRowResult,
  type ImportStatus,
} from '../../domain/cmdb/configuration-item-import.js';
import {
  configurationItemMachine,
  takesOutOfService,
  type ConfigurationItemFacts,
} from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { decide } from '../../domain/state-machine.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { Team } from '../../entities/people/team.entity.js';
import { configurationItemFacts } from '../../facts/cmdb/configuration-item.facts.js';
import { lockMany } from '../load.js';
import { criticalityChanged } from '../release/release-target-change.service.js';
import { refuseNulls } from '../nulls.js';
import { externalRef, jsonObject, name, text } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Thrown to roll back an import under REJECT_EVERYTHING. Carries the results to return. */
export class ImportRejected extends Error {
  constructor(readonly results: readonly ImportRowResult[]) {
    super('At least one row of the import failed.');
    this.name = 'ImportRejected';
  }
}

class RowFailure extends Error {
  constructor(
    readonly code: ImportFailure,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

const TYPE = 'ConfigurationItem' as const;
const IMPORT_LOCK = 7_301_942_004;

type Values = Partial<
  Pick<
    ConfigurationItem,
    'name' | 'description' | 'criticality' | 'lifecycleState' | 'ownerTeamId' | 'attributes' | 'bindings'
  >
>;

interface Known {
  readonly cis: ReadonlyMap<string, ConfigurationItem>;
  readonly facts: ReadonlyMap<string, ConfigurationItemFacts>;
  readonly teams: ReadonlySet<string>;
}

const keyOf = (source: string | null | undefined, key: string | null | undefined) => JSON.stringify([source, key]);

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RequestError) return undefined; // reported with its row later
    throw error;
  }
}

// Loads everything that rows are compared with, in four statements regardless of their number. Locks the items.
async function look(uow: UnitOfWork, rows: readonly ImportRow[]): Promise<Known> {
  const refs = rows.flatMap((row) => attempt(() => externalRef(row.externalRef)) ?? []);
  const found = await uow.query<{ id: string }>(sql`
    select c.id
    from configuration_item c
    join unnest(
      ${refs.map((ref) => ref.externalSource)}::text[],
      ${refs.map((ref) => ref.externalKey)}::text[]
    ) as r(source, key) on c.external_source = r.source and c.external_key = r.key`);
  const cis = await lockMany(
    uow,
    ConfigurationItem,
    TYPE,
    found.map((row) => row.id),
  );
  const teamIds = rows.flatMap((row) =>
    row.ownerTeamId == null ? [] : (attempt(() => fromNodeId('Team', row.ownerTeamId as string, 'ownerTeamId')) ?? []),
  );
  const teams = teamIds.length === 0 ? [] : await uow.em.find(Team, { id: { $in: teamIds } });
  return {
    cis: new Map(cis.map((ci) => [keyOf(ci.externalSource, ci.externalKey), ci])),
    facts: await configurationItemFacts(
      uow,
      uow.actor,
      cis.map(({ id }) => id),
    ),
    teams: new Set(teams.map(({ id }) => id)),
  };
}

// As in an upsert: null cannot be stored there.
const NOT_NULL = ['description', 'criticality', 'lifecycleState', 'attributes', 'bindings'] as const;

function valuesOf(row: ImportRow, { teams }: Known): Values {
  refuseNulls(row, NOT_NULL);
  const teamId = row.ownerTeamId == null ? row.ownerTeamId : fromNodeId('Team', row.ownerTeamId, 'ownerTeamId');
  if (teamId != null && !teams.has(teamId))
    throw new RowFailure('NOT_FOUND', 'There is no Team with this id.', 'ownerTeamId');
  return {
    name: name(row.name),
    ...(row.description != null && { description: text(row.description, 'description') }),
    ...(row.criticality != null && { criticality: row.criticality }),
    ...(row.lifecycleState != null && { lifecycleState: row.lifecycleState }),
    ...(row.attributes != null && { attributes: jsonObject(row.attributes, 'attributes') }),
    ...(row.bindings != null && { bindings: jsonObject(row.bindings, 'bindings') }),
    ...(teamId !== undefined && { ownerTeamId: teamId }),
  };
}

// Compares objects by content, regardless of the order of their keys in the database.
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? null) === (b ?? null);
  const [left, right] = [Object.entries(a), b as Record<string, unknown>];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => key in right && same(value, right[key]))
  );
}

function edit(
  uow: UnitOfWork,
  ci: ConfigurationItem,
  row: ImportRow,
  values: Values,
  facts: ConfigurationItemFacts | undefined,
): 'UPDATED' | 'UNCHANGED' {
  if (ci.ciClass !== row.ciClass)
    throw new RowFailure(
      'CLASS_FIXED',
      `The class of a configuration item cannot change; it is ${ci.ciClass}.`,
      'ciClass',
    );
  const fields = (Object.keys(values) as (keyof Values)[]).filter((field) => !same(ci[field], values[field]));
  if (fields.length === 0) return 'UNCHANGED';
  const decommissions = takesOutOfService(ci.lifecycleState, values.lifecycleState);
  const decision =
    facts && decide(configurationItemMachine, ci.state, 'configurationItemUpdate', { ...facts, decommissions });
  if (decision?.ok === false) {
    const code = decision.blockers[0]?.code === 'CI_IN_USE' ? 'CI_IN_USE' : 'CI_PROTECTED';
    throw new RowFailure(code, decision.blockers.map(({ message }) => message).join(' '));
  }
  if (fields.includes('criticality')) criticalityChanged(uow, ci.id);
  Object.assign(ci, values);
  uow.record({ type: 'configuration-item.updated', subjectType: TYPE, subject: ci, data: { imported: true } });
  return 'UPDATED';
}

function take(
  uow: UnitOfWork,
  row: ImportRow,
  known: Known,
  seen: Set<string>,
): { status: ImportStatus; ci: ConfigurationItem } {
  const ref = externalRef(row.externalRef);
  const key = keyOf(ref.externalSource, ref.externalKey);
  if (seen.has(key))
    throw new RowFailure(
      'DUPLICATE_ROW',
      'An earlier row of this import has the same external reference.',
      'externalRef',
    );
  seen.add(key);
  const values = valuesOf(row, known);
  const present = known.cis.get(key);
  if (present) return { status: edit(uow, present, row, values, known.facts.get(present.id)), ci: present };
  const ci = uow.em.create(ConfigurationItem, { ...values, name: values.name ?? '', ciClass: row.ciClass, ...ref });
  uow.record({
    type: 'configuration-item.registered',
    subjectType: TYPE,
    subject: ci,
    data: { ciClass: ci.ciClass, imported: true },
  });
  return { status: 'CREATED', ci };
}

/**
 * Registers or edits many configuration items by their external references. New items start as DISCOVERED. Rows that
 * change nothing write nothing.
 * @throws ImportRejected when a row fails under REJECT_EVERYTHING
 * @throws RequestError LIMIT_EXCEEDED for too many rows
 */
export async function configurationItemsImport(
  uow: UnitOfWork,
  input: { readonly rows: readonly ImportRow[]; readonly errorPolicy: ImportErrorPolicy },
): Promise<ImportRowResult[]> {
  if (input.rows.length > MAX_IMPORT_ROWS)
    throw new RequestError('LIMIT_EXCEEDED', `The maximum is ${MAX_IMPORT_ROWS} rows per import.`, {
      field: 'rows',
      max: MAX_IMPORT_ROWS,
    });
  // Imports run one at a time: two with the same new items would otherwise make each other fail.
  await uow.query(sql`select pg_advisory_xact_lock(${IMPORT_LOCK})`);
  const known = await look(uow, input.rows);
  const seen = new Set<string>();
  const outcomes: { readonly result: Omit<ImportRowResult, 'ciId'>; readonly ci: ConfigurationItem | null }[] = [];
  for (const [index, row] of input.rows.entries()) {
    const base = { index, externalRef: { source: row.externalRef.source, key: row.externalRef.key } };
    try {
      const { status, ci } = take(uow, row, known, seen);
      outcomes.push({ result: { ...base, status, code: null, message: null, field: null }, ci });
    } catch (error) {
      outcomes.push({ result: { ...base, status: 'FAILED', ...failure(error) }, ci: null });
    }
  }
  if (input.errorPolicy === 'REJECT_EVERYTHING' && outcomes.some(({ ci }) => ci === null)) {
    throw new ImportRejected(
      outcomes.map(({ result }) => ({
        ...result,
        ciId: null,
        status: result.status === 'FAILED' ? 'FAILED' : 'NOT_WRITTEN',
      })),
    );
  }
  await uow.em.flush();
  return outcomes.map(({ result, ci }) => ({ ...result, ciId: ci?.id ?? null }));
}

function failure(error: unknown): Pick<ImportRowResult, 'code' | 'message' | 'field'> {
  if (error instanceof RowFailure) return { code: error.code, message: error.message, field: error.field };
  if (error instanceof RequestError)
    return {
      code: 'BAD_USER_INPUT',
      message: error.message,
      field: typeof error.details?.['field'] === 'string' ? error.details['field'] : null,
    };
  throw error;
}
