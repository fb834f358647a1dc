import type { ConflictParty } from '../../domain/schedule/conflict-entry.js';
import { SCHEDULE_CONFLICT_KIND_DESCRIPTIONS } from '../../domain/schedule/schedule-conflict.js';
import type { ScheduleConflictPartyType, ScheduleConflictType } from '../../schema/schedule/schedule-conflict.type.js';
import type { PageInput } from '../../domain/list.js';
import { orderedPage, type ListPage } from '../list-page.js';
import type { FoundConflict } from '../../facts/schedule/schedule.facts.js';

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

// The order in which conflicts are listed: the worst first, then by time. It is that of `bySeverityAndTime`.
const conflictSortKey = ({ severity, startsAt, key }: ScheduleConflictType): string =>
  `${SEVERITY_RANK[severity]} ${startsAt.toISOString()} ${key}`;

function* presented(found: readonly FoundConflict[], backward: boolean): Generator<ScheduleConflictType> {
  for (let nth = 1; nth <= found.length; nth++)
    yield presentConflict(found[backward ? found.length - nth : nth - 1] as FoundConflict);
}

/** A page of conflicts. @param found sorted by `bySeverityAndTime`. */
export const conflictPage = (found: readonly FoundConflict[], page: PageInput): ListPage<ScheduleConflictType> =>
  orderedPage({ size: found.length, items: (backward) => presented(found, backward) }, page, conflictSortKey);
