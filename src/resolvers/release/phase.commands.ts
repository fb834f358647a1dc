import { ID, Int } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { commandsOn } from '../commands-on.js';
import { commandFields, editFields, optional, reasonField, required } from '../../schema/fields.js';
import { PhaseType } from '../../schema/release/phase.type.js';
import { ReleaseStateEnum, ReleaseType } from '../../schema/release/release.type.js';
import * as useCases from '../../services/release/phase.service.js';
import { phaseRead } from '../../reads/release/phase.reads.js';

const subject = { field: 'phase', type: () => PhaseType, model: phaseRead };

/** The commands of phase objects. */
export const PhaseCommands = commandsOn(subject, useCases, {
  phaseAdd: {
    roles: ['RELEASE_MANAGER'],
    description: 'Adds a phase to the plan of a release.',
    about: 'The phase.',
    inputDescription: 'A phase to be added to a release plan.',
    input: {
      releaseId: required(ID, 'The release.'),
      name: required(String, 'Name, 1 to 200 characters.'),
      releaseState: required(
        ReleaseStateEnum,
        'The state of the release that it belongs to. When the template leaves that state out and the release has not come as far, the state is no longer left out.',
      ),
      position: optional(
        Int,
        'Its place among the phases, from 0; phases stay in the order of their states. Default: last of its state.',
      ),
    },
  },
  phaseUpdate: {
    roles: ['RELEASE_MANAGER'],
    description: 'Renames a phase or moves it among the phases of the same state.',
    about: 'What changes.',
    inputDescription: 'Changes to a phase. What is absent stays as it is.',
    input: {
      ...editFields('phase'),
      name: optional(String, 'Name, 1 to 200 characters.'),
      position: optional(Int, 'Its place among the phases, from 0; phases stay in the order of their states.'),
    },
  },
  phaseRemove: {
    roles: ['RELEASE_MANAGER'],
    description:
      'Takes a phase with its tasks out of a plan. None of them may have been started; mandatory ones need a waiver.',
    about: 'Which phase.',
    shows: { field: 'release', type: () => ReleaseType, model: releaseRead },
    inputDescription: 'A phase to be taken out of a plan together with its tasks, none of which may have been started.',
    input: {
      ...commandFields('phase'),
      ...reasonField,
      waiverReason: optional(
        String,
        'Needed when one of its tasks is mandatory: why that is waived. Kept as a waiver.',
      ),
    },
  },
});
