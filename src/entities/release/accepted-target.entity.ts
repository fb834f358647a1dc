import { defineEntity, p } from '@mikro-orm/core';

const AcceptedTargetSchema = defineEntity({
  name: 'AcceptedTarget',
  tableName: 'accepted_target',
  properties: {
    releaseId: p.uuid().primary(),
    ciId: p.uuid().primary(),
    name: p.text(),
    lifecycleState: p.text().nullable(),
    criticality: p.text().nullable(),
    forcedBy: p.text().nullable(),
  },
});

/**
 * What was judged of one target when the owner accepted its release: the part of the basis that is as large as the
 * scope. A property that is null was not judged. The next acceptance replaces the rows.
 */
export class AcceptedTarget extends AcceptedTargetSchema.class {}
AcceptedTargetSchema.setClass(AcceptedTarget);
