import { driftRead } from '../../reads/cmdb/drift.reads.js';
import { DriftType } from '../../schema/cmdb/drift.type.js';
import { commandFields, optional, reasonField, required } from '../../schema/fields.js';
import * as useCases from '../../services/cmdb/drift.service.js';
import { commandsOn } from '../commands-on.js';

const subject = { field: 'drift', type: () => DriftType, model: driftRead };

/** Commands on drift. */
export const DriftCommands = commandsOn(subject, useCases, {
  driftAccept: {
    roles: ['CONFIGURATION_MANAGER'],
    description:
      'Accepts what was observed: the record says it, since the time at which the drift began. A protected item ' +
      'needs an authorised change that names it as target. Who reported the observation cannot accept it.',
    about: 'Drift to accept.',
  },
  driftReject: {
    roles: ['CONFIGURATION_MANAGER'],
    description: 'Decides that the record is right. The drift stays quiet until something else is observed.',
    about: 'Drift to reject.',
    inputDescription: 'Drift to reject, with the reason.',
    input: {
      ...commandFields('drift'),
      reason: required(String, 'Reason, 1 to 2,000 characters. Recorded in the event.'),
    },
  },
  driftRaiseChange: {
    roles: ['CONFIGURATION_MANAGER', 'CHANGE_MANAGER', 'REQUESTER'],
    description:
      'Raises a change from a drift, with the item as target. Once the change is authorised, it explains the drift, ' +
      'and the drift can be accepted under it.',
    about: 'Drift to raise a change from.',
    inputDescription: 'Drift to raise a change from.',
    input: {
      ...commandFields('drift'),
      ...reasonField,
      title: optional(String, 'Title of the change, 1 to 200 characters. Default: one that names the item.'),
      description: optional(String, 'Description of the change. Default: what is recorded and what was observed.'),
    },
  },
});
