import { defineEntity, p } from '@mikro-orm/core';

const ApprovedTargetSchema = defineEntity({
  name: 'ApprovedTarget',
  tableName: 'approved_target',
  properties: {
    distributionId: p.uuid().primary(),
    ciId: p.uuid().primary(),
    name: p.text(),
    lifecycleState: p.text().nullable(),
    // Digest of its settings for the deployment tool.
    binding: p.text().nullable(),
    criticality: p.text().nullable(),
    forcedBy: p.text().nullable(),
  },
});

/**
 * What was judged of one target when its distribution was approved or scheduled: the part of the basis that is as large
 * as the distribution. A property that is null was not judged. The row goes when the distribution is planned again.
 */
export class ApprovedTarget extends ApprovedTargetSchema.class {}
ApprovedTargetSchema.setClass(ApprovedTarget);
