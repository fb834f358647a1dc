import { toNodeId } from '../../src/domain/node-id.js';
import type { Stage } from './stage.js';
import type { Intent } from './story-steps.js';
import type { Standing, Tale } from './tale.js';
import { CI_NAMES } from './world.js';

type Remedy = (stage: Stage, tale: Tale, stand: Standing) => Intent | undefined;

const REASON = 'The server says so.';

const byManager = (tale: Tale, command: string, input: object = {}): Intent => ({
  by: tale.manager,
  command,
  input: { id: tale.id, reason: REASON, ...input },
});

const acceptAgain: Remedy = (_stage, tale, { state, owner }) =>
  ['SCHEDULED', 'COMMUNICATED'].includes(state)
    ? byManager(tale, 'releaseUnschedule')
    : { by: owner, command: 'releaseAccept', input: { id: tale.id } };

const testAgain: Remedy = (_stage, tale, { state, phases, tasks, changes }) => {
  if (state !== 'TESTING' && state !== 'ACCEPTED') return acceptAgain(_stage, tale, { state } as Standing);
  const phase = phases.find(({ releaseState }) => releaseState === 'TESTING');
  if (!phase)
    return { ...byManager(tale, 'phaseAdd'), input: { releaseId: tale.id, name: 'T', releaseState: 'TESTING' } };
  const input = { phaseId: toNodeId('Phase', phase.id), name: `Test ${tasks.length + changes.length}`, kind: 'TEST' };
  return { by: tale.manager, command: 'taskAdd', input: { ...input, role: 'TEST_MANAGER' } };
};

const removeDirect: Remedy = ({ chance }, tale) =>
  byManager(tale, 'releaseRemoveCi', {
    role: 'TARGET',
    ciIds: [tale.world.cis[chance.pick(CI_NAMES)]],
    agreeToReplan: true,
  });

const anotherOwner: Remedy = (stage, tale, { owner }) => {
  const ownerId = stage.person(stage.chance.pick(['olga', 'otto']));
  return { by: owner, command: 'releaseHandOver', input: { id: tale.id, ownerId, reason: REASON } };
};

const planAgain: Remedy = (_stage, tale, { distributions }) => {
  const live = distributions.find(({ state }) =>
    ['PLANNED', 'AWAITING_APPROVAL', 'SCHEDULED', 'MISSED'].includes(state),
  );
  return (
    live && { ...byManager(tale, 'distributionCancel', { id: toNodeId('Distribution', live.id) }), by: tale.operator }
  );
};

/** What helps against a refusal, by its code. */
const REMEDIES: Readonly<Record<string, Remedy>> = {
  APPROVAL_STALE: acceptAgain,
  TEST_EVIDENCE_MISSING: testAgain,
  TEST_EVIDENCE_STALE: testAgain,
  CI_PROTECTED: removeDirect,
  CI_NOT_AUTHORISED: removeDirect,
  CI_DECOMMISSIONED: removeDirect,
  SELF_APPROVAL: anotherOwner,
  DISTRIBUTION_OUTSIDE_RELEASE: planAgain,
  TARGET_LEFT_OUT: planAgain,
  PLAN_INVALID: planAgain,
  MEDIA_DIGEST_MISMATCH: planAgain,
  CI_CONFLICT: acceptAgain,
};

/** What the people of a release do about the last refusal, where they know something. */
export function remedyFor(stage: Stage, tale: Tale, stand: Standing): Intent | undefined {
  const code = tale.codes?.find((known) => REMEDIES[known] !== undefined);
  return code === undefined ? undefined : REMEDIES[code]?.(stage, tale, stand);
}
