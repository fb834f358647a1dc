import { personList, PersonType } from '../../schema/people/person.type.js';
import { sql } from 'kysely';
import { externalRefColumn } from '../external-ref.js';
import { defineEdge, defineRead } from '../model.js';

/** How people are read. */
export const personRead = defineRead<PersonType>({
  list: personList,
  type: 'Person',
  table: 'person',
  of: PersonType,
  computed: { externalRef: externalRefColumn },
  filters: {
    team: {
      kind: 'related',
      of: 'id',
      type: 'Team',
      column: sql`m.team_id`,
      exists: (condition) => sql`exists (select 1 from team_member m where m.person_id = t.id and ${condition})`,
    },
  },
});

/** Members of a team, by name. */
export const teamMembers = defineEdge({
  name: 'Team.members',
  model: personRead,
  join: sql`join team_member m on m.person_id = t.id`,
  on: sql`m.team_id = p.id`,
  defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
});
