import { Field, ObjectType } from 'type-graphql';
import type { CiClass, Criticality } from '../../domain/cmdb/configuration-item.machine.js';
import { CiClassEnum, CriticalityEnum } from '../enums.js';

/** The assurance policy of the server in the API. */
@ObjectType('AssurancePolicy', {
  description:
    'Targets on which the word of a deployment tool is not enough: a success counts only with a digest that was read ' +
    'back, or with the evidence of a person. Operators set it in the configuration of the server.',
  simpleResolvers: true,
})
export class AssurancePolicyType {
  @Field(() => CriticalityEnum, {
    nullable: true,
    description: 'Effective criticality from which on it covers a target. Null if criticality does not matter.',
  })
  fromCriticality!: Criticality | null;

  @Field(() => [CiClassEnum], { description: 'Classes of configuration items that it covers in any case.' })
  ciClasses!: CiClass[];
}
