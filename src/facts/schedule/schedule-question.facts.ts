import { sql } from 'kysely';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId, type NodeType } from '../../domain/node-id.js';
import type { FreeSlot } from '../../domain/schedule/slot-rank.js';
import {
  findSlots,
  findTimes,
  MAX_SLOT_DAYS,
  MAX_SLOT_MINUTES,
  MAX_SLOTS,
  type FoundTimes,
  type SlotQuestion,
} from './schedule-slot.facts.js';
import { distributionConflicts, releaseConflicts, type FoundConflict } from './schedule.facts.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { MAX_CONFLICTS_DAYS, spanOf } from './schedule-window.facts.js';
import type { Queryable } from '../../database/queryable.js';

/** Which conflicts a client asks for: exactly one of a span, a release and a distribution. */
export interface ConflictsAsked {
  readonly from?: string | null;
  readonly to?: string | null;
  readonly release?: string | null;
  readonly distribution?: string | null;
}

async function expectRow(
  db: Queryable,
  type: NodeType,
  table: 'release' | 'distribution',
  id: string,
  field: string,
): Promise<void> {
  const rows = await db.query(sql`select 1 from ${sql.table(table)} where id = ${id}::uuid`);
  if (rows.length === 0) throw notFound(type, field);
}

/** The conflicts a client asks for: a span, or what was found. @throws RequestError BAD_USER_INPUT, NOT_FOUND */
export async function askConflicts(
  db: Queryable,
  { from, to, release, distribution }: ConflictsAsked,
): Promise<Interval | FoundConflict[]> {
  const asked = [from ?? to, release, distribution].filter((value) => value != null).length;
  if (asked !== 1 || (from == null) !== (to == null))
    throw new RequestError(
      'BAD_USER_INPUT',
      'Ask for a span ("from" and "to"), or for a "release", or for a "distribution".',
    );
  if (from != null && to != null) return spanOf(from, to, MAX_CONFLICTS_DAYS);
  if (release != null) {
    const id = fromNodeId('Release', release, 'release');
    await expectRow(db, 'Release', 'release', id, 'release');
    return (await releaseConflicts(db, [id])).get(id) ?? [];
  }
  const id = fromNodeId('Distribution', distribution as string, 'distribution');
  await expectRow(db, 'Distribution', 'distribution', id, 'distribution');
  return (await distributionConflicts(db, [id])).get(id) ?? [];
}

/** For what work a client looks for a free place. Ids are public ones. */
export interface SlotsAsked {
  readonly durationMinutes: number;
  readonly ciIds: readonly string[];
  readonly from: Date;
  readonly days: number;
  readonly first: number;
  readonly backOutMinutes?: number | null;
  readonly release?: string | null;
}

/** Longest back-out for which a slot is searched, in minutes. */
const MAX_BACK_OUT_MINUTES = 10_080;

/** Most targets of the work for which a slot is searched. */
const MAX_SLOT_CIS = 10_000;

function within(value: number, field: string, max: number): number {
  if (value < 1 || value > max) throw new RequestError('BAD_USER_INPUT', `"${field}" is 1 to ${max}.`, { field, max });
  return value;
}

function slotQuestion({
  durationMinutes,
  backOutMinutes,
  ciIds,
  from,
  days,
  first,
  release,
}: SlotsAsked): SlotQuestion {
  within(ciIds.length, 'ciIds', MAX_SLOT_CIS);
  return {
    durationMinutes: within(durationMinutes, 'durationMinutes', MAX_SLOT_MINUTES),
    backOutMinutes: backOutMinutes == null ? null : within(backOutMinutes, 'backOutMinutes', MAX_BACK_OUT_MINUTES),
    days: within(days, 'days', MAX_SLOT_DAYS),
    first: within(first, 'first', MAX_SLOTS),
    from,
    ciIds: [...new Set(ciIds.map((id) => fromNodeId('ConfigurationItem', id, 'ciIds')))],
    releaseId: release == null ? null : fromNodeId('Release', release, 'release'),
  };
}

/** The free places a client asks for. @throws RequestError BAD_USER_INPUT, NOT_FOUND */
export const askSlots = async (db: Queryable, asked: SlotsAsked): Promise<FreeSlot[]> =>
  await findSlots(db, slotQuestion(asked));

/** Most people and teams who are needed for the work for which a time is searched. */
const MAX_SLOT_PEOPLE = 50;

/** For what work a client looks for the best times. */
export interface TimesAsked extends SlotsAsked {
  readonly personIds: readonly string[];
  readonly teamIds: readonly string[];
}

async function named(
  db: Queryable,
  type: 'Person' | 'Team',
  nodeIds: readonly string[],
  field: 'personIds' | 'teamIds',
): Promise<string[]> {
  if (nodeIds.length > MAX_SLOT_PEOPLE)
    throw new RequestError('BAD_USER_INPUT', `"${field}" has at most ${MAX_SLOT_PEOPLE} ids.`, {
      field,
      max: MAX_SLOT_PEOPLE,
    });
  const ids = [...new Set(nodeIds.map((id) => fromNodeId(type, id, field)))];
  const table = sql.table(type.toLowerCase());
  const rows = await db.query(sql`select 1 from ${table} where id = any(${ids}::uuid[])`);
  if (rows.length !== ids.length) throw notFound(type, field);
  return ids;
}

/** The best times a client asks for. @throws RequestError BAD_USER_INPUT, NOT_FOUND, LIMIT_EXCEEDED */
export async function askTimes(db: Queryable, { personIds, teamIds, ...asked }: TimesAsked): Promise<FoundTimes> {
  const question = slotQuestion(asked);
  if (question.durationMinutes > question.days * 1_440)
    throw new RequestError('BAD_USER_INPUT', 'The work lasts longer than the time that is searched.', {
      field: 'durationMinutes',
      max: question.days * 1_440,
    });
  return await findTimes(db, {
    ...question,
    personIds: await named(db, 'Person', personIds, 'personIds'),
    teamIds: await named(db, 'Team', teamIds, 'teamIds'),
  });
}
