import { FIRST_DAY, text, insert, type Words } from './words.js';

/** Teams, people and who belongs to which team. */
export const peopleRows = ({ n, id, person, team, each, start }: Words): string[] => [
  insert(
    'team',
    {
      id: team('r'),
      name: `'Team ' || lpad(r::text, 4, '0')`,
      description: `'Looks after its services.'`,
      created_at: start,
      updated_at: start,
    },
    each(n.teams),
  ),
  insert(
    'person',
    {
      id: person('r'),
      name: `${text(['Ada', 'Ben', 'Chloé', 'Dmitri', 'Eve', 'Farid', 'Grace', 'Hana'], 'r % 8')}
        || ' ' || lpad(r::text, 4, '0')`,
      email: `'person' || r || '@bench.test'`,
      roles: `case r % 4
        when 0 then array['RELEASE_MANAGER','RELEASE_OWNER']
        when 1 then array['CHANGE_MANAGER']
        when 2 then array['DEPLOYMENT_OPERATOR']
        else array['TASK_ASSIGNEE'] end`,
      created_at: start,
      updated_at: start,
    },
    each(n.people),
  ),
  insert(
    'team_member',
    {
      id: id('team_member', 'r', `${FIRST_DAY}`),
      team_id: team(`r % ${n.teams}`),
      person_id: person('r'),
      created_at: start,
    },
    each(n.people),
  ),
];
