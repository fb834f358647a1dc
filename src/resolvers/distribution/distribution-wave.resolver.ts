import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { deploymentToolRead } from '../../reads/distribution/deployment-tool.reads.js';
import { distributionRead, waveProgress } from '../../reads/distribution/distribution.reads.js';
import {
  distributionWaveRead,
  distributionWaves,
  waveTargets,
} from '../../reads/distribution/distribution-wave.reads.js';
import { PageArgs } from '../../schema/connection.js';
import { DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import { DistributionProgressType, DistributionType } from '../../schema/distribution/distribution.type.js';
import { DistributionWaveConnection, DistributionWaveType } from '../../schema/distribution/distribution-wave.type.js';
import { targetExecutionList, TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { ListArgs } from '../../schema/list.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** Objects that a wave refers to, and its progress. */
@Resolver(() => DistributionWaveType)
export class DistributionWaveResolver {
  @FieldResolver(() => DistributionType, { description: 'Distribution that the wave is a part of.' })
  distribution(@Root() wave: DistributionWaveType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, wave.distributionId);
  }

  @FieldResolver(() => DeploymentToolType, {
    nullable: true,
    description: 'Deployment tool that delivers to the wave. Null: that of the distribution.',
  })
  deploymentTool(@Root() wave: DistributionWaveType, @Ctx() { reads }: Context) {
    return reads.byId(deploymentToolRead, wave.deploymentToolId);
  }

  @FieldResolver(() => targetExecutionList.Connection, {
    description: 'Targets of the wave, each with its state and progress.',
  })
  targets(
    @Root() wave: DistributionWaveType,
    @ListArgs(targetExecutionList, 'as planned') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(waveTargets, wave.id, list);
  }

  @FieldResolver(() => DistributionProgressType, {
    complexity: WORK.facts,
    description: 'Progress of the wave, counted by targets. Excluded targets are not counted.',
  })
  progress(@Root() wave: DistributionWaveType, @Ctx() { reads }: Context) {
    return reads.batch('distributionWave.progress', waveProgress, wave.id);
  }
}

/** Waves of a distribution. */
@Resolver(() => DistributionType)
export class DistributionWavesResolver {
  @FieldResolver(() => DistributionWaveConnection, {
    description: 'Waves of the distribution, in their order. Empty if one run delivers to all targets.',
  })
  waves(@Root() distribution: DistributionType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(distributionWaves, distribution.id, page);
  }
}

/** The wave of a target. */
@Resolver(() => TargetExecutionType)
export class TargetExecutionWaveResolver {
  @FieldResolver(() => DistributionWaveType, {
    nullable: true,
    description: 'Wave of the target. Null if the distribution has no waves.',
  })
  wave(@Root() execution: TargetExecutionType, @Ctx() { reads }: Context) {
    return reads.byId(distributionWaveRead, execution.waveId);
  }
}
