import { protectedTargetsAreCovered } from '../../src/domain/cmdb/target.guards.js';
import { authorsDoNotAuthorise, changeMachine } from '../../src/domain/change/change.machine.js';
import {
  changeReleaseRequestMachine,
  requesterDoesNotApprove,
} from '../../src/domain/change/change-release-request.machine.js';
import * as distribution from '../../src/domain/distribution/distribution.guards.js';
import {
  conflictsOfItsTimeAreResolved,
  itsTimeIsNow,
  slotIsNow,
} from '../../src/domain/distribution/distribution-time.guards.js';
import { itTakesOnlyWhatWasDelivered } from '../../src/domain/distribution/return.guards.js';
import { distributionMachine } from '../../src/domain/distribution/distribution.machine.js';
import { authoriserIsNotAuthor, dmlItemVersionMachine } from '../../src/domain/library/dml-item-version.machine.js';
import { everythingDeliveredIsReturned } from '../../src/domain/release/back-out.guards.js';
import * as release from '../../src/domain/release/release.guards.js';
import { releaseMachine } from '../../src/domain/release/release.machine.js';
import { packageIsTested } from '../../src/domain/release/test-evidence.js';
import { parseNodeId } from '../../src/domain/node-id.js';
import { sql } from './sql.js';
import { Script } from './script.js';
import { delivered, due, type Break } from './break.js';

const REASON = 'Somebody wants it so.';
const uuid = (id: string | undefined) => parseNodeId(id ?? '')?.uuid ?? '';

