import { ID } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { BlockerCodeEnum } from '../../schema/enums.js';
import { commandFields, optional, required } from '../../schema/fields.js';
import { WaiverType } from '../../schema/release/waiver.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/release/waiver.service.js';
import { waiverRead } from '../../reads/release/waiver.reads.js';

const subject = { field: 'waiver', type: () => WaiverType, model: waiverRead };

/** Mutations on waivers. */
export const WaiverCommands = commandsOn(subject, useCases, {
  waiverGrant: {
    roles: ['CHANGE_AUTHORITY', 'RELEASE_OWNER'],
    description:
      'Grants a waiver: a release can proceed although a waivable rule blocks ' +
      'it. You must not have taken part in planning the release. Only the owner of the release waives its mandatory ' +
      'tasks. A blackout is waived for one time: on another day of it, the waiver does not count.',
    about: 'Waiver to grant.',
    inputDescription: 'New waiver for a release.',
    input: {
      releaseId: required(ID, 'Release that gets the waiver.'),
      code: required(
        BlockerCodeEnum,
        'Blocker code of the rule to waive. Only rules whose blockers are `waivable` can be waived.',
      ),
      subjectId: optional(
        ID,
        'Object that the rule blocks, i.e. the `subject` of the blocker. Without ' +
          'one, the waiver applies to every subject of the rule. Required for WAIVER_REQUIRED, where it is the ' +
          'mandatory task, and for BLACKOUT, where it is the blackout.',
      ),
      startsAt: optional(
        DateTime,
        'Only with BLACKOUT: start of the work that may be done during it. Default: the planned start of the release.',
      ),
      endsAt: optional(DateTime, 'Only with BLACKOUT: end of that work. Default: the planned end of the release.'),
      reason: required(String, 'Reason for the waiver, 1 to 2,000 characters.'),
      expiresAt: required(DateTime, 'Expiry time, at most 90 days in the future.'),
    },
  },
  waiverRevoke: {
    roles: ['CHANGE_AUTHORITY', 'RELEASE_OWNER'],
    description:
      'Revokes a waiver: from now on the rule applies again. Only a change authority, the owner of ' +
      'the release or the person who granted the waiver can do this.',
    about: 'Waiver to revoke.',
    input: {
      ...commandFields('waiver'),
      reason: required(String, 'Why the waiver no longer holds, 1 to 2,000 characters.'),
    },
  },
});
