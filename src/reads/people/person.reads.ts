import { sql } from 'kysely';
import type { PersonType } from '../../schema/people/person.type.js';
import { externalRefColumn } from '../external-ref.js';
import { column, defineEdge, defineRead } from '../model.js';

/** How people are read. */
export const personRead = defineRead<PersonType>({
  type: 'Person',
  table: 'person',
  fields: ['name', 'email', 'kind', 'roles', 'active', 'subject', 'version', 'createdAt', 'updatedAt'],
  computed: { externalRef: externalRefColumn },
  order: {
    NAME: { column: column('name'), type: 'text' },
    EMAIL: { column: column('email'), type: 'text' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    name: { kind: 'text', column: column('name') },
    email: { kind: 'text', column: column('email') },
    kind: { kind: 'enum', column: column('kind') },
    roles: { kind: 'list', column: column('roles'), sqlType: 'text' },
    active: { kind: 'flag', column: column('active') },
    team: {
      kind: 'related',
      type: 'Team',
      column: sql`m.team_id`,
      exists: (condition) => sql`exists (select 1 from team_member m where m.person_id = t.id and ${condition})`,
    },
    externalSource: { kind: 'text', column: column('externalSource') },
    externalKey: { kind: 'text', column: column('externalKey') },
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
