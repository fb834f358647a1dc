import { teamList, TeamType } from '../../schema/people/team.type.js';
import { sql } from 'kysely';
import { configurationItemRead } from '../cmdb/configuration-item.reads.js';
import { externalRefColumn } from '../external-ref.js';
import { defineEdge, defineRead } from '../model.js';

/** How teams are read. */
export const teamRead = defineRead<TeamType>({
  list: teamList,
  type: 'Team',
  table: 'team',
  of: TeamType,
  computed: { externalRef: externalRefColumn },
  filters: {
    member: {
      kind: 'related',
      of: 'id',
      type: 'Person',
      column: sql`m.person_id`,
      exists: (condition) => sql`exists (select 1 from team_member m where m.team_id = t.id and ${condition})`,
    },
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
