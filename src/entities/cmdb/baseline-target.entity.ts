import { defineEntity, p } from '@mikro-orm/core';

const BaselineTargetSchema = defineEntity({
  name: 'BaselineTarget',
  tableName: 'baseline_target',
  properties: {
    baselineId: p.uuid().primary(),
    ciId: p.uuid().primary(),
  },
});

/** A target that a distribution had when a baseline around it was due. The distribution can get others later. */
export class BaselineTarget extends BaselineTargetSchema.class {}
BaselineTargetSchema.setClass(BaselineTarget);
