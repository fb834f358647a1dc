import { authorsDoNotAuthorise, changeMachine } from '../../src/domain/change/change.machine.js';
import {
  noBlackoutCoversNow,
  releaseLetsItStart,
  windowIsOpenNow,
} from '../../src/domain/distribution/distribution.guards.js';
import { limitsHaveRoom, wavesFitTheLimits } from '../../src/domain/distribution/target-limit.js';
import { tasksBeforeAreDone } from '../../src/domain/release/task-distribution.js';
import { conflictsOfItsTimeAreResolved } from '../../src/domain/distribution/distribution-time.guards.js';
import { distributionMachine } from '../../src/domain/distribution/distribution.machine.js';
import { successHasEvidence, targetReportRules } from '../../src/domain/distribution/target-report.guards.js';
import * as release from '../../src/domain/release/release.guards.js';
import { releaseMachine } from '../../src/domain/release/release.machine.js';
import { toNodeId } from '../../src/domain/node-id.js';
import { due, type Break } from './break.js';
import { Script } from './script.js';
import type { Stage } from './stage.js';
import type { Shelf } from './world.js';

const TWO_DAYS = 2_880;

/** Work by hand on one target that is under way. @returns the node id of the work on it */
async function byHand(stage: Stage, shelf: Shelf): Promise<string> {
  const script = await Script.begin(stage, shelf, ['desk'], { byHand: true });
  await script.startInSlot();
  await stage.pass(2, 1);
  const { distributions } = await script.stand();
  return toNodeId('TargetExecution', distributions.flatMap(({ toReport }) => toReport)[0] ?? '');
}

