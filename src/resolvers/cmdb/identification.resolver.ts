import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { provenanceOfCi } from '../../reads/cmdb/ci-provenance.reads.js';
import { identificationRuleRead } from '../../reads/cmdb/identification-rule.reads.js';
import { sourcePrecedenceRead } from '../../reads/cmdb/source-precedence.reads.js';
import { statementsOfCi } from '../../reads/cmdb/source-statement.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { fieldProvenanceList, FieldProvenanceType } from '../../schema/cmdb/ci-provenance.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { identificationRuleList } from '../../schema/cmdb/identification-rule.type.js';
import { sourcePrecedenceList } from '../../schema/cmdb/source-precedence.type.js';
import { sourceStatementList } from '../../schema/cmdb/source-statement.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import type { Context } from '../context.js';

/** By what items are identified, and which source counts more than which. */
@Resolver()
export class IdentificationResolver {
  @Authorized()
  @Query(() => identificationRuleList.Connection, {
    description:
      'Lists identification rules that were set. A class without one has the default: the external reference, then ' +
      'the name, both compared exactly.',
  })
  identificationRules(@ListArgs(identificationRuleList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(identificationRuleRead, list);
  }

  @Authorized()
  @Query(() => sourcePrecedenceList.Connection, { description: 'Lists orders of sources.' })
  sourcePrecedences(@ListArgs(sourcePrecedenceList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(sourcePrecedenceRead, list);
  }
}

/** Who said what of a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemProvenanceResolver {
  @FieldResolver(() => fieldProvenanceList.Connection, {
    description: 'Who said the value of each field of the record last, and which sources say otherwise.',
  })
  provenance(
    @Root() ci: ConfigurationItemType,
    @ListArgs(fieldProvenanceList, 'by field') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(provenanceOfCi, ci.id, list);
  }

  @FieldResolver(() => sourceStatementList.Connection, {
    description:
      'What each source says of each field. With `agrees: false`, those that differ from the record: drift, or a ' +
      'disagreement where another source has precedence.',
  })
  sourceStatements(
    @Root() ci: ConfigurationItemType,
    @ListArgs(sourceStatementList, 'by field') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(statementsOfCi, ci.id, list);
  }
}

/** Who brought a value into a record. */
@Resolver(() => FieldProvenanceType)
export class FieldProvenanceResolver {
  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person or service account that set, imported, reported or accepted it. Null if unknown.',
  })
  person(@Root() provenance: FieldProvenanceType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, provenance.personId);
  }
}
