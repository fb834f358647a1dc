import { ID } from 'type-graphql';
import { baselineRead } from '../../reads/cmdb/baseline.reads.js';
import { BaselineType } from '../../schema/cmdb/baseline.type.js';
import { commandFields, optional, required, withDefault } from '../../schema/fields.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/cmdb/baseline.service.js';
import { commandsOn } from '../commands-on.js';

const subject = { field: 'baseline', type: () => BaselineType, model: baselineRead };

/** Commands on baselines. */
export const BaselineCommands = commandsOn(subject, useCases, {
  baselineTake: {
    roles: ['CONFIGURATION_MANAGER', 'RELEASE_MANAGER'],
    description: 'Takes a baseline of an item, with everything that it depends on. It is fixed within seconds.',
    about: 'Item, and the moment to show.',
    inputDescription: 'What to take a baseline of.',
    input: {
      name: required(String, 'Name of the baseline, 1 to 200 characters.'),
      configurationItemId: required(ID, 'Id of the item, e.g. of a service.'),
      withDependencies: withDefault(Boolean, true, 'Whether to include everything that the item depends on.'),
      asOf: optional(DateTime, 'Moment to show, as it is known now. Default: now.'),
    },
  },
  baselineApprove: {
    roles: ['CONFIGURATION_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Approves a baseline as a reference, after its content is verified. Who took it cannot approve it.',
    about: 'Baseline to approve.',
  },
  baselineReject: {
    roles: ['CONFIGURATION_MANAGER', 'CHANGE_AUTHORITY'],
    description: 'Rejects a baseline as a reference. It can still be looked at.',
    about: 'Baseline to reject.',
    inputDescription: 'Baseline to reject, with the reason.',
    input: {
      ...commandFields('baseline'),
      reason: required(String, 'Reason, 1 to 2,000 characters. Recorded in the event.'),
    },
  },
});
