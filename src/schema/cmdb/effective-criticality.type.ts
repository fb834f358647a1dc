import { Field, ObjectType } from 'type-graphql';
import type { Criticality } from '../../domain/cmdb/configuration-item.machine.js';
import { CriticalityEnum } from '../enums.js';

/** How much work on an item can harm, in the API; also the shape of the row that is read. */
@ObjectType('EffectiveCriticality', {
  description:
    'Highest criticality among a configuration item and everything that work on it impacts. Rules use it ' +
    'instead of the criticality of the item alone.',
  simpleResolvers: true,
})
export class EffectiveCriticalityType {
  @Field(() => CriticalityEnum, { description: 'Criticality that counts, e.g. CRITICAL for a server under Payroll.' })
  criticality!: Criticality;

  forcedById!: string;
  pathIds!: readonly string[];
}
