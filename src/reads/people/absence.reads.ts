import { sql } from 'kysely';
import { absenceList, AbsenceType } from '../../schema/people/absence.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How absences are read. */
export const absenceRead = defineRead<AbsenceType>({
  list: absenceList,
  type: 'Absence',
  table: 'absence',
  of: AbsenceType,
  keys: ['personId'],
});

/** Absences of a person that are in force, by start. */
export const absencesOfPerson = defineEdge({
  name: 'Person.absences',
  model: absenceRead,
  on: sql`t.person_id = p.id and t.withdrawn_at is null`,
  defaultOrder: [{ field: 'STARTS_AT', direction: 'ASC' }],
});
