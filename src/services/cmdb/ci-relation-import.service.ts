import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import {
  configurationItemMachine,
  type CiRelationKind,
  type ConfigurationItemFacts,
} from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { RowFailure, type RowOutcome, type TakeOptions } from '../../domain/file-import.js';
import { fromNodeId } from '../../domain/node-id.js';
import { CiRelation } from '../../entities/cmdb/ci-relation.entity.js';
import { criticalityChanged } from '../release/release-target-change.service.js';
import { attempt, outcomeOf } from '../row-failure.js';
import { externalRef } from '../text.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { factsOfLate, lateness, writeLate } from './late-fact.js';
import { findItems, type ItemRecord } from './configuration-item-rows.js';
import { refuseRelationToItself, relatedEvent } from './related-items.js';
import { underChanges } from './under-changes.js';

interface Reference {
  readonly source: string;
  readonly key: string;
}

/** A row of a file: "source KIND target", with each end by its reference in another system or by its id. */
export interface RelationRow {
  readonly kind: CiRelationKind;
  readonly sourceRef?: Reference | null;
  readonly sourceId?: string | null;
  readonly targetRef?: Reference | null;
  readonly targetId?: string | null;
}

interface Relation {
  readonly sourceId: string;
  readonly kind: CiRelationKind;
  readonly targetId: string;
}

const TYPE = 'ConfigurationItem' as const;

const keyOf = ({ sourceId, kind, targetId }: Relation): string => `${sourceId} ${kind} ${targetId}`;

/** What one end of a relation is found by. @throws RequestError BAD_USER_INPUT */
function endOf(row: RelationRow, end: 'source' | 'target') {
  const [ref, id] = [row[`${end}Ref`], row[`${end}Id`]];
  if (ref != null) {
    const { externalSource, externalKey } = externalRef(ref);
    return { ref: { externalSource, externalKey }, key: JSON.stringify([externalSource, externalKey]) };
  }
  if (id != null) return { id: fromNodeId(TYPE, id, `${end}Id`), key: fromNodeId(TYPE, id, `${end}Id`) };
  throw new RequestError('BAD_USER_INPUT', `A row needs "${end}Ref" or "${end}Id".`, { field: `${end}Ref` });
}

interface Known {
  readonly items: ReadonlyMap<string, ItemRecord>;
  readonly facts: ReadonlyMap<string, ConfigurationItemFacts>;
  readonly relations: Set<string>;
}

// Both ends are locked, so that neither is retired or goes into production before the relation is written.
async function look(uow: UnitOfWork, rows: readonly RelationRow[], { write, validFrom }: TakeOptions): Promise<Known> {
  const ends = rows.flatMap((row) =>
    (['source', 'target'] as const).flatMap((end) => attempt(() => endOf(row, end)) ?? []),
  );
  const once = [...new Map(ends.map((end) => [end.key, end])).values()];
  const found = await findItems(
    uow,
    { refs: once.flatMap((end) => end.ref ?? []), ids: once.flatMap((end) => end.id ?? []) },
    write,
  );
  const items = new Map(
    found.flatMap((item) => [
      [JSON.stringify([item.externalSource, item.externalKey]), item] as const,
      [item.id, item] as const,
    ]),
  );
  const wanted = rows.flatMap((row) => {
    const [source, target] = (['source', 'target'] as const).map((end) =>
      items.get(attempt(() => endOf(row, end))?.key ?? ''),
    );
    return source && target ? [{ sourceId: source.id, kind: row.kind, targetId: target.id }] : [];
  });
  const relations = await uow.query<Relation>(sql`
    select r.source_id as "sourceId", r.kind, r.target_id as "targetId" from unnest(
      ${wanted.map(({ sourceId }) => sourceId)}::uuid[],
      ${wanted.map(({ kind }) => kind)}::text[],
      ${wanted.map(({ targetId }) => targetId)}::uuid[]
    ) w(source_id, kind, target_id)
    join ci_relation r on r.source_id = w.source_id and r.kind = w.kind and r.target_id = w.target_id`);
  const ids = found.map(({ id }) => id);
  return {
    items,
    facts: await factsOfLate(uow, ids, validFrom),
    relations: new Set(relations.map(keyOf)),
  };
}

interface Made extends Relation {
  readonly id: string;
  readonly source: ItemRecord;
  readonly target: ItemRecord;
  readonly under: object;
}

function take(made: Made[], row: RelationRow, { items, facts, relations }: Known): RowOutcome {
  const [source, target] = (['source', 'target'] as const).map((end) => {
    const found = items.get(endOf(row, end).key);
    if (found === undefined)
      throw new RowFailure('NOT_FOUND', `There is no ConfigurationItem that "${end}" refers to.`, `${end}Ref`);
    return found;
  }) as [ItemRecord, ItemRecord];
  refuseRelationToItself(source.id, target.id);
  const relation = { sourceId: source.id, kind: row.kind, targetId: target.id };
  if (relations.has(keyOf(relation))) return { status: 'UNCHANGED', id: null };
  const otherEnd = facts.get(target.id);
  const own = facts.get(source.id) as ConfigurationItemFacts;
  demand(configurationItemMachine, source, 'configurationItemRelate', { ...own, ...(otherEnd && { otherEnd }) });
  relations.add(keyOf(relation));
  const id = newId();
  made.push({ id, ...relation, source, target, under: underChanges(own, otherEnd) });
  return { status: 'CREATED', id };
}

/**
 * Records relations by rows, in a number of statements that does not depend on theirs. A relation that exists stays
 * as it is.
 * @returns the outcomes of the rows in their order, up to the first that failed if asked to stop there.
 */
export async function takeRelations(
  uow: UnitOfWork,
  rows: readonly (RelationRow | RowFailure)[],
  options: TakeOptions,
): Promise<RowOutcome[]> {
  const wellFormed = rows.filter((row): row is RelationRow => !(row instanceof RowFailure));
  const known = await look(uow, wellFormed, options);
  const made: Made[] = [];
  const outcomes: RowOutcome[] = [];
  for (const row of rows) {
    const outcome = outcomeOf(() => {
      if (row instanceof RowFailure) throw row;
      return take(made, row, known);
    });
    outcomes.push(!options.write && outcome.status === 'CREATED' ? { ...outcome, id: null } : outcome);
    if (options.stop && outcome.status === 'FAILED') break;
  }
  const spoilt = options.whole === true && outcomes.some(({ status }) => status === 'FAILED');
  if (options.write && !spoilt) await writeLate(uow, options.validFrom, async () => await write(uow, made, options));
  return outcomes;
}

async function write(uow: UnitOfWork, made: readonly Made[], { importId, validFrom }: TakeOptions): Promise<void> {
  if (made.length === 0) return;
  await uow.query(sql`
    insert into ci_relation (id, source_id, kind, target_id, created_at)
    select *, ${uow.now}::timestamptz from unnest(
      ${made.map(({ id }) => id)}::uuid[],
      ${made.map(({ sourceId }) => sourceId)}::uuid[],
      ${made.map(({ kind }) => kind)}::text[],
      ${made.map(({ targetId }) => targetId)}::uuid[])`);
  const data = { imported: true, ...(importId !== undefined && { import: importId }), ...lateness(validFrom) };
  for (const { id, sourceId, kind, targetId, source, target, under } of made) {
    uow.wrote(CiRelation, [{ id, before: null, after: { sourceId, kind, targetId } }]);
    uow.record(relatedEvent(source, kind, target, { ...data, ...under }));
  }
  criticalityChanged(uow, ...made.flatMap(({ sourceId, targetId }) => [sourceId, targetId]));
}
