import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, externalRef, id, mutable, oneName } from '../columns.js';
import { Person } from './person.entity.js';

const TeamSchema = defineEntity({
  name: 'Team',
  tableName: 'team',
  properties: {
    id: id(),
    name: p.text().unique(),
    description: p.text().default(''),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [{ properties: ['externalSource', 'externalKey'] }, oneName('team', ['name'])],
});

/** A group of people that can own configuration items. */
export class Team extends TeamSchema.class {}
TeamSchema.setClass(Team);

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
