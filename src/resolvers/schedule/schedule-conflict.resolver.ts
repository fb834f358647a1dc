import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { ConflictSeverity, ScheduleConflictKind } from '../../domain/schedule/schedule-conflict.js';
import { ciRelationRead, configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { listPage } from '../../reads/list-page.js';
import {
  bookingOfDistribution,
  bookingOfRelease,
  conflictSortKey,
  presentConflict,
} from '../../reads/schedule/schedule-conflict.reads.js';
import { scheduleEntryRead } from '../../reads/schedule/schedule-entry.reads.js';
import { scheduleWindowRead } from '../../reads/schedule/schedule-window.reads.js';
import type { Reads } from '../../reads/reads.js';
import { CiRelationType, ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DateTime } from '../../schema/scalars.js';
import {
  ConflictSeverityEnum,
  ScheduleConflictConnection,
  ScheduleConflictKindEnum,
  ScheduleConflictType,
  ScheduleSlotType,
} from '../../schema/schedule/schedule-conflict.type.js';
import { ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';
import { ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';
import { askConflicts, askSlots } from '../../facts/schedule/schedule-question.facts.js';
import type { Context } from '../context.js';

/** One side of a conflict as an entry of the schedule, if it is booked. */
async function entryOf(reads: Reads, { type, id }: ScheduleConflictType['leftParty']) {
  if (type === 'ScheduleEntry') return await reads.byId(scheduleEntryRead, id);
  if (type === 'Release')
    return await reads.byId(scheduleEntryRead, await reads.batch('scheduleEntry.ofRelease', bookingOfRelease, id));
  if (type === 'Distribution')
    return await reads.byId(
      scheduleEntryRead,
      await reads.batch('scheduleEntry.ofDistribution', bookingOfDistribution, id),
    );
  return null;
}

const severe = ['HIGH', 'MEDIUM', 'LOW'] as const;

/** Conflicts of the schedule, and free places in it. */
@Resolver(() => ScheduleConflictType)
export class ScheduleConflictResolver {
  @Authorized()
  @Query(() => ScheduleConflictConnection, {
    description:
      'Conflicts, the worst first: all in a span of time (`from` and `to`, 400 days at most), or those of one release or one distribution at its planned time, whether booked or not. ' +
      'Worked out afresh on targets and impacted configuration items.',
  })
  async scheduleConflicts(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('from', () => DateTime, { nullable: true, description: 'Start of the span.' }) from: string | null,
    @Arg('to', () => DateTime, { nullable: true, description: 'End of the span.' }) to: string | null,
    @Arg('release', () => ID, { nullable: true, description: 'Instead of a span: conflicts of this release.' })
    release: string | null,
    @Arg('distribution', () => ID, {
      nullable: true,
      description: 'Instead of a span: conflicts of this distribution.',
    })
    distribution: string | null,
    @Arg('kinds', () => [ScheduleConflictKindEnum], { nullable: true, description: 'Only these kinds.' })
    kinds: ScheduleConflictKind[] | null,
    @Arg('severity', () => ConflictSeverityEnum, {
      defaultValue: 'LOW',
      description: 'Only conflicts that are at least as bad.',
    })
    severity: ConflictSeverity,
    @Ctx() { reads }: Context,
  ) {
    const found = await askConflicts(reads.db, { from, to, release, distribution });
    const kept = found.filter(
      (one) => (kinds == null || kinds.includes(one.kind)) && severe.indexOf(one.severity) <= severe.indexOf(severity),
    );
    return listPage(kept.map(presentConflict), page, conflictSortKey);
  }

  @Authorized()
  @Query(() => [ScheduleSlotType], {
    description:
      'The next free places for work on some configuration items: inside the change windows of every target, no ' +
      'blackout on what it touches, and nobody else at work on what it impacts or the other way round. One for each stretch of free time.',
  })
  async scheduleSlots(
    @Arg('durationMinutes', () => Int, { description: 'How long the work takes.' }) durationMinutes: number,
    @Arg('ciIds', () => [ID], { description: 'The configuration items it works on.' }) ciIds: string[],
    @Arg('from', () => DateTime, { nullable: true, description: 'From when on. Default: now.' }) from: string | null,
    @Arg('days', () => Int, { defaultValue: 30, description: 'How many days ahead, 1 to 90.' }) days: number,
    @Arg('first', () => Int, { defaultValue: 10, description: 'How many places, 1 to 100.' }) first: number,
    @Arg('release', () => ID, {
      nullable: true,
      description: 'A release whose own bookings do not stand in the way: to find it another time.',
    })
    release: string | null,
    @Ctx() { reads, services }: Context,
  ) {
    return await askSlots(reads.db, {
      durationMinutes,
      ciIds,
      from: from == null ? services.clock() : new Date(from),
      days,
      first,
      release,
    });
  }

  @FieldResolver(() => ScheduleEntryType, {
    nullable: true,
    description:
      'The entry it is about; of two, the one that starts later, unless the conflicts of a release or ' +
      'distribution were asked for: then its own. Null when that is not booked yet.',
  })
  left(@Root() { leftParty }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return entryOf(reads.perRow, leftParty);
  }

  @FieldResolver(() => ScheduleEntryType, {
    nullable: true,
    description: 'The entry it does not go together with; null when that is a window.',
  })
  right(@Root() { rightParty }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return entryOf(reads.perRow, rightParty);
  }

  @FieldResolver(() => ScheduleWindowType, {
    nullable: true,
    description:
      'The blackout, or the nearest of the windows that it is outside of; null when the conflict is with another ' +
      'entry.',
  })
  window(@Root() { rightParty }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return rightParty.type === 'ScheduleWindow' ? reads.perRow.byId(scheduleWindowRead, rightParty.id) : null;
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'The configuration item it is about; null for RESOURCE_OVERLOAD.',
  })
  ci(@Root() { ciId }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, ciId);
  }

  @FieldResolver(() => [ConfigurationItemType], {
    description:
      'The way from a target of the left side to what the right side is about, e.g. web-1, lb, payroll. One item ' +
      'long when both work on the same.',
  })
  path(@Root() { pathIds }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byIds(configurationItemRead, pathIds);
  }

  @FieldResolver(() => [CiRelationType], {
    description: 'The relations along the path, in order, in whichever direction each is recorded.',
  })
  relations(@Root() { relationIds }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byIds(ciRelationRead, relationIds);
  }
}
