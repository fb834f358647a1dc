import { commandsOn } from '../commands-on.js';
import { ReportedTargetStateEnum, TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { commandFields, optional, required } from '../../schema/fields.js';
import * as useCases from '../../services/distribution/target-report.service.js';
import { targetExecutionRead } from '../../reads/distribution/target-execution.reads.js';

const subject = { field: 'targetExecution', type: () => TargetExecutionType, model: targetExecutionRead };

/** The commands of target execution objects. */
export const TargetExecutionCommands = commandsOn(subject, useCases, {
  targetExecutionReport: {
    roles: ['DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE'],
    description:
      'Reports what a person did or saw on a target, with evidence. Only where people are the deployment tool; a ' +
      'tool that reports by itself is believed instead.',
    about: 'What happened.',
    inputDescription: 'What a person saw on a target of a manual distribution.',
    input: {
      ...commandFields('target execution'),
      state: required(ReportedTargetStateEnum, 'What happened.'),
      evidence: optional(
        String,
        'Evidence, e.g. a serial number, a ticket, the address of a photograph. Required for SUCCEEDED.',
      ),
      reason: optional(String, 'Why, in words. Required for FAILED, SKIPPED, REJECTED and UNKNOWN.'),
    },
    run: (uow, input, services) => useCases.targetExecutionReport(uow, input, services.tools),
  },
});