/** Rules of windows that come back, of templates, of work by hand and of reports that come late. */
export const MORE_BREAKS: Readonly<Record<string, Break>> = {
  'no run makes more targets at a time than a limit allows': {
    guards: [
      [distributionMachine, limitsHaveRoom],
      [distributionMachine, wavesFitTheLimits],
    ],
    promise: 'never more targets at a time than a limit allows',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'desk', 'lab');
      await script.toSlot();
      await stage.limit(1);
      const answer = await script.start();
      await stage.limit(null);
      return [answer];
    },
  },
  'a distribution waits for the tasks before its own': {
    // The check is also a task of the step before, which the release asks for itself.
    guards: [
      [distributionMachine, tasksBeforeAreDone],
      [distributionMachine, releaseLetsItStart],
      [releaseMachine, release.communicationTasksAreDone],
    ],
    promise: 'never a start before the tasks that its plan puts first',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['desk'], { linked: true });
      await script.until(({ tasks }) => tasks.some(({ distribution }) => distribution !== null));
      await stage.act(script.tale.operator, 'distributionSchedule', { id: await script.distribution() });
      await script.toSlot();
      return [await script.start()];
    },
  },
  'no blackout that comes back covers a start': {
    guards: [[distributionMachine, noBlackoutCoversNow]],
    promise: 'never a start outside its window',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      const ciIds = [script.tale.world.cis.web];
      const times = { startsAt: stage.in(-2 - TWO_DAYS), endsAt: stage.in(60 - TWO_DAYS), rrule: 'FREQ=DAILY' };
      await stage.act('chad', 'scheduleWindowCreate', { name: 'Night run', kind: 'BLACKOUT', ...times, ciIds });
      return [await script.start()];
    },
  },
  'work lies in the change windows of its targets': {
    guards: [
      [distributionMachine, windowIsOpenNow],
      [distributionMachine, conflictsOfItsTimeAreResolved],
    ],
    promise: 'never a start outside its window',
    unsafe: async (stage, shelf) => {
      const script = await due(stage, shelf, 'web');
      await script.toSlot();
      const ciIds = [script.tale.world.cis.web];
      const times = { startsAt: stage.in(300 - TWO_DAYS), endsAt: stage.in(600 - TWO_DAYS), rrule: 'FREQ=DAILY' };
      await stage.act('chad', 'scheduleWindowCreate', { name: 'Nights', kind: 'MAINTENANCE_WINDOW', ...times, ciIds });
      return [await script.start()];
    },
  },
  'the steps that a template asks for are done': {
    guards: [
      [releaseMachine, release.testingTasksAreDone],
      [releaseMachine, release.acceptanceTasksAreDone],
      [releaseMachine, release.schedulingTasksAreDone],
      [releaseMachine, release.communicationTasksAreDone],
    ],
    promise: 'never past a step that its template asks for',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['desk'], { template: 'MINOR' });
      await script.untilState('TESTING');
      const accepted = await stage.act('olga', 'releaseAccept', { id: script.id });
      if (accepted.ok) await script.startInSlot();
      return [accepted];
    },
  },
  'a release that is being distributed waits for its new owner': {
    guards: [[distributionMachine, releaseLetsItStart]],
    promise: 'never on an approval of something else',
    unsafe: async (stage, shelf) => {
      const script = await Script.begin(stage, shelf, ['desk', 'lab']);
      const { id, operator, world } = script.tale;
      await script.untilState('COMMUNICATED');
      const { from, to } = await script.stand();
      const wave = async (target: string) =>
        await stage.act(operator, 'distributionPlan', {
          releaseId: id,
          deploymentToolId: stage.toolId,
          targetIds: [target],
          scheduledStart: new Date(from ?? 0).toISOString(),
          scheduledEnd: new Date(to ?? 0).toISOString(),
        });
      const first = await wave(world.cis.desk);
      await stage.act(operator, 'distributionSchedule', { id: first.id });
      await script.toSlot();
      await stage.act(operator, 'distributionStart', { id: first.id });
      await stage.act('olga', 'releaseHandOver', { id, ownerId: stage.person('otto'), reason: 'On leave.' });
      const second = await wave(world.cis.lab);
      await stage.act(operator, 'distributionSchedule', { id: second.id });
      return [await stage.act(operator, 'distributionStart', { id: second.id })];
    },
  },
  'a success that a person reports has evidence': {
    guards: [[targetReportRules, successHasEvidence]],
    promise: 'never a success that a person reports without evidence',
    unsafe: async (stage, shelf) => {
      const id = await byHand(stage, shelf);
      return [await stage.act('oskar', 'targetExecutionReport', { id, state: 'SUCCEEDED' })];
    },
  },
  'a report that comes late corrects the end': {
    guards: [],
    rows: [[releaseMachine, 'releaseReopenOutcome', 'FAILED']],
    promise: 'never an end that the observations contradict',
    unsafe: async (stage, shelf) => {
      const id = await byHand(stage, shelf);
      await stage.pass(90, 30);
      const evidence = 'Serial number 4711';
      const late = await stage.act('oskar', 'targetExecutionReport', { id, state: 'SUCCEEDED', evidence });
      if (!late.ok) throw new Error(`The late report was refused: ${late.codes.join()}`);
      await stage.lookAgain();
      return [];
    },
  },
  'who edited a change does not authorise it': {
    guards: [[changeMachine, authorsDoNotAuthorise]],
    promise: 'never an approval by a contributor',
    unsafe: async (stage, shelf) => {
      const { tale } = await Script.begin(stage, shelf, ['web']);
      const input = { title: 'Patch', backOutPlan: 'Restore.', targetCiIds: [tale.world.cis.web] };
      const { id } = await stage.act('bella', 'changeCreate', input);
      await stage.act('bella', 'changeAddCi', { id, role: 'TARGET', ciIds: [tale.world.cis.db] });
      await stage.act('chad', 'changeAccept', { id });
      await stage.act('chad', 'changeAssess', { id, assessment: 'Harmless.', risk: 'LOW' });
      return [await stage.act('bella', 'changeAuthorise', { id })];
    },
  },
};
