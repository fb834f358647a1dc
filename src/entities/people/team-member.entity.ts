import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id } from '../columns.js';
import { Person } from './person.entity.js';
import { Team } from './team.entity.js';

const TeamMemberSchema = defineEntity({
  name: 'TeamMember',
  tableName: 'team_member',
  properties: {
    id: id(),
    teamId: () => p.manyToOne(Team).mapToPk().fieldName('team_id').deleteRule('cascade'),
    personId: () => p.manyToOne(Person).mapToPk().fieldName('person_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['teamId', 'personId'] }],
  indexes: [{ properties: ['personId'] }],
});

/** The membership of a person in a team. */
export class TeamMember extends TeamMemberSchema.class {}
TeamMemberSchema.setClass(TeamMember);
