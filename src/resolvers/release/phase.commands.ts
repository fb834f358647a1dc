import { ID, Int } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { commandsOn } from '../commands-on.js';
import { commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { PhaseType } from '../../schema/release/phase.type.js';
import { ReleaseStateEnum, ReleaseType } from '../../schema/release/release.type.js';
import * as useCases from '../../services/release/phase.service.js';
import { phaseRead } from '../../reads/release/phase.reads.js';

const subject = { field: 'phase', type: () => PhaseType, model: phaseRead };

/** Mutations on the phases of a release plan. */
export const PhaseCommands = commandsOn(subject, useCases, {
  phaseAdd: {
    roles: ['RELEASE_MANAGER'],
    description: 'Adds a phase to the plan of a release.',
    about: 'Phase to add.',
    inputDescription: 'New phase of a release plan.',
    input: {
      releaseId: required(ID, 'Release whose plan gets the phase.'),
      name: required(String, 'Name, 1 to 200 characters.'),
      releaseState: required(
        ReleaseStateEnum,
        'Release state in which the tasks of the phase are done. If the release skips ' +
          'that state and has not passed it yet, it no longer skips it.',
      ),
      position: optional(
        Int,
        'Position among the phases, starting at 0. Phases are ordered by release state. Default: last of its state.',
      ),
    },
  },
  phaseUpdate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Renames a phase or moves it among the phases of the same state.',
    about: 'Fields to update.',
    inputDescription: 'Changes to a phase. Absent fields keep their values.',
    input: {
      ...editFields('phase'),
      name: optional(String, 'Name, 1 to 200 characters.'),
      position: optional(Int, 'Position among the phases, starting at 0. Phases are ordered by release state.'),
    },
  },
  phaseRemove: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Removes a phase and its tasks from a plan. No task may have started; each mandatory task requires a waiver ' +
      'of the release owner.',
    about: 'Phase to remove.',
    shows: { field: 'release', type: () => ReleaseType, model: releaseRead },
    inputDescription: 'Phase to remove from a plan together with its tasks, none of which may have started.',
    input: {
      ...commandFields('phase'),
      ...reasonField,
    },
  },
});
