import { defineEntity, p } from '@mikro-orm/core';
import { createdAt } from './columns.js';

const IdempotencyRecordSchema = defineEntity({
  name: 'IdempotencyRecord',
  tableName: 'idempotency_record',
  properties: {
    actorId: p.uuid().primary(),
    key: p.text().primary(),
    operation: p.text(),
    inputHash: p.text(),
    result: p.json<Record<string, unknown>>(),
    createdAt: createdAt(),
  },
  indexes: [{ properties: ['createdAt'] }],
});

/**
 * The result of a command with an idempotency key, stored in the transaction of its effect and kept at least 24 hours.
 */
export class IdempotencyRecord extends IdempotencyRecordSchema.class {}
IdempotencyRecordSchema.setClass(IdempotencyRecord);
