import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { canonicalJson } from '../../adapters/fingerprint.js';
import { newId } from '../../database/new-id.js';
import {
  MAX_NEXT_WITHIN_MINUTES,
  MAX_OBSERVATIONS,
  NOTHING_OBSERVED,
  type ObservationStatus,
  type ObservedContent,
} from '../../domain/cmdb/ci-observation.js';
import type { LifecycleState } from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { RowFailure } from '../../domain/file-import.js';
import { eachOf } from '../../domain/steps.js';
import { inTurns } from '../../facts/turns.js';
import { failureOf } from '../row-failure.js';
import { line } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { BARE_ITEM, insertItems, recordItem, type NewItem } from './configuration-item-rows.js';
import { compareItems } from './drift-compare.service.js';
import { identifyObserved, SeveralFit, type IdentifiedItem } from './identify-observed.js';
import { saidBy } from './provenance.js';
import { wellFormed, type ObservationInput, type WellFormed } from './observation-input.js';
import { contentOf, findReferences } from './observed-references.js';
import { writeChanged, writeUnchanged, type Present, type Taken, type Written } from './ci-observation-rows.js';

/** Key of the lock under which the observations of one source are recorded one call after the other. */
const SOURCE_LOCK = 730_194_211;

/** What became of one observation, as plain JSON. */
export interface ObservationResult {
  /** Index of the observation in the input, starting at 0. */
  readonly index: number;
  readonly status: ObservationStatus;
  /** Database id of the item; null when it is not clear which one it is. */
  readonly ciId: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly field: string | null;
  /** Database ids of the items that fit, when several do. */
  readonly candidateIds: readonly string[];
}

/** What became of the observations of a call, as plain JSON. */
export interface ObservationsRecorded {
  readonly results: readonly ObservationResult[];
  /** How many drifts were found, or opened again. */
  readonly driftsFound: number;
}

/** What a source observed, in one call. */
export interface ObservationsInput {
  readonly source: string;
  readonly observations: readonly ObservationInput[];
  /** When the source looked, for observations that do not say so. Default: now. */
  readonly observedAt?: string | null;
  readonly nextWithinMinutes?: number | null;
}

const failed = (index: number, error: unknown, ciId: string | null = null): ObservationResult => {
  const { code = null, message = null, field = null } = failureOf(error);
  const candidateIds = error instanceof SeveralFit ? error.ids : [];
  return { index, status: 'FAILED', ciId, code, message, field, candidateIds };
};

const done = ({ index, item }: Taken, status: ObservationStatus): ObservationResult => ({
  index,
  status,
  ciId: item.id,
  code: null,
  message: null,
  field: null,
  candidateIds: [],
});

const hashOf = (content: ObservedContent, gone: boolean) =>
  createHash('sha256').update(canonicalJson({ content, gone })).digest('hex');

function limitsOf({ observations, nextWithinMinutes }: ObservationsInput): void {
  if (observations.length > MAX_OBSERVATIONS)
    throw new RequestError('LIMIT_EXCEEDED', `The maximum is ${MAX_OBSERVATIONS} observations per call.`, {
      field: 'observations',
      max: MAX_OBSERVATIONS,
    });
  if (nextWithinMinutes != null && (nextWithinMinutes < 1 || nextWithinMinutes > MAX_NEXT_WITHIN_MINUTES))
    throw new RequestError('BAD_USER_INPUT', `"nextWithinMinutes" is 1 to ${MAX_NEXT_WITHIN_MINUTES}.`, {
      field: 'nextWithinMinutes',
    });
}

/** What is there although nobody has recorded it becomes a record that waits to be authorised. */
async function registerUnknown(
  uow: UnitOfWork,
  source: string,
  unknown: readonly { readonly index: number; readonly observation: WellFormed }[],
): Promise<Taken[]> {
  const items = unknown.map(({ observation: { ciClass, fields, attributes, key } }): NewItem => ({
    id: newId(),
    ...BARE_ITEM,
    ...(fields as typeof fields & { readonly name: string; readonly lifecycleState?: LifecycleState }),
    ciClass: ciClass as NonNullable<typeof ciClass>,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null)),
    externalSource: source,
    externalKey: key,
  }));
  for (const after of await insertItems(uow, items, () => saidBy(uow, 'OBSERVATION', source)))
    recordItem(
      uow,
      'configuration-item.registered',
      { before: null, after },
      { ciClass: after.ciClass, observed: true },
    );
  return unknown.map((one, at) => {
    const { id, ciClass } = items[at] as NewItem;
    return { ...one, item: { id, ciClass, isRetired: false } };
  });
}

const isRegistrable = ({ key, ciClass, fields, gone }: WellFormed): boolean =>
  key !== null && ciClass !== null && fields.name !== undefined && !gone;

const UNKNOWN = new RowFailure(
  'NOT_FOUND',
  'There is no such item. One is registered by "key", "name" and "ciClass".',
  'key',
);

