import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { eventsOf } from '../../reads/event.reads.js';
import { absenceRead, absencesOfPerson } from '../../reads/people/absence.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { EventConnection } from '../../schema/event.type.js';
import { ListArgs } from '../../schema/list.js';
import { absenceList, AbsenceType } from '../../schema/people/absence.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import type { Context } from '../context.js';

const absenceEvents = eventsOf('Absence');

/** Absences. */
@Resolver(() => AbsenceType)
export class AbsenceResolver {
  @Authorized()
  @Query(() => absenceList.Connection, { description: 'Lists absences of people, withdrawn ones among them.' })
  absences(@ListArgs(absenceList, 'by start') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(absenceRead, list, [{ field: 'STARTS_AT', direction: 'ASC' }]);
  }

  @FieldResolver(() => PersonType, { description: 'Person that is away.' })
  person(@Root() { personId }: AbsenceType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, personId);
  }

  @FieldResolver(() => EventConnection, { description: 'History of the absence, newest first.' })
  events(@Root() { id }: AbsenceType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(absenceEvents, id, page);
  }
}

/** Absences of a person. */
@Resolver(() => PersonType)
export class PersonAbsencesResolver {
  @FieldResolver(() => absenceList.Connection, { description: 'Absences of the person in force, sorted by start.' })
  absences(@Root() { id }: PersonType, @ListArgs(absenceList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.edge(absencesOfPerson, id, list);
  }
}
