import { Authorized, Ctx, Query, Resolver } from 'type-graphql';
import { AssurancePolicyType } from '../../schema/cmdb/assurance-policy.type.js';
import type { Context } from '../context.js';

/** The assurance policy of the server. */
@Resolver(() => AssurancePolicyType)
export class AssurancePolicyResolver {
  @Authorized()
  @Query(() => AssurancePolicyType, {
    description: 'Returns the policy by which a success on a target counts only when it is verified.',
  })
  assurancePolicy(@Ctx() { services }: Context): AssurancePolicyType {
    const { fromCriticality, ciClasses } = services.tools.assurance;
    return { fromCriticality, ciClasses: [...ciClasses] };
  }
}
