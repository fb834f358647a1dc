import { Arg, Authorized, Ctx, FieldResolver, ID, Resolver, Root, Subscription } from 'type-graphql';
import { fromNodeId } from '../../domain/node-id.js';
import { EventStream, type EventBatch } from '../../events/stream.js';
import { mayRead } from '../../reads/access.js';
import { distributionRunRead } from '../../reads/distribution/distribution-run.reads.js';
import { logsOfRuns, logsOfTargets } from '../../reads/distribution/run-log.reads.js';
import { DistributionRunType } from '../../schema/distribution/distribution-run.type.js';
import { RunLogBatchType, RunLogType } from '../../schema/distribution/run-log.type.js';
import { TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { signedIn } from '../authorise.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** Maximum number of parts of a log in one message. */
const BATCH = 8;

interface LogPayload {
  readonly target: string | null;
  readonly text: string;
  readonly complete: boolean;
}

const AFTER = 'Cursor of the text you have, i.e. `endCursor` of the last answer. Default: the beginning.';

/** The log of a run, and the stream of a log. */
@Resolver(() => DistributionRunType)
export class RunLogResolver {
  @FieldResolver(() => RunLogType, {
    nullable: true,
    complexity: WORK.log,
    description: 'Log that the tool has of the run. Null until somebody follows it with `distributionFollowLog`.',
  })
  log(
    @Root() { id }: DistributionRunType,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.perRow.batch(`run.log ${after}`, logsOfRuns(after), id);
  }

  @Authorized()
  @Subscription(() => RunLogBatchType, {
    description:
      'Streams the log of a run, or of one of its targets, that somebody follows with `distributionFollowLog`. With ' +
      '`after`, it first delivers the text since that cursor: read `log` first, then subscribe with its `endCursor`.',
    subscribe: ({ args, context }) => {
      const { run, target, after } = args as { run: string; target?: string | null; after?: string | null };
      const { reads, services } = context as Context;
      const actor = signedIn(context as Context);
      const uuid = fromNodeId('DistributionRun', run, 'run');
      if (target != null) fromNodeId('ConfigurationItem', target, 'target');
      return new EventStream({
        read: async (...page) => await reads.log(...page),
        hub: services.hub,
        after,
        topics: [uuid],
        batchSize: BATCH,
        queueLimit: services.config.subscriberQueue,
        accept: ({ type, payload }) =>
          type === 'distribution-run.logged' &&
          (payload as unknown as LogPayload).target === (target ?? null) &&
          mayRead(actor, distributionRunRead),
      });
    },
  })
  runLogStream(
    @Root() batch: EventBatch,
    @Arg('run', () => ID, { description: 'Id of the run.' }) _run: string,
    @Arg('target', () => ID, {
      nullable: true,
      description: 'Id of the configuration item whose log to follow. Default: the log of the whole run.',
    })
    _target: string | null,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Cursor of the text you have. Default: only new text.',
    })
    _after: string | null,
  ): RunLogBatchType {
    const parts = batch.events.map(({ payload }) => payload as unknown as LogPayload);
    return {
      text: parts.map(({ text }) => text).join(''),
      endCursor: batch.endCursor,
      complete: parts.some(({ complete }) => complete),
    };
  }
}

/** The log of a target. */
@Resolver(() => TargetExecutionType)
export class TargetLogResolver {
  @FieldResolver(() => RunLogType, {
    nullable: true,
    complexity: WORK.log,
    description:
      'Log that the tool has of the target in its latest attempt. Null until somebody follows it with ' +
      '`distributionFollowLog`.',
  })
  log(
    @Root() { id }: TargetExecutionType,
    @Arg('after', () => String, { nullable: true, description: AFTER }) after: string | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.perRow.batch(`target.log ${after}`, logsOfTargets(after), id);
  }
}
