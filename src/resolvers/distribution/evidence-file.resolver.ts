import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { evidenceOfTargets } from '../../reads/distribution/evidence-file.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { EvidenceFileType } from '../../schema/distribution/evidence-file.type.js';
import { TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The evidence of a target. */
@Resolver(() => TargetExecutionType)
export class EvidenceOfTargetResolver {
  @FieldResolver(() => [EvidenceFileType], {
    complexity: WORK.facts,
    description: 'Files that show what was done on the target, oldest first. At most 50.',
  })
  evidenceFiles(@Root() { id }: TargetExecutionType, @Ctx() { reads }: Context) {
    return reads.batch('targetExecution.evidenceFiles', evidenceOfTargets, id);
  }
}

/** Who a file of evidence is from. */
@Resolver(() => EvidenceFileType)
export class EvidenceFileResolver {
  @FieldResolver(() => PersonType, { description: 'Person who added the file.' })
  addedBy(@Root() { addedById }: EvidenceFileType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, addedById);
  }
}
