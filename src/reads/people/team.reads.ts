import { sql } from 'kysely';
import type { TeamType } from '../../schema/people/team.type.js';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { externalRefColumn } from '../external-ref.js';
import { column, defineEdge, defineRead } from '../model.js';

/** How teams are read. */
export const teamRead = defineRead<TeamType>({
  type: 'Team',
  table: 'team',
  fields: ['name', 'description', 'version', 'createdAt', 'updatedAt'],
  computed: { externalRef: externalRefColumn },
  order: {
    NAME: { column: column('name'), type: 'text' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    name: { kind: 'text', column: column('name') },
    member: {
      kind: 'related',
      type: 'Person',
      column: sql`m.person_id`,
      exists: (condition) => sql`exists (select 1 from team_member m where m.team_id = t.id and ${condition})`,
    },
    externalSource: { kind: 'text', column: column('externalSource') },
    externalKey: { kind: 'text', column: column('externalKey') },
  },
});

/** Teams of a person, by name. */
export const teamsOfPerson = defineEdge({
  name: 'Person.teams',
  model: teamRead,
  join: sql`join team_member m on m.team_id = t.id`,
  on: sql`m.person_id = p.id`,
  defaultOrder: [{ field: 'NAME', direction: 'ASC' }],
});

/** Configuration items that a team owns. */
export const configurationItemsOfTeam = defineEdge({
  name: 'Team.configurationItems',
  model: configurationItemRead,
  on: sql`t.owner_team_id = p.id`,
});
