import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import {
  dependencyConflicts as conflictsOfPair,
  endOfPredecessor,
  startOfDependent,
} from '../../domain/schedule/dependency-conflict.js';
import { intervalsOverlap, intervalText, type Interval } from '../../domain/schedule/interval.js';
import { closedRule, type SlotRule } from '../../domain/schedule/slot-rule.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import type { FoundConflict } from './clash.facts.js';
import { readWorkOf } from './conflict-entry.facts.js';

interface Link {
  readonly release: string;
  readonly predecessor: string;
}

// The first state as in the triggers that note releases: migrations/*_standing_conflicts.ts.
const OPEN_LINKS = sql`
  select d.release_id as release, d.predecessor_id as predecessor
  from release_dependency d
  join release r on r.id = d.release_id and schedule_release_is_ahead(r.state)
  join release p on p.id = d.predecessor_id and p.deployed_at is null`;

// Each way has an index of its own, which a condition with "or" could not use.
const linksOf = (ids: readonly string[]): RawBuilder<Link> => sql<Link>`
  ${OPEN_LINKS} where d.release_id = any(${[...ids]}::uuid[])
  union ${OPEN_LINKS} where d.predecessor_id = any(${[...ids]}::uuid[])`;

const releaseOf = ({ work, party }: ConflictEntry) => (work ?? party?.work)?.releaseId ?? null;

function byRelease(entries: readonly ConflictEntry[]): Map<string, ConflictEntry[]> {
  const works = new Map<string, ConflictEntry[]>();
  for (const entry of entries) {
    const id = releaseOf(entry);
    if (id === null) continue;
    const own = works.get(id);
    if (own === undefined) works.set(id, [entry]);
    else own.push(entry);
  }
  return works;
}

/**
 * Conflicts of work with the order of releases: what depends on another release begins before that has ended. The work
 * is compared with what is booked for the other release. Two statements, the second only where there are dependencies.
 * @param entries all work of each release that is asked about; booked already, or only thought of
 */
export async function dependencyConflicts(db: Queryable, entries: readonly ConflictEntry[]): Promise<FoundConflict[]> {
  const asked = byRelease(entries);
  if (asked.size === 0) return [];
  const links = await db.query(linksOf([...asked.keys()]));
  if (links.length === 0) return [];
  const others = links.flatMap(({ release, predecessor }) => [
    ...(asked.has(release) ? [predecessor] : []),
    ...(asked.has(predecessor) ? [release] : []),
  ]);
  const booked = byRelease(await readWorkOf(db, [...new Set(others)]));
  const steps = function* (): Steps<FoundConflict[]> {
    const found = new Map<string, FoundConflict>();
    for (const { release, predecessor } of links) {
      yield;
      for (const [of, at] of [
        [asked, booked],
        [booked, asked],
      ] as const)
        for (const conflict of conflictsOfPair(of.get(release) ?? [], at.get(predecessor) ?? []))
          found.set(conflict.key, { ...conflict, relationIds: [] });
    }
    return [...found.values()];
  };
  return await inTurns(steps());
}

/** The same for all booked work at a time. Looks at every release that depends on another: to check what is kept. */
export async function dependencyConflictsBetween(db: Queryable, span: Interval): Promise<FoundConflict[]> {
  const rows = await db.query<{ id: string }>(sql`select distinct release_id as id from release_dependency`);
  const works = await readWorkOf(
    db,
    rows.map(({ id }) => id),
  );
  return (await dependencyConflicts(db, works)).filter(({ interval }) => intervalsOverlap(interval, span));
}

/**
 * The rules that dependencies make for a release that looks for a time: after what it depends on, and before what
 * depends on it.
 */
export async function dependencyRules(
  db: Queryable,
  releaseId: string,
  { span, length }: { readonly span: Interval; readonly length: number },
): Promise<SlotRule[]> {
  const links = await db.query(linksOf([releaseId]));
  if (links.length === 0) return [];
  const otherOf = ({ release, predecessor }: Link) => (release === releaseId ? predecessor : release);
  const booked = byRelease(await readWorkOf(db, links.map(otherOf)));
  return links.flatMap((link): SlotRule[] => {
    const works = booked.get(otherOf(link)) ?? [];
    const isAfter = link.release === releaseId;
    const work = isAfter ? endOfPredecessor(works) : startOfDependent(works);
    if (work === undefined) return [];
    const closed = isAfter
      ? { startsAt: span.startsAt, endsAt: work.endsAt }
      : { startsAt: work.startsAt, endsAt: span.endsAt };
    if (closed.startsAt >= closed.endsAt) return [];
    const message = isAfter
      ? `"${work.name}", on which the release depends, takes place from ${intervalText(work)}.`
      : `"${work.name}", which depends on the release, takes place from ${intervalText(work)}.`;
    const subject = { kind: 'DEPENDENCY_ORDER' as const, message, interval: closed, ciId: null };
    return [closedRule({ ...subject, work: { entryId: null, ...work.work, name: work.name } }, [closed], length)];
  });
}
