import type { FoundTimes } from '../../facts/schedule/schedule-slot.facts.js';
import type { SlotRuleSubject } from '../../domain/schedule/slot-rule.js';
import {
  MAX_OBSTACLES,
  type ScheduleTimesType,
  type SlotObstacleType,
} from '../../schema/schedule/schedule-slot.type.js';

const presentObstacle = ({
  kind,
  message,
  interval,
  windowIds,
  ciId,
  person,
  team,
  work,
}: SlotRuleSubject): SlotObstacleType => ({
  kind,
  message,
  startsAt: interval?.startsAt ?? null,
  endsAt: interval?.endsAt ?? null,
  windowIds: windowIds ?? [],
  ciId: ciId ?? null,
  personId: person?.id ?? null,
  teamId: team?.id ?? null,
  work: work
    ? {
        name: work.name,
        entryId: work.entryId,
        releaseId: work.releaseId ?? null,
        distributionId: work.distributionId ?? null,
        taskId: work.taskId ?? null,
        windowId: null,
      }
    : null,
});

/** Times as the API shows them. */
export const presentTimes = ({ slots, obstacles }: FoundTimes): ScheduleTimesType => ({
  slots,
  obstacles: (obstacles?.rules ?? []).slice(0, MAX_OBSTACLES).map(presentObstacle),
  obstaclesCount: obstacles?.rules.length ?? 0,
  obstaclesAreFewest: obstacles?.areFewest ?? true,
});
