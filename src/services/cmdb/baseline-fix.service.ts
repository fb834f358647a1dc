import { sql } from 'kysely';
import { instantText } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import { baselineMachine } from '../../domain/cmdb/baseline.machine.js';
import { decideSystem, type SystemRow } from '../../domain/state-machine.js';
import { Baseline } from '../../entities/cmdb/baseline.entity.js';
import { Distribution } from '../../entities/distribution/distribution.entity.js';
import { baselineContent, type BaselineContent, type BaselineQuestion } from '../../facts/cmdb/baseline.facts.js';
import { lock } from '../load.js';
import { enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Distributions of which baselines are due at a time. */
const AT_ONCE = 50;

/** How long a baseline waits that could not be read, such as one of more items than can be read in time. */
const RETRY_MS = 600_000;

/** Lists something when a distribution started or ended of which {@link takeDue} has to take a baseline. */
export const dueBaselines = () => sql`select from baseline_due limit 1`;

/** Baselines whose content is not fixed, whether it can be read yet or not. */
export const pendingBaselines = () => sql`select from baseline where state = 'PENDING'`;

/** Creates the baselines that are due because distributions started or ended. @returns how many */
export async function takeDue(uow: UnitOfWork): Promise<number> {
  const due = await uow.query<{ distribution: string; before: boolean; asOf: string; at: string }>(sql`
    delete from baseline_due where id in (
      select id from baseline_due order by id limit ${AT_ONCE} for update skip locked)
    returning distribution_id as distribution, before, ${instantText(sql`as_of`)} as "asOf",
      ${instantText(sql`at`)} as at`);
  if (due.length === 0) return 0;
  const found = await uow.em.find(Distribution, { id: { $in: due.map(({ distribution }) => distribution) } });
  const taken: Baseline[] = [];
  const distributions = new Map(found.map((one) => [one.id, one]));
  for (const { distribution: id, before, asOf, at } of due) {
    const distribution = distributions.get(id);
    if (distribution === undefined) continue;
    const baseline = uow.em.create(Baseline, {
      name: `${before ? 'Before' : 'After'} ${distribution.number}`,
      occasion: before ? 'BEFORE_DISTRIBUTION' : 'AFTER_DISTRIBUTION',
      distributionId: id,
      asOf: new Date(asOf),
      knownAt: new Date(at),
    });
    uow.record({ type: 'baseline.requested', subjectType: 'Baseline', subject: baseline, topics: [id] });
    taken.push(baseline);
  }
  await uow.em.flush();
  // It can get other targets while nobody knows whether it started.
  await uow.query(sql`
    insert into baseline_target (baseline_id, ci_id)
    select distinct b.id, e.ci_id
    from unnest(${taken.map((one) => one.id)}::uuid[], ${taken.map((one) => one.distributionId)}::uuid[]) b(id, of)
    join target_execution e on e.distribution_id = b.of`);
  return due.length;
}

/** A baseline whose content can be fixed. */
export type Fixable = BaselineQuestion & { readonly id: string };

/**
 * Baselines at whose moment nothing is being written any longer: every transaction that was running then has ended.
 * What one of them writes late would belong to the content. One that could not be read waits a while, so that it keeps
 * neither the others nor the database.
 */
export async function fixableBaselines(db: Queryable, now: Date): Promise<Fixable[]> {
  return await db.query<Fixable>(sql`
    select b.id, b.id as "baselineId", b.ci_id as "ciId", b.with_dependencies as "withDependencies",
      ${instantText(sql`b.as_of`)} as "asOf", ${instantText(sql`b.known_at`)} as "knownAt", null as columns
    from baseline b
    where b.state = 'PENDING' and b.known_at < clock_timestamp()
      and (b.updated_at = b.created_at or b.updated_at <= ${new Date(now.getTime() - RETRY_MS)}) and not exists (
      select from pg_stat_activity a
      where a.datname = current_database() and a.backend_type = 'client backend' and a.xact_start <= b.known_at)
    order by b.id limit ${AT_ONCE}`);
}

/** Has a baseline that could not be read wait. It has not changed, so its version stays. */
export const putOff = async (uow: UnitOfWork, id: string): Promise<void> =>
  void (await uow.query(sql`
    update baseline set updated_at = greatest(${uow.now}, created_at + interval '1 millisecond')
    where id = ${id} and state = 'PENDING'`));

/** What a baseline is found to have, outside any transaction. */
export const contentToFix = async (db: Queryable, { id: _id, ...question }: Fixable): Promise<BaselineContent> =>
  await baselineContent(db, question);

const SYSTEM_ROWS = baselineMachine.rows.filter(({ system }) => system === true) as unknown as SystemRow<
  Baseline['state'],
  'baselineFix'
>[];

/** Fixes the content of a baseline by its digest. Another process may have been faster. */
export async function fixBaseline(uow: UnitOfWork, id: string, content: BaselineContent): Promise<void> {
  const baseline = await lock(uow, Baseline, 'Baseline', id);
  const allowed = decideSystem(SYSTEM_ROWS, baseline.state, 'baselineFix');
  if (allowed === undefined) return;
  const { digest, items, relations, installations } = content;
  const columns = Object.fromEntries(Object.entries(content.columns).map(([table, names]) => [table, [...names]]));
  Object.assign(baseline, { digest, columns, items, relations, installations });
  enter(uow, baseline, allowed, {
    type: 'baseline.taken',
    subjectType: 'Baseline',
    topics: [baseline.ciId, baseline.distributionId],
  });
}
