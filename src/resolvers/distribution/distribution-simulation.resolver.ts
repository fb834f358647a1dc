import { Arg, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import { distributionSimulation } from '../../reads/distribution/distribution-simulation.reads.js';
import { distributionWaveRead } from '../../reads/distribution/distribution-wave.reads.js';
import { DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import {
  ClassPredictionType,
  DistributionSimulationType,
  WavePredictionType,
} from '../../schema/distribution/distribution-simulation.type.js';
import { DistributionWaveType } from '../../schema/distribution/distribution-wave.type.js';
import { DateTime } from '../../schema/scalars.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** How long a distribution would take. */
@Resolver(() => WavePredictionType)
export class DistributionSimulationResolver {
  @Authorized()
  @Query(() => DistributionSimulationType, {
    complexity: WORK.search,
    description:
      'Predicts how long what is left of a distribution would take, and which windows and limits it would run past. ' +
      'The prediction rests on the latest runs of the same tool. Nothing is sent to the tool.',
  })
  async distributionSimulate(
    @Arg('id', () => ID, { description: 'Id of the distribution.' }) id: string,
    @Arg('start', () => DateTime, {
      nullable: true,
      description: 'Start to assume. Default: the scheduled start or, if that is past or missing, now.',
    })
    start: string | null | undefined,
    @Ctx() { reads, services }: Context,
  ) {
    return await distributionSimulation(reads.db, { id, start, now: services.clock() });
  }

  @FieldResolver(() => DistributionWaveType, {
    nullable: true,
    description: 'Wave of the prediction. Null for a distribution without waves.',
  })
  wave(@Root() { waveId }: WavePredictionType, @Ctx() { reads }: Context) {
    return reads.byId(distributionWaveRead, waveId);
  }
}

/** The tool that a class of targets is predicted for. */
@Resolver(() => ClassPredictionType)
export class ClassPredictionResolver {
  @FieldResolver(() => DeploymentToolType, { description: 'Deployment tool that delivers to the targets.' })
  deploymentTool(@Root() { toolId }: ClassPredictionType, @Ctx() { reads }: Context) {
    return reads.byId(deploymentToolRead, toolId);
  }
}
