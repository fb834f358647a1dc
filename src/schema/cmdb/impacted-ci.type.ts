import { Field, Int, ObjectType } from 'type-graphql';
import type { ExplainedEffect, OutageEffect } from '../../domain/cmdb/impact-effect.js';
import { connectionType } from '../connection.js';
import { OutageEffectEnum } from '../schedule/service-outage.type.js';

/** A configuration item that is impacted by work on others, or by their loss. */
@ObjectType('ImpactedCi', {
  description: 'Configuration item that is impacted by work on others, or by their loss.',
  simpleResolvers: true,
})
export class ImpactedCiType {
  @Field(() => Int, { description: 'Number of relations on the shortest path to the item.' })
  depth!: number;

  @Field(() => OutageEffectEnum, { description: 'What happens to the item when the others are down.' })
  effect!: OutageEffect;

  @Field(() => String, { description: 'What the effect comes from, e.g. `1 of 2 members of web are down.`' })
  reason!: string;

  ciId!: string;
  pathIds!: readonly string[];
  relationIds!: readonly string[];
}

/** A configuration item that another one stands on. */
@ObjectType('ImpactingCi', {
  description: 'Configuration item that another one stands on: work on it, or its loss, impacts the other one.',
  simpleResolvers: true,
})
export class ImpactingCiType {
  @Field(() => Int, { description: 'Number of relations on the shortest path from the item.' })
  depth!: number;

  ciId!: string;
  pathIds!: readonly string[];
  relationIds!: readonly string[];
  /** Works out what its loss alone does: a walk through everything that the other one stands on. */
  explain!: () => ExplainedEffect;
}

export const ImpactedCiConnection = connectionType('ImpactedCi', () => ImpactedCiType);
export const ImpactingCiConnection = connectionType('ImpactingCi', () => ImpactingCiType);
