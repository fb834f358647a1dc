import { commandsOn } from '../commands-on.js';
import { ReportedTargetStateEnum } from '../../schema/distribution/target-report.type.js';
import { TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { commandFields, optional, required } from '../../schema/fields.js';
import * as useCases from '../../services/distribution/target-report.service.js';
import { targetExecutionRead } from '../../reads/distribution/target-execution.reads.js';

const subject = { field: 'targetExecution', type: () => TargetExecutionType, model: targetExecutionRead };

/** Commands on target executions. */
export const TargetExecutionCommands = commandsOn(subject, useCases, {
  targetExecutionReport: {
    roles: ['DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE'],
    description:
      'Reports the result of manual work on a target, with evidence. Only for distributions that people do by hand; ' +
      'other tools report on their own.',
    about: 'Report about the target.',
    inputDescription: 'Report about a target of a manual distribution.',
    input: {
      ...commandFields('target execution'),
      state: required(ReportedTargetStateEnum, 'State to report for the target.'),
      evidence: optional(
        String,
        'Evidence, e.g. a serial number, a ticket or the address of a photograph. Required for SUCCEEDED.',
      ),
      reason: optional(String, 'Reason in words. Required for FAILED, SKIPPED, REJECTED and UNKNOWN.'),
    },
    run: (uow, input, services) => useCases.targetExecutionReport(uow, input, services.tools),
  },
});