/** Finds the items that observations are about, and registers those that are not known. */
async function itemsOf(
  uow: UnitOfWork,
  source: string,
  given: readonly { readonly index: number; readonly observation: WellFormed }[],
  results: ObservationResult[],
): Promise<Taken[]> {
  const identified = await identifyObserved(
    uow,
    source,
    given.map(({ observation }) => observation),
  );
  const taken: Taken[] = [];
  const unknown: (typeof given)[number][] = [];
  const seen = new Set<string>();
  for (const [at, one] of given.entries()) {
    const item = identified[at];
    const name = item === undefined ? `key ${one.observation.key ?? ''}` : (item as IdentifiedItem).id;
    if (item instanceof RowFailure) results.push(failed(one.index, item));
    else if (item === undefined && !isRegistrable(one.observation)) results.push(failed(one.index, UNKNOWN));
    else if (seen.has(name))
      results.push(
        failed(one.index, new RowFailure('DUPLICATE_ROW', 'An earlier observation is about the same item.')),
      );
    else {
      seen.add(name);
      if (item === undefined) unknown.push(one);
      else taken.push({ ...one, item });
    }
  }
  return [...taken, ...(await registerUnknown(uow, source, unknown))];
}

/** Holds items, so that their records do not change while they are compared, in the order of their ids. */
export const holdItems = async (uow: UnitOfWork, ids: readonly string[]): Promise<void> =>
  void (await uow.query(sql`
    select from configuration_item c where c.id = any(${ids}::uuid[]) order by c.id for share of c`));

/** What each observation says, beside what the source said before. Those that are older than that are left out. */
async function sortOut(
  uow: UnitOfWork,
  { source }: ObservationsInput,
  taken: readonly Taken[],
  results: ObservationResult[],
): Promise<Written[]> {
  const references = await findReferences(uow, source, taken);
  const rows = await uow.query<Omit<Present, 'observedAt'> & { at: number }>(sql`
    select id, ci_id as "ciId", digest, overdue, (extract(epoch from observed_at) * 1000)::float8 as at
    from ci_observation where source = ${source} and ci_id = any(${taken.map(({ item }) => item.id)}::uuid[])`);
  const present = new Map(rows.map(({ at, ...row }) => [row.ciId, { ...row, observedAt: new Date(at) }]));
  const sorted = await inTurns(
    eachOf(taken, (one): Written | undefined => {
      const { observation, item } = one;
      const before = present.get(item.id);
      if (before !== undefined && observation.observedAt < before.observedAt) {
        results.push(done(one, 'OUTDATED'));
        return undefined;
      }
      try {
        const content = observation.gone ? NOTHING_OBSERVED : contentOf(observation, item.id, references);
        return { taken: one, content, digest: hashOf(content, observation.gone), present: before };
      } catch (error) {
        results.push(failed(one.index, error, item.id));
        return undefined;
      }
    }),
  );
  return sorted.filter((one) => one !== undefined);
}

/**
 * Records what a source observed of configuration items, beside their records, which stay as they are: differences
 * become drift. Things that nobody has recorded are registered as DISCOVERED. The number of statements does not depend
 * on that of the observations.
 * @throws RequestError LIMIT_EXCEEDED, BAD_USER_INPUT for what is wrong with the call as a whole
 */
export async function ciObservationsRecord(uow: UnitOfWork, given: ObservationsInput): Promise<ObservationsRecorded> {
  limitsOf(given);
  const input = { ...given, source: line(given.source, 'source', { min: 1, max: 100 }) };
  const at = input.observedAt == null ? uow.now : new Date(input.observedAt);
  const results: ObservationResult[] = [];
  const rows = await inTurns(
    eachOf([...input.observations.entries()], ([index, row]) => {
      try {
        return { index, observation: wellFormed(row, uow.now, at) };
      } catch (error) {
        results.push(failed(index, error));
        return undefined;
      }
    }),
  );
  await uow.query(sql`select pg_advisory_xact_lock(${SOURCE_LOCK}, hashtext(${input.source}))`);
  const valid = rows.filter((row) => row !== undefined);
  const written = await sortOut(uow, input, await itemsOf(uow, input.source, valid, results), results);
  const same = written.filter(({ digest, present }) => digest === present?.digest);
  const changed = written.filter(({ digest, present }) => digest !== present?.digest);
  // One that was overdue is there again.
  const back = same.filter(({ present }) => present?.overdue === true);
  const compared = [...changed, ...back].map(({ taken }) => taken.item.id);
  await holdItems(uow, compared);
  if (changed.length > 0) await writeChanged(uow, input, changed);
  if (same.length > 0) await writeUnchanged(uow, input, same);
  for (const { taken, present } of changed) results.push(done(taken, present === undefined ? 'NEW' : 'CHANGED'));
  for (const { taken } of same) results.push(done(taken, 'UNCHANGED'));
  return { results: results.sort((a, b) => a.index - b.index), driftsFound: await compareItems(uow, compared) };
}
