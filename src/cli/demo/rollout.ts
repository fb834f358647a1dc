import type { Cast } from './cast.js';
import type { Screen } from './screen.js';

const STREAM = `subscription($id: ID!, $after: String) {
  distributionStream(id: $id, after: $after) {
    endCursor
    events { type reason distribution { state percent } wave { name state }
      target { ci { name } state attempt reason { code message } } }
  }
}`;

interface StreamMessage {
  readonly distributionStream: {
    readonly endCursor: string;
    readonly events: readonly {
      readonly type: string;
      readonly reason: string | null;
      readonly distribution: { readonly state: string; readonly percent: number } | null;
      readonly wave: { readonly name: string; readonly state: string } | null;
      readonly target: {
        readonly ci: { readonly name: string };
        readonly state: string;
        readonly attempt: number;
        readonly reason: { readonly code: string; readonly message: string } | null;
      } | null;
    }[];
  };
}

type StreamTarget = NonNullable<StreamMessage['distributionStream']['events'][number]['target']>;

function eventText({ ci, state, reason, attempt }: StreamTarget): string {
  const why = reason ? ` (${reason.code}: ${reason.message})` : '';
  return `${ci.name} ${state}${why}, attempt ${attempt}`;
}

const WAVE_EVENT = /^distribution-wave\.(begun|passed|tripped)$/;
const END_EVENT = /^distribution\.(succeeded|partially-succeeded|failed|stopped|awaiting-decision)$/;

/** Watches a distribution live until it ends or asks for a decision. @returns the state in which it ended */
export async function watch(
  { dora }: Cast,
  distributionId: string,
  screen: Screen,
  after: { cursor?: string },
): Promise<string> {
  let ended: string | undefined;
  await dora.api.follow<StreamMessage>(
    STREAM,
    { id: distributionId, ...(after.cursor !== undefined && { after: after.cursor }) },
    (message) => message.distributionStream.endCursor,
    ({ distributionStream: { events, endCursor } }) => {
      after.cursor = endCursor;
      for (const { type, reason, distribution, target, wave } of events) {
        if (target && ['FAILED', 'UNKNOWN'].includes(target.state)) screen.event(eventText(target));
        if (WAVE_EVENT.test(type)) screen.event(`${wave?.name} ${wave?.state}${reason ? `: ${reason}` : ''}`);
        if (distribution) screen.progress(distribution.percent, distribution.state);
        if (END_EVENT.test(type)) ended = distribution?.state;
      }
      return ended !== undefined;
    },
  );
  return ended as string;
}

/** Excludes what failed in the wave that tripped, and goes on. @returns ids of the configuration items */
export async function goOnWithoutFailed({ dora }: Cast, distributionId: string, screen: Screen): Promise<string[]> {
  const { node } = await dora.api.query<{
    node: {
      decisionPoints: { nodes: { id: string; message: string }[] };
      targets: { nodes: { ci: { id: string; name: string } }[] };
    };
  }>(
    `query($id: ID!) { node(id: $id) { ... on Distribution {
      decisionPoints(filter: { state: { eq: OPEN } }) { nodes { id message } }
      targets(filter: { state: { eq: FAILED } }) { nodes { ci { id name } } } } } }`,
    { id: distributionId },
  );
  const [decision] = node.decisionPoints.nodes;
  if (decision === undefined) throw new Error('The rollout asks for no decision.');
  const failed = node.targets.nodes.map(({ ci }) => ci);
  await dora.api.run('decisionPointClaim', { id: decision.id }, 'decisionPoint');
  screen.step(dora.name, `excludes ${failed.map(({ name }) => name).join(' and ')}, and the rollout goes on`);
  const targetIds = failed.map(({ id }) => id);
  await dora.api.run(
    'decisionPointDecide',
    { id: decision.id, choice: 'EXCLUDE', targetIds, reason: 'Their disks are full; the others are not affected.' },
    'decisionPoint',
  );
  return targetIds;
}

/** Delivers to the targets that were excluded, once they are repaired. */
export async function deliverTo(
  cast: Cast,
  releaseId: string,
  { toolId, endsAt }: { readonly toolId: string; readonly endsAt: string },
  targetIds: readonly string[],
  screen: Screen,
): Promise<void> {
  const { dora, olga } = cast;
  screen.step(dora.name, 'repairs them, and plans a distribution to them alone');
  const scheduledStart = new Date(Date.now() + 1_000).toISOString();
  const { id } = await dora.api.run(
    'distributionPlan',
    { releaseId, deploymentToolId: toolId, targetIds, scheduledStart, scheduledEnd: endsAt },
    'distribution',
  );
  await dora.api.run('distributionRequestApproval', { id }, 'distribution');
  await olga.api.run('distributionApprove', { id }, 'distribution');
  const state = await watch(cast, id, screen, {});
  if (state !== 'SUCCEEDED') throw new Error(`The second distribution ended as ${state}`);
}
