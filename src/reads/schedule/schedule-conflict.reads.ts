import { reachFrom, relationsAlong } from '../../domain/cmdb/impact.js';
import { SCHEDULE_CONFLICT_KIND_DESCRIPTIONS, type ConflictParty } from '../../domain/schedule/schedule-conflict.js';
import type {
  ImpactedCiType,
  ScheduleConflictPartyType,
  ScheduleConflictType,
} from '../../schema/schedule/schedule-conflict.type.js';
import type { FoundConflict } from '../../facts/schedule/schedule.facts.js';
import { readImpactGraph } from '../../facts/cmdb/impact.facts.js';
import type { BatchRead } from '../reads.js';

const SEVERITY_RANK = { HIGH: '0', MEDIUM: '1', LOW: '2' } as const;

const presentParty = ({ type, id, name, work }: ConflictParty): ScheduleConflictPartyType => ({
  name,
  entryId: work?.entryId ?? null,
  releaseId: work?.releaseId ?? null,
  distributionId: work?.distributionId ?? null,
  taskId: work?.taskId ?? null,
  windowId: type === 'ScheduleWindow' ? id : null,
});

/** A conflict as the API shows it. */
export const presentConflict = ({
  key,
  kind,
  severity,
  interval,
  message,
  left,
  right,
  ciId,
  person,
  path,
  relationIds,
}: FoundConflict): ScheduleConflictType => ({
  key,
  kind,
  severity,
  startsAt: interval.startsAt,
  endsAt: interval.endsAt,
  message,
  rule: SCHEDULE_CONFLICT_KIND_DESCRIPTIONS[kind],
  waivable: severity !== 'LOW',
  left: presentParty(left),
  right: presentParty(right),
  windowId: right.type === 'ScheduleWindow' ? right.id : null,
  personId: person?.id ?? null,
  ciId,
  pathIds: path,
  relationIds,
});

/** The order in which conflicts are listed: the worst first, then by time. */
export const conflictSortKey = ({ severity, startsAt, key }: ScheduleConflictType): string =>
  `${SEVERITY_RANK[severity]} ${startsAt.toISOString()} ${key}`;

/** An impacted item with the text it is sorted by: nearest first, then by name. */
export type ImpactedCi = ImpactedCiType & { readonly sortKey: string };

/** What work on each of some items is felt by. */
export const impactedCis =
  (depth: number): BatchRead<ImpactedCi[]> =>
  async (ids, db) => {
    const graph = await readImpactGraph(db, ids, depth);
    return new Map(
      ids.map((id) => {
        const reach = reachFrom(graph, [id], depth);
        const impacted = [...reach.ids()].slice(1).map((ciId) => {
          const path = reach.path(ciId);
          const away = path.length - 1;
          return {
            ciId,
            depth: away,
            pathIds: path,
            relationIds: relationsAlong(graph, path),
            sortKey: `${String(away).padStart(2, '0')} ${graph.nodes.get(ciId)?.name ?? ''} ${ciId}`,
          };
        });
        return [id, impacted];
      }),
    );
  };
