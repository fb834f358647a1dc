import { defineEntity, p } from '@mikro-orm/core';
import { externalRef, id, mutable, oneName } from '../columns.js';

const TeamSchema = defineEntity({
  name: 'Team',
  tableName: 'team',
  properties: {
    id: id(),
    name: p.text().unique(),
    description: p.text().default(''),
    maxTasksAtOnce: p.integer().nullable(),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [{ properties: ['externalSource', 'externalKey'] }, oneName('team', ['name'])],
  checks: [{ name: 'team_has_some_capacity', expression: 'max_tasks_at_once >= 1' }],
});

/** A group of people that can own configuration items. */
export class Team extends TeamSchema.class {}
TeamSchema.setClass(Team);
