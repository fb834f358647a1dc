import { Arg, Authorized, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import type { TargetState } from '../../domain/distribution/observation.js';
import { toCursor, type LoggedEvent } from '../../events/log.js';
import { EventStream, type EventBatch } from '../../events/stream.js';
import { mayRead } from '../../reads/access.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import {
  DistributionEventBatchType,
  type DistributionEventType,
  type WaveSnapshotType,
} from '../../schema/distribution/distribution-event.type.js';
import type { DistributionSnapshot } from '../../services/distribution/distribution-event.js';
import { signedIn } from '../authorise.js';
import type { Context } from '../context.js';

const MAX_BATCH = 500;
/** Objects that belong to a distribution, and whose events have it as a topic. */
const OF_ROLLOUT: ReadonlySet<string> = new Set(['DistributionWave', 'DecisionPoint']);

/** Payload of an event about a target, besides the snapshot of the distribution. */
interface TargetPayload {
  readonly target: { readonly id: string };
  readonly ci: { readonly id: string; readonly name: string };
  readonly from: TargetState;
  readonly to: TargetState;
  readonly attempt: number;
  readonly percent: number;
  readonly step: string | null;
  readonly nativeStatus: string | null;
  readonly reason: { readonly code: string; readonly message: string; readonly retryable: boolean | null } | null;
}

/** Presents an event for the stream, from its payload alone. */
function present(event: LoggedEvent): DistributionEventType {
  const { distribution, wave, ...rest } = event.payload as {
    readonly distribution?: DistributionSnapshot | string;
    readonly wave?: WaveSnapshotType | string;
  };
  const target = 'target' in rest && 'ci' in rest ? (rest as unknown as TargetPayload) : undefined;
  return {
    id: toNodeId('Event', event.id),
    cursor: toCursor(event.position),
    type: event.type,
    at: event.at,
    actorName: event.actorName,
    reason: event.reason,
    distribution:
      typeof distribution === 'object'
        ? {
            ...distribution,
            counts: Object.entries(distribution.counts).map(([state, count]) => ({
              state: state as TargetState,
              count,
            })),
          }
        : null,
    wave: typeof wave === 'object' ? wave : null,
    target: target
      ? {
          id: target.target.id,
          ci: target.ci,
          state: target.to,
          from: target.from,
          attempt: target.attempt,
          percent: target.percent,
          step: target.step,
          nativeStatus: target.nativeStatus,
          reason: target.reason,
        }
      : null,
  };
}

/** The live stream of a distribution. */
@Resolver()
export class DistributionStreamResolver {
  @Authorized()
  @Subscription(() => DistributionEventBatchType, {
    description:
      'Streams the events of one distribution, its waves and its targets, each exactly once, with the progress right ' +
      'after it. ' +
      'With `after`, the stream first delivers every event since that cursor, on any server process and after any ' +
      'restart. ' +
      'A subscription that reads too slowly ends with SUBSCRIPTION_LAGGED and the cursor to resume from.',
    subscribe: ({ args, context }) => {
      const { id, after, batchSize, targets } = args as {
        id: string;
        after?: string | null;
        batchSize: number;
        targets: boolean;
      };
      const { reads, services } = context as Context;
      const actor = signedIn(context as Context);
      if (batchSize < 1 || batchSize > MAX_BATCH)
        throw new RequestError('LIMIT_EXCEEDED', `"batchSize" is 1 to ${MAX_BATCH}.`, { field: 'batchSize' });
      const uuid = fromNodeId('Distribution', id, 'id');
      return new EventStream({
        read: async (...page) => await reads.log(...page),
        hub: services.hub,
        after,
        topics: [uuid],
        batchSize,
        queueLimit: services.config.subscriberQueue,
        accept: (event) =>
          (event.aggregateId === uuid || OF_ROLLOUT.has(event.aggregateType)) &&
          (targets || !event.type.startsWith('distribution.target-')) &&
          mayRead(actor, distributionRead),
      });
    },
  })
  distributionStream(
    @Root() batch: EventBatch,
    @Arg('id', () => ID, { description: 'Id of the distribution to follow.' }) _id: string,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Cursor of the last event you have, i.e. `endCursor` of the last message. Default: only new events.',
    })
    _after: string | null,
    @Arg('batchSize', () => Int, {
      defaultValue: 100,
      description: `Maximum number of events per message, 1 to ${MAX_BATCH}.`,
    })
    _batchSize: number,
    @Arg('targets', () => Boolean, {
      defaultValue: true,
      description:
        'Whether to deliver events about single targets. With false, a few messages a second show the progress of ' +
        'any number of targets.',
    })
    _targets: boolean,
  ): DistributionEventBatchType {
    return { events: batch.events.map(present), endCursor: batch.endCursor, caughtUp: batch.caughtUp };
  }
}
