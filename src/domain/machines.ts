import { accessGrantMachine } from './people/access-grant.machine.js';
import { cabMeetingMachine } from './schedule/cab-meeting.machine.js';
import { changeReleaseRequestMachine } from './change/change-release-request.machine.js';
import { changeMachine } from './change/change.machine.js';
import { configurationItemMachine } from './cmdb/configuration-item.machine.js';
import { auditFindingMachine, configurationAuditMachine } from './cmdb/audit.machine.js';
import { baselineMachine } from './cmdb/baseline.machine.js';
import { classMigrationMachine } from './cmdb/class-migration.machine.js';
import { customClassMachine } from './cmdb/custom-class.machine.js';
import { suspectedDuplicateMachine } from './cmdb/suspected-duplicate.machine.js';
import { driftMachine } from './cmdb/drift.machine.js';
import { deploymentToolMachine } from './distribution/deployment-tool.machine.js';
import { decisionPointMachine } from './distribution/decision-point.machine.js';
import { distributionWaveMachine } from './distribution/distribution-wave.machine.js';
import { distributionMachine } from './distribution/distribution.machine.js';
import { targetGroupMachine } from './distribution/target-group.machine.js';
import { dmlItemVersionMachine } from './library/dml-item-version.machine.js';
import { releaseMachine } from './release/release.machine.js';
import { taskMachine } from './release/task.machine.js';
import { templateVersionMachine } from './release/template-version.machine.js';
import { waiverMachine } from './release/waiver.machine.js';
import { validateMachine, type Machine } from './state-machine.js';

/** Any state machine, whatever its states, commands and facts are. */
export type AnyMachine = Machine<string, string, never>;

/** All state machines of Interlock. */
export const MACHINES: readonly AnyMachine[] = [
  releaseMachine,
  taskMachine,
  templateVersionMachine,
  changeMachine,
  changeReleaseRequestMachine,
  distributionMachine,
  distributionWaveMachine,
  decisionPointMachine,
  deploymentToolMachine,
  targetGroupMachine,
  dmlItemVersionMachine,
  configurationItemMachine,
  customClassMachine,
  classMigrationMachine,
  driftMachine,
  suspectedDuplicateMachine,
  baselineMachine,
  configurationAuditMachine,
  auditFindingMachine,
  cabMeetingMachine,
  waiverMachine,
  accessGrantMachine,
];

/**
 * Checks the tables of state machines. The server calls it at start, before it opens anything.
 * @throws Error that lists every problem of every machine.
 */
export function requireSoundMachines(machines: readonly AnyMachine[] = MACHINES): void {
  const problems = machines.flatMap((machine) => validateMachine(machine));
  if (problems.length > 0) throw new Error(['A state machine is inconsistent:', ...problems].join('\n  '));
}
