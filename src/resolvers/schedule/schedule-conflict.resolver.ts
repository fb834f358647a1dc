import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import {
  SCHEDULE_CONFLICT_KINDS,
  type ConflictSeverity,
  type ScheduleConflictKind,
} from '../../domain/schedule/schedule-conflict.js';
import { personRead } from '../../reads/people/person.reads.js';
import { teamRead } from '../../reads/people/team.reads.js';
import { ciRelationRead } from '../../reads/cmdb/ci-relation.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { conflictPage, keptConflictPage } from '../../reads/schedule/schedule-conflict.reads.js';
import { scheduleWindowRead } from '../../reads/schedule/schedule-window.reads.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { CiRelationType } from '../../schema/cmdb/ci-relation.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { TeamType } from '../../schema/people/team.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DateTime } from '../../schema/scalars.js';
import {
  ConflictSeverityEnum,
  ScheduleConflictConnection,
  ScheduleConflictKindEnum,
  ScheduleConflictType,
  SuggestedMoveType,
} from '../../schema/schedule/schedule-conflict.type.js';
import { ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';
import { askConflicts } from '../../facts/schedule/schedule-question.facts.js';
import { suggestedMoves } from '../../facts/schedule/suggested-move.facts.js';
import { MAX_CONFLICTS_DAYS } from '../../facts/schedule/schedule-window.facts.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

const severe = ['HIGH', 'MEDIUM', 'LOW'] as const;

/** Conflicts of the schedule. */
@Resolver(() => ScheduleConflictType)
export class ScheduleConflictResolver {
  @Authorized()
  @Query(() => ScheduleConflictConnection, {
    complexity: WORK.conflicts,
    description:
      'Lists conflicts, most severe first: all within a period (`from` and `to`, at most ' +
      `${MAX_CONFLICTS_DAYS} days), or those of one release or distribution at its planned time, booked or not. ` +
      'Those of a period are kept and follow each change; what has just changed is computed.',
  })
  async scheduleConflicts(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('from', () => DateTime, { nullable: true, description: 'Start of the period. Needs `to`.' })
    from: string | null,
    @Arg('to', () => DateTime, {
      nullable: true,
      description: `End of the period, at most ${MAX_CONFLICTS_DAYS} days after \`from\`.`,
    })
    to: string | null,
    @Arg('release', () => ID, {
      nullable: true,
      description: 'Id of a release whose conflicts to list, instead of a period.',
    })
    release: string | null,
    @Arg('distribution', () => ID, {
      nullable: true,
      description: 'Id of a distribution whose conflicts to list, instead of a period.',
    })
    distribution: string | null,
    @Arg('kinds', () => [ScheduleConflictKindEnum], {
      nullable: true,
      description: 'Kinds of conflict to list. Default: all kinds.',
    })
    kinds: ScheduleConflictKind[] | null,
    @Arg('severity', () => ConflictSeverityEnum, {
      defaultValue: 'LOW',
      description: 'Minimum severity of the conflicts to list.',
    })
    severity: ConflictSeverity,
    @Ctx() { reads }: Context,
  ) {
    const found = await askConflicts(reads.db, { from, to, release, distribution });
    const severities = severe.slice(0, severe.indexOf(severity) + 1);
    if (!Array.isArray(found))
      return await keptConflictPage(
        reads.db,
        { span: found, kinds: kinds ?? SCHEDULE_CONFLICT_KINDS, severities },
        page,
      );
    const kept = found.filter(
      (one) => (kinds == null || kinds.includes(one.kind)) && severities.includes(one.severity),
    );
    return conflictPage(kept, page);
  }

  @FieldResolver(() => [SuggestedMoveType], {
    complexity: 3 * WORK.search,
    description:
      'Up to three other times for the releases of the conflict, the smallest moves first. At each time the same ' +
      'rules find neither this kind of conflict nor another one that the release does not have already. Computed on ' +
      'request. Empty if a release has begun, or for distributions, tasks and media, which another time of a release ' +
      'does not help.',
  })
  async suggestedMoves(@Root() conflict: ScheduleConflictType, @Ctx() { reads, services }: Context) {
    return await suggestedMoves(reads.perRow.db, conflict, services.clock());
  }

  @FieldResolver(() => ScheduleWindowType, {
    nullable: true,
    description: 'Blackout, or nearest window that `left` is outside. Null if the conflict is with other work.',
  })
  window(@Root() conflict: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byId(scheduleWindowRead, conflict.windowId);
  }

  @FieldResolver(() => DmlItemVersionType, {
    nullable: true,
    description: 'Media version that `left` delivers and that is not authorised. Null for other kinds.',
  })
  media(@Root() conflict: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, conflict.mediaId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person with too much work at the same time. Null for kinds other than RESOURCE_OVERLOAD.',
  })
  person(@Root() conflict: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, conflict.personId);
  }

  @FieldResolver(() => TeamType, {
    nullable: true,
    description: 'Team with too many tasks at the same time. Null for kinds other than TEAM_OVERLOAD.',
  })
  team(@Root() conflict: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byId(teamRead, conflict.teamId);
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'Configuration item with the conflict. Null where it is about people, tasks or media.',
  })
  ci(@Root() { ciId }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, ciId);
  }

  @FieldResolver(() => [ConfigurationItemType], {
    complexity: WORK.path,
    description:
      'Path from a target of the left side to the item of the right side, e.g. web-1, lb, payroll. It has one item ' +
      'if both work on the same one.',
  })
  path(@Root() { pathIds }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byIds(configurationItemRead, pathIds);
  }

  @FieldResolver(() => [CiRelationType], {
    complexity: WORK.path,
    description: 'Relations along the path, in order. Each keeps its recorded direction.',
  })
  relations(@Root() { relationIds }: ScheduleConflictType, @Ctx() { reads }: Context) {
    return reads.byIds(ciRelationRead, relationIds);
  }
}