/** Rules, and what happens without each of them. */
export const BREAKS: Readonly<Record<string, Break>> = {
  'no blackout covers a start': {
    guards: [[distributionMachine, distribution.noBlackoutCoversNow]],
    promise: 'never a start outside its window',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      const ciIds = [script.tale.world.cis.web];
      const times = { startsAt: stage.in(-2), endsAt: stage.in(60) };
      await stage.act('chad', 'scheduleWindowCreate', { name: 'Year end', kind: 'BLACKOUT', ...times, ciIds });
      return [await script.start()];
    },
  },
  'a distribution starts in its own time': {
    guards: [[distributionMachine, itsTimeIsNow]],
    promise: 'never a start outside its window',
    unsafe: async (stage, shelf) => [await (await due(stage, shelf, 'web')).start()],
  },
  'paused work goes on only in the slot of its release': {
    guards: [[distributionMachine, slotIsNow]],
    promise: 'never a start outside its window',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['web']);
      await script.startInSlot();
      const id = await script.distribution();
      await stage.act('oskar', 'distributionPause', { id });
      await script.afterSlot();
      return [await stage.act('oskar', 'distributionResume', { id })];
    },
  },
  'a back-out is complete when everything is returned': {
    guards: [[releaseMachine, everythingDeliveredIsReturned]],
    promise: 'never an end that the observations contradict',
    unsafe: async (stage, shelf) => {
      const { id } = await delivered(stage, shelf);
      await stage.act('mona', 'releaseStartBackOut', { id, reason: REASON });
      const answer = await stage.act('mona', 'releaseCompleteBackOut', { id });
      await stage.look();
      return [answer];
    },
  },
  'a back-out takes only what was delivered': {
    guards: [[distributionMachine, itTakesOnlyWhatWasDelivered]],
    promise: 'never work in a back-out but to take away what the release put there',
    unsafe: async (stage, shelf) => {
      const script = await delivered(stage, shelf);
      const { id, operator } = script.tale;
      await stage.act('mona', 'releaseStartBackOut', { id, reason: REASON });
      const removal = { releaseId: id, deploymentToolId: stage.toolId, allTargets: true, operation: 'REMOVE' };
      const first = await stage.act(operator, 'distributionPlan', removal);
      const second = await stage.act(operator, 'distributionPlan', removal);
      for (const one of [first, second]) await stage.act(operator, 'distributionSchedule', { id: one.id });
      await stage.act(operator, 'distributionStart', { id: first.id });
      await stage.pass(90, 30);
      return [await stage.act(operator, 'distributionStart', { id: second.id })];
    },
  },
  'nothing starts while its release is on hold': {
    guards: [
      [distributionMachine, distribution.distributedReleaseIsNotOnHold],
      [releaseMachine, release.releaseIsNotOnHold],
    ],
    promise: 'never a start outside its window',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      await stage.act('mona', 'releaseHold', { id: script.id, reason: REASON });
      return [await script.start()];
    },
  },
  'a target is authorised when work on it starts': {
    guards: [[distributionMachine, distribution.everyTargetIsAuthorised]],
    promise: 'never a protected target without an authorised change that names it',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      await sql(
        stage,
        `update configuration_item set state = 'DISCOVERED' where id = $1`,
        uuid(script.tale.world.cis.web),
      );
      return [await script.start()];
    },
  },
  'media are authorised when they are delivered': {
    guards: [[distributionMachine, distribution.everyMediaIsAuthorised]],
    promise: 'never media that are not authorised, tested and unaltered',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      await stage.act('lara', 'dmlItemVersionRecall', { id: script.tale.content[0], reason: REASON });
      return [await script.start()];
    },
  },
  'what was backed out is not installed again before its pin is lifted': {
    guards: [[distributionMachine, distribution.nothingIsPinned]],
    promise: 'never a version that a pin keeps away',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      const ciIds = [script.tale.world.cis.web];
      await stage.act('mona', 'dmlItemVersionPin', { id: script.tale.content[0], ciIds, reason: REASON });
      return [await script.start()];
    },
  },
  'media are those that were accepted': {
    guards: [[distributionMachine, distribution.digestsAreAsBaselined]],
    promise: 'never media that are not authorised, tested and unaltered',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      await sql(
        stage,
        `update dml_item_version set media_id = (select id from media_blob m where m.id <> media_id order by id limit 1)
         where id = $1`,
        uuid(script.tale.content[0]),
      );
      return [await script.start()];
    },
  },
  'what something critical gets has been tested': {
    guards: [[releaseMachine, packageIsTested]],
    promise: 'never media that are not authorised, tested and unaltered',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['host'], { tested: false });
      const accepted = await stage.act('olga', 'releaseAccept', { id: script.id });
      if (accepted.ok) await script.startInSlot();
      return [accepted];
    },
  },
  'who planned a distribution does not approve it': {
    guards: [[distributionMachine, distribution.approverDidNotPlan]],
    promise: 'never an approval by a contributor',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['payroll'], { manager: 'opal', operator: 'opal' });
      await script.untilDistribution('AWAITING_APPROVAL');
      return [await stage.act('opal', 'distributionApprove', { id: await script.distribution() })];
    },
  },
  'who planned a release does not accept it': {
    guards: [[releaseMachine, release.acceptorDidNotPlan]],
    promise: 'never an approval by a contributor',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['web'], { owner: 'mark', tested: false });
      await stage.act('mark', 'phaseAdd', { releaseId: script.id, name: 'Train', releaseState: 'ACCEPTED' });
      return [await stage.act('mark', 'releaseAccept', { id: script.id })];
    },
  },
  'who requested a change does not authorise it': {
    guards: [[changeMachine, authorsDoNotAuthorise]],
    promise: 'never an approval by a contributor',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['web']);
      const targetCiIds = [script.tale.world.cis.web];
      const { id } = await stage.act('rob', 'changeCreate', { title: 'Patch', backOutPlan: 'Restore.', targetCiIds });
      await stage.act('chad', 'changeAccept', { id });
      await stage.act('chad', 'changeAssess', { id, assessment: 'Harmless.', risk: 'LOW' });
      return [await stage.act('rob', 'changeAuthorise', { id })];
    },
  },
  'who submits a request to join a release does not approve it': {
    guards: [[changeReleaseRequestMachine, requesterDoesNotApprove]],
    promise: 'never an approval by a contributor',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['web'], { owner: 'bella' });
      const targetCiIds = [script.tale.world.cis.web];
      const { id } = await stage.act('rita', 'changeCreate', { title: 'Patch', backOutPlan: 'Restore.', targetCiIds });
      await stage.act('chad', 'changeAccept', { id });
      await stage.act('chad', 'changeAssess', { id, assessment: 'Harmless.', risk: 'LOW' });
      await stage.act('anna', 'changeAuthorise', { id });
      const request = { changeId: id, releaseId: script.id, mode: 'SPECIFIC_RELEASE' };
      const { id: requestId } = await stage.act('bella', 'changeReleaseRequestSubmit', request);
      return [await stage.act('bella', 'changeReleaseRequestApprove', { id: requestId })];
    },
  },
  'who registered a medium does not authorise it': {
    guards: [[dmlItemVersionMachine, authoriserIsNotAuthor]],
    promise: 'never an approval by a contributor',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['web']);
      const id = script.tale.world.versions[1] as string;
      await sql(stage, `update dml_item_version set state = 'VERIFYING', authorised_at = null where id = $1`, uuid(id));
      return [await stage.act('lara', 'dmlItemVersionAuthorise', { id })];
    },
  },
  'a release whose scope changed is accepted again': {
    guards: [
      [releaseMachine, release.acceptanceIsFresh],
      [distributionMachine, distribution.releaseLetsItStart],
    ],
    promise: 'never on an approval of something else',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['web']);
      await script.untilState('ACCEPTED');
      const more = { role: 'TARGET', ciIds: [script.tale.world.cis.lab] };
      await stage.act('mona', 'releaseAddCi', { id: script.id, ...more });
      const times = { startsAt: stage.in(90), endsAt: stage.in(270) };
      const booked = await stage.act('mona', 'releaseSchedule', { id: script.id, ...times });
      if (booked.ok) await script.startInSlot();
      return [booked];
    },
  },
  'changes are authorised when their release starts': {
    guards: [
      [releaseMachine, release.everyChangeIsAuthorised],
      [distributionMachine, distribution.releaseLetsItStart],
      [distributionMachine, protectedTargetsAreCovered],
    ],
    promise: 'never a protected target without an authorised change that names it',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      await sql(stage, `update change set state = 'ASSESSED' where id = $1`, uuid(script.tale.changes[0]?.id));
      return [await script.start()];
    },
  },
  'a protected target is named by an authorised change': {
    guards: [
      [releaseMachine, protectedTargetsAreCovered],
      [distributionMachine, protectedTargetsAreCovered],
    ],
    promise: 'never a protected target without an authorised change that names it',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, [], { direct: ['web'] });
      await script.until(({ tasks }) => tasks.every(({ state }) => state === 'COMPLETED'));
      const accepted = await stage.act('olga', 'releaseAccept', { id: script.id });
      if (accepted.ok) await script.startInSlot();
      return [accepted];
    },
  },
  'nobody books what is booked already': {
    guards: [
      [releaseMachine, release.conflictsAreResolvedOrWaived],
      [distributionMachine, conflictsOfItsTimeAreResolved],
    ],
    promise: 'never two works on one item at once without a waiver by another person',
    unsafe: async (stage, shelf) => {
      const first = await due(stage, shelf, 'web');
      const second = await Script.beside(stage, first.tale.world, ['web'], {
        content: first.tale.world.versions.slice(1, 2),
      });
      await second.untilState('ACCEPTED');
      const { from, to } = await first.stand();
      const times = { startsAt: new Date(from ?? 0).toISOString(), endsAt: new Date(to ?? 0).toISOString() };
      const booked = await stage.act('mona', 'releaseSchedule', { id: second.id, ...times });
      if (booked.ok) await second.startInSlot();
      return [booked];
    },
  },
  'one release does not work twice on one target at once': {
    guards: [[distributionMachine, distribution.nothingElseWorksThere]],
    promise: 'never two works on one item at once without a waiver by another person',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['web']);
      await script.startInSlot();
      const { from, to } = await script.stand();
      const removal = await stage.act('oskar', 'distributionPlan', {
        name: 'The other way',
        releaseId: script.id,
        deploymentToolId: stage.toolId,
        operation: 'REMOVE',
        allTargets: true,
        scheduledStart: new Date(from ?? 0).toISOString(),
        scheduledEnd: new Date(to ?? 0).toISOString(),
      });
      await stage.act('oskar', 'distributionSchedule', { id: removal.id });
      return [await stage.act('oskar', 'distributionStart', { id: removal.id })];
    },
  },
};
