import { RequestError } from '../../domain/errors.js';
import { againstTheFlow, lostRedundancy, reachFrom, type ImpactGraph, type Reach } from '../../domain/cmdb/impact.js';
import type { ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import { firstCovered, scopedWindow, type ConflictWindow } from '../../domain/schedule/conflict-window.js';
import { intervalText, type Interval } from '../../domain/schedule/interval.js';
import { hittingBlackouts } from '../../domain/schedule/schedule-slots.js';
import { closedRule, windowRules, type SlotRule } from '../../domain/schedule/slot-rule.js';
import type { Steps } from '../../domain/steps.js';
import type { Queryable } from '../../database/queryable.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { inTurns } from '../turns.js';
import { MAX_LOOKED_FOR } from './clash.facts.js';
import { ALL_ASKED, readConflictEntries } from './conflict-entry.facts.js';
import { dependencyRules } from './dependency-conflict.facts.js';
import { peopleRules } from './slot-people.facts.js';
import { touchingStatement, touchingWork } from './schedule-reach.facts.js';
import { budgetedReach, readWindows } from './schedule-slice.facts.js';

/** Work that looks for a place in a span. */
export interface SeekingWork {
  readonly span: Interval;
  /** How long it lasts, in milliseconds. */
  readonly length: number;
  /** How long its back-out takes after that, in milliseconds. Only windows and blackouts ask for this time. */
  readonly backOut: number;
  /** Database ids of its targets, which exist. */
  readonly ciIds: readonly string[];
  /** Database ids of the people who are needed all the time. */
  readonly personIds: readonly string[];
  /** Database ids of the teams of which somebody is needed all the time. */
  readonly teamIds: readonly string[];
  /** A release whose own bookings and tasks do not stand in the way. */
  readonly releaseId: string | null;
}

/** What some work has to keep to, and what makes times better for it. */
export interface SlotRules {
  /** Lasting rules first, single entries last. */
  readonly rules: readonly SlotRule[];
  readonly windows: readonly ConflictWindow[];
  readonly graph: ImpactGraph;
  /** Other work that touches what this work touches, whether it can share the time or not. */
  readonly nearby: readonly Interval[];
  readonly reach: Reach;
}

/** Other work that this work cannot share its time with, with the item on which they meet. */
interface InTheWay {
  readonly entry: ConflictEntry;
  readonly ciId: string | null;
}

interface PlacedWork {
  /** The work over all the time that is searched. */
  readonly work: ConflictEntry;
  readonly reach: Reach;
  readonly graph: ImpactGraph;
  readonly impact: ImpactReader;
}

/** Other work around some work. Kept work is a filter; the rules decide. */
async function workAround(
  db: Queryable,
  { work, reach, graph, impact }: PlacedWork,
): Promise<{ readonly inTheWay: InTheWay[]; readonly nearby: Interval[] }> {
  const isWide = reach.size > MAX_LOOKED_FOR;
  const asked = isWide ? [] : [{ entry: work, reach }];
  const near = touchingWork(await db.query(await inTurns(touchingStatement(asked, graph, 'ALL'))));
  const direct = near.filter(({ isDirect, isUnkept }) => isDirect && !isUnkept);
  const judged = await readConflictEntries(db, [work], null, ALL_ASKED, {
    workIds: near.filter(({ isDirect, isGroup }) => isGroup && !isDirect).map((one) => one.work.id),
    releaseIds: [],
    unkept: 'ALL',
    spans: isWide ? [work] : [],
  });
  const others = judged.filter(({ groupId }) => work.groupId === null || groupId !== work.groupId);
  const inTheWay: InTheWay[] = direct.map((one) => ({ entry: one.work, ciId: one.ciId }));
  const nearby = near.map((one) => one.work);
  if (others.length === 0) return { inTheWay, nearby };
  const all = await impact.graph([...work.ciIds, ...others.flatMap(({ ciIds }) => ciIds)]);
  const [mine, impacting] = [reachFrom(all, work.ciIds), reachFrom(againstTheFlow(all), work.ciIds)];
  const reachOf = budgetedReach(all);
  const meeting = ({ ciIds }: ConflictEntry): string | undefined =>
    ciIds.find((id) => mine.has(id) || impacting.has(id)) ??
    (mine.members().size > 0 ? lostRedundancy(mine, reachOf(ciIds))[0]?.groupId : undefined);
  const steps = function* (): Steps<void> {
    for (const entry of others) {
      yield;
      const ciId = meeting(entry);
      if (ciId === undefined) continue;
      inTheWay.push({ entry, ciId });
      nearby.push(entry);
    }
  };
  await inTurns(steps());
  return { inTheWay, nearby };
}

/** The rule that one other work makes. */
const workRule = ({ entry, ciId }: InTheWay, length: number): SlotRule =>
  closedRule(
    {
      kind: 'OTHER_WORK',
      message: `"${entry.name}" takes place from ${intervalText(entry)}.`,
      interval: { startsAt: entry.startsAt, endsAt: entry.endsAt },
      ciId,
      work: { entryId: null, ...entry.work, name: entry.name },
    },
    [entry],
    length,
  );

/**
 * Everything that some work has to keep to. The number of statements does not depend on the data.
 * @throws RequestError NOT_FOUND for items that do not exist.
 */
export async function slotRules(db: Queryable, seeking: SeekingWork): Promise<SlotRules> {
  const { span, length, backOut, ciIds, releaseId } = seeking;
  const impact = new ImpactReader(db);
  const graph = await impact.graph(ciIds);
  if (ciIds.some((id) => !graph.nodes.has(id)))
    throw new RequestError('NOT_FOUND', 'There is no ConfigurationItem with this id.', { field: 'ciIds' });
  const reach = reachFrom(graph, ciIds);
  const work = { id: 'slot', name: '', ...span, groupId: releaseId, ciIds, personIds: [] };
  const { inTheWay, nearby } = await workAround(db, { work, reach, graph, impact });
  const whole = { startsAt: span.startsAt, endsAt: new Date(span.endsAt.getTime() + backOut) };
  const windows = await readWindows(db, graph, [whole]);
  const nameOf = (id: string) => graph.nodes.get(id)?.name ?? id;
  const blackouts = hittingBlackouts(reach, windows, graph).map((window) => {
    const ciId = firstCovered(scopedWindow(window), reach, (id) => graph.nodes.get(id)?.ciClass) ?? null;
    const message = `Blackout "${window.name}" applies to ${ciId === null ? 'the work' : nameOf(ciId)}.`;
    const [only, ...more] = window.occurrences;
    const interval = more.length === 0 ? (only ?? null) : null;
    const subject = { kind: 'BLACKOUT' as const, message, interval, windowIds: [window.id], ciId };
    return closedRule(subject, window.occurrences, length + backOut);
  });
  const demanded = await inTurns(windowRules(whole, length + backOut, { ciIds, windows, graph }));
  const works = inTheWay.map((one) => workRule(one, length));
  const { lasting, single } = await peopleRules(db, seeking);
  const order = releaseId === null ? [] : await dependencyRules(db, releaseId, seeking);
  return {
    rules: [...blackouts, ...demanded, ...order, ...lasting, ...single, ...works],
    windows,
    graph,
    nearby,
    reach,
  };
}
