import { defineEntity, p } from '@mikro-orm/core';

const BaselineDueSchema = defineEntity({
  name: 'BaselineDue',
  tableName: 'baseline_due',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    distributionId: p.uuid(),
    before: p.boolean(),
    asOf: p.datetime(),
    at: p.datetime(),
  },
});

/** A distribution that started or ended, so that a baseline is due. A trigger of the database writes it. */
export class BaselineDue extends BaselineDueSchema.class {}
BaselineDueSchema.setClass(BaselineDue);
